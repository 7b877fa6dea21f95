// The real server and its embedded PostgreSQL on a clock that runs many times as fast as the true one, and may leap while the server is down.
// Elapsed time (CLOCK_MONOTONIC) stays true: how long a request may take does not shrink with the hours.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { freePort, startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { clockOf, set, startDatabase, superuserOf } from './faketime.ts'

export interface Fast {
  url: string
  root: pg.Pool
  /** The server that runs now, or ran last. */
  program(): Program
  /** What the fast clock shows, in milliseconds since 1970. */
  now(): number
  /** Kills the server; the database goes on. */
  kill(): Promise<void>
  /** Starts it again at the same address. */
  start(): Promise<void>
  /** While the server is down, so many days pass at once. */
  leap(days: number): void
  close(): Promise<void>
}

/** How far apart the clocks of server and database may be: both are asked, and one of them tells whole seconds. */
const APART_MS = 60_000

/** Starts both on fresh data, `speed` times as fast. `library`: of findFaketime. */
export async function openFast(library: string, speed: number, env: Record<string, string>): Promise<Fast> {
  const dataDir = temporaryFolder('fast')
  const clocks = temporaryFolder('fast-clocks')
  mkdirSync(clocks, { recursive: true })
  const files = { server: join(clocks, 'server'), database: join(clocks, 'database') }
  const port = await freePort()
  const discard = () => {
    for (const made of [dataDir, clocks]) rmSync(made, { recursive: true, force: true })
  }
  // The cluster is made by the server itself, and taken over by one on the clock of the test.
  await (await startProgram({ dataDir })).stop()
  let leapt = 0
  set(files.database, 0, speed)
  await startDatabase(dataDir, clockOf(join(library, 'libfaketime.so.1'), files.database))
  const root = await superuserOf(dataDir)
  // A clock's fast time begins with its process, so that it is told by where it has come to.
  const asked = Date.now()
  const { rows } = await root.query<{ now: Date }>('select clock_timestamp() as now')
  const began = asked - ((rows[0]?.now.getTime() ?? 0) - asked) / (speed - 1)
  const ahead = () => (speed - 1) * (Date.now() - began) + leapt
  const now = () => Date.now() + ahead()
  const clocked = { ...env, ...clockOf(join(library, 'libfaketimeMT.so.1'), files.server) }
  let program: Program | null = null
  const start = async () => {
    set(files.server, Math.round(ahead() / 1_000), speed)
    program = await startProgram({ dataDir, port, env: clocked })
    const { headers } = await fetch(`${program.url}/healthz`)
    const apart = Date.parse(headers.get('date') ?? '') - now()
    if (!(Math.abs(apart) < APART_MS)) throw new Error(`The fast clocks are ${apart} ms apart.`)
  }
  const running = (): Program => {
    if (program === null) throw new Error('The server has not been started.')
    return program
  }
  const close = async () => {
    await root.end()
    // It stops the database that it has adopted.
    if (program !== null && program.process.signalCode !== null) await start().catch(() => undefined)
    await program?.stop()
    await pause(100)
    discard()
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: running().url,
    root,
    program: running,
    now,
    kill: () => running().kill(),
    start,
    leap: (days) => {
      leapt += days * 86_400_000
      set(files.database, Math.round(leapt / 1_000), speed)
    },
    close,
  }
}
