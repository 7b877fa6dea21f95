// How long a job waits before it tries again, by what went wrong.
import type { Failure } from '../model/error.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

/** After a failure that may be over soon; as many tries as there are waits, and the first. */
const transient = [5, 20, 60, 180].map((s) => s * SECOND)
/** Where a provider limits and does not say until when. */
const limited = [1, 2, 5, 10, 20, 30, 60].map((m) => m * MINUTE)

/**
 * When to try again after the nth try (1 = the first) failed so, as epoch milliseconds; null: not at all, since trying again would not
 * help or was tried enough.
 */
export function nextTry(
  failure: Pick<Failure, 'kind' | 'retryAt'>,
  tries: number,
  now: number,
): number | null {
  if (failure.kind === 'transient') {
    const wait = transient[tries - 1]
    return wait === undefined ? null : now + wait
  }
  if (failure.kind === 'limited') {
    const wait = failure.retryAt === null ? limited[tries - 1] : Math.max(failure.retryAt - now, SECOND)
    return wait === undefined || wait > DAY || tries > limited.length ? null : now + wait
  }
  return null
}

/** When to judge a token again that could not be judged: until it is decided, at last every half hour. */
export function nextJudgement(tries: number, now: number): number {
  const waits = [10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE]
  return now + (waits[tries - 1] ?? 30 * MINUTE)
}
