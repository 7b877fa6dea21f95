// Golden files: backups, each with a task in flight, that a later release must still open. Run this file to write the one of today's
// structure; the files of earlier structures are never written again. The simulated world is fixed, since the task goes on reading it.
//
//   node scripts/run.mjs src/jobs/testing/golden.ts
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startSimulator } from '../../connectors/meta/simulator/server.ts'
import type { Simulator } from '../../connectors/meta/simulator/server.ts'
import { writeBackup } from '../../store/backup.ts'
import { loadMigrations, migrationsFolder } from '../../store/migrate.ts'
import { startCluster } from '../../store/testing/cluster.ts'
import { openTestDb } from '../../store/testing/open-test-db.ts'
import type { TestDb } from '../../store/testing/open-test-db.ts'
import { loadVault } from '../../vault/master-key.ts'
import { install } from './installation.ts'
import type { Installation } from './installation.ts'
import { startProcess } from './spawn.ts'
import type { TestProcess } from './spawn.ts'

export const goldenFolder = join(import.meta.dirname, 'golden')

/** Never changed: the tasks in the golden files go on reading it. */
export const goldenWorld = {
  ownAssets: 12,
  ownPeople: 6,
  partners: 2,
  peoplePerPartner: 4,
  sharedPerPartner: 3,
  foreignAssets: 2,
}

/** Starts a check for updates in a process of its own, whose next call gets no answer for a minute: the process is to be killed. */
export async function takeGolden(
  t: TestDb,
  sim: Simulator,
  dataDir: string,
): Promise<{ at: Installation; jobId: string; process: TestProcess }> {
  mkdirSync(dataDir, { recursive: true })
  const vault = await loadVault({ dataDir })
  const at = await install(t, vault, sim)
  const { ownerUrl, appUrl } = t
  const process = await startProcess({ ownerUrl, appUrl, dataDir, provider: sim.url, since: Date.now() })
  const match = { node: sim.businessId, edge: null }
  const fault = sim.control.addFault({ match, do: { delay: 60_000 }, times: 1 })
  const jobId = await process.check(at)
  const deadline = Date.now() + 60_000
  while (fault.fired === 0) {
    if (Date.now() > deadline) throw new Error(`The task does not come to its middle:\n${process.output()}`)
    await new Promise((go) => setTimeout(go, 10))
  }
  return { at, jobId, process }
}

async function write(): Promise<void> {
  const knows = (await loadMigrations(migrationsFolder)).length
  const file = join(goldenFolder, `${String(knows).padStart(4, '0')}.backup.gz`)
  mkdirSync(goldenFolder, { recursive: true })
  const { cluster, stop } = await startCluster()
  const t = await openTestDb(cluster)
  const sim = await startSimulator({ world: goldenWorld })
  const dataDir = join(process.env['TMPDIR'] ?? '/tmp', `guestlist-golden-${String(process.pid)}`)
  const key = join(goldenFolder, 'master-key.json')
  mkdirSync(join(dataDir, 'keys'), { recursive: true })
  if (existsSync(key)) copyFileSync(key, join(dataDir, 'keys', 'master-key.json'))
  const golden = await takeGolden(t, sim, dataDir)
  await writeBackup({ ownerUrl: t.ownerUrl, file, release: 'golden', knows })
  await golden.process.kill()
  copyFileSync(join(dataDir, 'keys', 'master-key.json'), key)
  await sim.stop()
  await t.drop()
  await stop()
  globalThis.console.log(file)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await write()
