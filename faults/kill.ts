// Kills the real server in the middle of a check for updates, at a counted call, in the writing transaction or between its steps, starts it
// again on the same data, and demands the end that an undisturbed run has: complete, true to the world, nothing twice, nothing lost.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { freePort, startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { stored } from '../src/jobs/testing/installation.ts'
import { superUrlOf, temporaryFolder } from '../src/store/testing/cluster.ts'
import { codeOf, connectAll, jobOver, openApi, setUp, startCheck } from './api.ts'
import type { Api } from './api.ts'
import { asked, runFamily } from './cases.ts'
import type { Case, Family } from './cases.ts'
import { differences, duplicates, storedLines, trueLines } from './oracle.ts'
import { plantedRows } from './planted-rows.ts'
import { stir } from './stir.ts'

/**
 * Where the server is killed. `row`: as soon as the job's row is there. `call`: while the nth call to Graph waits for its answer. `apply`: in
 * the transaction that writes. `applied`: after it, before the job ends.
 */
export type Point = {
  at: 'row' | 'call' | 'apply' | 'applied'
  /** Of `call`: the share of a run's calls that have been made. */
  part?: number
  /** PostgreSQL is killed with it, as in a power cut. */
  power?: boolean
  /** It is asked to end (SIGTERM) instead, as a deploy does: within ten seconds, and with nothing lost either. */
  asked?: boolean
  /** The part of the calls of the second run at which it is killed once more. */
  again?: number
}

interface Side {
  workspaceId: string
  connectionId: string
}

/** One installation over a whole history of kills, and beside it a workspace that sees the same world undisturbed. */
export interface Ground {
  sim: Simulator
  /** The superuser; another one after the database was started again. */
  root(): pg.Pool
  killed: Side
  undisturbed: Side
  /** Calls of a run that nothing disturbs. */
  calls: number
  /** Plays one kill and gives what is wrong; `say` is told the times. */
  play(point: Point, chance: Random, say?: (line: string) => void): Promise<string[]>
  close(): Promise<void>
}

const HELD_MS = 20_000

/** Starts the server on fresh data, connects a business with its partners in two workspaces, and checks both. */
export async function openGround(): Promise<Ground> {
  const sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 9, page: 8, pixel: 5, product_catalog: 4, instagram_asset: 4 },
      ownPeople: 16,
      partners: 2,
      peoplePerPartner: 12,
      sharedPerPartner: 8,
      foreignAssets: 4,
    },
    // Small pages make many calls, hence many places to be killed at.
    switches: { maxLimit: 5, callsPerHour: 0 },
  })
  const dataDir = temporaryFolder('kill')
  const port = await freePort()
  let root: pg.Pool | null = null
  const start = async () => {
    const started = await startProgram({ dataDir, port, env: { META_GRAPH_URL: sim.url } })
    await root?.end()
    root = new pg.Pool({ connectionString: await superUrl(dataDir), max: 3 })
    root.on('error', () => undefined)
    return started
  }
  let program: Program = await start()
  const api = openApi(program.url)
  const rootNow = () => {
    if (root === null) throw new Error('The server has not been started.')
    return root
  }
  const side = async (workspace: string): Promise<Side> => ({
    workspaceId: workspace,
    connectionId: await connectAll(api, workspace, sim),
  })
  const close = async () => {
    await root?.end()
    await program.stop()
    await sim.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const prepare = async () => {
    const first = await setUp(api, await codeOf(program))
    const killed = await side(first)
    const undisturbed = await side(await secondWorkspace(rootNow(), first))
    // What a first run learns spares later ones some calls.
    await check(api, undisturbed)
    sim.control.reset()
    await check(api, undisturbed)
    return { killed, undisturbed, calls: sim.control.counts().logical }
  }
  const prepared = await prepare().catch(async (error: unknown) => {
    await close()
    throw error
  })
  const { killed } = prepared
  const ground: Ground = {
    sim,
    root: rootNow,
    ...prepared,
    play: async (point, chance, say) => {
      stir(sim, chance)
      sim.control.reset()
      const jobId = await reach(api, ground, point, () => kill(program, dataDir, point)).catch(
        async (error: unknown) => {
          // The next case needs a server, whatever went wrong in this one.
          await program.kill()
          program = await start()
          throw error
        },
      )
      const restarted = performance.now()
      program = await start()
      let ready = performance.now() - restarted
      if (point.again !== undefined) {
        await atCall(
          sim,
          Math.max(1, Math.floor(point.again * ground.calls)),
          () => kill(program, dataDir, {}),
          3_000,
        )
        const once = performance.now()
        program = await start()
        ready = Math.max(ready, performance.now() - once)
      }
      const resumed = performance.now()
      const id = jobId ?? (await jobOf(rootNow(), killed.connectionId))
      const job = await jobOver(api, killed.workspaceId, id)
      say?.(
        `${nameOf(point)}: ready again after ${Math.round(ready)} ms, over ${Math.round(performance.now() - resumed)} ms later`,
      )
      const wrong =
        job.status === 'complete'
          ? []
          : [`the job ended as ${job.status}`, ...job.problems.map((p) => p.sentence)]
      return [...wrong, ...(await judge(api, ground))]
    },
    close,
  }
  const wrong = await judge(api, ground)
  if (wrong.length > 0) {
    await close()
    throw new Error(['An undisturbed check is not right:', ...wrong.slice(0, 10)].join('\n'))
  }
  return ground
}

async function check(api: Api, side: Side): Promise<void> {
  const job = await jobOver(api, side.workspaceId, await startCheck(api, side.workspaceId, side.connectionId))
  if (job.status !== 'complete') throw new Error(`The undisturbed check ended as ${job.status}.`)
}

function postmaster(dataDir: string): { pid: number; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

function superUrl(dataDir: string): Promise<string> {
  return superUrlOf(dataDir, `postgres://owner@127.0.0.1:${postmaster(dataDir).port}/guestlist`)
}

async function secondWorkspace(root: pg.Pool, first: string): Promise<string> {
  const id = randomUUID()
  await root.query(`insert into workspaces (id, name, environment) values ($1, 'Undisturbed', 'live')`, [id])
  await root.query(
    `insert into members (workspace_id, user_id, role) select $1, user_id, role from members where workspace_id = $2`,
    [id, first],
  )
  return id
}

async function kill(program: Program, dataDir: string, point: Pick<Point, 'power' | 'asked'>): Promise<void> {
  if (point.asked === true) {
    // A deploy may come while the database is away.
    if (point.power === true) process.kill(postmaster(dataDir).pid, 'SIGKILL')
    return ask(program)
  }
  const database = point.power === true ? postmaster(dataDir).pid : null
  await program.kill()
  if (database !== null) process.kill(database, 'SIGKILL')
}

async function ask(program: Program): Promise<void> {
  program.process.kill('SIGTERM')
  if (await until(() => program.process.exitCode !== null, 10_000)) return
  await program.kill()
  throw new Error('The server did not end within ten seconds when it was asked to.')
}

/** Waits until a condition holds; false after `ms`. */
async function until(what: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms
  while (!(await what())) {
    if (Date.now() > deadline) return false
    await pause(5)
  }
  return true
}

/** Kills while the nth call from now waits for its answer. False where so many calls are not made within `ms`. */
async function atCall(sim: Simulator, n: number, end: () => Promise<void>, ms: number): Promise<boolean> {
  const from = sim.control.counts().logical
  const fault = sim.control.addFault({ match: { call: from + n }, do: { delay: HELD_MS } })
  const hit = await until(() => fault.fired > 0, ms)
  await end()
  sim.control.clearFaults()
  return hit
}

/** Starts the check and kills the server where it is wanted; gives the job, or null where the answer was cut off. Throws where it never got there. */
async function reach(
  api: Api,
  ground: Ground,
  point: Point,
  end: () => Promise<void>,
): Promise<string | null> {
  const { sim, killed } = ground
  const root = ground.root()
  const begin = () => startCheck(api, killed.workspaceId, killed.connectionId)
  if (point.at === 'row') {
    const cut = begin().catch(() => null)
    const open = `select from jobs where connection_id = $1 and finished_at is null`
    const there = await until(
      async () => (await root.query(open, [killed.connectionId])).rowCount === 1,
      30_000,
    )
    await end()
    if (!there) throw new Error('The job never began.')
    return cut
  }
  if (point.at === 'call') {
    // What goes on in the world may spare a run a page or two.
    const n = Math.max(1, Math.min(ground.calls, Math.ceil((point.part ?? 0.5) * 0.95 * ground.calls)))
    const jobId = begin()
    if (!(await atCall(sim, n, end, 60_000))) throw new Error(`Call ${n} was never made.`)
    return jobId.catch(() => null)
  }
  return inTransaction(root, begin, point.at, end)
}

/** Holds the writing transaction at its history, or the first step after it, and kills there. */
async function inTransaction(
  root: pg.Pool,
  begin: () => Promise<string>,
  at: 'apply' | 'applied',
  end: () => Promise<void>,
): Promise<string> {
  const first = await root.connect()
  const second = await root.connect()
  // A power cut ends them too.
  for (const client of [first, second]) client.on('error', () => undefined)
  const waiting = (table: string) => async () =>
    (
      await root.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and usename = 'guestlist_app' and query like $1`,
        [`%${table}%`],
      )
    ).rowCount !== 0
  try {
    await first.query('begin')
    await first.query('lock table changes in share mode')
    const jobId = await begin()
    if (!(await until(waiting('changes'), 60_000))) throw new Error('The transaction was never reached.')
    if (at === 'applied') {
      await second.query('begin')
      await second.query(`select from job_steps where job_id = $1 and name = 'compare' for update`, [jobId])
      await first.query('rollback')
      if (!(await until(waiting('job_steps'), 30_000)))
        throw new Error('The step after it was never reached.')
    }
    await end()
    return jobId
  } finally {
    for (const client of [first, second]) {
      await client.query('rollback').catch(() => undefined)
      client.release(true)
    }
  }
}

async function jobOf(root: pg.Pool, connectionId: string): Promise<string> {
  const { rows } = await root.query<{ id: string }>(
    'select id from jobs where connection_id = $1 order by created_at desc limit 1',
    [connectionId],
  )
  return rows[0]?.id ?? ''
}

/** Checks the undisturbed side too, and lays both beside each other and beside the world. */
async function judge(api: Api, ground: Ground): Promise<string[]> {
  const { sim, killed, undisturbed } = ground
  const root = ground.root()
  await check(api, undisturbed)
  sim.control.reset()
  await check(api, undisturbed)
  // The world changes, and with it how many calls there are to be killed at: at least as many as a check makes that finds nothing gone, which asks
  // no list a second time.
  ground.calls = sim.control.counts().logical
  const expected = trueLines(sim.control.world, new Set(sim.partners.map((p) => p.id)))
  const wrong = differences(expected, await storedLines(root, killed.connectionId))
  wrong.push(...(await duplicates(root, killed.connectionId)))
  const [mine, theirs] = [
    await stored({ root }, killed.connectionId),
    await stored({ root }, undisturbed.connectionId),
  ]
  if (JSON.stringify(mine) !== JSON.stringify(theirs))
    wrong.push('the store is not that of the undisturbed run')
  const [ours, other] = [
    await history(root, killed.connectionId),
    await history(root, undisturbed.connectionId),
  ]
  if (ours !== other) wrong.push(`the history is not that of the undisturbed run: ${ours}, not ${other}`)
  return wrong
}

/** How many changes of each kind have ever been told. */
async function history(root: pg.Pool, connectionId: string): Promise<string> {
  const { rows } = await root.query<{ line: string }>(
    `select format('%s %s %s', count(*), noun, kind) as line from changes where connection_id = $1 group by noun, kind order by noun, kind`,
    [connectionId],
  )
  return rows.map(({ line }) => line).join(', ')
}

export function nameOf(point: Point): string {
  const where =
    point.at === 'call' ? `at ${Math.round((point.part ?? 0.5) * 100)} % of its calls` : `at "${point.at}"`
  const how =
    point.asked === true
      ? `${point.power === true ? 'database killed and ' : ''}server asked to end`
      : point.power === true
        ? 'server and database killed'
        : 'server killed'
  return `${how} ${where}${point.again === undefined ? '' : `, and again at ${Math.round(point.again * 100)} % of the second run`}`
}

/** The places in turn: every one of a run's stations, the calls spread over the whole run, every third killed twice, every fourth asked to end, every eighth with its database gone. */
export function schedule(count: number, chance: Random): Point[] {
  const points: Point[] = [{ at: 'row' }, { at: 'apply' }, { at: 'applied' }, { at: 'apply', power: true }]
  const calls = Math.max(0, count - points.length)
  for (let n = 0; n < calls; n += 1) {
    const part = (n + chance.next()) / calls
    points.push({
      at: 'call',
      part,
      ...(n % 3 === 2 ? { again: chance.next() * 0.6 } : {}),
      ...(n % 4 === 1 ? { power: true } : {}),
      ...(n % 4 === 3 ? { asked: true } : {}),
      ...(n % 8 === 7 ? { power: true } : {}),
    })
  }
  return points.slice(0, count)
}

function family(ground: Ground, seed: number, count: number, say: (line: string) => void): Family {
  const points = schedule(count, random(seed, 'kill'))
  const cases = points.map((point, index): Case => ({
    name: nameOf(point),
    run: () => ground.play(point, random(seed, `kill ${index}`), say),
  }))
  return {
    name: 'kill',
    seed,
    about: [`one history of ${count} killed runs; a run makes ${ground.calls} calls (sampling)`],
    cases,
    planted: plantedRows(() => ground.root(), ground.killed.connectionId, ground.sim),
  }
}

if (import.meta.main) {
  const { cases, seed, only } = asked(process.argv.slice(2), 20_261)
  const say = (line: string) => console.log(line)
  const ground = await openGround()
  let failed = 1
  try {
    failed = (
      await runFamily(
        family(ground, seed, cases ?? 12, (line) => say(`  ${line}`)),
        say,
        only,
      )
    ).failed
  } finally {
    await ground.close()
  }
  process.exit(failed === 0 ? 0 : 1)
}
