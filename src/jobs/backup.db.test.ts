// A backup that is taken while a task runs: the restored copy ends the task, its credentials open with the master key that was kept apart,
// and no secret is in the file. Golden files: backups of earlier structures are restored and ended by this release too.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { createLog } from '../lib/log.ts'
import { writeBackup } from '../store/backup.ts'
import { backupLines } from '../store/backup-lines.ts'
import { loadMigrations, migrationsFolder } from '../store/migrate.ts'
import { restoreBackup } from '../store/restore.ts'
import { sealedValues } from '../store/sealed.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { anotherTestDb, testDb } from '../store/testing/test-db.ts'
import type { TestDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { makeEngineTables } from './engine.ts'
import { formsOf } from './testing/canary.ts'
import { goldenFolder, goldenWorld, takeGolden } from './testing/golden.ts'
import { stored } from './testing/installation.ts'
import { startProcess } from './testing/spawn.ts'

const t = await testDb()
const dataDir = temporaryFolder('restore')
const log = createLog('silent')
let sim: Simulator
const opened: TestDb[] = []

beforeAll(async () => {
  sim = await startSimulator({ world: goldenWorld })
})
afterAll(async () => {
  await sim.stop()
  for (const one of opened) await one.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Starts a process and waits until the task is over, at most a minute and a half; gives its status. */
async function ended({ ownerUrl, appUrl, root }: TestDb, jobId: string, keys: string): Promise<string> {
  const process = await startProcess({
    ownerUrl,
    appUrl,
    dataDir: keys,
    provider: sim.url,
    since: Date.now(),
  })
  try {
    const deadline = Date.now() + 90_000
    for (;;) {
      const { rows } = await root.query<{ status: string }>('select status from jobs where id = $1', [jobId])
      const status = rows[0]?.status ?? ''
      if (status !== 'running' || Date.now() > deadline) return status
      await new Promise((go) => setTimeout(go, 50))
    }
  } finally {
    await process.kill()
  }
}

/** Restores a file and ends the one task that is open in it. */
async function endThere(
  file: string,
  keys: string,
): Promise<{ copy: TestDb; status: string; jobId: string }> {
  const copy = await anotherTestDb({ empty: true })
  opened.push(copy)
  const { ownerUrl } = copy
  await restoreBackup({ ownerUrl, file, makeEngine: () => makeEngineTables(ownerUrl, log), log })
  const open = await copy.root.query<{ id: string }>(`select id from jobs where status = 'running'`)
  expect(open.rows).toHaveLength(1)
  const jobId = open.rows[0]?.id ?? ''
  return { copy, jobId, status: await ended(copy, jobId, keys) }
}

test('a task in flight goes on in the restored copy, and ends with the rows that the original has', async () => {
  const keys = join(dataDir, 'original')
  const golden = await takeGolden(t, sim, keys)
  const file = join(dataDir, 'in-flight.backup.gz')
  const knows = (await loadMigrations(migrationsFolder)).length
  await writeBackup({ ownerUrl: t.ownerUrl, file, release: 'test', knows })
  await golden.process.kill()
  expect(await ended(t, golden.jobId, keys)).toBe('complete')
  const { copy, status, jobId } = await endThere(file, keys)
  expect([jobId, status]).toEqual([golden.jobId, 'complete'])
  expect(await stored(copy, golden.at.connectionId)).toEqual(await stored(t, golden.at.connectionId))

  // What was done before the backup is not done again: the answers of finished steps came along.
  const steps = await copy.root.query(
    `select from dbos.operation_outputs where function_name = 'begin' and workflow_uuid = $1`,
    [jobId],
  )
  expect(steps.rowCount).toBeLessThanOrEqual(1)

  const vault = await loadVault({ dataDir: keys })
  expect(await sealedValues(copy.db, vault)).toMatchObject({ closed: [], versions: { 1: 2 } })
  const stranger = await loadVault({ dataDir: join(dataDir, 'stranger') })
  expect((await sealedValues(copy.db, stranger)).closed).toHaveLength(2)

  const text = gunzipSync(readFileSync(file)).toString('latin1')
  const key = Object.values(
    JSON.parse(readFileSync(join(keys, 'keys', 'master-key.json'), 'utf8')) as Record<string, string>,
  )
  const secrets = [sim.token, sim.appSecret, ...sim.partners.map((p) => p.token), ...key]
  for (const form of secrets.flatMap(formsOf)) expect(text.includes(form)).toBe(false)
  // The search finds what is there.
  const { fingerprint } = (await t.root.query<{ fingerprint: string }>('select fingerprint from credentials'))
    .rows[0] ?? { fingerprint: '-' }
  expect(text.includes(fingerprint)).toBe(true)
}, 180_000)

test.each(readdirSync(goldenFolder).filter((name) => name.endsWith('.backup.gz')))(
  'golden file %s: opened, restored, and its task ended',
  async (name) => {
    const keys = join(dataDir, name)
    mkdirSync(join(keys, 'keys'), { recursive: true })
    cpSync(join(goldenFolder, 'master-key.json'), join(keys, 'keys', 'master-key.json'))
    const { copy, status } = await endThere(join(goldenFolder, name), keys)
    expect(status).toBe('complete')
    const { opened: open, closed } = await sealedValues(copy.db, await loadVault({ dataDir: keys }))
    expect([open > 0, closed]).toEqual([true, []])
    const people = await copy.root.query('select from principals where ended_at is null')
    expect(people.rowCount).toBeGreaterThan(5)
    for await (const line of backupLines(join(goldenFolder, name)))
      if (line.kind === 'ours' && line.text.startsWith('{"guestlist"'))
        expect(line.text).toContain(`"structure":${Number(name.slice(0, 4))}`)
  },
  180_000,
)
