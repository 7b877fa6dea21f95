// Runs the product's durable work in this process without keeping it, on a clock of its own that jumps to the next waiting job when nothing
// else runs: an hour of waiting takes no time, and what happened before it is settled. For faults of the provider; crashes want the real engine.
import type { Log } from '../src/lib/log.ts'
import { works } from '../src/jobs/jobs.ts'
import { limiter, noPages } from '../src/jobs/work.ts'
import type { JobEngine, Parts, Run, Stored, Work, WorkInput } from '../src/jobs/work.ts'
import type { Db } from '../src/store/db.ts'
import { openLimits } from '../src/store/limits.ts'
import type { Vault } from '../src/vault/master-key.ts'

export interface PlainEngine extends JobEngine {
  parts: Parts
  /** Resolves when a job's work is over. */
  over(jobId: string): Promise<void>
  /** Called with everything at rest but jobs that wait, before the clock jumps to `until`. */
  beforeJump(fn: ((until: number) => Promise<void>) | null): void
  /** What broke inside: nothing of the provider may do that. */
  broken: string[]
}

const READERS = 4

export function plainEngine(given: { db: Db; vault: Vault; addressOf: () => string; log: Log }): PlainEngine {
  let ahead = 0
  let busy = 0
  let jump: ((until: number) => Promise<void>) | null = null
  const waiting: { at: number; go: () => void }[] = []
  const jobs = new Map<string, Promise<void>>()
  const broken: string[] = []
  const signals = new Map<string, AbortController>()
  const now = () => Date.now() + ahead
  const limits = openLimits(given.db, now, (error) => broken.push(String(error)))
  const parts: Parts = { ...given, pages: noPages, now, readers: limiter(READERS), limits }

  const rest = async (): Promise<void> => {
    if (busy > 0) return
    const next = waiting.toSorted((a, b) => a.at - b.at)[0]
    if (next === undefined) return
    busy += 1
    waiting.splice(waiting.indexOf(next), 1)
    await jump?.(next.at)
    ahead += Math.max(0, next.at - parts.now())
    next.go()
  }
  const leave = (): void => {
    busy -= 1
    void rest()
  }
  const runOf = (input: WorkInput): Run => ({
    input,
    signal: (signals.get(input.jobId) ?? new AbortController()).signal,
    step: (_name, fn) => fn(),
    sleepUntil: (_name, at) =>
      new Promise((go) => {
        waiting.push({ at, go })
        leave()
      }),
    all: async <T extends Stored>(children: { work: string; id: string; input: WorkInput }[]) => {
      if (children.length === 0) return []
      let left = children.length
      busy += children.length - 1
      const ends = await Promise.allSettled(
        children.map(async (child) => {
          try {
            return await workOf(child.work).run(parts, runOf(child.input))
          } finally {
            left -= 1
            // The parent goes on as soon as the last child has ended.
            if (left > 0) leave()
          }
        }),
      )
      return ends.map((end) => {
        if (end.status === 'rejected') throw end.reason
        return end.value as T
      })
    },
  })
  const perform = async (work: Work, input: WorkInput): Promise<void> => {
    busy += 1
    try {
      await work.run(parts, runOf(input))
    } catch (error) {
      broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
      await work.broke?.(parts, input, 'plain')
    } finally {
      leave()
    }
  }
  return {
    ...given,
    parts,
    broken,
    start: (work, id, input) => {
      signals.set(input.jobId, new AbortController())
      jobs.set(id, perform(workOf(work), input))
      return Promise.resolve()
    },
    cancel: (jobId) => signals.get(jobId)?.abort(new Error('cancelled')),
    healthy: () => true,
    stop: () => Promise.resolve(),
    over: (jobId) => jobs.get(jobId) ?? Promise.resolve(),
    beforeJump: (fn) => {
      jump = fn
    },
  }
}

function workOf(name: string): Work {
  const work = works.find((one) => one.name === name)
  if (work === undefined) throw new Error(`There is no work named ${name}.`)
  return work
}
