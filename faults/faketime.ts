// The real server and its embedded PostgreSQL on a clock that jumps: libfaketime reads how far each of them is off from a file. Elapsed time
// (CLOCK_MONOTONIC) stays true, as it does where somebody sets a machine's clock.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { freePort, startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { findBinaries } from '../src/store/postgres-binaries.ts'
import { superUrlOf, temporaryFolder } from '../src/store/testing/cluster.ts'
import { codeOf, connectAll, openApi, setUp } from './api.ts'
import { smallWorld } from './served.ts'
import type { Served } from './served.ts'

/** Whose clock jumps. */
export type Whose = 'both' | 'server' | 'database'

export interface Clocked extends Served {
  /** How far off the server's clock is, in milliseconds. */
  off(): number
  /** Sets how many seconds a clock is off, and waits until its owner shows that time. Throws where it does not. */
  jump(whose: Whose, seconds: number): Promise<void>
  /** Kills the server and starts it again, on the same database and the same clock. */
  restart(): Promise<void>
  /** Everything that the server has printed since it was started last. */
  output(): string
  close(): Promise<void>
}

/** The library, where it is installed; null elsewhere. */
export function findFaketime(): string | null {
  if (process.platform !== 'linux') return null
  for (const folder of ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime'])
    if (existsSync(join(folder, 'libfaketimeMT.so.1'))) return folder
  return null
}

/** An environment whose clock is off by what `file` says. */
export function clockOf(library: string, file: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
    FAKETIME_DONT_RESET: '1',
  }
}

/** How far off a clock is, and how much faster it runs than the true one. Whole, since a file that is read while it is written would be another time. */
export function set(file: string, seconds: number, speed = 1): void {
  const text = `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}${speed === 1 ? '' : ` x${speed}`}`
  writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o644 })
  renameSync(`${file}.new`, file)
}

/** Starts PostgreSQL on the cluster that the server made, on a clock of its own; the server adopts it. */
export async function startDatabase(dataDir: string, env: Record<string, string>): Promise<void> {
  const { bin, user } = await findBinaries(dataDir)
  const folder = join(dataDir, readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? '')
  const settings = {
    listen_addresses: '127.0.0.1',
    port: await freePort(),
    max_connections: 200,
    timezone: 'UTC',
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const started = spawnSync(
    join(bin, 'pg_ctl'),
    [
      ...['-D', folder, '-l', join(folder, 'server.log'), '-w', '-t', '60'],
      ...['-o', `${options.join(' ')} -c unix_socket_directories=`, 'start'],
    ],
    { ...(user ?? {}), cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', ...env }, stdio: 'ignore' },
  )
  if (started.status !== 0) throw new Error('The database did not start on the clock of the test.')
}

/** The superuser of the database that runs in a data folder. */
export async function superuserOf(dataDir: string): Promise<pg.Pool> {
  const folder = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? ''
  const [, , , line] = readFileSync(join(dataDir, folder, 'postmaster.pid'), 'utf8').split('\n')
  const root = new pg.Pool({
    connectionString: await superUrlOf(dataDir, `postgres://owner@127.0.0.1:${line ?? ''}/guestlist`),
    max: 3,
  })
  root.on('error', () => undefined)
  return root
}

/** A server on fresh data with a business and its partners connected; every clock is right. */
export async function openClocked(folder: string): Promise<Clocked> {
  const sim = await startSimulator({
    world: smallWorld,
    switches: { callsPerHour: 0 },
  })
  const dataDir = temporaryFolder('clock')
  const clocks = temporaryFolder('clocks')
  mkdirSync(clocks, { recursive: true })
  const files = { server: join(clocks, 'server'), database: join(clocks, 'database') }
  for (const file of Object.values(files)) set(file, 0)
  // The cluster is made by the server itself, and taken over by one on the clock of the test.
  await (await startProgram({ dataDir })).stop()
  await startDatabase(dataDir, clockOf(join(folder, 'libfaketime.so.1'), files.database))
  const port = await freePort()
  const env = {
    ...clockOf(join(folder, 'libfaketimeMT.so.1'), files.server),
    META_GRAPH_URL: sim.url,
    // Where the hour changes twice a year.
    TZ: 'Europe/Berlin',
  }
  const start = () => startProgram({ dataDir, port, env })
  let program: Program = await start()
  const root = await superuserOf(dataDir)
  const close = async () => {
    await root.end()
    await program.stop()
    await sim.stop()
    for (const made of [dataDir, clocks]) rmSync(made, { recursive: true, force: true })
  }
  const off = { server: 0, database: 0 }
  const seen = async (): Promise<boolean> => {
    const near = (shown: number, seconds: number) => Math.abs(shown - Date.now() - seconds * 1_000) < 5_000
    const { headers } = await fetch(`${program.url}/healthz`)
    const { rows } = await root.query<{ now: Date }>('select clock_timestamp() as now')
    return (
      near(Date.parse(headers.get('date') ?? ''), off.server) &&
      near(rows[0]?.now.getTime() ?? 0, off.database)
    )
  }
  try {
    const api = openApi(program.url)
    const workspaceId = await setUp(api, await codeOf(program))
    return {
      sim,
      url: program.url,
      api,
      root,
      workspaceId,
      connectionId: await connectAll(api, workspaceId, sim),
      off: () => off.server * 1_000,
      jump: async (whose, seconds) => {
        for (const one of ['server', 'database'] as const) {
          if (whose !== 'both' && whose !== one) continue
          off[one] = seconds
          set(files[one], seconds)
        }
        for (let tries = 0; !(await seen()); tries += 1) {
          if (tries === 100) throw new Error('The jump of the clock was never seen.')
          await pause(100)
        }
      },
      restart: async () => {
        await program.kill()
        program = await start()
      },
      output: () => program.output(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
