// Tells how the steps of a job go.
import { work } from '../store/db.ts'
import { putSteps } from '../store/job-steps.ts'
import { setJob } from '../store/jobs.ts'
import type { StepPatch } from '../store/job-steps.ts'
import { gathering } from './gathering.ts'

/** What changes in a step, and the words of how far the job is. */
export type Told = StepPatch & { progress?: string }

/** Steps that change at the same moment are written together: each would wait for the job's row otherwise. */
export const tellStep = gathering(
  ({ jobId }: { workspaceId: string; jobId: string }) => jobId,
  async (db, { workspaceId, jobId }, steps: readonly Told[]) => {
    const progress = steps.findLast((told) => told.progress !== undefined)?.progress
    await work(db, workspaceId, async (tx) => {
      await putSteps(tx, { workspaceId, jobId }, steps)
      if (progress !== undefined) await setJob(tx, jobId, { progress })
    })
  },
)
