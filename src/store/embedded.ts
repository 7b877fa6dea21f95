// The embedded PostgreSQL: makes a cluster in the data folder, starts it on a free port of the loopback address, adopts one that a
// killed process left behind, and stops it when the last process that uses it is gone. No lock file: creating ends in a rename that only
// one process wins, PostgreSQL itself refuses a second server on one folder, and roles are made under an advisory lock.
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { flushName } from '../lib/flush-name.ts'
import type { Log } from '../lib/log.ts'
import { clearDrafts, draftIn } from './drafts.ts'
import { findBinaries, run } from './postgres-binaries.ts'
import type { Binaries } from './postgres-binaries.ts'
import { underLock } from './lock.ts'

export interface Embedded {
  /** The role that owns the tables: for migrations and the engine's own. Holds a password: never logged. */
  ownerUrl: string
  /** The program's role. Holds a password: never logged. */
  appUrl: string
  /** Stops the server, unless another process uses it. */
  stop(): Promise<void>
}

interface Passwords {
  superuser: string
  owner: string
  app: string
}

interface Cluster {
  binaries: Binaries
  /** PostgreSQL's own folder, named by major version. */
  folder: string
  passwords: Passwords
}

const SUPERUSER = 'guestlist_superuser'
const START_MS = 90_000
const LOG_FILE = 'server.log'
const LARGEST_LOG = 5_000_000

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '64MB',
  // Three processes fewer than the default; the data is small.
  io_method: 'sync',
  // Parallel workers need shared memory that containers are short of.
  max_parallel_workers_per_gather: 0,
  jit: 'off',
  // Nothing replicates from here, so that less has to be written.
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '512MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failing statement's text may hold what it writes.
  log_min_error_statement: 'panic',
  log_min_messages: 'error',
  // A query whose client was killed ends.
  client_connection_check_interval: '5s',
}

/** The first folder on the way down to `path` that other users may not enter; null where there is none. */
async function closedFolder(path: string): Promise<string | null> {
  const parent = dirname(path)
  const above = parent === path ? null : await closedFolder(parent)
  if (above !== null) return above
  return ((await stat(path)).mode & 0o001) === 0 ? path : null
}

/** The passwords of the three roles: made once, in a file for us alone. The first of several processes wins. */
async function loadPasswords(file: string): Promise<Passwords> {
  if (!existsSync(file)) {
    const make = () => randomBytes(24).toString('base64url')
    const draft = `${file}.${process.pid}`
    // On the disk before the cluster is: after a power cut it would be one that nobody can enter.
    const words = JSON.stringify({ superuser: make(), owner: make(), app: make() })
    await writeFile(draft, words, { mode: 0o600, flush: true })
    await link(draft, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
    await flushName(file)
    await rm(draft, { force: true })
  }
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text) as Passwords
  } catch {
    // Without the parser's own words, which would quote from the passwords.
    throw new Error(`The file ${file} is damaged: put its backup in its place.`)
  }
}

async function openCluster(dataDir: string): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const root = process.getuid?.() === 0
  if (root) {
    // PostgreSQL runs as another user, who may pass through the folder; what is private in it has a mode of its own.
    const { mode } = await stat(dataDir)
    if ((mode & 0o001) === 0) await chmod(dataDir, mode | 0o111)
    const closed = await closedFolder(dataDir)
    if (closed !== null) {
      throw new Error(
        `The database runs as an ordinary user, who may not enter ${closed}: set GUESTLIST_DATA_DIR to a folder that all users may pass through, as /var/lib/guestlist.`,
      )
    }
  }
  const binaries = await findBinaries(dataDir)
  const folder = join(dataDir, `postgres-${binaries.major}`)
  const others = (await readdir(dataDir)).filter((name) => /^postgres-\d+$/.test(name))
  if (!existsSync(folder) && others.length > 0) {
    throw new Error(
      `The data folder ${dataDir} holds a database of another version (${others.join(', ')}); this release runs PostgreSQL ${binaries.major}: make a backup with the release that wrote it and restore it here.`,
    )
  }
  const passwords = await loadPasswords(join(dataDir, 'postgres-passwords.json'))
  const cluster = { binaries, folder, passwords }
  if (!existsSync(folder)) await createCluster(cluster, dataDir)
  await clearDrafts(dataDir)
  return cluster
}

async function createCluster({ binaries, folder, passwords }: Cluster, dataDir: string): Promise<void> {
  const { draft, passwordFile } = draftIn(dataDir)
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(passwordFile, `${passwords.superuser}\n`, { mode: 0o600 })
    if (binaries.user !== null) {
      for (const path of [draft, passwordFile]) await chown(path, binaries.user.uid, binaries.user.gid)
    }
    const made = await run(binaries.user, join(binaries.bin, 'initdb'), [
      ...['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--locale-provider=builtin', '--locale=C.UTF-8', '--encoding=UTF8', '--data-checksums'],
      ...['--no-instructions'],
    ])
    if (made.code !== 0) throw new Error(`The database could not be made in ${dataDir}: ${made.output}`)
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object'
          ? done(address.port)
          : failed(new Error('There is no free port.')),
      )
    })
  })
}

function urlOf(user: string, password: string, port: number, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`
}

/** The lines of postmaster.pid that matter: process, and port (line 4). Null while there is no server. */
async function serverFile(folder: string): Promise<{ pid: number; port: number } | null> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid > 0 ? { pid, port } : null
}

/** A session that stays open as long as this process uses the server: it is how others see that the server is in use. */
async function openKeeper(cluster: Cluster, port: number): Promise<pg.Client | null> {
  const keeper = new pg.Client({
    connectionString: urlOf(SUPERUSER, cluster.passwords.superuser, port, 'postgres'),
    application_name: 'guestlist keeper',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  keeper.on('error', () => undefined)
  try {
    await keeper.connect()
    return keeper
  } catch {
    await keeper.end().catch(() => undefined)
    return null
  }
}

/** After a crash of the machine the file may name a process that is something else by now, which PostgreSQL cannot tell. */
async function removeStaleFile(folder: string): Promise<void> {
  const server = await serverFile(folder)
  if (server === null || process.platform !== 'linux') return
  const command = await readFile(`/proc/${server.pid}/cmdline`, 'utf8').catch(() => null)
  if (command !== null && !command.includes('postgres')) await rm(join(folder, 'postmaster.pid'))
}

async function startServer({ binaries, folder }: Cluster, port: number): Promise<string | null> {
  const logFile = join(folder, LOG_FILE)
  const size = (await stat(logFile).catch(() => null))?.size ?? 0
  if (size > LARGEST_LOG) await rm(logFile, { force: true })
  const options = Object.entries({ ...settings, port }).map(([name, value]) => `-c ${name}=${value}`)
  const started = await run(binaries.user, join(binaries.bin, 'pg_ctl'), [
    ...['-D', folder, '-l', logFile, '-w', '-t', '60', '-o', options.join(' '), 'start'],
  ])
  return started.code === 0 ? null : started.output
}

/**
 * Adopts the server that runs on the folder, or starts one (on the port `wanted`); tries again while a dead one is being cleared away.
 * Once `until` is aborted no server is started any more; one that was being started is still attached, so that it can be stopped.
 */
async function attach(
  cluster: Cluster,
  log: Log,
  again?: { port: number; until: AbortSignal },
): Promise<{ keeper: pg.Client; port: number }> {
  const deadline = performance.now() + START_MS
  let complaint = ''
  for (let tries = 0; performance.now() < deadline; tries++) {
    const running = await serverFile(cluster.folder)
    if (running !== null && running.port > 0) {
      const keeper = await openKeeper(cluster, running.port)
      if (keeper !== null) {
        log.debug('database attached', { port: running.port })
        return { keeper, port: running.port }
      }
    }
    if (tries > 20) await removeStaleFile(cluster.folder)
    again?.until.throwIfAborted()
    const port = again?.port ?? (await freePort())
    const failed = await startServer(cluster, port)
    if (failed !== null) {
      complaint = failed
      await sleep(150)
    }
  }
  const said = await readFile(join(cluster.folder, LOG_FILE), 'utf8').catch(() => '')
  throw new Error(
    `The database does not start: ${complaint} ${said.trim().split('\n').slice(-5).join(' | ')}`,
  )
}

/** True where a data folder holds a database, of whatever version. */
export function holdsDatabase(dataDir: string): boolean {
  return existsSync(dataDir) && readdirSync(dataDir).some((name) => /^postgres-\d+$/.test(name))
}

/** The database and its two roles, made by the superuser, who does nothing else. */
async function makeRoles(keeper: pg.Client, passwords: Passwords): Promise<void> {
  const one = async (query: string) => (await keeper.query(query)).rowCount === 1
  await underLock(keeper, async () => {
    for (const [role, password] of [
      ['guestlist_owner', passwords.owner],
      ['guestlist_app', passwords.app],
    ] as const) {
      if (await one(`select from pg_roles where rolname = '${role}'`)) continue
      await keeper.query(`create role ${role} login password '${password}'`)
    }
    if (!(await one(`select from pg_database where datname = 'guestlist'`))) {
      await keeper.query('create database guestlist owner guestlist_owner')
      await keeper.query('revoke temporary on database guestlist from public')
    }
    // The details of an error hold values of rows, and the server's log is read by people who look for something else.
    await keeper.query('alter database guestlist set log_error_verbosity = terse')
  })
}

/** Attaches and makes the roles; again where the last process that used the server stopped it at this very moment. */
async function enter(cluster: Cluster, log: Log): Promise<{ keeper: pg.Client; port: number }> {
  for (let tries = 1; ; tries++) {
    const attached = await attach(cluster, log)
    try {
      await makeRoles(attached.keeper, cluster.passwords)
      return attached
    } catch (error) {
      await attached.keeper.end().catch(() => undefined)
      if (tries === 5) throw error
    }
  }
}

/**
 * Starts or adopts the cluster of a data folder. Throws with a sentence where this system cannot run it. While it is used, a server
 * that died is started again on the same port.
 */
export async function startEmbedded(options: { dataDir: string; log: Log }): Promise<Embedded> {
  const cluster = await openCluster(resolve(options.dataDir))
  const { port, keeper: first } = await enter(cluster, options.log)
  let keeper = first

  let stopped: Promise<void> | undefined
  let attaching: Promise<void> | undefined
  const stopping = new AbortController()
  const watch = () => {
    keeper.once('end', () => {
      if (stopping.signal.aborted) return
      options.log.warn('the database was lost, attaching again')
      attaching = again()
    })
  }
  const again = async (): Promise<void> => {
    try {
      keeper = (await attach(cluster, options.log, { port, until: stopping.signal })).keeper
      watch()
    } catch (error) {
      if (stopping.signal.aborted) return
      options.log.error('the database does not come back', { error })
      await again()
    }
  }
  watch()
  const stop = async () => {
    stopping.abort()
    // What is being attached belongs to us too: the old keeper is dead and could not stop it.
    await attaching
    await stopServer(cluster, keeper, options.log)
  }

  return {
    ownerUrl: urlOf('guestlist_owner', cluster.passwords.owner, port, 'guestlist'),
    appUrl: urlOf('guestlist_app', cluster.passwords.app, port, 'guestlist'),
    stop: () => (stopped ??= stop()),
  }
}

/** Under the lock that a newcomer takes too, so that it either is seen here or finds no server and starts one. */
async function stopServer({ binaries, folder }: Cluster, keeper: pg.Client, log: Log): Promise<void> {
  try {
    await underLock(keeper, async () => {
      const others = await keeper.query(
        `select from pg_stat_activity where application_name = 'guestlist keeper' and pid <> pg_backend_pid()`,
      )
      if (others.rowCount !== 0) return
      await run(binaries.user, join(binaries.bin, 'pg_ctl'), [
        ...['-D', folder, '-m', 'fast', '-w', '-t', '60', 'stop'],
      ])
    })
  } catch (error) {
    log.warn('the database could not be stopped; the next start adopts it', { error })
  }
  await keeper.end().catch(() => undefined)
}
