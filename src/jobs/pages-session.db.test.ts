// What a browser's work does before there is a browser.
import { expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { newId } from '../lib/ids.ts'
import { takeBrowserPlace } from '../store/automations.ts'
import { read, work } from '../store/db.ts'
import { askQuestion } from '../store/job-questions.ts'
import { jobDetails, setJob } from '../store/jobs.ts'
import { testDb } from '../store/testing/test-db.ts'
import { onPages } from './pages-session.ts'
import { noPages } from './work.ts'
import type { Parts } from './work.ts'

const t = await testDb()

test('A question of a process that was killed while it asked is not shown while its work waits for a browser', async () => {
  const [workspaceId, jobId, connectionId] = [await t.makeWorkspace(), newId(), newId()]
  await t.root.query(
    `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, 'test', 'running', 'person')`,
    [jobId, workspaceId],
  )
  const at = { workspaceId, jobId, connectionId, step: 'find' }
  await work(t.db, workspaceId, async (tx) => {
    await askQuestion(tx, at, { id: newId(), kind: 'code', endsAt: new Date(Date.now() + 600_000) })
    await setJob(tx, jobId, { status: 'waiting' })
  })
  const free = await takeBrowserPlace(t.db, connectionId)
  const [over, parts] = [new AbortController(), { db: t.db, pages: noPages, log: createLog('warn') }]
  const working = onPages(parts as unknown as Parts, at, over.signal, () => Promise.resolve())
  const job = () => read(t.db, workspaceId, (tx) => jobDetails(tx, jobId))
  await expect.poll(job).toMatchObject({ status: 'running', question: null })
  over.abort()
  await expect(working).rejects.toThrow()
  await free?.()
})
