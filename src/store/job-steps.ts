// The steps of a job: planned, changed while it runs, and ended with it. A change is told with its job.
import { sql } from 'kysely'
import type { JobStep, Problem, StepOutcome } from '../model/job.ts'
import type { Tx } from './db.ts'
import { notify } from './notify.ts'

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

/** Ends what is left of a job's steps: what ran has failed or, where the job was cancelled, is skipped; what waited is skipped. */
export async function endSteps(tx: Tx, jobId: string, cancelled: boolean): Promise<void> {
  await tx
    .updateTable('jobSteps')
    .set({
      status: sql<
        JobStep['status']
      >`case when status = 'waiting' or ${cancelled} then 'skipped' else 'failed' end`,
      finishedAt: sql<Date>`case when started_at is null then null else now() end`,
      retryAt: null,
    })
    .where('jobId', '=', jobId)
    .where('status', 'in', ['waiting', 'running', 'retrying'])
    .execute()
}
