// Jobs and their steps as a person sees them. The engine has its own tables; these rows are what the product tells.
import { sql } from 'kysely'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { openJobStatuses } from '../model/job.ts'
import type {
  JobDetails,
  JobResult,
  JobStatus,
  JobStep,
  JobTrigger,
  Problem,
  StepOutcome,
} from '../model/job.ts'
import type { AuditEntry, Tx } from './db.ts'
import { requestInfos } from './app-requests.ts'
import { jobsByIds } from './job-lists.ts'
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
  await tx
    .updateTable('jobSteps')
    .set({
      status: sql<
        JobStep['status']
      >`case when status = 'waiting' or ${end.status === 'cancelled'} then 'skipped' else 'failed' end`,
      finishedAt: sql<Date>`case when started_at is null then null else now() end`,
      retryAt: null,
    })
    .where('jobId', '=', id)
    .where('status', 'in', ['waiting', 'running', 'retrying'])
    .execute()
  await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: id })
  return true
}

export interface StepPatch {
  name: string
  status?: JobStep['status']
  attempts?: number
  /** With `retrying`: when the next try is. */
  retryAt?: Date | null
  total?: number | null
  done?: number | null
  unit?: string | null
  problem?: Problem | null
  outcome?: StepOutcome
}

/** Adds the steps that a person will see, in order; those that are there already stay as they are. */
export async function planSteps(
  tx: Tx,
  job: { workspaceId: string; jobId: string },
  steps: { name: string; label: string; position: number }[],
): Promise<void> {
  if (steps.length === 0) return
  await tx
    .insertInto('jobSteps')
    .values(steps.map((step) => ({ workspaceId: job.workspaceId, jobId: job.jobId, ...step })))
    .onConflict((c) => c.doNothing())
    .execute()
  await notify(tx, 'jobs', { workspaceId: job.workspaceId, jobId: job.jobId })
}

/** Changes one planned step: see putSteps. */
export function putStep(tx: Tx, job: { workspaceId: string; jobId: string }, step: StepPatch): Promise<void> {
  return putSteps(tx, job, [step])
}

/**
 * Changes planned steps, one after the other. `running` sets a step's start, an end its finish; the job itself is running while one of its
 * steps is, and retrying, until the first of the next tries, where all that is left waits. A late word about the progress of a step that
 * ended is dropped.
 */
export async function putSteps(
  tx: Tx,
  job: { workspaceId: string; jobId: string },
  steps: readonly StepPatch[],
): Promise<void> {
  await holdJob(tx, job.jobId)
  for (const step of steps) await changeStep(tx, job.jobId, step)
  if (steps.some(({ status }) => status !== undefined)) await followSteps(tx, job.jobId)
  await notify(tx, 'jobs', { workspaceId: job.workspaceId, jobId: job.jobId })
}

async function changeStep(tx: Tx, jobId: string, step: StepPatch): Promise<void> {
  const { status } = step
  const over = status === 'done' || status === 'failed' || status === 'skipped'
  let query = tx
    .updateTable('jobSteps')
    .set({
      ...(status === undefined
        ? {}
        : { status, retryAt: step.retryAt ?? null, finishedAt: over ? sql<Date>`now()` : null }),
      ...(status === 'running' ? { startedAt: sql<Date>`coalesce(started_at, now())` } : {}),
      ...(step.attempts === undefined ? {} : { attempts: step.attempts }),
      ...(step.total === undefined ? {} : { total: step.total }),
      ...(step.done === undefined ? {} : { done: step.done }),
      ...(step.unit === undefined ? {} : { unit: step.unit }),
      ...(step.problem === undefined
        ? {}
        : { problem: step.problem === null ? null : JSON.stringify(step.problem) }),
      ...(step.outcome === undefined ? {} : { outcome: JSON.stringify(step.outcome) }),
    })
    .where('jobId', '=', jobId)
    .where('name', '=', step.name)
  if (status === undefined) query = query.where('status', 'in', ['running', 'retrying'])
  await query.execute()
}

/**
 * Holds the job's row, so that steps which change at the same moment take turns: else each counts the other as it was before, and the job
 * shows running while all of it waits.
 */
async function holdJob(tx: Tx, jobId: string): Promise<void> {
  await sql`select from jobs where id = ${jobId} for no key update`.execute(tx)
}

async function followSteps(tx: Tx, jobId: string): Promise<void> {
  await sql`
    update jobs set updated_at = now(),
      started_at = coalesce(started_at, now()),
      status = case when s.running > 0 then 'running' when s.retrying > 0 then 'retrying' else 'running' end,
      retry_at = case when s.running > 0 then null else s.retry_at end
    from (
      select count(*) filter (where status = 'running') as running, count(*) filter (where status = 'retrying') as retrying,
        min(retry_at) filter (where status = 'retrying') as retry_at
      from job_steps where job_id = ${jobId}
    ) s
    where id = ${jobId} and status in ('queued', 'running', 'retrying')`.execute(tx)
}

/** A step's label; throws where it was not planned. */
export async function stepLabel(tx: Tx, jobId: string, name: string): Promise<string> {
  const row = await tx
    .selectFrom('jobSteps')
    .select('label')
    .where('jobId', '=', jobId)
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.label
}

/** How the job's reads ended, in the order of its steps; steps that told nothing are left out. */
export async function stepOutcomes(tx: Tx, jobId: string): Promise<{ name: string; outcome: StepOutcome }[]> {
  const rows = await tx
    .selectFrom('jobSteps')
    .select(['name', 'outcome'])
    .where('jobId', '=', jobId)
    .orderBy('position')
    .orderBy('name')
    .execute()
  return rows.flatMap(({ name, outcome }) => (outcome === null ? [] : [{ name, outcome }]))
}

/** The same of one step; null where it has not ended. */
export async function outcomeOfStep(tx: Tx, jobId: string, name: string): Promise<StepOutcome | null> {
  return (await stepOutcomes(tx, jobId)).find((step) => step.name === name)?.outcome ?? null
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
