// Several real servers on one database, each short of memory: what faults of their machine and of their living together play on.
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { startCluster, temporaryFolder } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import { codeOf, connectAll, openApi, setUp } from './api.ts'
import { runFamily } from './cases.ts'
import type { Case, Family, Only } from './cases.ts'
import { plantedRows } from './planted-rows.ts'
import type { Served } from './served.ts'

export interface Side {
  workspaceId: string
  connectionId: string
}

export interface Servers extends Served {
  programs: Program[]
  /** Another workspace of the same owner, with the same business connected by the same tokens. */
  other: Side
  /** The server that a job runs on; throws where it runs on none. */
  holder(jobId: string): Promise<Program>
  /** Starts servers in the place of those that have ended. */
  refill(): Promise<void>
  close(): Promise<void>
}

/** Plays cases on servers, each after `afresh` and without faults of an earlier one; gives how many are red. Closes the servers. */
export async function playOnServers(
  g: Servers,
  family: Pick<Family, 'name' | 'seed' | 'about' | 'cases'>,
  afresh: () => Promise<unknown>,
  only: Only,
): Promise<number> {
  const prepared = (one: Case): Case => ({
    name: one.name,
    run: async () => {
      g.sim.control.clearFaults()
      await afresh()
      return one.run()
    },
  })
  try {
    const planted = plantedRows(() => g.root, g.connectionId, g.sim)
    const whole = { ...family, cases: family.cases.map(prepared), planted }
    return (await runFamily(whole, (line) => console.log(line), only)).failed
  } finally {
    await g.close()
  }
}

/** Starts two servers whose heaps may take 192 MB, and connects a business in two workspaces. */
export async function openServers(): Promise<Servers> {
  const { cluster, stop } = await startCluster()
  const t = await openTestDb(cluster)
  const sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 6, page: 6, pixel: 3, product_catalog: 2, instagram_asset: 2 },
      ownPeople: 10,
      partners: 2,
      peoplePerPartner: 8,
      sharedPerPartner: 5,
      foreignAssets: 3,
    },
    switches: { callsPerHour: 0 },
  })
  const dataDir = temporaryFolder('servers')
  const env = {
    META_GRAPH_URL: sim.url,
    DATABASE_URL: t.rootUrl,
    NODE_OPTIONS: '--max-old-space-size=192',
  }
  const programs: Program[] = []
  const refill = async () => {
    for (const at of [0, 1])
      if (programs[at]?.process.exitCode !== null || programs[at].process.signalCode !== null)
        programs[at] = await startProgram({ dataDir, env, ...(programs[at] && { port: programs[at].port }) })
  }
  const close = async () => {
    for (const { process: child } of programs) child.kill('SIGCONT')
    await Promise.all(programs.map((program) => program.stop()))
    await sim.stop()
    await t.drop()
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await refill()
    const [first] = programs
    if (first === undefined) throw new Error('No server was started.')
    const api = openApi(first.url)
    const workspaceId = await setUp(api, await codeOf(first))
    const connectionId = await connectAll(api, workspaceId, sim)
    const second = randomUUID()
    await t.root.query(`insert into workspaces (id, name, environment) values ($1, 'Another', 'live')`, [
      second,
    ])
    await t.root.query(
      `insert into members (workspace_id, user_id, role) select $1, user_id, role from members where workspace_id = $2`,
      [second, workspaceId],
    )
    const other = { workspaceId: second, connectionId: await connectAll(api, second, sim) }
    return {
      ...{
        sim,
        url: first.url,
        api,
        root: t.root,
        workspaceId,
        connectionId,
        programs,
        other,
        refill,
        close,
      },
      holder: async (jobId) => {
        const { rows } = await t.root.query<{ slot: number; pid: number }>(
          `select split_part(executor_id, '-', 2)::int as slot from dbos.workflow_status where workflow_uuid = $1`,
          [jobId],
        )
        // Each server says which place it took.
        const place = `"slot":${rows[0]?.slot ?? 'none'}`
        const found = programs.find(
          (p) => p.output().includes(`${place}}`) || p.output().includes(`${place},`),
        )
        if (found === undefined) throw new Error(`No server has the job: ${place}`)
        return found
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
