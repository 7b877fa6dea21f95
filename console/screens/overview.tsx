// Five questions about an app at a glance. Every number is a link to the list behind it.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowRight, CircleCheck, TriangleAlert } from 'lucide-react'
import type { Connection, Overview } from '../../src/model/connection.ts'
import { ErrorState } from '../components/ErrorState.tsx'
import { HealthDot } from '../components/HealthDot.tsx'
import { cleanName, Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { overviewQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { counted, number, zone } from '../words.ts'
import { NOT_ONBOARDED } from './filters.ts'
import { WhatChanged, WhoCanTouch } from './overview-figures.tsx'
import { moreClass, NotYet, Question } from './overview-question.tsx'
import type { Params } from './overview-question.tsx'

export function OverviewScreen() {
  const params = useParams({ from: '/signed-in/w/$workspace/apps/$connection' })
  const overview = useQuery(overviewQuery(params.workspace, params.connection, zone()))
  if (overview.data !== undefined) return <Answers params={params} overview={overview.data} />
  if (overview.error !== null) {
    return (
      <ErrorState
        title="The overview could not be loaded"
        error={overview.error}
        onRetry={() => void overview.refetch()}
      />
    )
  }
  return (
    <Skeleton
      label="Loading the overview"
      className="grid max-w-7xl gap-8 lg:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <Bone className="h-72 rounded-lg" />
      <Bone className="h-72 rounded-lg" />
    </Skeleton>
  )
}

function Answers({ params, overview }: { params: Params; overview: Overview }) {
  return (
    <div className="grid max-w-7xl gap-x-12 gap-y-9 lg:grid-cols-[minmax(0,1fr)_21rem]">
      <div className="flex min-w-0 flex-col gap-9">
        <WhatNeedsSomebody params={params} overview={overview} />
        <WhoCanTouch params={params} overview={overview} />
        <WhatChanged params={params} overview={overview} />
      </div>
      <div className="flex min-w-0 flex-col gap-9">
        <IsItHealthy app={overview.connection} />
        <NotOnboarded params={params} overview={overview} />
      </div>
    </div>
  )
}

// ── Health, and what needs somebody ──────────────────────────────────────────────────────────────────────────────────
function IsItHealthy({ app }: { app: Connection }) {
  return (
    <Question title="Is it healthy">
      <div className="text-lg font-semibold">
        <HealthDot health={app.health} syncing={app.runningJobId !== null} />
      </div>
      <p className="mt-1 text-muted text-pretty">
        {app.health === 'new' && 'The first check reads everything once; that can take some minutes.'}
        {app.health === 'healthy' && (
          <>
            Everything that could be read was read <RelativeTime at={app.lastCheckedAt} />.
          </>
        )}
        {(app.health === 'attention' || app.health === 'expired') && app.healthReason}
      </p>
    </Question>
  )
}

function WhatNeedsSomebody({ params, overview }: { params: Params; overview: Overview }) {
  return (
    <Question title="What needs somebody">
      {overview.attention.length === 0 ? (
        <p className="flex items-center gap-2 text-muted">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          Nothing right now.
        </p>
      ) : (
        <ul className="flex flex-col divide-y rounded-lg border">
          {overview.attention.map((one, i) => (
            <li key={i} className="grid grid-cols-[1rem_1fr] gap-x-2.5 px-3.5 py-3">
              <TriangleAlert className="mt-0.5 size-4 text-wait" aria-hidden />
              <div className="min-w-0">
                <p className="font-medium wrap-anywhere">{cleanName(one.sentence)}</p>
                {one.fix !== '' && <p className="mt-0.5 text-sm text-muted break-words">{one.fix}</p>}
                <AttentionLink params={params} partner={one.partnerId} job={one.jobId} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Question>
  )
}

function AttentionLink({
  params,
  partner,
  job,
}: {
  params: Params
  partner: string | null
  job: string | null
}) {
  if (job !== null) {
    return (
      <Link to="/w/$workspace/automation" params={params} search={{ job }} className={`mt-1.5 ${moreClass}`}>
        View task
      </Link>
    )
  }
  if (partner !== null) {
    return (
      <Link
        to="/w/$workspace/apps/$connection/partners"
        params={params}
        search={{ partner }}
        className={`mt-1.5 ${moreClass}`}
      >
        View partner
      </Link>
    )
  }
  return null
}

const SHOWN_PARTNERS = 5

function NotOnboarded({ params, overview }: { params: Params; overview: Overview }) {
  const can = useCan(params.workspace)
  const pending = overview.pendingPartners
  const unread = overview.connection.lastCheckedAt === null
  return (
    <Question
      title="Partners not onboarded"
      aside={
        pending.length > 0 ? (
          <Link
            to="/w/$workspace/apps/$connection/partners"
            params={params}
            search={{ status: NOT_ONBOARDED }}
            className={moreClass}
            aria-label={`All ${number(pending.length)} partners that are pending onboarding`}
          >
            All {number(pending.length)}
          </Link>
        ) : undefined
      }
    >
      {unread && pending.length === 0 ? (
        <NotYet />
      ) : pending.length === 0 ? (
        <p className="flex items-center gap-2 text-muted">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          {overview.connection.counts.partners === 0
            ? 'No partner shares assets with you.'
            : 'Every partner is onboarded.'}
        </p>
      ) : (
        <ul className="flex flex-col divide-y rounded-lg border">
          {pending.slice(0, SHOWN_PARTNERS).map((partner) => (
            <li key={partner.id}>
              <Link
                to="/w/$workspace/apps/$connection/partners"
                params={params}
                search={can('partner.connect') ? { connect: partner.id } : { search: partner.externalId }}
                className="flex items-center gap-3 px-3.5 py-2.5 transition-colors hover:bg-hover"
              >
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">
                    <Name none={partner.externalId}>{partner.name}</Name>
                  </span>
                  <span className="block text-sm text-muted">
                    {counted(partner.shares, 'shared asset', 'shared assets')}
                  </span>
                </span>
                {can('partner.connect') && (
                  <span className="text-sm font-medium text-accent-text">Connect</span>
                )}
                <ArrowRight className="size-4 shrink-0 text-muted" aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Question>
  )
}
