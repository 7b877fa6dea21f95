// Starts checks for updates by each connection's schedule. Every process looks; the database lets one of them take each due check.
import { dueChecks } from '../store/checks.ts'
import { across } from '../store/db.ts'
import { startDueCheck } from './start.ts'
import type { JobEngine } from './work.ts'

const LOOK_MS = 30_000

/** Starts every check that is due now; gives the ids of the jobs that this process started. */
export async function startDueChecks(engine: JobEngine): Promise<string[]> {
  const started: string[] = []
  for (const due of await across(engine.db, dueChecks)) {
    const jobId = await startDueCheck(engine, { workspaceId: due.workspaceId, connectionId: due.id })
    if (jobId !== null) started.push(jobId)
  }
  return started
}

/** Looks every half minute until the function that it gives back is called. */
export function startSchedule(engine: JobEngine): () => void {
  const timer = setInterval(() => {
    if (!engine.healthy()) return
    startDueChecks(engine).catch((error: unknown) =>
      engine.log.warn('the schedule missed a round', { error }),
    )
  }, LOOK_MS)
  return () => clearInterval(timer)
}
