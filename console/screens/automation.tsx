// Automation: every task, running ones first and live: what, for which app or partner, by whom, how far, how long.
import { ListChecks } from 'lucide-react'
import { useMemo } from 'react'
import type { Job } from '../../src/model/job.ts'
import { jobStatuses, jobStatusLabels, openJobStatuses } from '../../src/model/job.ts'
import type { TableColumn } from '../components/table-model.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Name, TwoLines } from '../components/PersonCell.tsx'
import { RelativeTime, useNow } from '../components/RelativeTime.tsx'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { csvAddress, jobsQuery, listPaths } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { duration, number } from '../words.ts'
import { JobDrawer } from './job.tsx'
import { JobStatusDot, startedBy } from './job-words.tsx'

const filters: Filter[] = [
  {
    name: 'status',
    label: 'Status',
    facet: 'status',
    as: 'chips',
    order: jobStatuses,
    labelOf: (value) => (jobStatusLabels as Record<string, string>)[value] ?? value,
  },
  { name: 'kind', label: 'Task', facet: 'kind', as: 'chips' },
  { name: 'connection', label: 'App', facet: 'connection', as: 'chips' },
]

export function AutomationScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      status: state.get('status'),
      kind: state.get('kind'),
      connection: state.get('connection'),
      sort: state.get('sort'),
    }),
    [state],
  )
  const source = useWindows((ask) => jobsQuery(workspace, ask), asked)
  const columns = useMemo(() => columnsOf(), [])
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Automation</h1>
      <ListView
        name="jobs"
        label="Tasks"
        noun={['task', 'tasks']}
        source={source}
        state={state}
        columns={columns}
        filters={filters}
        search="Search tasks"
        onOpen={(job) => state.set({ job: job.id })}
        card={{ height: 92, of: (job) => <Card job={job} /> }}
        csv={can('export.make') ? csvAddress(listPaths.jobs(workspace), asked) : null}
        empty={
          <EmptyState icon={<ListChecks aria-hidden />} title="No tasks yet">
            Whatever runs by itself or takes longer stands here with its steps, as a check for updates. The
            first one starts when an app is added.
          </EmptyState>
        }
      />
      <JobDrawer
        workspace={workspace}
        jobId={state.get('job')}
        onClose={() => state.set({ job: undefined })}
        onJob={(job) => state.set({ job })}
      />
    </div>
  )
}

function Target({ job }: { job: Job }) {
  if (job.partnerId !== null) {
    return (
      <TwoLines
        first={<Name none="Partner without a name">{job.partnerName}</Name>}
        second={job.connectionLabel ?? undefined}
      />
    )
  }
  return <span className="truncate">{job.connectionLabel ?? 'Workspace'}</span>
}

function columnsOf(): TableColumn<Job>[] {
  return [
    {
      id: 'kind',
      header: 'Task',
      width: 190,
      grow: 2,
      sort: 'asc',
      cell: (job) => <span className="block truncate font-medium">{job.label}</span>,
    },
    {
      id: 'status',
      header: 'Status',
      width: 160,
      grow: 1,
      sort: 'asc',
      cell: (job) => <JobStatusDot job={job} />,
    },
    {
      id: 'target',
      header: 'App or partner',
      width: 190,
      grow: 2,
      optional: true,
      cell: (job) => <Target job={job} />,
    },
    {
      id: 'progress',
      header: 'How far',
      width: 200,
      grow: 2,
      optional: true,
      cell: (job) => (
        <span className="min-w-0 truncate text-muted tabular-nums" title={progressOf(job)}>
          {progressOf(job)}
          {job.status === 'retrying' && job.retryAt !== null && (
            <>
              {progressOf(job) === '' ? '' : ' · '}next try <RelativeTime at={job.retryAt} />
            </>
          )}
        </span>
      ),
    },
    {
      id: 'actor',
      header: 'Started by',
      width: 140,
      grow: 1,
      optional: true,
      cell: (job) => <span className="truncate text-muted">{startedBy(job)}</span>,
    },
    {
      id: 'createdAt',
      header: 'Created',
      width: 130,
      sort: 'desc',
      optional: true,
      cell: (job) => (
        <span className="text-muted">
          <RelativeTime at={job.createdAt} />
        </span>
      ),
    },
    {
      id: 'duration',
      header: 'Took',
      width: 100,
      align: 'end',
      optional: true,
      cell: (job) => <Took job={job} />,
    },
  ]
}

/** How far an open task is; of a finished one, what came of it. */
function progressOf(job: Job): string {
  if (openJobStatuses.includes(job.status)) return job.progress ?? ''
  if (job.status === 'not_completed') return job.problems[0]?.sentence ?? ''
  if (job.result === null) return ''
  const people = job.result.partners.reduce(
    (sum, one) => ({
      added: sum.added + one.peopleAdded,
      removed: sum.removed + one.peopleRemoved,
      changed: sum.changed + one.peopleChanged,
    }),
    { added: 0, removed: 0, changed: 0 },
  )
  const parts = [
    ...(people.added > 0 ? [`+${number(people.added)}`] : []),
    ...(people.removed > 0 ? [`−${number(people.removed)}`] : []),
    ...(people.changed > 0 ? [`~${number(people.changed)}`] : []),
  ]
  return parts.length === 0 ? 'No changes to people' : `People ${parts.join(' ')}`
}

function Took({ job }: { job: Job }) {
  const now = useNow()
  if (job.startedAt === null) return <span className="text-faint">–</span>
  const end = job.finishedAt === null ? now : Date.parse(job.finishedAt)
  return <span className="text-muted">{duration(Math.max(0, end - Date.parse(job.startedAt)))}</span>
}

function Card({ job }: { job: Job }) {
  return (
    <span className="flex flex-col gap-0.5">
      <span className="flex items-baseline justify-between gap-3">
        <span className="truncate font-medium text-text">{job.label}</span>
        <span className="shrink-0 text-sm">
          <JobStatusDot job={job} />
        </span>
      </span>
      <span className="truncate text-sm text-muted">
        <RelativeTime at={job.createdAt} />
        {job.partnerId !== null && (
          <>
            {' · '}
            <Name none="Partner without a name">{job.partnerName}</Name>
          </>
        )}
        {` · ${job.connectionLabel ?? 'Workspace'} · ${startedBy(job)}`}
      </span>
      <span className="truncate text-sm text-muted tabular-nums">{progressOf(job)}</span>
    </span>
  )
}
