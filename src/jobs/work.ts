// What durable work is made of: the small port between a job and the engine that keeps it alive. Only engine.ts knows the engine.
import type { Log } from '../lib/log.ts'
import type { Recipe } from '../model/recipe.ts'
import type { Db } from '../store/db.ts'
import type { Limits } from '../store/limits.ts'
import type { Vault } from '../vault/master-key.ts'

/**
 * What the engine stores of a job: ids, counts and times, in plain text. Never a token, a name, an address or a sentence from a
 * provider; those belong in our own rows.
 */
export type Stored = null | boolean | number | string | Stored[] | { [key: string]: Stored }

/** The input of every piece of work: whose it is, and the row in `jobs` that a person sees. */
export interface WorkInput {
  [key: string]: string
  workspaceId: string
  jobId: string
}

/** What a running piece of work may ask of the engine. Asked in the same order again after a crash: branch only on what steps answered. */
export interface Run {
  input: WorkInput
  /** Aborted when a person cancels the job, and when this process stops. */
  signal: AbortSignal
  /**
   * Runs once to its end, then never again: its answer is stored, and given back when the work is taken up again after a crash. A
   * step that was cut off runs again from its start, so it must be repeatable. Throws where `fn` throws; an expected failure is an answer.
   */
  step<T extends Stored>(name: string, fn: () => Promise<T>): Promise<T>
  /** Waits until a time of `Parts.now`, also over a restart; ends early when the job is cancelled. */
  sleepUntil(name: string, at: number): Promise<void>
  /** Runs pieces of work side by side under this job, each with steps of its own, and gives their answers in the same order. */
  all<T extends Stored>(children: { work: string; id: string; input: WorkInput }[]): Promise<T[]>
}

/** Lets a few through at a time, fairly between those who are named. */
export type Limiter = <T>(who: string, fn: () => Promise<T>, takes?: number) => Promise<T>

/** What every piece of work is given. */
export interface Parts {
  db: Db
  vault: Vault
  /** The provider's address for a workspace's environment. */
  addressOf: (environment: 'live' | 'simulator') => string
  pages: PagesSetting
  log: Log
  /** Epoch milliseconds, for everything that waits. Runs faster than the world's in tests. */
  now: () => number
  /** Reads of a provider that this process makes side by side, fairly between workspaces. A job that waits holds no place. */
  readers: Limiter
  /** What providers' limits ask for, shared by all who use one app. */
  limits: Limits
}

/** What work on a provider's pages needs of the machine and the settings. */
export interface PagesSetting {
  /** Base address of the provider's pages for a workspace's environment, without a trailing slash. */
  addressOf: (environment: 'live' | 'simulator') => string
  /** Chromium's path; null where there is none. */
  chromium: string | null
  /** What a browser is given of the environment; left out, what it cannot start without. */
  environment?: Readonly<Record<string, string | undefined>>
  /** The recipe in force: the connector's own, or the file that replaces it. */
  recipeOf: (own: Recipe) => Recipe
  limits: {
    milliseconds?: number
    megabytes?: number
    patience?: number
    settle?: number
    /** People and partners that one browser looks at, before it is closed and another one goes on. */
    portion?: number
  }
}

/** Nothing is done on pages. */
export const noPages: PagesSetting = {
  addressOf: () => '',
  chromium: null,
  recipeOf: (own) => own,
  limits: {},
}

export interface Work {
  name: string
  run(parts: Parts, run: Run): Promise<Stored>
  /**
   * Tells the person that the work broke for a reason of our own. `reference` stands in the log beside the reason. Absent: the
   * parent job tells it.
   */
  broke?(parts: Parts, input: WorkInput, reference: string): Promise<void>
}

/** What the rest of the product sees of the engine. */
export interface JobEngine {
  db: Db
  log: Log
  /** Puts work in the queue; the same id again does nothing. */
  start(work: string, id: string, input: WorkInput): Promise<void>
  /** Wakes a job of this process that was asked to stop; other processes notice by themselves within two seconds. */
  cancel(jobId: string): void
  /** False while this process may not take work: its place among the processes is lost. */
  healthy(): boolean
  /** Stops taking work and leaves what runs to the next start. */
  stop(): Promise<void>
}

/**
 * Runs functions in at most `places` places at a time, each in one, or in as many as it `takes`. What becomes free goes to whoever holds the
 * fewest, and among those to who came first; the last `spare` places go only to somebody who holds none, so that one with much to do never
 * makes another wait for its end.
 */
export function limiter(places: number, spare = 0): Limiter {
  const held = new Map<string, number>()
  const waiting: { who: string; takes: number; go: () => void }[] = []
  let free = places
  const holds = (who: string) => held.get(who) ?? 0
  const serve = () => {
    while (free > 0) {
      const next = waiting
        .filter(({ who, takes }) => free >= takes + (holds(who) === 0 ? 0 : spare))
        .reduce<(typeof waiting)[number] | undefined>(
          (best, one) => (best === undefined || holds(one.who) < holds(best.who) ? one : best),
          undefined,
        )
      if (next === undefined) return
      waiting.splice(waiting.indexOf(next), 1)
      held.set(next.who, holds(next.who) + next.takes)
      free -= next.takes
      next.go()
    }
  }
  return async (who, fn, wanted = 1) => {
    // More than there are for one who has others would never be given.
    const takes = Math.max(1, Math.min(wanted, places - spare))
    await new Promise<void>((go) => {
      waiting.push({ who, takes, go })
      serve()
    })
    try {
      return await fn()
    } finally {
      free += takes
      if (holds(who) === takes) held.delete(who)
      else held.set(who, holds(who) - takes)
      serve()
    }
  }
}
