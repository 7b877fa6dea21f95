// A check for updates judges every token that was not judged a short time ago: most before anything is read, those of which nothing bad is
// known while our own business is read and before their own is (choose-readers.ts).
import { EXPIRES_SOON_DAYS } from '../model/partner.ts'
import { judgedTokens } from '../store/checks.ts'
import type { JudgedToken } from '../store/checks.ts'
import { read, work } from '../store/db.ts'
import { putStep } from '../store/job-steps.ts'
import { setJob } from '../store/jobs.ts'
import { inspectToken, isJudgedSince } from './inspect-token.ts'
import { isCancelled } from './read-business.ts'
import type { Extent } from './steps.ts'
import { throttle } from './throttle.ts'
import { nextTry } from './waits.ts'
import type { Parts, Run } from './work.ts'

type Round = { later: (string | null)[]; again: number | null }

export const STEP = 'inspect'
const MOST_ROUNDS = 3

/**
 * A token that was judged so short a time ago is not judged again before it is read: every call of an app's limit counts, and a list that is
 * answered in full tells as much. One whose read shows anything unusual is judged at once (read-business.ts), and before anything that it
 * showed may end it is judged in any case (read-business.ts).
 */
const JUDGED_FOR_MS = 6 * 3_600_000
/** A token that ends sooner is inspected each time: it may be renewed. */
const ENDS_SOON_MS = EXPIRES_SOON_DAYS * 86_400_000

/** True of a good token that was judged a short time ago. */
export function isFresh(token: JudgedToken): boolean {
  const since = new Date(Date.now() - JUDGED_FOR_MS)
  return token.state === 'good' && lasts(token.expiresAt) && isJudgedSince(since, token)
}

const lasts = (expiresAt: Date | null): boolean =>
  expiresAt === null || expiresAt.getTime() > Date.now() + ENDS_SOON_MS

/** True of a partner's token of which nothing bad is known: whether it still is good may be asked while our own business is read. */
export function isPresumed({ partnerId, state, expiresAt }: JudgedToken): boolean {
  return partnerId !== null && state === 'good' && lasts(expiresAt)
}

/**
 * Judges every token that is due, but for those that are judged beside the first read; those that could not be judged
 * again, twice at most: then the read itself will tell.
 */
export async function inspectTokens(parts: Parts, run: Run, extent: Extent): Promise<void> {
  let only: (string | null)[] | null = null
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const these: (string | null)[] | null = only
    const answer: Round = await run.step(`inspect ${round}`, () =>
      inspectRound(parts, run, extent, round, these),
    )
    if (answer.again === null) return
    await run.sleepUntil(`inspect wait ${round}`, answer.again)
    only = answer.later
  }
}

async function inspectRound(
  parts: Parts,
  run: Run,
  extent: Extent,
  round: number,
  only: (string | null)[] | null,
): Promise<Round> {
  const { workspaceId } = run.input
  const { connectionId } = extent
  if (await isCancelled(parts, run)) return { later: [], again: null }
  const tokens = await read(parts.db, workspaceId, (tx) => judgedTokens(tx, connectionId))
  const due = tokens.filter((t) => (extent.only === null || t.partnerId === extent.only) && !isFresh(t))
  const beside = extent.only === null && only === null ? due.filter(isPresumed) : []
  const now = only ?? due.filter((t) => !beside.includes(t)).map((t) => t.partnerId)
  const total = now.length + beside.length
  if (total === 0) return { later: [], again: null }
  const put = putInspect(parts, run)
  await put({ status: 'running', attempts: round, unit: 'tokens', total, done: 0 })
  const told = { done: 0, total }
  let later: (string | null)[]
  try {
    later = await inspectEach(parts, run, connectionId, now, told)
    // Without our own token nothing is read, so nothing can be judged beside it.
    if (beside.length > 0 && !(await isOwnGood(parts, run, connectionId)))
      later.push(
        ...(await inspectEach(
          parts,
          run,
          connectionId,
          beside.map((t) => t.partnerId),
          told,
        )),
      )
  } catch (error) {
    if (run.signal.aborted) return { later: [], again: null }
    throw error
  }
  const { done } = told
  const failure = { kind: 'transient' as const, retryAt: null }
  const again = later.length === 0 || round === MOST_ROUNDS ? null : nextTry(failure, round, parts.now())
  await put({ done, ...(again === null ? {} : { status: 'retrying', retryAt: new Date(again) }) })
  return { later, again }
}

const putInspect =
  (parts: Parts, { input: { workspaceId, jobId } }: Run) =>
  (patch: Partial<Parameters<typeof putStep>[2]>) =>
    work(parts.db, workspaceId, (tx) => putStep(tx, { workspaceId, jobId }, { name: STEP, ...patch }))

async function isOwnGood(parts: Parts, run: Run, connectionId: string): Promise<boolean> {
  const tokens = await read(parts.db, run.input.workspaceId, (tx) => judgedTokens(tx, connectionId))
  return tokens.some((t) => t.partnerId === null && t.state === 'good')
}

/** Judges these tokens side by side, with progress; gives those that could not be judged. */
export async function inspectEach(
  parts: Parts,
  run: Run,
  connectionId: string,
  these: readonly (string | null)[],
  told: { done: number; total: number },
): Promise<(string | null)[]> {
  const { workspaceId, jobId } = run.input
  const later: (string | null)[] = []
  const due = throttle()
  const inspect = async (partnerId: string | null) => {
    const judged = await inspectToken(parts, { workspaceId, jobId, connectionId, partnerId }, run.signal)
    // A token that the provider wants no call for until a named time is told so by its own read: it holds up no other.
    if (judged.as === 'later' && judged.retryAt === null) later.push(partnerId)
    told.done += 1
    if (!due()) return
    const { done, total } = told
    await work(parts.db, workspaceId, async (tx) => {
      await putStep(tx, { workspaceId, jobId }, { name: STEP, done })
      await setJob(tx, jobId, { progress: `tokens ${done} of ${total}` })
    })
  }
  await Promise.all(these.map(inspect))
  return later
}
