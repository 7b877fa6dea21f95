// Automation: the list of jobs, one with its steps, live; cancel and retry.
import { z } from 'zod'
import { requestCancel, retry as retryJob } from '../jobs/start.ts'
import { Job, JobDetails, jobStatusLabels, openJobStatuses } from '../model/job.ts'
import type { JobStatus } from '../model/job.ts'
import { listOf } from '../model/list.ts'
import type { Tx } from '../store/db.ts'
import { demandConnections } from '../store/connections.ts'
import { read as readIn } from '../store/db.ts'
import { jobList, jobsByIds } from '../store/job-lists.ts'
import { jobDetails } from '../store/jobs.ts'
import { allIds, listRows } from '../store/list.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { workspaceNews } from './events.ts'
import type { ServerEvent } from './events.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import type { Parts } from './parts.ts'
import { Id, inWorkspace } from './route.ts'

const AtJob = z.object({ job: Id })
const Query = listQuery('status', 'kind', 'connection')

const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { status: query.status, kind: query.kind, connection: query.connection })

export const list = inWorkspace({
  query: Query,
  answer: listOf(Job),
  handle: async ({ read, query }) => {
    const page = await read(async (tx) => {
      await demandConnections(tx, valuesOf(query.connection))
      return listRows(tx, jobList(), asked(query), jobsByIds)
    })
    const status = (page.facets['status'] ?? []).map((entry) => ({
      ...entry,
      label: jobStatusLabels[entry.value as JobStatus],
    }))
    return { ...page, facets: { ...page.facets, status } }
  },
})

const columns: CsvColumn<Job>[] = [
  { head: 'Task', of: (row) => row.label },
  { head: 'App', of: (row) => row.connectionLabel },
  { head: 'Partner', of: (row) => row.partnerName },
  { head: 'Status', of: (row) => jobStatusLabels[row.status] },
  { head: 'Started by', of: (row) => row.actor ?? row.trigger },
  { head: 'Created', of: (row) => row.createdAt },
  { head: 'Started', of: (row) => row.startedAt },
  { head: 'Finished', of: (row) => row.finishedAt },
  { head: 'Problems', of: (row) => row.problems.map((problem) => `${problem.where}: ${problem.sentence}`) },
  { head: 'ID', of: (row) => row.id },
]

export const exported = inWorkspace({
  query: Query,
  answer: 'csv',
  handle: async ({ read, query }) => {
    await read((tx) => demandConnections(tx, valuesOf(query.connection)))
    const ids = (tx: Tx) => allIds(tx, jobList(), asked(query))
    return csv('automation', columns, inPortions(read, ids, jobsByIds))
  },
})

export const one = inWorkspace({
  params: AtJob,
  answer: JobDetails,
  handle: ({ read, params }) => read((tx) => jobDetails(tx, params.job)),
})

/** The route takes the narrowest right; whose job it is decides the rest. */
export const cancel = inWorkspace({
  params: AtJob,
  answer: Job,
  handle: async ({ parts, read, must, params, workspace, actor }) => {
    const job = await read((tx) => jobDetails(tx, params.job))
    must('job.stop-own', { startedBy: job.actorId })
    await requestCancel(parts.engine, { workspaceId: workspace.id, jobId: params.job, actor })
    return read((tx) => jobDetails(tx, params.job))
  },
})

export const retry = inWorkspace({
  params: AtJob,
  answer: z.object({ jobId: z.string() }),
  handle: async ({ parts, read, must, params, workspace, actor, trigger }) => {
    const job = await read((tx) => jobDetails(tx, params.job))
    must('job.stop-own', { startedBy: job.actorId })
    return retryJob(parts.engine, { workspaceId: workspace.id, jobId: params.job, actor, trigger })
  },
})

export const events = inWorkspace({
  params: AtJob,
  answer: 'events',
  handle: async ({ parts, read, params, workspace }) => {
    await read((tx) => jobDetails(tx, params.job))
    return { events: (gone: AbortSignal) => jobEvents(parts, workspace.id, params.job, gone) }
  },
})

async function* jobEvents(
  parts: Parts,
  workspaceId: string,
  jobId: string,
  gone: AbortSignal,
): AsyncIterable<ServerEvent> {
  let last = ''
  for await (const { jobs: changed } of workspaceNews(parts.db, workspaceId, gone)) {
    if (changed !== null && changed.length > 0 && !changed.includes(jobId)) continue
    const job = await readIn(parts.db, workspaceId, (tx) => jobDetails(tx, jobId))
    const text = JSON.stringify(job)
    if (text !== last) yield { event: 'job', data: job }
    last = text
    if (!openJobStatuses.includes(job.status)) {
      yield { event: 'end', data: { status: job.status } }
      return
    }
  }
}
