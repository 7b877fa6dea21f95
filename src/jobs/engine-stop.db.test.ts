// The engine is asked to end while work waits for other work: it stores what such a wait ends with, so that a wait which the end itself cut off
// would be the end of the work for good.
import { randomUUID } from 'node:crypto'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { beforeAll, expect, test, vi } from 'vitest'
import { createLog } from '../lib/log.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { startEngine } from './engine.ts'
import { pause } from './pause.ts'
import { makeTestSteps, testWorks } from './testing/works.ts'

const t = await testDb()
const dataDir = temporaryFolder('engine-stop')

beforeAll(() => makeTestSteps(t))

const start = async (told: string[]) =>
  startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault: await loadVault({ dataDir }),
    addressOf: () => '',
    log: createLog('error', (line) => told.push(line)),
    works: testWorks,
    speed: { since: Date.now(), factor: 5 },
  })

const count = async (step: string): Promise<number> =>
  (await t.root.query('select from test_steps where step = $1', [step])).rowCount ?? 0

test('work that waits for other work goes on in the next process, and nobody is told that it broke', async () => {
  const told: string[] = []
  const first = await start(told)
  const jobs = Array.from({ length: 4 }, () => randomUUID())
  for (const jobId of jobs) await first.start('test-family', jobId, { workspaceId: randomUUID(), jobId })
  await vi.waitUntil(async () => (await count('count 0')) >= 3, { timeout: 60_000 })
  await first.stop()
  // Work that was taken up asks for the end of what it waits for again and again; work that began here is told.
  const second = await start(told)
  await vi.waitUntil(async () => (await count('count 2')) >= 3, { timeout: 60_000 })
  // The moment between the end of the engine's waits and that of its connections, made long.
  const shutdown = DBOS.shutdown.bind(DBOS)
  vi.spyOn(DBOS, 'shutdown').mockImplementationOnce(async (options) => {
    await shutdown(options)
    await pause(1_000)
  })
  await second.stop()
  const third = await start(told)
  await vi.waitUntil(async () => (await count('after')) >= jobs.length, { timeout: 90_000 })
  expect(told).toEqual([])
  await third.stop()
}, 180_000)
