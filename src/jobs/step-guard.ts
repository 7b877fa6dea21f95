// What surrounds the function of every step: it is asked again while the database is away, its errors are stored without their text, and
// it never answers where its process may not do the work any more.
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { outageOf } from '../store/outage.ts'
import { pause } from './pause.ts'

/** How long a step asks again once the database was away, before the job gives up: a restart, a failover. */
const OUTAGE_MS = 120_000
/** So often it is done at least: one that works for minutes has not asked again just because time has passed. */
const LEAST_TRIES = 5

/** A promise that never settles: what waits for it stays open in the database, for the next start or for who takes it over. */
export const never = new Promise<never>(() => undefined)

/** Tells the log what a person is given a reference to. */
export function report(log: Log, message: string, facts: Record<string, unknown>): string {
  const reference = newId().slice(0, 8)
  log.error(message, { ...facts, reference })
  return reference
}

/** The reference in an error that `guarded` threw, also after the engine has stored and revived it; null for other errors. */
export function referenceOf(error: unknown): string | null {
  return error instanceof Error ? (/^step broke, reference (\w+)$/.exec(error.message)?.[1] ?? null) : null
}

/**
 * Runs a step's function. What it throws is logged, and thrown as an error that holds a reference alone: the engine stores errors in plain
 * text, and this one's may hold a name. `left`: this process may not do the work any more.
 */
export async function guarded<T>(
  log: Log,
  left: () => boolean,
  facts: { job: string; step: string },
  fn: () => Promise<T>,
): Promise<T> {
  let since: number | null = null
  for (let [tries, wait] = [1, 200]; !left(); [tries, wait] = [tries + 1, Math.min(wait * 2, 5_000)]) {
    try {
      const answer = await fn()
      if (!left()) return answer
    } catch (error) {
      if (left()) break
      since ??= performance.now()
      const isOver = tries >= LEAST_TRIES && performance.now() > since + OUTAGE_MS
      if (!isOutage(error) || isOver) {
        throw new Error(`step broke, reference ${report(log, 'a step broke', { ...facts, error })}`)
      }
      await pause(wait)
    }
  }
  return never
}

/** True where the database did not answer, had no room or could not write, or asked for the transaction to be repeated. */
export function isOutage(error: unknown): boolean {
  if (outageOf(error) !== null) return true
  return error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01')
}
