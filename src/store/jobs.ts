// Jobs as a person sees them; their steps are in job-steps.ts. The engine has its own tables; these rows are what the product tells.
import { sql } from 'kysely'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { openJobStatuses } from '../model/job.ts'
import type { JobDetails, JobResult, JobStatus, JobTrigger, Problem } from '../model/job.ts'
import type { AuditEntry, Tx } from './db.ts'
import { requestInfos } from './app-requests.ts'
import { jobsByIds } from './job-lists.ts'
import { endSteps } from './job-steps.ts'
import { tell } from './notices.ts'
import { closeQuestions, openQuestion, picturesOf } from './job-questions.ts'
import { notify } from './notify.ts'

export interface NewJob {
  id: string
  workspaceId: string
  connectionId: string
  partnerId: string | null
  kind: string
  trigger: JobTrigger
  actor: Actor
}

/** Adds a queued job and records that it was started. False, and nothing done, where one of its kind is open for this connection. */
export async function createJob(
  tx: Tx,
  audit: (entry: AuditEntry) => Promise<void>,
  job: NewJob,
): Promise<boolean> {
  const added = await tx
    .insertInto('jobs')
    .values({
      id: job.id,
      workspaceId: job.workspaceId,
      connectionId: job.connectionId,
      partnerId: job.partnerId,
      kind: job.kind,
      trigger: job.trigger,
      actorId: job.actor.kind === 'person' ? job.actor.id : null,
    })
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (added === undefined) return false
  await audit({
    action: 'job.start',
    subjectKind: 'job',
    subjectId: job.id,
    data: { kind: job.kind, connection: job.connectionId, partner: job.partnerId, trigger: job.trigger },
  })
  await notify(tx, 'jobs', { workspaceId: job.workspaceId, jobId: job.id })
  return true
}

export interface JobRow {
  id: string
  workspaceId: string
  connectionId: string | null
  partnerId: string | null
  kind: string
  status: JobStatus
  actorId: string | null
  problems: Problem[]
  cancelRequestedAt: Date | null
  createdAt: Date
  /** What it found has been written. */
  applied: boolean
}

/** The job's row; throws `not_found`. */
export async function loadJob(tx: Tx, id: string): Promise<JobRow> {
  const row = await tx
    .selectFrom('jobs')
    .select([
      'id',
      'workspaceId',
      'connectionId',
      'partnerId',
      'kind',
      'status',
      'actorId',
      'problems',
      'cancelRequestedAt',
      'createdAt',
      sql<boolean>`applied is not null`.as('applied'),
    ])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such task.')
  return row
}

/** The open job of a kind for a connection, if there is one. `partnerId` narrows it where it is given. */
export async function openJob(
  tx: Tx,
  connectionId: string,
  kind: string,
  partnerId?: string | null,
): Promise<string | null> {
  let query = tx
    .selectFrom('jobs')
    .select('id')
    .where('connectionId', '=', connectionId)
    .where('kind', '=', kind)
    .where('status', 'in', [...openJobStatuses])
  if (partnerId !== undefined) query = query.where(sql<boolean>`partner_id is not distinct from ${partnerId}`)
  return (await query.executeTakeFirst())?.id ?? null
}

export interface JobPatch {
  status?: 'running' | 'retrying' | 'waiting'
  progress?: string | null
  problems?: Problem[]
  /** With `retrying`: when the next try is. */
  retryAt?: Date | null
}

/** Changes an open job; does nothing to one that is over. `running` sets the start where there is none. */
export async function setJob(tx: Tx, id: string, patch: JobPatch): Promise<void> {
  if (patch.status === 'waiting') await tellOfWaiting(tx, id)
  const row = await tx
    .updateTable('jobs')
    .set({
      ...(patch.status === undefined ? {} : { status: patch.status, retryAt: patch.retryAt ?? null }),
      ...(patch.status === 'running' ? { startedAt: sql<Date>`coalesce(started_at, now())` } : {}),
      ...(patch.progress === undefined ? {} : { progress: patch.progress }),
      ...(patch.problems === undefined ? {} : { problems: JSON.stringify(patch.problems) }),
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', 'in', [...openJobStatuses])
    .returning('workspaceId')
    .executeTakeFirst()
  if (row !== undefined) await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: id })
}

/** True where one of these is over and part of no other. */
export async function isAnyOver(tx: Tx, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return false
  const row = await tx
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .where('parentId', 'is', null)
    .where('finishedAt', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Tells that a job waits for a person, each time that it begins to. */
async function tellOfWaiting(tx: Tx, id: string): Promise<void> {
  const job = await tx
    .selectFrom('jobs')
    .select(['connectionId', 'partnerId', 'updatedAt'])
    .where('id', '=', id)
    .where('status', 'in', [...openJobStatuses])
    .where('status', '!=', 'waiting')
    .forUpdate()
    .executeTakeFirst()
  if (job === undefined) return
  const { connectionId, partnerId, updatedAt } = job
  const once = `${id}/${updatedAt.toISOString()}`
  await tell(tx, { kind: 'task-waiting', once, jobId: id, connectionId, partnerId })
}

/** Asks an open job to stop. False where it is over already. */
export async function askToCancel(tx: Tx, id: string, by: Actor): Promise<boolean> {
  const row = await tx
    .updateTable('jobs')
    .set({
      cancelRequestedAt: sql<Date>`coalesce(cancel_requested_at, now())`,
      cancelRequestedBy: by.id,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', 'in', [...openJobStatuses])
    .returning('workspaceId')
    .executeTakeFirst()
  if (row !== undefined) await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: id })
  return row !== undefined
}

/**
 * Ends an open job, with its steps and what it asks: steps that ran are failed or, where the job was cancelled, skipped. False, and
 * nothing done, where it is over already.
 */
export async function finishJob(
  tx: Tx,
  id: string,
  end: { status: 'complete' | 'not_completed' | 'cancelled'; problems?: Problem[]; result?: JobResult },
): Promise<boolean> {
  const row = await tx
    .updateTable('jobs')
    .set({
      status: end.status,
      progress: null,
      retryAt: null,
      ...(end.problems === undefined ? {} : { problems: JSON.stringify(end.problems) }),
      ...(end.result === undefined ? {} : { result: JSON.stringify(end.result) }),
      startedAt: sql<Date>`coalesce(started_at, now())`,
      finishedAt: sql<Date>`now()`,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', 'in', [...openJobStatuses])
    .returning(['workspaceId', 'connectionId', 'partnerId', 'parentId'])
    .executeTakeFirst()
  if (row === undefined) return false
  await closeQuestions(tx, id)
  if (end.status === 'not_completed' && row.parentId === null) {
    const { connectionId, partnerId } = row
    await tell(tx, { kind: 'task-not-completed', once: id, jobId: id, connectionId, partnerId })
  }
  await endSteps(tx, id, end.status === 'cancelled')
  await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: id })
  return true
}

/** Everything that the drawer of one job shows; throws `not_found`. */
export async function jobDetails(tx: Tx, id: string): Promise<JobDetails> {
  const [job] = await jobsByIds(tx, [id])
  if (job === undefined) throw new AppError('not_found', 'There is no such task.')
  const steps = await tx
    .selectFrom('jobSteps')
    .selectAll()
    .where('jobId', '=', id)
    .orderBy('position')
    .orderBy('name')
    .execute()
  const time = (at: Date | null) => at?.toISOString() ?? null
  return {
    ...job,
    question: await openQuestion(tx, id),
    pictures: await picturesOf(tx, id),
    requests: await requestInfos(tx, { jobId: id }),
    steps: steps.map((step) => ({
      id: `${id}/${step.name}`,
      name: step.name,
      label: step.label,
      status: step.status,
      startedAt: time(step.startedAt),
      finishedAt: time(step.finishedAt),
      attempts: step.attempts,
      retryAt: time(step.retryAt),
      total: step.total,
      done: step.done,
      unit: step.unit,
      problem: step.problem,
    })),
  }
}
