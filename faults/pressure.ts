// A server that is short of something: stopped while it holds work, without processor time, without file descriptors, with little memory.
// Its work is done once, by it or by another one, and it serves again when the shortage is over. CPU needs stress-ng, descriptors prlimit.
import { spawn, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { jobOver, startCheck } from './api.ts'
import { asked, skipFamily } from './cases.ts'
import type { Case } from './cases.ts'
import { enter, Findings, judge } from './served.ts'
import { openServers, playOnServers } from './servers.ts'
import type { Servers } from './servers.ts'

/** Starts a check and holds its fourth call; `during` may do what it likes before the call is answered. */
async function held(
  g: Servers,
  during: (jobId: string, letGo: () => void) => Promise<void>,
): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  g.sim.control.reset()
  const clean = await startCheck(g.api, g.workspaceId, g.connectionId)
  await jobOver(g.api, g.workspaceId, clean)
  const calls = g.sim.control.counts().logical
  g.sim.control.reset()
  let go: (value: undefined) => void = () => undefined
  const until = new Promise<undefined>((done) => (go = done))
  const fault = g.sim.control.addFault({ match: { call: 4 }, do: { until } })
  const jobId = await startCheck(g.api, g.workspaceId, g.connectionId)
  for (let tries = 0; fault.fired === 0; tries += 1) {
    if (tries === 1_200) throw new Error('The call that is held was never made.')
    await pause(50)
  }
  await during(jobId, () => go(undefined))
  go(undefined)
  await g.refill()
  found.expect('the check', (await jobOver(g.api, g.workspaceId, jobId)).status, 'complete')
  const made = g.sim.control.counts().logical
  found.expect(`calls, where an undisturbed check makes ${calls}: ${made}`, made <= 3 * calls, true)
  await judge(g, found)
  return found.lines
}

/** The server that has the check stands still: no heartbeat, no answer, and its connections stay open. */
const stopped = (g: Servers, ms: number) =>
  held(g, async (jobId, letGo) => {
    const program = await g.holder(jobId)
    program.process.kill('SIGSTOP')
    letGo()
    await pause(ms)
    program.process.kill('SIGCONT')
  })

const stoppedAndKilled = (g: Servers) =>
  held(g, async (jobId, letGo) => {
    const program = await g.holder(jobId)
    program.process.kill('SIGSTOP')
    letGo()
    await pause(3_000)
    await program.kill()
  })

async function noProcessor(g: Servers): Promise<string[]> {
  const neighbour = spawn('stress-ng', ['--cpu', '8', '--timeout', '60'], { stdio: 'ignore' })
  const ended = new Promise((done) => neighbour.once('exit', done))
  try {
    return await held(g, () => pause(2_000))
  } finally {
    neighbour.kill('SIGTERM')
    await ended
  }
}

/** Sixty-four descriptors, and more connections than that. */
async function noDescriptors(g: Servers): Promise<string[]> {
  const limit = (most: string) =>
    g.programs.every(
      ({ process: child }) =>
        spawnSync('prlimit', ['--pid', String(child.pid), `--nofile=${most}`]).status === 0,
    )
  if (!limit('64:')) throw new Error('The limit of descriptors was not set.')
  try {
    return await held(g, async () => {
      const sockets = g.programs.flatMap(({ port }) =>
        Array.from({ length: 80 }, () => connect(port, '127.0.0.1')),
      )
      for (const socket of sockets) socket.on('error', () => undefined)
      await pause(3_000)
      for (const socket of sockets) socket.destroy()
    })
  } finally {
    limit('1024:')
  }
}

/** Forty exports side by side with a check, in 192 MB. */
async function littleMemory(g: Servers): Promise<string[]> {
  const pids = g.programs.map(({ process: child }) => child.pid)
  const wrong = await held(g, async () => {
    for (let round = 0; round < 4; round += 1)
      await Promise.all(
        g.programs.flatMap(({ url }) =>
          Array.from({ length: 5 }, async () => {
            const path = `/api/v1/workspaces/${g.workspaceId}/audit.csv`
            await (await fetch(url + path, { headers: { cookie: g.api.cookie } })).text()
          }),
        ),
      )
  })
  const alive = g.programs.every(
    ({ process: child }, at) => child.pid === pids[at] && child.exitCode === null,
  )
  return alive ? wrong : [...wrong, 'a server ended']
}

const say = (line: string) => console.log(line)
const { cases: count, seed, only } = asked(process.argv.slice(2), 1, true)
const CASES = 7
const lacks =
  process.platform !== 'linux'
    ? 'it needs Linux'
    : ['stress-ng', 'prlimit'].some((tool) => spawnSync(tool, ['--version']).status !== 0)
      ? 'stress-ng or prlimit is not installed'
      : null
if (lacks !== null) {
  skipFamily('pressure', CASES, lacks, say)
  process.exit(0)
}
const g = await openServers()
const all: Case[] = [
  { name: 'the server that has a check stands still for ten seconds', run: () => stopped(g, 10_000) },
  { name: 'the server that has a check stands still for forty seconds', run: () => stopped(g, 40_000) },
  { name: 'the server that has a check stands still and is killed', run: () => stoppedAndKilled(g) },
  { name: 'a neighbour takes all processor time', run: () => noProcessor(g) },
  { name: '64 file descriptors', run: () => noDescriptors(g) },
  { name: 'exports in a heap of 192 MB', run: () => littleMemory(g) },
  {
    name: 'the database stands still for ten seconds',
    run: () =>
      held(g, async () => {
        const { rows } = await g.root.query<{ pid: number }>(
          `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
        )
        for (const { pid } of rows) process.kill(pid, 'SIGSTOP')
        await pause(10_000)
        for (const { pid } of rows) process.kill(pid, 'SIGCONT')
      }),
  },
]
const about = ['two servers on one database, heaps of 192 MB (closure over the shortages named)']
const cases = all.slice(0, count ?? all.length)
const failed = await playOnServers(g, { name: 'pressure', seed, about, cases }, () => g.refill(), only)
process.exit(failed === 0 ? 0 : 1)
