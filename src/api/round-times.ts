// Refusals whose time may tell nothing: they are answered at round times after the request came. Where there is an account, a wrong password
// takes fractions of a millisecond longer, and whoever asks often enough sees them; at the next round time both ways are over.
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'

/** Many times what the ways to a refusal differ by, and what a person does not notice. */
const LEAST_MS = 100
/** A machine that was busy while it was measured does not make everybody wait. */
const MOST_MS = 1_000
/** The work itself, and as much again twice: a round time that lies where the work usually ends would tell which side of it it ended on. */
const TIMES = 3

/** Timers wait whole milliseconds from wherever they begin, and carry its fraction over: the rest is waited for turn by turn. */
const REST_MS = 2

interface Clock {
  now(): number
  /** Sleeps so many whole milliseconds, or a little more or less. */
  sleep(ms: number): Promise<unknown>
  /** Lets everything else have its turn. */
  turn(): Promise<unknown>
}

const real: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms), turn: () => turn() }

/**
 * Runs what it is given, and holds its failures back until a round time; what succeeds is answered at once. `work`: what nearly all of the time
 * goes into, which says how far the round times of this machine are apart: measured once, before the first failure is answered.
 */
export function atRoundTimes(work: () => Promise<unknown>, clock: Clock = real) {
  let apart: Promise<number> | undefined
  return async <T>(run: () => Promise<T>): Promise<T> => {
    const came = clock.now()
    try {
      return await run()
    } catch (error) {
      apart ??= measured(work, clock)
      const round = await apart
      const until = came + Math.ceil((clock.now() - came) / round) * round
      for (let left; (left = until - clock.now()) > 0;)
        await (left > REST_MS ? clock.sleep(Math.floor(left - REST_MS / 2)) : clock.turn())
      throw error
    }
  }
}

/** The quickest of three: whatever else the machine does at that moment only adds to it. */
async function measured(work: () => Promise<unknown>, clock: Clock): Promise<number> {
  const took: number[] = []
  while (took.length < 3) {
    const began = clock.now()
    await work()
    took.push(clock.now() - began)
  }
  return Math.min(Math.max(TIMES * Math.min(...took), LEAST_MS), MOST_MS)
}
