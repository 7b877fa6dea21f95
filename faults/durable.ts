// What crashes and outages play on: the real engine in this process, its database and its provider behind proxies. `crash` is what a killed
// process leaves: nothing more reaches the database, and whoever comes next has only what is durable. (faults/kill.ts kills real ones.)
import { setTimeout as pause } from 'node:timers/promises'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { startEngine } from '../src/jobs/engine.ts'
import type { JobEngine } from '../src/jobs/engine.ts'
import { startCheckForUpdates } from '../src/jobs/start.ts'
import { install } from '../src/jobs/testing/installation.ts'
import type { Installation } from '../src/jobs/testing/installation.ts'
import { createLog } from '../src/lib/log.ts'
import type { JobDetails } from '../src/model/job.ts'
import { openPool } from '../src/store/db.ts'
import type { Db } from '../src/store/db.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { startDatabaseProxy } from './database-proxy.ts'
import type { Commit, DatabaseProxy, Fate } from './database-proxy.ts'
import { differences, duplicates, storedLines, trueLines } from './oracle.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

export interface Durable {
  sim: Simulator
  at: Installation
  database: DatabaseProxy
  /** Called with the number of each answer of the provider, from 1, when it has been passed on. */
  answered(fn: ((number: number) => void) | null): void
  /** Starts a check for updates; gives its id. */
  start(): Promise<string>
  /** A check for updates from its start to its end. */
  check(): Promise<JobDetails>
  /** Waits until a job is over. */
  over(jobId: string): Promise<JobDetails>
  /** Asks the process's part to end, as a deploy does. */
  leave(): Promise<void>
  /** Ends the process's part at once, with all its connections. */
  crash(): Promise<void>
  /** Starts again on what is durable, reading so many businesses side by side. */
  resume(readers: number): Promise<void>
  /** The job that was begun last, by the database; null where none was. */
  last(): Promise<string | null>
  /** Everything that is wrong with what is stored, by the simulated world itself; and what broke inside since it was asked last. */
  wrong(): Promise<string[]>
  close(): Promise<void>
}

const LEFT_MS = 10_000

/** Builds it and does the checks that make everything known. Throws where they do not give the truth. */
export async function openDurable(t: TestDb): Promise<Durable> {
  const sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 7, page: 5, pixel: 3, product_catalog: 2, instagram_asset: 2 },
      ownPeople: 12,
      partners: 2,
      peoplePerPartner: 8,
      sharedPerPartner: 5,
      foreignAssets: 3,
    },
    switches: { maxLimit: 5, maxLimits: { system_users: 100 }, callsPerHour: 0 },
  })
  const graph = await startCounter(sim.url)
  const database = await startDatabaseProxy(t.appUrl)
  const vault = await loadVault({ dataDir: temporaryFolder('durable') })
  const at = await install(t, vault, sim)
  let db: Db | null = null
  let engine: JobEngine | null = null
  const logged: string[] = []
  let life = 0
  /** What a dead process still says is nobody's business. */
  const said = (of: number) => (line: string) => {
    if (of === life) logged.push(line)
  }
  const running = (): JobEngine => {
    if (engine === null) throw new Error('The engine does not run.')
    return engine
  }
  const resume = async (readers: number) => {
    database.mend()
    await gone(t)
    db = openPool(database.of(t.appUrl), { onError: () => undefined })
    engine = await startEngine({
      db,
      ownerUrl: t.ownerUrl,
      appUrl: database.of(t.appUrl),
      vault,
      addressOf: () => graph.url,
      log: createLog('error', said(++life)),
      speed: { since: Date.now(), factor: 100 },
      readers,
    })
  }
  const crash = async () => {
    life += 1
    logged.splice(0)
    database.die()
    await engine?.stop().catch(() => undefined)
    await db?.close().catch(() => undefined)
    ;[engine, db] = [null, null]
    sim.control.clearFaults()
    database.count(() => 'pass')
  }
  const connected = new Set(sim.partners.map((p) => p.id))
  const self: Durable = {
    sim,
    at,
    database,
    answered: graph.answered,
    start: async () => {
      const wish = { workspaceId: at.workspaceId, connectionId: at.connectionId, actor: at.actor }
      return (await startCheckForUpdates(running(), { ...wish, trigger: 'person' })).jobId
    },
    check: async () => at.over(await self.start()),
    over: (jobId) => at.over(jobId),
    leave: () => running().stop(),
    crash,
    resume,
    last: async () => {
      const { rows } = await t.root.query<{ id: string }>(
        'select id from jobs where connection_id = $1 order by created_at desc limit 1',
        [at.connectionId],
      )
      return rows[0]?.id ?? null
    },
    wrong: async () => [
      ...logged.splice(0).filter((line) => line.includes('broke')),
      ...differences(trueLines(sim.control.world, connected), await storedLines(t.root, at.connectionId)),
      ...(await duplicates(t.root, at.connectionId)),
    ],
    close: async () => {
      await crash()
      await graph.proxy.close()
      await database.close()
      await sim.stop()
    },
  }
  await resume(8)
  await prepare(self)
  return self
}

async function prepare(self: Durable): Promise<void> {
  const { at, sim } = self
  await self.check()
  const known = await at.partners()
  for (const partner of sim.partners) {
    const row = known.get(partner.id)
    if (row !== undefined) await at.connect(row.id, partner.token)
  }
  await self.check()
  const clean = await self.check()
  const wrong = [...(clean.status === 'complete' ? [] : [clean.status]), ...(await self.wrong())]
  if (wrong.length === 0) return
  await self.close()
  throw new Error(['An undisturbed check is not right:', ...wrong.slice(0, 10)].join('\n'))
}

/** Waits until the database has noticed that the process's connections are gone, and with them its place. */
async function gone(t: TestDb): Promise<void> {
  const deadline = Date.now() + LEFT_MS
  for (;;) {
    const { rows } = await t.root.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'guestlist slot'`,
    )
    if (rows[0]?.n === 0) return
    if (Date.now() > deadline) throw new Error('The place of the process that ended was not given back.')
    await pause(10)
  }
}

/** In front of the provider: counts its answers as they have passed. */
async function startCounter(
  address: string,
): Promise<{ url: string; proxy: Proxy; answered: Durable['answered'] }> {
  const { hostname, port } = new URL(address)
  let told: ((number: number) => void) | null = null
  let count = 0
  const proxy = await startProxy({ host: hostname, port: Number(port) }, () => {
    let asked = false
    return {
      fromClient: (bytes) => {
        asked = true
        return bytes
      },
      fromServer: (bytes) => {
        if (asked) {
          asked = false
          const number = ++count
          // The bytes go first.
          if (told !== null) setImmediate(() => told?.(number))
        }
        return bytes
      },
    }
  })
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    proxy,
    answered: (fn) => {
      count = 0
      told = fn
    },
  }
}

/** Resolves with the commit at which `fate` did something, or null when `ms` have passed. */
export function fateAt(
  database: DatabaseProxy,
  meets: (commit: Commit) => boolean,
  fate: Exclude<Fate, 'pass'>,
  ms = 20_000,
): Promise<Commit | null> {
  return new Promise((done) => {
    const late = setTimeout(() => done(null), ms)
    database.count((commit) => {
      if (!meets(commit)) return 'pass'
      database.count(() => 'pass')
      clearTimeout(late)
      done(commit)
      return fate
    })
  })
}
