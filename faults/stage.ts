// What a fault plays on: a simulated provider, a workspace with a connection to it, every partner's token connected, and one clean check done.
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator, SimulatorOptions } from '../src/connectors/meta/simulator/server.ts'
import { startCheckForUpdates } from '../src/jobs/start.ts'
import { install } from '../src/jobs/testing/installation.ts'
import type { Installation } from '../src/jobs/testing/installation.ts'
import { createLog } from '../src/lib/log.ts'
import type { JobDetails } from '../src/model/job.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { differences, storedLines, trueLines } from './oracle.ts'
import type { StoredLines } from './oracle.ts'
import { plainEngine } from './plain-engine.ts'
import type { PlainEngine } from './plain-engine.ts'

export interface Stage {
  sim: Simulator
  at: Installation
  engine: PlainEngine
  /** What the store must hold now. */
  expected(): Set<string>
  stored(): Promise<StoredLines>
  /** Starts a check for updates; gives its id while it runs. */
  start(): Promise<string>
  /** A check for updates from its start to its end. */
  check(): Promise<JobDetails>
  /** Where the store is not what is true. */
  wrong(): Promise<string[]>
  /** Removals that wait for a person. */
  held(): Promise<string[]>
  /** Forgets what the connector learnt since the stage was opened, so that the next check asks as the first ones did. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** Builds it; `between` may give another address in front of the provider's, which is asked for anew by each read. Throws where even the undisturbed checks do not give the truth: then no fault could prove anything. */
export async function openStage(
  t: TestDb,
  options: SimulatorOptions,
  between?: (url: string) => Promise<string | (() => string)>,
): Promise<Stage> {
  const sim = await startSimulator(options)
  const address = (await between?.(sim.url)) ?? sim.url
  const vault = await loadVault({ dataDir: temporaryFolder('faults') })
  const engine = plainEngine({
    db: t.db,
    vault,
    addressOf: () => (typeof address === 'string' ? address : address()),
    log: createLog('error'),
  })
  const at = await install(t, vault, sim)
  const connected = new Set(sim.partners.map((p) => p.id))
  const start = async () => {
    const { jobId } = await startCheckForUpdates(engine, {
      workspaceId: at.workspaceId,
      connectionId: at.connectionId,
      actor: at.actor,
      trigger: 'person',
    })
    return jobId
  }
  let learnt: unknown[] = []
  const stage: Stage = {
    sim,
    at,
    engine,
    start,
    expected: () => trueLines(sim.control.world, connected),
    stored: () => storedLines(t.root, at.connectionId),
    check: async () => {
      const jobId = await start()
      await engine.over(jobId)
      return at.job(jobId)
    },
    wrong: async () => differences(stage.expected(), await stage.stored()),
    held: async () => {
      const { rows } = await t.root.query<{ line: string }>(
        `select format('held for a person: %s of %s %s', count, total, what) as line from proposals
         where connection_id = $1 and status = 'open'`,
        [at.connectionId],
      )
      return rows.map(({ line }) => line)
    },
    forget: async () => {
      await t.root.query('delete from provider_limits')
      await t.root.query('delete from connector_memory where connection_id = $1', [at.connectionId])
      await t.root.query(
        `insert into connector_memory select * from jsonb_populate_recordset(null::connector_memory, $1)`,
        [JSON.stringify(learnt)],
      )
    },
    close: () => sim.stop(),
  }
  await stage.check()
  const known = await at.partners()
  for (const partner of sim.partners) {
    const row = known.get(partner.id)
    if (row !== undefined) await at.connect(row.id, partner.token)
  }
  await stage.check()
  const memory = 'select * from connector_memory where connection_id = $1'
  learnt = (await t.root.query(memory, [at.connectionId])).rows
  const clean = await stage.check()
  const wrong = await stage.wrong()
  if (clean.status !== 'complete' || wrong.length > 0) {
    const problems = clean.problems.map((p) => `${p.where}: ${p.sentence}`)
    throw new Error(
      ['An undisturbed check is not right:', clean.status, ...problems, ...wrong.slice(0, 10)].join('\n'),
    )
  }
  return stage
}
