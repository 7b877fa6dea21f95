// Work that waits for other work while the database keeps silent: the engine stores what such a wait ends with, so a failure of the moment would be
// the end of the work for good.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startEngine } from '../src/jobs/engine.ts'
import { makeTestSteps, testWorks } from '../src/jobs/testing/works.ts'
import { createLog } from '../src/lib/log.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { testDb } from '../src/store/testing/test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { startSilencing } from './proxy.ts'

const t = await testDb()
const dataDir = temporaryFolder('waiting')
const proxy = await startSilencing(t.appUrl)

beforeAll(() => makeTestSteps(t))
afterAll(() => proxy.close())

const count = async (where: string): Promise<number> =>
  (await t.root.query<{ n: number }>(`select count(*)::int as n from test_steps where ${where}`)).rows[0]
    ?.n ?? 0

test('Connections on which nothing is answered are left, and work that waited on them goes on', async () => {
  const engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: proxy.address,
    vault: await loadVault({ dataDir }),
    addressOf: () => '',
    log: createLog('silent'),
    works: testWorks,
    speed: { since: Date.now(), factor: 5 },
  })
  const jobs = Array.from({ length: 8 }, () => randomUUID())
  for (const jobId of jobs) await engine.start('test-family', jobId, { workspaceId: randomUUID(), jobId })
  await vi.waitUntil(async () => (await count(`step = 'count 0'`)) >= 3, { timeout: 60_000 })
  proxy.silence()
  await vi.waitUntil(async () => (await count(`step = 'after'`)) >= jobs.length, { timeout: 90_000 })
  const failed = 'select function_name from dbos.operation_outputs where error is not null'
  expect((await t.root.query(failed)).rows).toEqual([])
  await engine.stop()
}, 180_000)
