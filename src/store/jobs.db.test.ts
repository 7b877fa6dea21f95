// A job that is over asks nothing any more, and keeps no answer that nobody will take.
import { expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import { answerQuestion, askQuestion } from './job-questions.ts'
import { finishJob } from './jobs.ts'
import { work } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

test.each([[true], [false]])('What a job asked ends with it (answered: %s)', async (answered) => {
  const workspaceId = await t.makeWorkspace()
  const by = await t.makeUser()
  const jobId = newId()
  await t.root.query(
    `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, $3, 'running', 'person')`,
    [jobId, workspaceId, `test-${jobId}`],
  )
  const [at, id] = [{ workspaceId, jobId }, newId()]
  const given = { id, answer: Buffer.from('sealed'), by }
  await work(t.db, workspaceId, async (tx) => {
    await askQuestion(tx, at, { id, kind: 'code', endsAt: new Date(Date.now() + 60_000) })
    if (answered) await answerQuestion(tx, at, given)
    await finishJob(tx, jobId, { status: 'cancelled' })
  })
  const { rows } = await t.root.query<{ open: boolean; answer: Buffer | null }>(
    'select closed_at is null as open, answer from job_questions where id = $1',
    [id],
  )
  expect(rows).toEqual([{ open: false, answer: null }])
  await expect(work(t.db, workspaceId, (tx) => answerQuestion(tx, at, given))).rejects.toThrow(
    'no longer open',
  )
})
