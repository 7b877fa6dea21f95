// Five questions about an app at a glance. Every number is a link to the list behind it.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowRight, CircleCheck, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connection, Overview } from '../../src/model/connection.ts'
import type { Rank } from '../../src/model/entitlement.ts'
import type { PrincipalTab } from '../../src/model/principal.ts'
import { DayBars } from '../components/DayBars.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { HealthDot } from '../components/HealthDot.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { useApp } from '../place.ts'
import { overviewQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { counted, day, number } from '../words.ts'

interface Params {
  workspace: string
  connection: string
}

export function OverviewScreen() {
  const params = useParams({ from: '/signed-in/w/$workspace/apps/$connection' })
  const overview = useQuery(overviewQuery(params.workspace, params.connection))
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

/** Before the first check nothing is known, which is not the same as nothing. */
function NotYet() {
  return <p className="text-muted">Known after the first check.</p>
}

function Question({ title, children, aside }: { title: string; children: ReactNode; aside?: ReactNode }) {
  return (
    <section aria-label={title}>
      <div className="mb-3 flex items-baseline justify-between gap-4">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

const moreClass =
  'inline-flex items-center gap-1 text-sm font-medium text-accent-text underline-offset-4 hover:underline'

// ── Who can touch our assets ─────────────────────────────────────────────────────────────────────────────────────────
const ranks: { rank: Rank; word: string }[] = [
  { rank: 'full', word: 'Full' },
  { rank: 'edit', word: 'Edit' },
  { rank: 'view', word: 'View' },
  { rank: 'none', word: 'No assets' },
]

function WhoCanTouch({ params, overview }: { params: Params; overview: Overview }) {
  const { manifest } = useApp()
  const { counts } = overview.connection
  const words: Record<
    Overview['access'][number]['group'],
    { name: string; hint: string; tab: PrincipalTab }
  > = {
    own: { name: 'Members', hint: 'Your own people', tab: 'own' },
    guests: { name: manifest?.words.guests ?? 'Guest users', hint: 'People of your partners', tab: 'guests' },
    system_users: { name: 'System users', hint: 'Yours and your partners’', tab: 'system_users' },
  }
  const unseen = counts.partnersPending
  const unread = overview.connection.lastCheckedAt === null
  return (
    <Question title="Who can touch your assets">
      <div className="overflow-x-auto rounded-lg border">
        <table className="w-full border-collapse text-left sm:min-w-md">
          <thead className="text-sm text-muted">
            <tr className="border-b">
              <th scope="col" className="px-3 py-2 font-medium sm:px-4">
                Strongest permission
              </th>
              {ranks.map(({ rank, word }) => (
                <th
                  key={rank}
                  scope="col"
                  className="px-2 py-2 text-right font-medium last:pr-3 sm:px-3 sm:last:pr-4"
                >
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {overview.access.map((row) => {
              const { name, hint, tab } = words[row.group]
              return (
                <tr key={row.group} className="border-b last:border-b-0">
                  <th scope="row" className="px-3 py-3 font-normal sm:px-4">
                    <span className="block font-medium">{name}</span>
                    <span className="block text-sm text-muted">{hint}</span>
                  </th>
                  {ranks.map(({ rank, word }) => (
                    <td
                      key={rank}
                      className="px-2 py-3 text-right font-semibold tabular-nums last:pr-3 sm:px-3 sm:text-lg sm:last:pr-4"
                    >
                      {row[rank] === 0 ? (
                        <span className="font-normal text-faint">{unread ? '–' : '0'}</span>
                      ) : (
                        <Link
                          to="/w/$workspace/apps/$connection/members"
                          params={params}
                          search={{ tab, rank }}
                          aria-label={`${number(row[rank])} ${name}: ${word}`}
                          className="rounded-sm underline-offset-4 hover:text-accent-text hover:underline"
                        >
                          {number(row[rank])}
                        </Link>
                      )}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {unseen > 0 && (
        <p className="mt-2.5 text-sm text-muted">
          {unseen === 1 ? 'The people of 1 partner are' : `The people of ${number(unseen)} partners are`} not
          counted:{' '}
          <Link
            to="/w/$workspace/apps/$connection/partners"
            params={params}
            search={{ status: 'pending' }}
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {unseen === 1 ? 'it is' : 'they are'} pending onboarding
          </Link>
          .
        </p>
      )}
      {counts.invitations > 0 && (
        <p className="mt-1 text-sm text-muted">
          <Link
            to="/w/$workspace/apps/$connection/members"
            params={params}
            search={{ tab: 'invitations' }}
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {counted(counts.invitations, 'invitation', 'invitations')}
          </Link>{' '}
          not answered yet.
        </p>
      )}
    </Question>
  )
}

// ── What changed ─────────────────────────────────────────────────────────────────────────────────────────────────────
function WhatChanged({ params, overview }: { params: Params; overview: Overview }) {
  const sum = (of: 'added' | 'removed' | 'changed') => overview.changes.reduce((all, one) => all + one[of], 0)
  const kinds = [
    { kind: 'added', word: 'added', mark: 'bg-accent-text' },
    { kind: 'removed', word: 'removed', mark: 'bg-idle' },
    { kind: 'changed', word: 'changed', mark: 'bg-accent-text/35' },
  ] as const
  const all = kinds.map(({ kind, word }) => `${number(sum(kind))} ${word}`).join(', ')
  const unread = overview.connection.lastCheckedAt === null
  const quiet = kinds.every(({ kind }) => sum(kind) === 0)
  return (
    <Question
      title="What changed in the last 30 days"
      aside={
        <Link to="/w/$workspace/apps/$connection/activity" params={params} className={moreClass}>
          All changes
        </Link>
      }
    >
      {quiet && unread ? (
        <NotYet />
      ) : quiet ? (
        <p className="rounded-lg border px-4 py-5 text-muted">Nothing changed.</p>
      ) : (
        <div className="rounded-lg border px-4 pt-4 pb-3">
          <ul className="mb-4 flex flex-wrap gap-x-6 gap-y-1">
            {kinds.map(({ kind, word, mark }) => (
              <li key={kind} className="flex items-center gap-2">
                <span className={`size-2 rounded-full ${mark}`} aria-hidden />
                <Link
                  to="/w/$workspace/apps/$connection/activity"
                  params={params}
                  search={{ kind }}
                  className="rounded-sm underline-offset-4 hover:text-accent-text hover:underline"
                >
                  <span className="font-semibold tabular-nums">{number(sum(kind))}</span> {word}
                </Link>
              </li>
            ))}
          </ul>
          <DayBars label={`Changes per day: ${all}`} days={overview.changes} dateOf={day} />
        </div>
      )}
    </Question>
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
                <p className="font-medium break-words">{one.sentence}</p>
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
            search={{ status: 'pending' }}
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
                  <span className="block truncate font-medium">{partner.name ?? partner.externalId}</span>
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
