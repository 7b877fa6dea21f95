// What a measured sync runs on: a simulated business, a database of its own on a fresh PostgreSQL, and the product's worker as a process.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import type { Latency } from '../src/connectors/meta/simulator/simulation.ts'
import { inspectToken } from '../src/jobs/inspect-token.ts'
import { install } from '../src/jobs/testing/installation.ts'
import type { Installation } from '../src/jobs/testing/installation.ts'
import { startProcess } from '../src/jobs/testing/spawn.ts'
import type { TestProcess } from '../src/jobs/testing/spawn.ts'
import { limiter, noPages } from '../src/jobs/work.ts'
import type { Parts } from '../src/jobs/work.ts'
import { createLog } from '../src/lib/log.ts'
import type { JobDetails } from '../src/model/job.ts'
import { work } from '../src/store/db.ts'
import { openLimits } from '../src/store/limits.ts'
import { recomputePartnerStatuses } from '../src/store/partners-status.ts'
import { startCluster, temporaryFolder } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import type { Vault } from '../src/vault/master-key.ts'
import { usedBy } from './metric.ts'
import { capOf, worldOf } from './worlds.ts'
import type { Size } from './worlds.ts'
import { written } from './written.ts'

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

/**
 * Connects everything, as a person does: our own token, a check that tells who the partners are, then each partner's token, judged when it is
 * handed over. The next sync is a first full read.
 */
export async function openGround(size: Size, latency: Partial<Latency>): Promise<Ground> {
  const sim = await startSimulator({
    world: worldOf(size),
    switches: { maxLimit: capOf(process.argv), callsPerHour: 0 },
    latency,
  })
  const { cluster, stop } = await startCluster({ durable: true })
  const t = await openTestDb(cluster)
  const dataDir = temporaryFolder('bench')
  const vault = await loadVault({ dataDir })
  const at = await install(t, vault, sim)
  // As main.ts does it.
  process.env['NODE_COMPILE_CACHE'] = join(import.meta.dirname, '..', 'node_modules', '.cache', 'guestlist')
  const worker = await startProcess({
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    dataDir,
    provider: sim.url,
    since: 0,
    factor: 1,
  })
  let last: Awaited<ReturnType<typeof written>> | undefined
  const sync = async (): Promise<Run> => {
    const rows = last ?? (await written(t.root))
    sim.control.reset()
    const before = { ...usedBy(worker.pid), ...rows }
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
    const used = usedBy(worker.pid)
    const { logical, http } = sim.control.counts()
    last = await written(t.root)
    const after = { ...used, ...last }
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
  await sync()
  await connectPartners(sim, t, at, vault)
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

/** Hands over each partner's token; it is judged as the product judges it then. */
async function connectPartners(sim: Simulator, t: TestDb, at: Installation, vault: Vault): Promise<void> {
  const parts: Parts = {
    db: t.db,
    vault,
    addressOf: () => sim.url,
    pages: noPages,
    log: createLog('error'),
    now: Date.now,
    readers: limiter(8),
    limits: openLimits(t.db, Date.now, () => undefined),
  }
  const known = await at.partners()
  for (const partner of sim.partners) {
    const partnerId = known.get(partner.id)?.id
    if (partnerId === undefined) continue
    await at.connect(partnerId, partner.token, 'checking')
    const reader = {
      workspaceId: at.workspaceId,
      connectionId: at.connectionId,
      jobId: randomUUID(),
      partnerId,
    }
    const { as } = await inspectToken(parts, reader, new AbortController().signal)
    if (as !== 'good') throw new Error(`The token of a partner was judged as ${as}.`)
  }
  await work(t.db, at.workspaceId, (tx) => recomputePartnerStatuses(tx, at.connectionId, new Date()))
}
