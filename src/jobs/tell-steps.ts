// Tells how the steps of a job go. Steps that change at the same moment are written together: each would wait for the job's row otherwise.
import type { Db } from '../store/db.ts'
import { work } from '../store/db.ts'
import { putSteps, setJob } from '../store/jobs.ts'
import type { StepPatch } from '../store/jobs.ts'

/** What changes in a step, and the words of how far the job is. */
export type Told = StepPatch & { progress?: string }

interface Waiting {
  told: Told
  done: () => void
  failed: (error: unknown) => void
}

/** Of each job that is being written: what came meanwhile. */
const waiting = new WeakMap<Db, Map<string, Waiting[]>>()

/** Ends when it is written; fails together with what was written beside it. One job's words are written in the order they came in. */
export function tellStep(db: Db, job: { workspaceId: string; jobId: string }, told: Told): Promise<void> {
  const jobs = waiting.get(db) ?? new Map<string, Waiting[]>()
  waiting.set(db, jobs)
  return new Promise((done, failed) => {
    const one = { told, done, failed }
    const others = jobs.get(job.jobId)
    if (others !== undefined) {
      others.push(one)
      return
    }
    const queue = [one]
    jobs.set(job.jobId, queue)
    void writeAll(db, job, queue).finally(() => jobs.delete(job.jobId))
  })
}

async function writeAll(
  db: Db,
  { workspaceId, jobId }: { workspaceId: string; jobId: string },
  queue: Waiting[],
): Promise<void> {
  while (queue.length > 0) {
    const now = queue.splice(0)
    const progress = now.findLast(({ told }) => told.progress !== undefined)?.told.progress
    try {
      await work(db, workspaceId, async (tx) => {
        await putSteps(
          tx,
          { workspaceId, jobId },
          now.map(({ told }) => told),
        )
        if (progress !== undefined) await setJob(tx, jobId, { progress })
      })
      for (const { done } of now) done()
    } catch (error) {
      for (const { failed } of now) failed(error)
    }
  }
}
