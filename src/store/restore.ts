// Brings a backup into an empty database: first the structure that it was made with, then its rows, then what newer releases change of
// it. A restore that was cut off is begun anew by the next one, and no program starts on what it left.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import { messageOf } from '../lib/message.ts'
import { checkBackup, quoted, RESTORE_MARK as MARK } from './backup.ts'
import type { BackupEnd, BackupHead, BackupTable } from './backup.ts'
import { backupLines, END_OF_ROWS } from './backup-lines.ts'
import { copyIn } from './copy.ts'
import { loadMigrations, migrate, migrationsFolder } from './migrate.ts'
import type { Migration } from './migrate.ts'

/** Held by the session of a restore: the mark alone does not tell one that goes on from one that was cut off. */
const LOCK = 7_349_002
/** A killed restore's session is gone after moments, or after the statement that it was at. */
const PATIENCE_MS = 2_000

/**
 * Restores a file into the database of the address, whose role owns it, and returns the file's first and last line. `makeEngine` makes
 * the job engine's own tables. Throws with a sentence, having changed nothing, where the file is not whole, the database is not empty,
 * another restore into it goes on, or the file was made by a newer release.
 */
export async function restoreBackup(options: {
  ownerUrl: string
  file: string
  makeEngine: () => Promise<void>
  log: Log
}): Promise<{ head: BackupHead; end: BackupEnd }> {
  const { ownerUrl, file, log } = options
  const found = await checkBackup(file)
  const all = await loadMigrations(migrationsFolder)
  const then = migrationsOf(found.head, all)
  await inSession(ownerUrl, async (client) => {
    await beAlone(client)
    await makeRoom(client)
    await client.query(`create table if not exists ${MARK} (since timestamptz not null default now())`)
    await migrate(ownerUrl, log, then)
    await options.makeEngine()
    await load(client, file, found.end)
    await migrate(ownerUrl, log, all)
    await client.query(`drop table ${MARK}`)
  })
  return found
}

/** Throws where a restore into this database was begun and not ended. */
export async function refuseHalfRestored(ownerUrl: string): Promise<void> {
  await inSession(ownerUrl, async (client) => {
    const { rows } = await client.query(`select where to_regclass('public.${MARK}') is not null`)
    if (rows.length === 0) return
    throw new Error(
      'A restore into this database was not finished: run it again to its end, or use an empty database.',
    )
  })
}

async function inSession<T>(ownerUrl: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'guestlist restore' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await fn(client)
  } finally {
    await client.end()
  }
}

function migrationsOf(head: BackupHead, all: readonly Migration[]): Migration[] {
  if (head.structure > all.length) {
    throw new Error(
      `The backup was made by a newer release (${head.release}, structure ${head.structure}; this release knows ${all.length}): restore it with that release.`,
    )
  }
  for (const { number, hash } of head.migrations) {
    if (all[number - 1]?.hash !== hash)
      throw new Error(
        `The backup was made with another version of migration ${number}: restore it with the release that made it.`,
      )
  }
  return all.slice(0, head.structure)
}

/** Throws where another restore goes on: what it has made so far would be cleared away as the rest of one that was cut off. */
async function beAlone(client: pg.Client): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [LOCK])
    if (rows[0]?.got === true) return
    if (performance.now() > until)
      throw new Error('Another restore into this database goes on: wait for its end, or end it.')
    await sleep(100)
  }
}

/** Clears away what a restore that was cut off has left; throws where anything else is in the database. */
async function makeRoom(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname::text as name from pg_class c
     where c.relkind in ('r', 'p') and c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'dbos')) order by 1`,
  )
  if (rows.length === 0) return
  if (!rows.some(({ name }) => name === MARK)) {
    throw new Error(
      'The database is not empty, and a restore puts nothing over what is there: name an empty data folder (GUESTLIST_DATA_DIR) or an empty database (DATABASE_URL).',
    )
  }
  // All of it or nothing, and the mark stays: of a part of it nobody could tell what it was.
  await inTransaction(client, async () => {
    await client.query('drop schema if exists dbos cascade')
    const own = await client.query<{ drop: string }>(
      `select format('drop table public.%I cascade', relname) as drop from pg_class
         where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> '${MARK}'
       union all select format('drop function %s cascade', p.oid::regprocedure) from pg_proc p where p.pronamespace = 'public'::regnamespace
         and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
    )
    for (const { drop } of own.rows) await client.query(drop)
  })
}

/** All rows in one transaction, with row-level security, references and triggers aside while it lasts. */
async function load(client: pg.Client, file: string, end: BackupEnd): Promise<void> {
  await inTransaction(client, async () => {
    const after = await setAside(client)
    await loadRows(client, file)
    await countAll(client, end)
    for (const statement of after) await client.query(statement)
    for (const [name, value] of Object.entries(end.sequences))
      await client.query('select setval($1::regclass, $2)', [quoted(name), value])
  })
}

async function inTransaction(client: pg.Client, fn: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await fn()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** What hinders loading is taken away; returns what puts it back. */
async function setAside(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ before: string; after: string | null }>(
    `with t as (select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relforcerowsecurity as forced from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'dbos') and c.relkind = 'r')
     select format('alter table %s drop constraint %I', t.name, k.conname) as before,
        format('alter table %s add constraint %I %s', t.name, k.conname, pg_get_constraintdef(k.oid)) as after
      from pg_constraint k join t on t.oid = k.conrelid where k.contype = 'f'
     union all select format('alter table %s disable trigger user', name), format('alter table %s enable trigger user', name) from t
     union all select format('alter table %s no force row level security', name), format('alter table %s force row level security', name)
      from t where forced
     -- Rows that the structure itself brings come from the backup too.
     union all select format('delete from %s', name), null from t where name not in ('public.migrations', 'public.${MARK}', 'dbos.dbos_migrations')`,
  )
  const deletes = rows.filter(({ after }) => after === null)
  for (const { before } of [...rows.filter(({ after }) => after !== null), ...deletes])
    await client.query(before)
  return rows.flatMap(({ after }) => after ?? [])
}

async function loadRows(client: pg.Client, file: string): Promise<void> {
  const lines = backupLines(file)
  for (;;) {
    const next = await lines.next()
    if (next.done === true) return
    if (next.value.kind !== 'ours' || !next.value.text.startsWith('{"table"')) continue
    const { table, columns } = JSON.parse(next.value.text) as BackupTable
    const target = `${quoted(table)} (${columns.map((name) => pg.escapeIdentifier(name)).join(', ')})`
    try {
      await copyIn(client, target, rowsOf(lines))
    } catch (cause) {
      throw new Error(`The rows of ${table} could not be restored: ${messageOf(cause)}`, { cause })
    }
  }
}

/** The rows up to the mark that ends them. Leaves the rest of the file unread. */
async function* rowsOf(lines: ReturnType<typeof backupLines>): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await lines.next()
    if (next.done === true || (next.value.kind === 'ours' && next.value.text === END_OF_ROWS)) return
    if (next.value.kind === 'rows') yield next.value.piece
  }
}

async function countAll(client: pg.Client, end: BackupEnd): Promise<void> {
  for (const [table, expected] of Object.entries(end.rows)) {
    const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${quoted(table)}`)
    const count = Number(rows[0]?.count)
    if (count !== expected) throw new Error(`${table} has ${count} rows where the backup has ${expected}.`)
  }
}
