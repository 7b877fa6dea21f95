// What only a person can answer: asked while a browser waits, and not shown any longer than it does.
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../lib/ids.ts'
import { PagesError } from '../model/recipe.ts'
import type { QuestionKind } from '../model/recipe.ts'
import type { Redacted } from '../model/redacted.ts'
import { work } from '../store/db.ts'
import { askQuestion, closeQuestions, takeAnswer } from '../store/job-questions.ts'
import { setJob } from '../store/jobs.ts'
import { forgetPicture, showPicture } from './live-pictures.ts'
import type { Parts } from './work.ts'

interface AtJob {
  workspaceId: string
  jobId: string
}

const ANSWER_MS = 10 * 60_000
const LOOK_MS = 500

/** Asks a person and waits, the browser open. The job is waiting meanwhile. */
export async function ask(
  parts: Parts,
  at: AtJob,
  signal: AbortSignal,
  kind: QuestionKind,
  picture?: Buffer,
): Promise<Redacted> {
  const id = newId()
  const endsAt = new Date(Date.now() + ANSWER_MS)
  const until = performance.now() + ANSWER_MS
  if (picture !== undefined) showPicture(id, picture)
  try {
    await work(parts.db, at.workspaceId, async (tx) => {
      await askQuestion(tx, at, { id, kind, endsAt })
      await setJob(tx, at.jobId, { status: 'waiting', progress: null })
    })
    while (performance.now() < until) {
      signal.throwIfAborted()
      const sealed = await work(parts.db, at.workspaceId, async (tx) => {
        const answer = await takeAnswer(tx, id)
        // At once: a task that waits always shows what for.
        if (answer !== null) await setJob(tx, at.jobId, { status: 'running' })
        return answer
      })
      if (sealed !== null) return parts.vault.open(sealed, `job_questions/${id}`)
      await sleep(LOOK_MS)
    }
  } finally {
    forgetPicture(id)
    await work(parts.db, at.workspaceId, async (tx) => {
      await closeQuestions(tx, at.jobId)
      await setJob(tx, at.jobId, { status: 'running' })
    })
  }
  throw new PagesError(
    'no-answer',
    'The pages asked for something that only a person can answer, and nobody did within ten minutes.',
    'Try again when somebody is there to answer.',
  )
}

/** Closes the question of a process that was killed while it asked: nobody would ever take its answer. */
export async function dropQuestion(parts: Pick<Parts, 'db'>, { workspaceId, jobId }: AtJob): Promise<void> {
  await work(parts.db, workspaceId, async (tx) => {
    if (await closeQuestions(tx, jobId)) await setJob(tx, jobId, { status: 'running' })
  })
}
