// What a process looks after beside its own work: jobs of its own that somebody wants to stop, work of processes that died, and jobs that
// nobody works on.
import type { Log } from '../lib/log.ts'
import { across } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { askedToCancel, executorsAtWork, strandedJobs } from '../store/engine-work.ts'
import type { StrandedJob } from '../store/engine-work.ts'
import { each } from './each.ts'
import type { Place } from './place.ts'

const TICK_MS = 1_000
const DAY_MS = 86_400_000
/** After the start, so that it does not hold up what waits. */
const FIRST_FORGET_MS = 60_000

export interface Watched {
  db: Db
  log: Log
  place: Place
  /** Jobs that run here. */
  running(): string[]
  cancel(jobId: string): void
  /** Puts a dead process's work back into the queue; gives how much. */
  recover(slot: number): Promise<number>
  mend(job: StrandedJob): Promise<void>
  forget(): Promise<void>
}

/** The executor's name of a slot, and back. */
export const executorOf = (slot: number): string => `slot-${slot}`
const slotOf = (executor: string): string | undefined => /^slot-(\d+)$/.exec(executor)?.[1]

/** Looks each second until the function that it gives back is called. */
export function watch(watched: Watched): () => void {
  let over = false
  let tick = 0
  let forgetAt = performance.now() + FIRST_FORGET_MS
  let timer: NodeJS.Timeout | undefined
  const round = async () => {
    tick += 1
    if (!watched.place.held()) return
    const { db } = watched
    const running = watched.running()
    if (running.length > 0) (await across(db, (tx) => askedToCancel(tx, running))).forEach(watched.cancel)
    if (tick % 2 === 0) {
      await watched.place.ping()
      await takeOver(watched)
    }
    if (tick % 10 === 0)
      await each(watched.log, 'a job was left as it is', await across(db, strandedJobs), watched.mend)
    if (performance.now() >= forgetAt) {
      forgetAt = performance.now() + DAY_MS
      await watched.forget()
    }
  }
  const next = () => {
    timer = setTimeout(() => {
      void round()
        .catch((error: unknown) => watched.log.warn('the watch over jobs missed a round', { error }))
        .finally(() => {
          if (!over) next()
        })
    }, TICK_MS)
  }
  next()
  return () => {
    over = true
    clearTimeout(timer)
  }
}

/** Work of processes that died goes back into the queue, for whoever takes it first. */
async function takeOver({ db, log, place, recover }: Watched): Promise<void> {
  await each(log, 'work was not taken over', await executorsAtWork(db), async (executor) => {
    const slot = Number(slotOf(executor) ?? place.number)
    if (slot === place.number) return
    await place.ifDead(slot, async () => {
      log.info('took over the work of a process that ended', { slot, workflows: await recover(slot) })
    })
  })
}
