// What a measured sync runs on: a simulated business, a database of its own on a fresh PostgreSQL, and the product's worker as a process.
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import type { Latency } from '../src/connectors/meta/simulator/simulation.ts'
import { install } from '../src/jobs/testing/installation.ts'
import type { Installation } from '../src/jobs/testing/installation.ts'
import { startProcess } from '../src/jobs/testing/spawn.ts'
import type { TestProcess } from '../src/jobs/testing/spawn.ts'
import type { JobDetails } from '../src/model/job.ts'
import { startCluster, temporaryFolder } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { usedBy } from './metric.ts'
import { worldOf } from './worlds.ts'
import type { Size } from './worlds.ts'

/** Tables that hold what the product knows; staging, jobs and the engine's are its working papers. */
export const inventory = ['partners', 'principals', 'resources', 'shares', 'grants', 'changes'] as const

export interface Run {
  job: JobDetails
  ms: number
  /** Logical calls and HTTP requests, as the simulator counted them. */
  calls: number
  requests: number
  cpuSeconds: number
  peakMiB: number
  walBytes: number
  /** Rows of the inventory that were inserted, updated or deleted. */
  written: number
}

export interface Ground {
  sim: Simulator
  t: TestDb
  at: Installation
  worker: TestProcess
  sync(): Promise<Run>
  close(): Promise<void>
}

/** Connects everything and makes the checks that are needed until every partner is known; the next sync is a first full read. */
export async function openGround(size: Size, latency: Partial<Latency>): Promise<Ground> {
  const sim = await startSimulator({
    world: worldOf(size),
    switches: { maxLimit: 100, callsPerHour: 0 },
    latency,
  })
  const { cluster, stop } = await startCluster()
  const t = await openTestDb(cluster)
  const dataDir = temporaryFolder('bench')
  const at = await install(t, await loadVault({ dataDir }), sim)
  const worker = await startProcess({
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    dataDir,
    provider: sim.url,
    since: 0,
    factor: 1,
  })
  const sync = async (): Promise<Run> => {
    sim.control.reset()
    const before = { ...usedBy(worker.pid), ...(await written(t)) }
    const started = performance.now()
    const jobId = await worker.check({ workspaceId: at.workspaceId, connectionId: at.connectionId })
    for (;;) {
      const { rows } = await t.root.query<{ over: boolean }>(
        `select finished_at is not null as over from jobs where id = $1`,
        [jobId],
      )
      if (rows[0]?.over === true) break
      await new Promise((go) => setTimeout(go, 5))
    }
    const ms = performance.now() - started
    const after = { ...usedBy(worker.pid), ...(await written(t)) }
    const { logical, http } = sim.control.counts()
    return {
      job: await at.job(jobId),
      ms,
      calls: logical,
      requests: http,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      peakMiB: after.peakMiB,
      walBytes: after.walBytes - before.walBytes,
      written: after.rows - before.rows,
    }
  }
  // Who the partners are is known after a first check; then their tokens are connected, as a person does it.
  await sync()
  const known = await at.partners()
  for (const partner of sim.partners) {
    const row = known.get(partner.id)
    if (row !== undefined) await at.connect(row.id, partner.token)
  }
  return {
    sim,
    t,
    at,
    worker,
    sync,
    close: async () => {
      await worker.end()
      await t.drop()
      await stop()
      await sim.stop()
    },
  }
}

async function written(t: TestDb): Promise<{ rows: number; walBytes: number }> {
  await t.root.query('select pg_stat_force_next_flush()')
  const { rows } = await t.root.query<{ rows: string; wal: string }>(
    `select (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where relname = any($1)) as rows,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal`,
    [inventory],
  )
  return { rows: Number(rows[0]?.rows), walBytes: Number(rows[0]?.wal) }
}
