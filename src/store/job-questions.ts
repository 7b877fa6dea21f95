// What a running job asks a person, and the pictures of its steps. An answer is sealed on its way from the person to the job.
import { sql } from 'kysely'
import type { JobPicture, JobQuestion } from '../model/automation.ts'
import { PICTURE_DAYS } from '../model/automation.ts'
import { AppError } from '../model/error.ts'
import type { QuestionKind } from '../model/recipe.ts'
import type { Tx } from './db.ts'
import { notify } from './notify.ts'

interface AtJob {
  workspaceId: string
  jobId: string
}

/** Asks; a question of an earlier try is closed. */
export async function askQuestion(
  tx: Tx,
  at: AtJob,
  question: { id: string; kind: QuestionKind; endsAt: Date },
): Promise<void> {
  await closeQuestions(tx, at.jobId)
  await tx
    .insertInto('jobQuestions')
    .values({ ...question, workspaceId: at.workspaceId, jobId: at.jobId })
    .execute()
  await notify(tx, 'jobs', at)
}

/** True where one was open. */
export async function closeQuestions(tx: Tx, jobId: string): Promise<boolean> {
  const closed = await tx
    .updateTable('jobQuestions')
    .set({ closedAt: new Date(), answer: null })
    .where('jobId', '=', jobId)
    .where('closedAt', 'is', null)
    .returning('id')
    .execute()
  return closed.length > 0
}

/** Takes the sealed answer, which is gone from the row then; null while there is none. */
export async function takeAnswer(tx: Tx, id: string): Promise<Buffer | null> {
  const row = await tx
    .selectFrom('jobQuestions')
    .select(['answer', 'workspaceId', 'jobId'])
    .where('id', '=', id)
    .where('closedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined || row.answer === null) return null
  await tx
    .updateTable('jobQuestions')
    .set({ answer: null, closedAt: new Date() })
    .where('id', '=', id)
    .execute()
  await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: row.jobId })
  return row.answer
}

/** A person's sealed answer. Throws `not_found`, and `conflict` where the question is no longer open. */
export async function answerQuestion(
  tx: Tx,
  at: AtJob,
  given: { id: string; answer: Buffer; by: string },
): Promise<void> {
  const row = await tx
    .updateTable('jobQuestions')
    .set({ answer: given.answer, answeredBy: given.by, answeredAt: new Date() })
    .where('id', '=', given.id)
    .where('jobId', '=', at.jobId)
    .where('closedAt', 'is', null)
    .where('answer', 'is', null)
    .where('endsAt', '>', sql<Date>`now()`)
    .returning('id')
    .executeTakeFirst()
  if (row === undefined) throw await notOpen(tx, at.jobId, given.id)
  await notify(tx, 'jobs', at)
}

async function notOpen(tx: Tx, jobId: string, id: string): Promise<AppError> {
  const known = tx.selectFrom('jobQuestions').select('id').where('id', '=', id).where('jobId', '=', jobId)
  return (await known.executeTakeFirst()) === undefined
    ? new AppError('not_found', 'There is no such question.')
    : new AppError('conflict', 'This question is no longer open. The task shows what it asks now.')
}

/** The open question of a job. */
export async function openQuestion(tx: Tx, jobId: string): Promise<JobQuestion | null> {
  const rows = await tx
    .selectFrom('jobQuestions')
    .select(['id', 'kind', 'askedAt', 'endsAt', 'answeredAt', 'closedAt'])
    .where('jobId', '=', jobId)
    .orderBy('askedAt', 'desc')
    .limit(2)
    .execute()
  const [row, before] = rows
  if (row === undefined || row.closedAt !== null) return null
  return {
    id: row.id,
    kind: row.kind,
    askedAt: row.askedAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    answered: row.answeredAt !== null,
    again: before !== undefined && before.kind === row.kind && before.answeredAt !== null,
  }
}

export async function addPicture(
  tx: Tx,
  at: AtJob,
  picture: { step: string; label: string; failed: boolean; path: string; at: Date; image: Buffer },
): Promise<void> {
  await tx
    .insertInto('jobPictures')
    .values({ ...picture, workspaceId: at.workspaceId, jobId: at.jobId })
    .execute()
  await notify(tx, 'jobs', at)
}

export async function picturesOf(tx: Tx, jobId: string): Promise<JobPicture[]> {
  const rows = await tx
    .selectFrom('jobPictures')
    .select(['id', 'step', 'label', 'failed', 'path', 'at'])
    .where('jobId', '=', jobId)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

/** PNG. Throws `not_found`. */
export async function loadPicture(tx: Tx, jobId: string, id: string): Promise<Buffer> {
  const row = await tx
    .selectFrom('jobPictures')
    .select('image')
    .where('jobId', '=', jobId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such picture (any more).')
  return row.image
}

const old = sql<boolean>`at < now() - make_interval(days => ${PICTURE_DAYS})`

/** Workspaces with pictures whose time is over. For `across`. */
export async function workspacesWithOldPictures(tx: Tx): Promise<string[]> {
  const rows = await tx.selectFrom('jobPictures').select('workspaceId').distinct().where(old).execute()
  return rows.map((row) => row.workspaceId)
}

export async function deleteOldPictures(tx: Tx): Promise<void> {
  await tx.deleteFrom('jobPictures').where(old).execute()
}
