// What a browser's work does before there is a browser.
import { expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { browsersOf } from '../browser/testing/browsers.ts'
import { createLog } from '../lib/log.ts'
import { newId } from '../lib/ids.ts'
import { setAutomation, takeBrowserPlace } from '../store/automations.ts'
import { read, work } from '../store/db.ts'
import { askQuestion } from '../store/job-questions.ts'
import { jobDetails, setJob } from '../store/jobs.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { loseBrowserPlace } from '../store/testing/lose-place.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { onPages } from './pages-session.ts'
import { noPages } from './work.ts'
import type { Parts } from './work.ts'

const chromium = findChromium()
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
  const place = await takeBrowserPlace(t.db, connectionId)
  const [over, parts] = [new AbortController(), { db: t.db, pages: noPages, log: createLog('warn') }]
  const working = onPages(parts as unknown as Parts, at, over.signal, () => Promise.resolve())
  const job = () => read(t.db, workspaceId, (tx) => jobDetails(tx, jobId))
  await expect.poll(job).toMatchObject({ status: 'running', question: null })
  over.abort()
  await expect(working).rejects.toThrow()
  await place?.free()
})

test.skipIf(chromium === null || process.platform !== 'linux')(
  'A browser whose place was lost with its connection to the database went on, and another one used the same login',
  async () => {
    const workspaceId = await t.makeWorkspace()
    const [jobId, connectionId] = [newId(), await t.makeConnection(workspaceId)]
    await t.root.query(
      `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, 'test', 'running', 'person')`,
      [jobId, workspaceId],
    )
    const by = await t.makeUser()
    await work(t.db, workspaceId, (tx) =>
      setAutomation(tx, { workspaceId, connectionId }, { enabled: true, by }),
    )
    const parts = {
      db: t.db,
      vault: await loadVault({ dataDir: temporaryFolder('lost-place') }),
      pages: { ...noPages, chromium },
      log: createLog('silent'),
    } as unknown as Parts
    const at = { workspaceId, jobId, connectionId, step: 'find' }
    const browsers: number[][] = []
    const how = await onPages(parts, at, new AbortController().signal, async (_pages, { hand }) => {
      browsers.push(browsersOf(process.pid))
      if (browsers.length > 1) return 'another browser'
      await loseBrowserPlace(t, connectionId)
      for (const until = performance.now() + 10_000; performance.now() < until;) {
        await hand.sees('sign-in.email')
        await new Promise((go) => setTimeout(go, 50))
      }
      return 'the first browser'
    })
    expect(how).toBe('another browser')
    const [first = [], second = []] = browsers
    expect([first.length, second.length]).toEqual([1, 1])
    expect(second).not.toEqual(first)
  },
)
