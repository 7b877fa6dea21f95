// The apps of a workspace: each with its health and what is known through it.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Plug, Plus } from 'lucide-react'
import type { Connection } from '../../src/model/connection.ts'
import { buttonClass } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { HealthDot } from '../components/HealthDot.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { connectionsQuery, connectorsQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { number } from '../words.ts'

export function AppsScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/apps' })
  const apps = useQuery(connectionsQuery(workspace))
  const can = useCan(workspace)
  const add = can('connection.manage') ? (
    <Link to="/w/$workspace/apps/new" params={{ workspace }} className={buttonClass('primary')}>
      <Plus aria-hidden />
      Add app
    </Link>
  ) : undefined
  return (
    <div className="w-full max-w-7xl">
      <PageHead
        title="Apps"
        line="What Guestlist reads: each app is one business at a provider."
        action={(apps.data?.length ?? 0) > 0 ? add : undefined}
      />
      {apps.data !== undefined ? (
        apps.data.length > 0 ? (
          <ul className="grid gap-4 lg:grid-cols-2">
            {apps.data.map((app) => (
              <AppCard key={app.id} workspace={workspace} app={app} />
            ))}
          </ul>
        ) : (
          <EmptyState icon={<Plug aria-hidden />} title="Connect your first app" action={add}>
            An app is one business at a provider, read with a token of your own. Once it is connected you see
            its partners, people and assets here.
          </EmptyState>
        )
      ) : apps.error !== null ? (
        <ErrorState
          title="The apps could not be loaded"
          error={apps.error}
          onRetry={() => void apps.refetch()}
        />
      ) : (
        <Skeleton label="Loading the apps" className="grid gap-4 lg:grid-cols-2">
          <Bone className="h-44 rounded-lg" />
        </Skeleton>
      )}
    </div>
  )
}

function AppCard({ workspace, app }: { workspace: string; app: Connection }) {
  const connectors = useQuery(connectorsQuery(workspace))
  const words = connectors.data?.find((one) => one.id === app.connector)?.words
  return (
    <li className="relative flex flex-col rounded-lg border transition-colors hover:border-control has-focus-visible:border-control">
      <div className="flex flex-col gap-1 p-5 pb-4">
        <div className="flex items-start justify-between gap-4">
          <h2 className="min-w-0 text-lg font-semibold break-words">
            <Link
              to="/w/$workspace/apps/$connection"
              params={{ workspace, connection: app.id }}
              className="rounded-sm after:absolute after:inset-0 after:rounded-lg"
            >
              {app.label}
            </Link>
          </h2>
          <span className="shrink-0 pt-1">
            <HealthDot health={app.health} syncing={app.runningJobId !== null} />
          </span>
        </div>
        <p className="text-muted">
          {app.connectorName}
          {app.name !== null && app.name !== app.label && (
            <>
              {' · '}
              <Name none="Name not told">{app.name}</Name>
            </>
          )}
        </p>
        <p className="text-sm text-muted">
          {words?.businessId ?? 'ID'} <span className="font-mono">{app.externalId}</span>
        </p>
        {app.healthReason !== null && app.health !== 'healthy' && (
          <p className="mt-2 text-sm text-pretty">{app.healthReason}</p>
        )}
      </div>
      <dl className="mt-auto grid grid-cols-2 gap-y-3 border-t px-5 py-4 sm:grid-cols-4">
        <Figure
          word="Partners"
          value={app.counts.partners}
          note={app.counts.partnersPending > 0 ? `${number(app.counts.partnersPending)} pending` : undefined}
        />
        <Figure word="Guest users" value={app.counts.guests} />
        <Figure word="Own people" value={app.counts.people} />
        <Figure word="Assets" value={app.counts.assets} />
      </dl>
      <p className="border-t px-5 py-2.5 text-sm text-muted">
        {app.lastCheckedAt === null ? (
          'Not checked yet'
        ) : (
          <>
            Checked <RelativeTime at={app.lastCheckedAt} />
          </>
        )}
      </p>
    </li>
  )
}

function Figure({ word, value, note }: { word: string; value: number; note?: string | undefined }) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className="text-sm text-muted">{word}</dt>
      <dd className="flex items-baseline gap-2 text-xl font-semibold tabular-nums">
        {number(value)}
        {note !== undefined && <span className="text-sm font-normal text-wait-text">{note}</span>}
      </dd>
    </div>
  )
}
