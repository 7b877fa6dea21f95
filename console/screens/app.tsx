// An app's page: who it is and whether it works, the check for updates, and its tabs.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { ChevronRight, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { JobDetails } from '../../src/model/job.ts'
import { CopyButton } from '../components/CopyButton.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { HealthDot } from '../components/HealthDot.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TabBar, tabClass } from '../components/Tabs.tsx'
import { useJob } from '../live.ts'
import { useApp } from '../place.ts'
import { connectionQuery } from '../queries.ts'
import { number } from '../words.ts'
import { CheckButton } from './check-button.tsx'
import { NotFoundScreen } from './lost.tsx'

export function AppScreen() {
  const { workspace, connection } = useParams({ from: '/signed-in/w/$workspace/apps/$connection' })
  const app = useQuery(connectionQuery(workspace, connection))
  if (app.error !== null && app.data === undefined) {
    if ('code' in app.error && app.error.code === 'not_found') return <NotFoundScreen />
    return (
      <ErrorState
        heading="h1"
        title="The app could not be loaded"
        error={app.error}
        onRetry={() => void app.refetch()}
      />
    )
  }
  return (
    <>
      {app.data === undefined ? <HeadSkeleton /> : <Head workspace={workspace} app={app.data} />}
      <AppTabs workspace={workspace} connection={connection} counts={app.data?.counts} />
      <div className="flex min-w-0 flex-1 flex-col pt-5">
        <Outlet />
      </div>
    </>
  )
}

function HeadSkeleton() {
  return (
    <Skeleton label="Loading the app" className="h-20 pt-2">
      <Bone className="h-6 w-64" />
      <Bone className="mt-3 h-4 w-96 max-w-full" />
    </Skeleton>
  )
}

function Head({ workspace, app }: { workspace: string; app: Connection }) {
  const { manifest } = useApp()
  return (
    <header className="flex min-h-20 flex-wrap items-start justify-between gap-x-6 gap-y-3 pt-2 pb-4">
      <div className="min-w-0 flex-1 basis-80">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{app.label}</h1>
          <HealthDot health={app.health} syncing={app.runningJobId !== null} />
        </div>
        <p className="mt-1 flex gap-x-2 text-muted max-sm:flex-col sm:flex-wrap sm:items-center">
          {app.name !== null && app.name !== app.label && (
            <>
              <span className="break-words">
                <Name none="Name not told">{app.name}</Name>
              </span>
              <span aria-hidden className="max-sm:hidden">
                ·
              </span>
            </>
          )}
          <span className="inline-flex items-center gap-1">
            {manifest?.words.businessId ?? 'Business'}{' '}
            <span className="font-mono text-sm">{app.externalId}</span>
            <CopyButton
              text={app.externalId}
              label={`Copy the ${manifest?.words.businessId ?? 'business'}`}
            />
          </span>
          <span aria-hidden className="max-sm:hidden">
            ·
          </span>
          {app.lastCheckedAt === null ? (
            <span>not checked yet</span>
          ) : (
            <span>
              checked <RelativeTime at={app.lastCheckedAt} />
            </span>
          )}
        </p>
        {app.healthReason !== null && app.health !== 'healthy' && (
          <p className="mt-1 max-w-3xl text-pretty">{app.healthReason}</p>
        )}
      </div>
      {app.runningJobId !== null ? <Running workspace={workspace} job={app.runningJobId} /> : <CheckButton />}
    </header>
  )
}

/** Takes the button's place while a check runs: how far it is, and the way to the task. */
function Running({ workspace, job }: { workspace: string; job: string }) {
  const { data } = useJob(workspace, job)
  const words = progressWords(data)
  const step = data?.steps.find((one) => one.status === 'running' || one.status === 'retrying')
  const share = step?.done != null && step.total != null && step.total > 0 ? step.done / step.total : null
  return (
    <>
      <Link
        to="/w/$workspace/automation"
        params={{ workspace }}
        search={{ job }}
        className="relative flex h-8 min-w-56 items-center gap-2 overflow-hidden rounded-md border border-control/45 px-3 font-medium transition-colors hover:bg-hover pointer-coarse:h-10 max-sm:w-full"
      >
        <RefreshCw className="size-4 shrink-0 animate-turn text-accent-text" aria-hidden />
        <span className="min-w-0 flex-1 truncate tabular-nums">{words}</span>
        <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden />
        <span className="sr-only">View task</span>
        <span
          aria-hidden
          className="absolute bottom-0 left-0 h-0.5 bg-accent-text transition-[width] duration-300"
          style={{ width: share === null ? '0' : `${Math.round(share * 100)}%` }}
        />
      </Link>
      {/* Said once for each step, and not at each count. */}
      <span role="status" className="sr-only">
        {step === undefined ? words : `Checking: ${step.label}`}
      </span>
    </>
  )
}

function progressWords(job: JobDetails | undefined): string {
  switch (job?.status) {
    case undefined:
    case 'queued':
      return 'Check is starting'
    case 'retrying':
      return 'Checking · trying again soon'
    case 'waiting':
      return 'Waiting for you'
    default:
      return job?.progress == null || job.progress === '' ? 'Checking' : `Checking · ${job.progress}`
  }
}

function AppTabs({
  workspace,
  connection,
  counts,
}: {
  workspace: string
  connection: string
  counts: Connection['counts'] | undefined
}) {
  const params = { workspace, connection }
  return (
    <TabBar label="App">
      <Link
        to="/w/$workspace/apps/$connection"
        params={params}
        activeOptions={{ exact: true, includeSearch: false }}
        className={tabClass}
      >
        Overview
      </Link>
      <Link
        to="/w/$workspace/apps/$connection/partners"
        params={params}
        activeOptions={{ includeSearch: false }}
        className={tabClass}
      >
        Partners <TabCount>{counts?.partners}</TabCount>
      </Link>
      <Link
        to="/w/$workspace/apps/$connection/members"
        params={params}
        activeOptions={{ includeSearch: false }}
        className={tabClass}
      >
        Members
      </Link>
      <Link
        to="/w/$workspace/apps/$connection/assets"
        params={params}
        activeOptions={{ includeSearch: false }}
        className={tabClass}
      >
        Assets <TabCount>{counts?.assets}</TabCount>
      </Link>
      <Link
        to="/w/$workspace/apps/$connection/activity"
        params={params}
        activeOptions={{ includeSearch: false }}
        className={tabClass}
      >
        Activity
      </Link>
      <Link
        to="/w/$workspace/apps/$connection/settings"
        params={params}
        activeOptions={{ includeSearch: false }}
        className={tabClass}
      >
        Settings
      </Link>
    </TabBar>
  )
}

function TabCount({ children }: { children: number | undefined }): ReactNode {
  if (children === undefined) return null
  return <span className="text-sm font-normal text-muted tabular-nums">{number(children)}</span>
}
