// Check token: judges a sealed token again and again until it is decided. Until then nothing but this check may use it.
import { AppError } from '../model/error.ts'
import type { Problem } from '../model/job.ts'
import { judgedTokens, loadCheckedConnection, loadCheckedPartner } from '../store/checks.ts'
import { read, work } from '../store/db.ts'
import { planSteps, putStep } from '../store/job-steps.ts'
import { finishJob, loadJob } from '../store/jobs.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { inspectToken } from './inspect-token.ts'
import { isCancelled } from './read-business.ts'
import { nextJudgement } from './waits.ts'
import type { Parts, Run, Work } from './work.ts'

/** `gone`: a person took the token away meanwhile. `removed`: the app that it is of. `undecided`: nobody could tell. */
type Ending = 'good' | 'refused' | 'gone' | 'removed' | 'undecided' | 'cancelled'
type Answer = { end: Ending | null; again: number | null }

/** A week of half hours: then the token is left to be handed over anew. */
const MOST_TRIES = 340
const STEP = { name: 'inspect', label: 'Inspect token', position: 0 }

export const checkToken: Work = {
  name: 'check-token',
  run: async (parts, run) => {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const answer = await run.step(`judge ${tries}`, () => judge(parts, run, tries))
      if (answer.again === null) {
        await run.step('end', () => end(parts, run, answer.end ?? 'undecided'))
        return null
      }
      await run.sleepUntil(`wait ${tries}`, answer.again)
    }
    await run.step('end', () => end(parts, run, 'undecided'))
    return null
  },
  broke: async (parts, input, reference) => {
    const problems = [{ ...undecided, trace: reference }]
    await work(parts.db, input.workspaceId, (tx) =>
      finishJob(tx, input.jobId, { status: 'not_completed', problems }),
    )
  },
}

const undecided: Problem = {
  where: 'Inspect token',
  sentence: 'The token could not be judged.',
  fix: 'Hand it over again: connect with the token once more.',
  code: null,
  trace: null,
}

/** Not a failure: what a person did has ended it. */
const gone: Problem = {
  where: 'Inspect token',
  sentence:
    'The token was disconnected or withdrawn before it could be judged, so there is nothing left to check.',
  fix: 'To read this partner’s people, connect it with a token again.',
  code: null,
  trace: null,
}

const removed: Problem = {
  where: 'Inspect token',
  sentence: 'The app was removed before its token could be judged, so there is nothing left to check.',
  fix: 'To use it again, connect it anew.',
  code: null,
  trace: null,
}

async function judge(parts: Parts, run: Run, tries: number): Promise<Answer> {
  const { workspaceId, jobId } = run.input
  const job = { workspaceId, jobId }
  if (await isCancelled(parts, run)) return { end: 'cancelled', again: null }
  const { connectionId, partnerId } = await work(parts.db, workspaceId, async (tx) => {
    const row = await loadJob(tx, jobId)
    await planSteps(tx, job, [STEP])
    await putStep(tx, job, { name: STEP.name, status: 'running', attempts: tries })
    return { connectionId: row.connectionId ?? '', partnerId: row.partnerId }
  })
  const judged = await inspectToken(parts, { ...job, connectionId, partnerId }, run.signal).catch(
    (error: unknown) => {
      if (run.signal.aborted) return { as: 'cancelled' as const, retryAt: null }
      if (error instanceof AppError && error.code === 'not_found')
        return { as: 'removed' as const, retryAt: null }
      throw error
    },
  )
  if (judged.as === 'later' || judged.as === 'checking') {
    const again = Math.max(nextJudgement(tries, parts.now()), judged.retryAt ?? 0)
    await work(parts.db, workspaceId, (tx) =>
      putStep(tx, job, { name: STEP.name, status: 'retrying', retryAt: new Date(again) }),
    )
    return { end: null, again }
  }
  await work(parts.db, workspaceId, (tx) => recomputePartnerStatuses(tx, connectionId, new Date()))
  if (judged.as === 'good' || judged.as === 'cancelled' || judged.as === 'removed')
    return { end: judged.as, again: null }
  return { end: judged.as === 'none' ? 'gone' : 'refused', again: null }
}

async function end(parts: Parts, run: Run, how: Ending): Promise<null> {
  const { workspaceId, jobId } = run.input
  const problem = how === 'refused' ? await refusal(parts, run) : (told[how] ?? null)
  const [status, step] = ends[how]
  await work(parts.db, workspaceId, async (tx) => {
    if (how !== 'cancelled')
      await putStep(tx, { workspaceId, jobId }, { name: STEP.name, status: step, problem })
    await finishJob(tx, jobId, { status, problems: problem === null ? [] : [problem] })
  })
  return null
}

const told: Partial<Record<Ending, Problem>> = { gone, removed, undecided }
const ends = {
  good: ['complete', 'done'],
  refused: ['not_completed', 'failed'],
  undecided: ['not_completed', 'failed'],
  gone: ['cancelled', 'skipped'],
  removed: ['cancelled', 'skipped'],
  cancelled: ['cancelled', 'skipped'],
} as const satisfies Record<Ending, [status: string, step: string]>

/** Why the token was refused, and whose it is. */
async function refusal(parts: Parts, run: Run): Promise<Problem> {
  const { workspaceId, jobId } = run.input
  return read(parts.db, workspaceId, async (tx) => {
    const { connectionId, partnerId } = await loadJob(tx, jobId)
    const token = (await judgedTokens(tx, connectionId ?? '')).find((t) => t.partnerId === partnerId)
    const whose =
      partnerId === null
        ? (await loadCheckedConnection(tx, connectionId ?? '')).label
        : await loadCheckedPartner(tx, connectionId ?? '', partnerId).then((p) => p.name ?? p.externalId)
    return {
      where: `Token of ${whose}`,
      sentence: token?.reason ?? undecided.sentence,
      fix: token?.fix ?? undecided.fix,
      code: null,
      trace: null,
    }
  })
}
