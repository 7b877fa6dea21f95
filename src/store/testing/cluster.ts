// One embedded PostgreSQL for a whole test run, started only where a test with a database is among those that run. Its database
// `guestlist` is migrated once and is the template from which each test file's own is copied.
import { readFile } from 'node:fs/promises'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { createLog } from '../../lib/log.ts'
import { startEmbedded } from '../embedded.ts'
import { migrate } from '../migrate.ts'

/** Addresses of the template database. */
export interface TestCluster {
  ownerUrl: string
  appUrl: string
  superUrl: string
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster | null
  }
}

/** A temporary folder that the user PostgreSQL runs as may pass through. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `guestlist-${name}-`))
  chmodSync(folder, 0o755)
  return folder
}

/** The address of the superuser of an embedded cluster, which the product itself gives to nobody. */
export async function superUrlOf(dataDir: string, ownerUrl: string): Promise<string> {
  const passwords = JSON.parse(await readFile(join(dataDir, 'postgres-passwords.json'), 'utf8')) as {
    superuser: string
  }
  const url = new URL(ownerUrl)
  url.username = 'guestlist_superuser'
  url.password = passwords.superuser
  return url.href
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Which files were asked for is not public: without it all count.
  const { filenamePattern } = project.vitest as unknown as { filenamePattern?: string[] }
  const { testFiles } = await project.globTestFiles(filenamePattern)
  if (!testFiles.some((file) => file.endsWith('.db.test.ts'))) {
    project.provide('cluster', null)
    return
  }
  const { cluster, stop } = await startCluster()
  project.provide('cluster', cluster)
  return stop
}

/**
 * Starts it, with the migrated template in it; `stop` removes it with everything that was made in it. `durable`: with the settings of the
 * product's own, for whoever measures.
 */
export async function startCluster({ durable = false } = {}): Promise<{
  cluster: TestCluster
  stop: () => Promise<void>
}> {
  const dataDir = temporaryFolder('tests')
  const log = createLog('warn')
  const embedded = await startEmbedded({ dataDir, log })
  await migrate(embedded.ownerUrl, log)
  const superUrl = await superUrlOf(dataDir, embedded.ownerUrl)
  const client = new pg.Client(superUrl)
  await client.connect()
  // Nothing of a test run has to survive a power cut.
  const careless = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off']
  for (const setting of durable ? [] : careless) {
    await client.query(`alter system set ${setting}`)
  }
  await client.query('select pg_reload_conf()')
  await client.end()
  // PostgreSQL runs in a session of its own, which Ctrl-C does not reach. A signal may come twice, from the terminal and by run.mjs.
  const signals = ['SIGINT', 'SIGTERM'] as const
  const leave = () => process.exit(130)
  const interrupted = () => endAtOnce(dataDir)
  for (const signal of signals) process.on(signal, leave)
  process.once('exit', interrupted)
  const stop = async () => {
    for (const signal of signals) process.off(signal, leave)
    process.off('exit', interrupted)
    await embedded.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { cluster: { ownerUrl: embedded.ownerUrl, appUrl: embedded.appUrl, superUrl }, stop }
}

/** Ends the server of a data folder and removes the folder, waiting where it stands: for a process that has no time left. */
function endAtOnce(dataDir: string): void {
  const folder = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? ''
  const file = join(dataDir, folder, 'postmaster.pid')
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    process.kill(pid, 'SIGQUIT')
    const clock = new Int32Array(new SharedArrayBuffer(4))
    for (let waits = 0; waits < 60 && existsSync(`/proc/${pid}`); waits++) Atomics.wait(clock, 0, 0, 50)
  }
  rmSync(dataDir, { recursive: true, force: true })
}
