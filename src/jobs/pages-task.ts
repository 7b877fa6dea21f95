// What tasks have in common whose steps are work in a browser: how they are planned, how each step opens its browser and tells what went
// wrong there, and how they end.
import { PagesError } from '../model/recipe.ts'
import type { PagesProblem } from '../model/recipe.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { planSteps, putStep, stepOutcomes } from '../store/job-steps.ts'
import { finishJob, loadJob, setJob } from '../store/jobs.ts'
import { onPages } from './pages-session.ts'
import { brokenProblem } from './problems.ts'
import { isCancelled } from './read-business.ts'
import type { PlannedStep } from './steps.ts'
import type { Parts, Run, WorkInput } from './work.ts'

/** What every further step would meet, too. */
export const stops: readonly PagesProblem[] = ['refused', 'no-login', 'no-answer', 'limit']

/** `stopped`: failed, and so would every further step. */
export type End = 'done' | 'failed' | 'stopped' | 'cancelled'

/** Plans the steps and gives the app that the task is about. */
export async function planTask(
  parts: Parts,
  run: Run,
  steps: (tx: Tx, connectionId: string) => PlannedStep[] | Promise<PlannedStep[]>,
): Promise<string> {
  const { workspaceId, jobId } = run.input
  return work(parts.db, workspaceId, async (tx) => {
    const { connectionId } = await loadJob(tx, jobId)
    await loadCheckedConnection(tx, connectionId ?? '')
    await planSteps(tx, run.input, await steps(tx, connectionId ?? ''))
    await setJob(tx, jobId, { status: 'running' })
    return connectionId ?? ''
  })
}

/** One step in a browser; what goes wrong there stands in the job's step. */
export async function doStep(
  parts: Parts,
  run: Run,
  connectionId: string,
  step: Pick<PlannedStep, 'name' | 'label'>,
  fn: Parameters<typeof onPages<void>>[3],
): Promise<End> {
  const { workspaceId, jobId } = run.input
  const put = (patch: Omit<Parameters<typeof putStep>[2], 'name'>) =>
    work(parts.db, workspaceId, (tx) => putStep(tx, run.input, { name: step.name, ...patch }))
  if (await isCancelled(parts, run)) return 'cancelled'
  await put({ status: 'running' })
  try {
    await onPages(parts, { workspaceId, jobId, connectionId, step: step.name }, run.signal, fn)
    await put({ status: 'done' })
    return 'done'
  } catch (error) {
    if (run.signal.aborted) return 'cancelled'
    if (!(error instanceof PagesError)) throw error
    const problem = { where: step.label, sentence: error.message, fix: error.fix, code: null, trace: null }
    await put({ status: 'failed', problem, outcome: { problems: [problem], notes: [] } })
    return stops.includes(error.problem) ? 'stopped' : 'failed'
  }
}

export async function endTask(parts: Parts, input: WorkInput, how: End): Promise<null> {
  const { workspaceId, jobId } = input
  await work(parts.db, workspaceId, async (tx) => {
    const cancelled = how === 'cancelled' || (await loadJob(tx, jobId)).cancelRequestedAt !== null
    const problems = (await stepOutcomes(tx, jobId)).flatMap(({ outcome }) => outcome.problems)
    await finishJob(tx, jobId, {
      status: cancelled ? 'cancelled' : problems.length === 0 ? 'complete' : 'not_completed',
      problems,
    })
  })
  return null
}

/** Ends a task that broke inside Guestlist. */
export async function broke(parts: Parts, input: WorkInput, reference: string): Promise<void> {
  await work(parts.db, input.workspaceId, (tx) =>
    finishJob(tx, input.jobId, { status: 'not_completed', problems: [brokenProblem(reference)] }),
  )
}
