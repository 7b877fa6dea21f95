// The doors to the database: every query of the product runs inside one of a few kinds of transaction, which say whose rows are seen.
// The setting is transaction-local, so that a connection given back to the pool carries nothing over.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect, PostgresDriver, sql } from 'kysely'
import type { DatabaseConnection, PostgresDialectConfig, Transaction, TransactionSettings } from 'kysely'
import pg from 'pg'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { leaving } from './pool.ts'
import { readOn } from './reading.ts'
import type { Sight } from './reading.ts'
import type { Tables } from './tables.ts'

export interface Db {
  kysely: Kysely<Tables>
  /** Runs as the program's role (guestlist_app). */
  pool: pg.Pool
  /** What has to let go of its connection before the pool can end. */
  beforeClose: Set<() => Promise<void>>
  /** Ends every connection now, also those in use: the database does not answer on them. New ones are opened as they are needed. */
  leaveAll(): void
  close(): Promise<void>
}

export type Tx = Transaction<Tables>

/** One row of the activity log. `data` holds ids and facts, never names, tokens or secrets. */
export interface AuditEntry {
  action: string
  subjectKind: string
  subjectId: string
  data?: Record<string, unknown>
}

const { INT8, DATE } = pg.types.builtins

/** Values as the product wants them: bigint as number (counts and row numbers stay below 2^53), dates without a time as text. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format !== 'binary' && oid === INT8) return (text: string) => Number(text)
    if (format !== 'binary' && oid === DATE) return (text: string) => text
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- pg types its parsers as any
    return pg.types.getTypeParser(oid, format)
  },
}

/**
 * Opens a pool as the role that the address names. `onError` hears of connections that broke while nobody used them: the pool
 * replaces them by itself.
 */
export function openPool(url: string, options: { max?: number; onError: (error: Error) => void }): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 12,
    connectionTimeoutMillis: 15_000,
    application_name: 'guestlist',
    types: parsers,
  })
  // Not in the name of the request or task that happened to open the connection.
  pool.on('error', AsyncResource.bind(options.onError))
  // The pool hears only of idle connections. One that breaks while it is in use and no query runs would end the process without a
  // listener of its own; the next query on it fails, and that is where it is told.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const kysely = new Kysely<Tables>({
    dialect: new ViewingDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  const beforeClose = new Set<() => Promise<void>>()
  const end = async () => {
    for (const letGo of beforeClose) await letGo()
    // Kysely ends the pool only where it has used it.
    await kysely.destroy()
    if (!pool.ending) await pool.end()
  }
  let closed: Promise<void> | undefined
  return { kysely, pool, beforeClose, leaveAll: leaving(pool), close: () => (closed ??= inTime(end())) }
}

/** How long closing waits for transactions that are under way: they are undone where the process ends before them. */
const CLOSE_MS = 1_500

/** Resolves with it, or when it takes too long: a lock of somebody else's must not hold up the end of the program. */
async function inTime(end: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => (timer = setTimeout(done, CLOSE_MS)))
  end.catch(() => undefined)
  await Promise.race([end, late]).finally(() => clearTimeout(timer))
}

interface View {
  workspace?: string
  user?: string
  hash?: Buffer
  across?: boolean
  /** The token of a session, in place of the user that it belongs to. */
  session?: string
  /** Asked again and again, so that connections keep the plans. */
  often?: boolean
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

async function reading<T>(db: Db, view: View, fn: (tx: Tx) => Promise<T>): Promise<T> {
  demandWorkspace(view)
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- a transaction to whoever reads: nothing of it lasts
  return readOn<Tables, T>(db.pool, parsers, sightOf(view), (tx) => fn(tx as Tx))
}

async function writing<T>(db: Db, view: View, fn: (tx: Tx) => Promise<T>): Promise<T> {
  demandWorkspace(view)
  return viewing.run(view, () => db.kysely.transaction().setAccessMode('read write').execute(fn))
}

function demandWorkspace({ workspace }: View): void {
  if (workspace !== undefined && !uuid.test(workspace)) {
    throw new AppError('not_found', 'There is no such workspace.')
  }
}

/** What the transaction that is about to begin may see. */
const viewing = new AsyncLocalStorage<View>()

/** What a view lets be seen, by the names of the settings that the policies ask. */
const settingsOf = ({ workspace = '', user = '', hash, across = false }: View) => ({
  workspace,
  user,
  hash: hash?.toString('hex') ?? '',
  across: across ? 'on' : '',
})

/** The server's default of 4 MB would write the counts of a big connection to disk. */
const ROOM = `set_config('work_mem', '64MB', true)`

function sightOf({ session, often = false, ...view }: View): Sight {
  const settings = { ...settingsOf(view), ...(session === undefined ? {} : { user: session }) }
  const set = Object.keys(settings).map((name, at) => {
    const value = `$${String(at + 1)}`
    return `set_config('guestlist.${name}', ${name === 'user' && session !== undefined ? userBehind(value) : value}, true)`
  })
  const statement = `select set_config('transaction_read_only', 'on', true), ${ROOM}, ${set.join(', ')}`
  return { settings: { sql: statement, parameters: Object.values(settings) }, often }
}

const userBehind = (token: string) =>
  `coalesce((select user_id from auth_session where token = ${token} and expires_at > now()), '')`

/** Says what a transaction sees in the message that begins it: a way to the database and back less for each. */
class ViewingDriver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode = 'read write' }: TransactionSettings,
  ): Promise<void> {
    const set = Object.entries(settingsOf(viewing.getStore() ?? {})).map(
      ([name, value]) => `set_config('guestlist.${name}', ${pg.escapeLiteral(value)}, true)`,
    )
    const begin = `start transaction ${accessMode}; select ${set.join(', ')}`
    try {
      await connection.executeQuery(CompiledQuery.raw(begin))
    } catch (error) {
      // Begun and not set: it must not go back to the pool open.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined)
      throw error
    }
  }
}

class ViewingDialect extends PostgresDialect {
  private readonly config: PostgresDialectConfig

  constructor(config: PostgresDialectConfig) {
    super(config)
    this.config = config
  }

  override createDriver(): PostgresDriver {
    return new ViewingDriver(this.config)
  }
}

/**
 * Reads inside one workspace; nothing can be written. What is asked at the same time (in a Promise.all) is one way to the database and back.
 * Throws `not_found` where the id is not one.
 */
export function read<T>(db: Db, workspaceId: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { workspace: workspaceId }, fn)
}

/** read() for what people ask again and again: the plans are kept, for whatever values. */
export function readOften<T>(db: Db, workspaceId: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { workspace: workspaceId, often: true }, fn)
}

/**
 * A write of the product: one transaction that also holds its row of the activity log. Throws, and undoes everything, where `fn`
 * recorded nothing.
 */
export function write<T>(
  db: Db,
  who: { workspaceId: string; actor: Actor },
  fn: (tx: Tx, audit: (entry: AuditEntry) => Promise<void>) => Promise<T>,
): Promise<T> {
  return writing(db, { workspace: who.workspaceId }, async (tx) => {
    let recorded = 0
    const result = await fn(tx, async (entry) => {
      recorded += 1
      await record(tx, who, entry)
    })
    if (recorded === 0) throw new Error('A write of the product recorded nothing in the activity log.')
    return result
  })
}

/** How long a write waits for the activity log, which nothing of ours locks. */
const LOG_WAIT_MS = 5_000

/** PostgreSQL's words for a log that cannot be written: no right, a lock, no space, read only, stopped by a rule. */
const unwritable = new Set(['42501', '55P03', '53100', '25006', 'P0001', '42P01'])

/**
 * Adds the event, and puts it on the list of what the chain has yet to seal. Throws `unavailable` where the log cannot be written: what
 * it would have told of does not happen either.
 */
async function record(tx: Tx, who: { workspaceId: string; actor: Actor }, entry: AuditEntry): Promise<void> {
  const { key } = who.actor
  const data = { ...entry.data, ...(key === undefined ? {} : { key }) }
  try {
    await sql`select set_config('lock_timeout', ${String(LOG_WAIT_MS)}, true)`.execute(tx)
    await sql`
      with event as (
        insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id, data, address)
        values (${who.workspaceId}, ${who.actor.kind}, ${who.actor.id}, ${entry.action}, ${entry.subjectKind}, ${entry.subjectId},
          ${JSON.stringify(data)}::jsonb, ${who.actor.address})
        returning id, workspace_id
      )
      insert into audit_unsealed (event_id, workspace_id) select id, workspace_id from event`.execute(tx)
    await sql`select set_config('lock_timeout', '0', true)`.execute(tx)
  } catch (error) {
    if (error instanceof Error && 'code' in error && unwritable.has(String(error.code))) {
      throw new AppError(
        'unavailable',
        'The activity log cannot be written now, so nothing was changed. Try again; if it stays, look at the database.',
      )
    }
    throw error
  }
}

/** Does something inside one workspace, within a transaction that is about a person. */
export type Inside = <T>(workspaceId: string, act: () => Promise<T>) => Promise<T>

export interface AboutPerson {
  userId: string
  actor: Actor
}
export type WriteAbout<T> = (
  tx: Tx,
  audit: (entry: AuditEntry, there?: () => Promise<void>) => Promise<void>,
  inside: Inside,
) => Promise<T>

/**
 * A write about a person's account, which belongs to no workspace: recorded in the activity log of every workspace that the person
 * belongs to, in the same transaction; `there` is done inside each of them. `inside`: looks at one of these workspaces, as write() does.
 * Throws, and undoes everything, where `fn` recorded nothing.
 */
export function writeAbout<T>(db: Db, who: AboutPerson, fn: WriteAbout<T>): Promise<T> {
  return writing(db, { user: who.userId }, (tx) => aboutIn(tx, who, fn))
}

/** writeAbout() in a transaction that the caller began, and undoes where this throws. */
export async function writeAboutIn<T>(tx: Tx, who: AboutPerson, fn: WriteAbout<T>): Promise<T> {
  await sql`select set_config('guestlist.user', ${who.userId}, true)`.execute(tx)
  return aboutIn(tx, who, fn)
}

async function aboutIn<T>(tx: Tx, who: AboutPerson, fn: WriteAbout<T>): Promise<T> {
  let recorded = 0
  const inside: Inside = async (workspaceId, act) => {
    await sql`select set_config('guestlist.workspace', ${workspaceId}, true)`.execute(tx)
    const result = await act()
    await sql`select set_config('guestlist.workspace', '', true)`.execute(tx)
    return result
  }
  const audit = async (entry: AuditEntry, there?: () => Promise<void>) => {
    recorded += 1
    const places = tx.selectFrom('members').select('workspaceId').where('userId', '=', who.userId)
    for (const { workspaceId } of await places.where('status', '=', 'active').execute()) {
      await inside(workspaceId, async () => {
        await record(tx, { workspaceId, actor: who.actor }, entry)
        await there?.()
      })
    }
  }
  const result = await fn(tx, audit, inside)
  if (recorded === 0) throw new Error('A write about a person recorded nothing in the activity log.')
  return result
}

/** A job's own bookkeeping inside one workspace (job rows, steps, staging): not a write of the product, so no activity log. */
export function work<T>(db: Db, workspaceId: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return writing(db, { workspace: workspaceId }, fn)
}

/** Reads a person's own memberships and the workspaces they belong to, and nothing else of any workspace. */
export function forUser<T>(db: Db, userId: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { user: userId, often: true }, fn)
}

/** forUser() for whoever the session with this token belongs to; for nobody where it has ended. */
export function ofSession<T>(db: Db, token: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { session: token, often: true }, fn)
}

/** Reads the one row whose secret has this hash, in whatever workspace it is. For the look-ups by hash only: one named function each. */
export function byHash<T>(db: Db, hash: Buffer, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { hash, often: true }, fn)
}

/** Reads workspaces, connections and jobs of everybody: for the scheduler and for recovery at start only. */
export function across<T>(db: Db, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return reading(db, { across: true }, fn)
}

/** True where the database answers at all. */
export function answers(db: Db): Promise<boolean> {
  return sql`select 1`.execute(db.kysely).then(
    () => true,
    () => false,
  )
}
