// Opens the database that the settings ask for, embedded or external, brings it to this release's structure, and refuses to work with a
// role that row-level security does not bind.
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import { messageOf } from '../lib/message.ts'
import { openPool } from './db.ts'
import type { Db } from './db.ts'
import { startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { withOption } from './pool.ts'
import { refuseHalfRestored } from './restore.ts'

/** The role that the program works as. */
export const APP_ROLE = 'guestlist_app'
const OLDEST = 15

export interface Database {
  db: Db
  /** Holds a password: never logged. */
  ownerUrl: string
  /** Holds a password: never logged. */
  appUrl: string
  external: boolean
  /** Closes the pool; stops the embedded server. */
  stop(): Promise<void>
}

/** The two addresses of a server, and how to let go of it. */
export interface Server {
  ownerUrl: string
  appUrl: string
  stop(): Promise<void>
}

/**
 * Starts or attaches to the server of the settings, and leaves its databases as they are. `look`: makes nothing on a server that is not our
 * own. Throws with a sentence where it cannot.
 */
export function openServer(options: {
  dataDir: string
  databaseUrl: string | null
  log: Log
  look?: boolean
}): Promise<Server> {
  return options.databaseUrl === null
    ? startEmbedded(options)
    : connectExternal(options.databaseUrl, options.look)
}

/**
 * Starts or attaches, migrates, opens the pool and checks its role. Throws with one sentence for a person where any of it cannot be.
 * `max`: connections of the pool.
 */
export async function openDatabase(options: {
  dataDir: string
  databaseUrl: string | null
  log: Log
  max?: number
}): Promise<Database> {
  const { log } = options
  const server = await openServer(options)
  let db: Db | undefined
  try {
    await refuseHalfRestored(server.ownerUrl)
    await migrate(server.ownerUrl, log)
    db = openPool(server.appUrl, {
      ...(options.max === undefined ? {} : { max: options.max }),
      onError: tellBroken(log),
    })
    await refuseUnboundRole(db)
  } catch (error) {
    await db?.close()
    await server.stop()
    throw error
  }
  const opened = db
  let stopped: Promise<void> | undefined
  return {
    db: opened,
    ownerUrl: server.ownerUrl,
    appUrl: server.appUrl,
    external: options.databaseUrl !== null,
    stop: () => (stopped ??= opened.close().then(() => server.stop())),
  }
}

const GATHER_MS = 1_000

/** Tells of connections that broke while nobody used them. One outage breaks all at once, and is told once. */
function tellBroken(log: Log): (error: Error) => void {
  let more = 0
  let gathering = false
  const over = () => {
    if (more > 0) log.warn('other database connections broke with it', { connections: more })
    more = 0
    gathering = false
  }
  return ({ message }) => {
    if (gathering) {
      more += 1
      return
    }
    gathering = true
    // Where the driver heard of it says nothing.
    log.warn('a database connection broke', { error: message })
    setTimeout(over, GATHER_MS).unref()
  }
}

/**
 * An external server: its address names the owner of the tables; the program works through the same login in the role guestlist_app,
 * which is made where it is missing, unless it is only to `look`. Throws with a sentence that holds the SQL to run where it cannot be.
 */
export async function connectExternal(databaseUrl: string, look = false): Promise<Server> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'guestlist',
    connectionTimeoutMillis: 15_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    throw new Error(`The database of DATABASE_URL cannot be reached: ${messageOf(cause)}`, { cause })
  }
  try {
    const version = await client.query<{ major: number; text: string }>(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_version') as text`,
    )
    if ((version.rows[0]?.major ?? 0) < OLDEST) {
      throw new Error(
        `The database of DATABASE_URL is PostgreSQL ${version.rows[0]?.text}: Guestlist needs ${OLDEST} or newer.`,
      )
    }
    await demandRights(client)
    await demandRole(client, look)
  } finally {
    await client.end()
  }
  const appUrl = withOption(databaseUrl, `-c role=${APP_ROLE}`)
  return { ownerUrl: databaseUrl, appUrl, stop: () => Promise.resolve() }
}

async function demandRights(client: pg.Client): Promise<void> {
  const rights = await client.query<{ role: string; database: string; tables: boolean; schemas: boolean }>(
    `select quote_ident(current_user) as role, quote_ident(current_database()) as database,
       has_schema_privilege('public', 'create') as tables, has_database_privilege(current_database(), 'create') as schemas`,
  )
  const right = rights.rows[0]
  if (right === undefined || (right.tables && right.schemas)) return
  throw new Error(
    `The role ${right.role} of DATABASE_URL may not create tables and schemas; run as an administrator in that database: ` +
      `GRANT CREATE ON DATABASE ${right.database} TO ${right.role}; GRANT CREATE, USAGE ON SCHEMA public TO ${right.role};`,
  )
}

async function demandRole(client: pg.Client, look: boolean): Promise<void> {
  const usable = async () =>
    (
      await client.query(
        `select from pg_roles where rolname = '${APP_ROLE}'
           and pg_has_role(oid, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end)`,
      )
    ).rowCount === 1
  if (await usable()) return
  if (look)
    throw new Error(
      `The database role ${APP_ROLE}, which the program works as, is not there, or not for the role of DATABASE_URL: the first start makes it.`,
    )
  try {
    const there = await client.query(`select from pg_roles where rolname = '${APP_ROLE}'`)
    if (there.rowCount === 0) await client.query(`create role ${APP_ROLE} nologin`)
    await client.query(`grant ${APP_ROLE} to current_user`)
  } catch (cause) {
    // Another process that starts at the same moment may have made it.
    if (await usable()) return
    const who = await client.query<{ role: string }>('select quote_ident(current_user) as role')
    throw new Error(
      `The database role ${APP_ROLE}, which the program works as, cannot be made by the role of DATABASE_URL; run as an administrator: ` +
        `CREATE ROLE ${APP_ROLE} NOLOGIN; GRANT ${APP_ROLE} TO ${who.rows[0]?.role};`,
      { cause },
    )
  }
}

/** Throws where the pool's role could see past row-level security, or a table of the tenants is not under it. */
export async function refuseUnboundRole(db: Db): Promise<void> {
  const found = await db.pool.query<{
    role: string
    bypass: boolean
    owned: string[] | null
    open: string[] | null
  }>(
    `select current_user as role,
       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypass,
       (select array_agg(c.relname::text order by 1) from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
           and pg_has_role(current_user, c.relowner, 'member')) as owned,
       (select array_agg(c.relname::text order by 1) from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
           and (c.relname = 'workspaces'
             or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped))
           and not (c.relrowsecurity and c.relforcerowsecurity)) as open`,
  )
  const row = found.rows[0]
  if (row === undefined) throw new Error('The database does not say which role the program works as.')
  if (row.bypass) {
    throw new Error(
      `The database role ${row.role} is not bound by row-level security (superuser or BYPASSRLS), so workspaces would not be kept apart; run as an administrator: ALTER ROLE ${row.role} NOSUPERUSER NOBYPASSRLS;`,
    )
  }
  if (row.owned !== null) {
    throw new Error(
      `The database role ${row.role} owns tables of the product (${row.owned.slice(0, 3).join(', ')}), so workspaces would not be kept apart: the owner must be another role, of which ${row.role} is no member.`,
    )
  }
  if (row.open !== null) {
    throw new Error(
      `Tables are not under forced row-level security (${row.open.join(', ')}), so workspaces would not be kept apart; run as their owner: ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
    )
  }
}
