// The disk is full, fails or becomes read-only, under the database, the log and the temporary folder of the real server. Nothing that was
// acknowledged is lost, nothing changes without its line in the activity log, and all goes on by itself when there is room again.
// Needs root (small file systems in memory) and strace.
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { freePort, startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { superUrlOf, temporaryFolder } from '../src/store/testing/cluster.ts'
import { codeOf, connectAll, jobOver, openApi, setUp, startCheck } from './api.ts'
import { asked, runFamily, skipFamily } from './cases.ts'
import type { Case } from './cases.ts'
import { ask, enter, Findings, judge, smallWorld } from './served.ts'
import type { Served } from './served.ts'

interface Ground extends Served {
  dataDir: string
  /** A small file system of its own, with the server's log on it. */
  logs: string
  program(): Program
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

function mount(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder]).status !== 0)
    throw new Error('A small file system could not be made.')
}

function remount(folder: string, how: 'ro' | 'rw'): boolean {
  return spawnSync('mount', ['-o', `remount,${how}`, folder]).status === 0
}

const ballast = (folder: string) => join(folder, 'ballast')

/** Takes all the room that is left. */
function fill(folder: string): void {
  const file = openSync(ballast(folder), 'w')
  for (const size of [1 << 20, 1 << 12, 1]) {
    const bytes = Buffer.alloc(size)
    try {
      for (;;) writeSync(file, bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}

const empty = (folder: string) => rmSync(ballast(folder), { force: true })

function postmaster(dataDir: string): { pid: number; port: number } {
  const folder = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? ''
  const lines = readFileSync(join(dataDir, folder, 'postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** Fails system calls of the database until the function that it gives back has resolved. */
async function inject(dataDir: string, call: string, how: string): Promise<() => Promise<void>> {
  const { pid } = postmaster(dataDir)
  const pids = [pid, ...children(pid)].flatMap((one) => ['-p', String(one)])
  const tracer: ChildProcess = spawn(
    'strace',
    ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${how}`, ...pids],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((done) => tracer.once('exit', () => done()))
  // It has to hold on to every process first.
  await pause(1_000)
  return async () => {
    tracer.kill('SIGINT')
    await ended
  }
}

function children(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : []
}

async function openGround(): Promise<Ground> {
  const sim = await startSimulator({
    world: smallWorld,
    switches: { callsPerHour: 0 },
  })
  const [dataDir, logs] = [temporaryFolder('disk'), temporaryFolder('disk-logs')]
  mount(dataDir, '400m')
  mount(logs, '1m')
  chmodSync(dataDir, 0o755)
  const port = await freePort()
  const env = { META_GRAPH_URL: sim.url, TMPDIR: logs, LOG_LEVEL: 'debug' }
  const start = () => startProgram({ dataDir, port, env, logFile: join(logs, 'server.log') })
  let program = await start()
  let root = await rootOf(dataDir)
  const close = async () => {
    empty(dataDir)
    empty(logs)
    await root.end()
    await program.stop()
    await sim.stop()
    for (const folder of [dataDir, logs]) {
      spawnSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    }
  }
  try {
    const api = openApi(program.url)
    const workspaceId = await setUp(api, await codeOf(program))
    const connectionId = await connectAll(api, workspaceId, sim)
    return {
      ...{ sim, url: program.url, api, workspaceId, connectionId, dataDir, logs, close },
      get root() {
        return root
      },
      program: () => program,
      kill: () => program.kill(),
      start: async () => {
        program = await start()
        await root.end()
        root = await rootOf(dataDir)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function rootOf(dataDir: string): Promise<pg.Pool> {
  const { port } = postmaster(dataDir)
  const url = await superUrlOf(dataDir, `postgres://owner@127.0.0.1:${port}/guestlist`)
  const root = new pg.Pool({ connectionString: url, max: 2 })
  root.on('error', () => undefined)
  return root
}

const ws = (g: Served) => `/api/v1/workspaces/${g.workspaceId}`

interface Writes {
  acknowledged: string[]
  refused: number
}

/** Sends invitations one after the other while `during` runs, and a few before and after; each is acknowledged or refused. */
async function writing(g: Ground, during: (writes: Writes) => Promise<void>): Promise<Writes> {
  const writes: Writes = { acknowledged: [], refused: 0 }
  let over = false
  let n = 0
  const round = Date.now()
  const one = async () => {
    const body = { email: `i-${round}-${++n}@example.test`, role: 'member' }
    const answer = await ask(g, 'POST', `${ws(g)}/invitations`, body, { cookie: g.api.cookie }).catch(
      () => null,
    )
    const id = (answer?.body.invitation as { id: string } | undefined)?.id
    if (answer?.status === 200 && id !== undefined) writes.acknowledged.push(id)
    else writes.refused += 1
  }
  const loop = async () => {
    while (!over) {
      await one()
      await pause(5)
    }
  }
  const loops = [loop(), loop()]
  await during(writes)
  over = true
  await Promise.all(loops)
  return writes
}

/** Waits until a condition holds, a minute at most. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries === 600) throw new Error(`It never came: ${what}.`)
    await pause(100)
  }
}

const ready = (g: Ground) => () =>
  fetch(`${g.url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

/** Every invitation that was acknowledged is there, with one line in the log; none is there without one. */
export async function kept(g: Ground, writes: Writes, found: Findings): Promise<void> {
  const { rows } = await g.root.query<{ id: string; lines: number }>(
    `select i.id::text, (select count(*)::int from audit_events e where e.subject_id = i.id::text and e.action = 'invitation.make') as lines from invitations i`,
  )
  const lines = new Map(rows.map((row) => [row.id, row.lines]))
  for (const id of writes.acknowledged)
    found.expect(`the acknowledged invitation ${id}`, lines.get(id) ?? 'gone', 1)
  for (const [id, count] of lines) found.expect(`the invitation ${id} in the log`, count, 1)
  const lost = await g.root.query<{ id: string }>(
    `select e.subject_id as id from audit_events e where e.action = 'invitation.make' and not exists (select from invitations i where i.id::text = e.subject_id)`,
  )
  found.expect('lines of the log without what they tell of', lost.rowCount, 0)
}

/** A fault of the disk: `begin` makes it, and gives what undoes it. `refuses`: writes are refused meanwhile. */
interface Fault {
  name: string
  refuses: boolean
  begin(g: Ground): Promise<() => Promise<void>>
}

const faults: readonly Fault[] = [
  {
    name: "the database's disk is full",
    refuses: true,
    begin: (g) => {
      fill(g.dataDir)
      return Promise.resolve(() => Promise.resolve(empty(g.dataDir)))
    },
  },
  {
    name: "the database's disk is full, also for its log of writes",
    refuses: true,
    begin: async (g) => {
      fill(g.dataDir)
      for (let n = 0; n < 4; n += 1) await g.root.query('select pg_switch_wal()').catch(() => undefined)
      return () => Promise.resolve(empty(g.dataDir))
    },
  },
  {
    name: "the database's disk is read-only",
    refuses: true,
    // The kernel makes it so after an error, though files are open; nobody else may then.
    begin: (g) => inject(g.dataDir, 'pwrite64,pwritev,pwritev2,fallocate,ftruncate', 'error=EROFS'),
  },
  {
    name: 'the database cannot sync its log of writes (EIO)',
    refuses: true,
    begin: (g) => inject(g.dataDir, 'fdatasync', 'error=EIO:when=3'),
  },
  {
    name: 'the database cannot write (ENOSPC from the 20th write on)',
    refuses: true,
    begin: (g) => inject(g.dataDir, 'pwrite64', 'error=ENOSPC:when=20+'),
  },
  {
    name: 'the log and the temporary folder are full',
    refuses: false,
    begin: (g) => {
      fill(g.logs)
      return Promise.resolve(() => Promise.resolve(empty(g.logs)))
    },
  },
]

/** People write while the disk fails. */
async function people(g: Ground, fault: Fault, tamper?: string): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const writes = await writing(g, async (so) => {
    await until('a write before the fault', () => so.acknowledged.length > 3)
    const mend = await fault.begin(g)
    const before = so.acknowledged.length
    if (fault.refuses) await until('a refusal', () => so.refused > 0)
    else await until('writes go on', () => so.acknowledged.length > before + 20)
    await pause(1_000)
    await mend()
    await until('the server is ready again', ready(g))
    const after = so.acknowledged.length
    await until('a write after the fault', () => so.acknowledged.length > after + 3)
  })
  if (tamper !== undefined) await g.root.query(tamper)
  await kept(g, writes, found)
  return end(g, found)
}

/** A check of which a call in the middle is held until the disk fails; it fails for three seconds. */
async function middle(g: Ground, fault: Fault): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  let go: (value: undefined) => void = () => undefined
  const held = new Promise<undefined>((done) => (go = done))
  const calls = () => g.sim.control.counts().logical
  const before = calls()
  await jobOver(g.api, g.workspaceId, await startCheck(g.api, g.workspaceId, g.connectionId))
  const at = calls() + Math.ceil((calls() - before) / 2)
  const met = g.sim.control.addFault({ match: { call: at }, do: { until: held } })
  const jobId = await startCheck(g.api, g.workspaceId, g.connectionId)
  await until('the call at which the disk fails', () => met.fired > 0)
  const mend = await fault.begin(g)
  go(undefined)
  g.sim.control.clearFaults()
  await pause(3_000)
  await mend()
  await until('the server is ready again', ready(g))
  const job = await jobOver(g.api, g.workspaceId, jobId)
  found.expect('the check has ended', ['complete', 'not_completed'].includes(job.status), true)
  return end(g, found)
}

/** Killed with its database while the disk fails, and started again when it has room. */
async function cold(g: Ground, fault: Fault): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const writes = await writing(g, async (so) => {
    await until('a write before the fault', () => so.acknowledged.length > 3)
    const mend = await fault.begin(g)
    await pause(500)
    const { pid } = postmaster(g.dataDir)
    await g.kill()
    process.kill(pid, 'SIGKILL')
    await until('the end of the database', () => !existsSync(`/proc/${pid}`))
    if (fault.name.endsWith('read-only')) await refusedStart(g, found)
    await mend()
    await g.start()
    await until('a write after the fault', () => so.acknowledged.length > 6)
  })
  await kept(g, writes, found)
  return end(g, found)
}

/** Nothing has a file open, so the disk can truly be made read-only: the server has to say that it does not start, and end. */
async function refusedStart(g: Ground, found: Findings): Promise<void> {
  await until('the end of every process of the database', () => remount(g.dataDir, 'ro'))
  const said = await g.start().then(
    () => 'it started',
    (error: unknown) => String(error),
  )
  found.expect('a start on a read-only disk', /ended with [1-9]/.test(said) || said, true)
  remount(g.dataDir, 'rw')
}

/** While the disk is full everything can still be read: lists, exports, the log. */
async function reading(g: Ground, fault: Fault): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const mend = await fault.begin(g)
  try {
    for (const path of [
      '/connections',
      '/audit.csv',
      '/audit.jsonl',
      '/jobs.csv',
      `/connections/${g.connectionId}/principals`,
    ]) {
      const answer = await fetch(`${g.url}${ws(g)}${path}`, { headers: { cookie: g.api.cookie } })
      const text = await answer.text().catch(() => '')
      found.expect(`${path} while the disk fails`, answer.status === 200 && text.length > 10, true)
    }
  } finally {
    await mend()
  }
  return end(g, found)
}

/** A check from now on is complete, and the store is the world. */
async function end(g: Ground, found: Findings): Promise<string[]> {
  await until('the server is ready', ready(g))
  await enter(g)
  const job = await jobOver(g.api, g.workspaceId, await startCheck(g.api, g.workspaceId, g.connectionId))
  found.expect('the next check', job.status, 'complete')
  await judge(g, found)
  return found.lines
}

function casesOf(g: Ground): Case[] {
  const [full, wal, readOnly, , , logs] = faults
  const some = (list: (Fault | undefined)[]) => list.filter((one) => one !== undefined)
  return [
    ...faults.map((fault) => ({ name: `${fault.name} while people write`, run: () => people(g, fault) })),
    ...faults.map((fault) => ({
      name: `${fault.name} in the middle of a check`,
      run: () => middle(g, fault),
    })),
    ...some([full, wal, readOnly]).map((fault) => ({
      name: `${fault.name}, and the power goes`,
      run: () => cold(g, fault),
    })),
    ...some([full, readOnly, logs]).map((fault) => ({
      name: `${fault.name} while people read and export`,
      run: () => reading(g, fault),
    })),
  ]
}

function plantedOf(g: Ground): Case[] {
  const logs = faults.filter(({ refuses }) => !refuses)
  const after = (name: string, query: string): Case => ({
    name,
    run: () => (logs[0] === undefined ? Promise.resolve([]) : people(g, logs[0], query)),
  })
  return [
    after(
      'an acknowledged write is lost',
      `with one as (select id from invitations order by created_at desc limit 1), e as (delete from audit_events where subject_id = (select id::text from one)) delete from invitations where id = (select id from one)`,
    ),
    after(
      'a change without its line in the log',
      `insert into invitations (id, workspace_id, email, role, secret_hash, invited_by, expires_at)
       select gen_random_uuid(), workspace_id, 'planted@example.test', role, sha256('planted'), invited_by, now() from invitations limit 1`,
    ),
  ]
}

const CASES = 18
const say = (line: string) => console.log(line)
const { cases: count, seed, only } = asked(process.argv.slice(2), 1, true)
const lacks =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'it needs root on Linux'
    : spawnSync('strace', ['-V']).status === 0
      ? null
      : 'strace is not installed'
if (lacks !== null) {
  skipFamily('disk', CASES, lacks, say)
  process.exit(0)
}
const g = await openGround()
let failed = 1
try {
  const afresh = (one: Case): Case => ({
    name: one.name,
    run: async () => {
      g.sim.control.clearFaults()
      empty(g.dataDir)
      empty(g.logs)
      if (g.program().process.exitCode !== null) await g.start()
      await g.root.query('truncate auth_rate_limit')
      return one.run()
    },
  })
  const family = {
    name: 'disk',
    seed,
    about: ['faults of the disk under the real server × what goes on meanwhile (closure over those named)'],
    cases: casesOf(g)
      .slice(0, count ?? CASES)
      .map(afresh),
    planted: plantedOf(g).map(afresh),
  }
  failed = (await runFamily(family, say, only)).failed
} finally {
  await g.close()
}
process.exit(failed === 0 ? 0 : 1)
