// What a process looks after beside its own work: jobs of its own that somebody wants to stop, work of processes that died, work that it has taken
// without being told, and jobs that nobody works on.
import type { Log } from '../lib/log.ts'
import { across } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { askedToCancel, openWork, strandedJobs } from '../store/engine-work.ts'
import type { StrandedJob } from '../store/engine-work.ts'
import { each } from './each.ts'
import type { Place } from './place.ts'

const TICK_MS = 1_000
const DAY_MS = 86_400_000
/** Work that was taken begins at once: what has not after so many looks was taken by a commit whose answer was lost. */
const LOST_AFTER_LOOKS = 3
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
  /** True of work that runs here. */
  works(id: string): boolean
  /** Puts one piece of work back into the queue. */
  takeUp(id: string): Promise<void>
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
  let lost = new Map<string, number>()
  const round = async () => {
    tick += 1
    if (!watched.place.held()) return
    const { db } = watched
    const running = watched.running()
    if (running.length > 0) (await across(db, (tx) => askedToCancel(tx, running))).forEach(watched.cancel)
    if (tick % 2 === 0) {
      await watched.place.ping()
      const open = await openWork(db)
      await takeOver(watched, new Set(open.map(({ executor }) => executor)))
      lost = await takeUpLost(watched, open, lost)
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
async function takeOver({ log, place, recover }: Watched, executors: Iterable<string>): Promise<void> {
  await each(log, 'work was not taken over', [...executors], async (executor) => {
    const slot = Number(slotOf(executor) ?? place.number)
    if (slot === place.number) return
    await place.ifDead(slot, async () => {
      log.info('took over the work of a process that ended', { slot, workflows: await recover(slot) })
    })
  })
}

/** Work that stands as ours and does not run here. Gives how often each piece was seen so. */
async function takeUpLost(
  { log, place, works, takeUp }: Watched,
  open: readonly { id: string; executor: string }[],
  before: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const ours = executorOf(place.number)
  const lost = new Map(
    open
      .filter(({ id, executor }) => executor === ours && !works(id))
      .map(({ id }) => [id, (before.get(id) ?? 0) + 1]),
  )
  const due = [...lost].filter(([, looks]) => looks >= LOST_AFTER_LOOKS).map(([id]) => id)
  await each(log, 'lost work was not taken up', due, async (id) => {
    log.info('took up work that was taken without telling', { work: id })
    await takeUp(id)
    lost.delete(id)
  })
  return lost
}
