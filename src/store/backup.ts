// A backup: every row of the product and of the job engine as of one moment, in one file of lines that tells by itself what it is and
// whether it is whole. Written while the program works. Row-level security stays in force: the rows are read workspace by workspace.
import { createHash, type Hash } from 'node:crypto'
import { Transform, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { messageOf } from '../lib/message.ts'
import { writeWhole } from './backup-file.ts'
import { backupLines, END_OF_ROWS } from './backup-lines.ts'
import { copyOut } from './copy.ts'

/** The first line. */
export interface BackupHead {
  guestlist: 'backup'
  format: number
  /** The release that made it. */
  release: string
  /** Number of the newest migration of the database. */
  structure: number
  migrations: { number: number; hash: string }[]
  madeAt: string
  /** Versions of the master key without which the credentials in it do not open. */
  keyVersions: number[]
}

/** The last line. */
export interface BackupEnd {
  end: true
  /** Table → rows. */
  rows: Record<string, number>
  /** Sequence → its last value. */
  sequences: Record<string, number>
  /** Of every byte before this line. */
  sha256: string
}

/** A line before the rows of a table, which end with a line of their own. */
export interface BackupTable {
  table: string
  columns: string[]
}

/**
 * Not in a backup: sessions and what else ends by itself within minutes (after a restore everybody signs in again), and what the
 * structure itself brings.
 */
const leftOut = new Set([
  'public.auth_session',
  'public.auth_verification',
  'public.auth_rate_limit',
  'public.auth_tries',
  'public.migrations',
  'dbos.dbos_migrations',
])

/** A table that is there from the first moment of a restore to its last. */
export const RESTORE_MARK = 'guestlist_restore'

interface Table extends BackupTable {
  /** Row-level security binds whoever reads: read per workspace. A superuser who owns the tables sees every row each time. */
  bound: boolean
}

const TABLES = `
  select n.nspname || '.' || c.relname as "table", row_security_active(c.oid) as bound,
    (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'dbos') and c.relkind = 'r' order by 1`

/** Quotes `schema.name`. */
export function quoted(table: string): string {
  return table.split('.').map(pg.escapeIdentifier).join('.')
}

/** Counts and hashes what passes. */
function tally(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
}

/**
 * Writes a backup to a new file that only its user may read, and returns its first and last line. Throws, leaving nothing behind, where
 * the database is newer than this release (`knows`: the newest migration of it), the file is there or cannot be written, or `ended` is
 * aborted.
 */
export async function writeBackup(options: {
  ownerUrl: string
  file: string
  release: string
  knows: number
  ended?: AbortSignal
}): Promise<{ head: BackupHead; end: BackupEnd }> {
  const client = new pg.Client({
    connectionString: options.ownerUrl,
    application_name: 'guestlist backup',
    connectionTimeoutMillis: 15_000,
  })
  client.on('error', () => undefined)
  try {
    return await writeWhole(
      options.file,
      async (out) => {
        await client.connect()
        return writeTo(client, options, out)
      },
      options.ended,
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function writeTo(
  client: pg.Client,
  { release, knows }: { release: string; knows: number },
  out: Writable,
): Promise<{ head: BackupHead; end: BackupEnd }> {
  const hash = createHash('sha256')
  const lines = tally(hash)
  lines.pipe(out, { end: false })
  const tables = await holdTables(client)
  const kept = tables.filter(({ table }) => !leftOut.has(table))
  const head = await headOf(client, release)
  if (head.structure > knows) {
    throw new Error(
      `The database has structure ${head.structure}, this release knows ${knows}: make the backup with the release that runs on it.`,
    )
  }
  write(lines, head)
  const rows = await writeTables(client, kept, lines)
  const sequences = await sequencesOf(client)
  await client.query('commit')
  lines.end()
  await finished(lines)
  const end: BackupEnd = { end: true, rows, sequences, sha256: hash.digest('hex') }
  write(out, end)
  return { head, end }
}

/**
 * Begins the transaction in which everything is read, and holds every table in it. Locks come before the snapshot, so that no migration changes
 * a table in between; where one did while its locks were waited for, there are other tables or columns by now, and it is begun anew.
 */
async function holdTables(client: pg.Client): Promise<Table[]> {
  for (;;) {
    const { rows: tables } = await client.query<Table>(TABLES)
    if (tables.some(({ table }) => table === `public.${RESTORE_MARK}`))
      throw new Error(
        'A restore into this database goes on, or was not finished: there is nothing whole to keep.',
      )
    if (!tables.some(({ table }) => table === 'public.migrations'))
      throw new Error('The database is empty: there is nothing to keep.')
    await client.query('begin isolation level repeatable read, read only')
    await client.query(
      `lock table ${tables.map(({ table }) => quoted(table)).join(', ')} in access share mode`,
    )
    const { rows: held } = await client.query<Table>(TABLES)
    if (isDeepStrictEqual(held, tables)) return tables
    await client.query('rollback')
  }
}

function write(out: Writable, line: object): void {
  out.write(`${JSON.stringify(line)}\n`)
}

async function headOf(client: pg.Client, release: string): Promise<BackupHead> {
  const { rows: migrations } = await client.query<{ number: number; hash: string }>(
    'select number, hash from migrations order by number',
  )
  const keyVersions = new Set<number>()
  for (const workspace of await workspacesOf(client)) {
    await enter(client, workspace)
    const { rows } = await client.query<{ version: number }>(
      'select key_version as version from credentials union select key_version from audit_heads',
    )
    for (const { version } of rows) keyVersions.add(version)
  }
  return {
    guestlist: 'backup',
    format: 1,
    release,
    structure: migrations.at(-1)?.number ?? 0,
    migrations,
    madeAt: new Date().toISOString(),
    keyVersions: [...keyVersions].sort((a, b) => a - b),
  }
}

async function workspacesOf(client: pg.Client): Promise<string[]> {
  await client.query(`select set_config('guestlist.across', 'on', true)`)
  const { rows } = await client.query<{ id: string }>('select id from workspaces order by id')
  await client.query(`select set_config('guestlist.across', '', true)`)
  return rows.map(({ id }) => id)
}

async function enter(client: pg.Client, workspace: string): Promise<void> {
  await client.query(`select set_config('guestlist.workspace', $1, true)`, [workspace])
}

async function writeTables(
  client: pg.Client,
  tables: Table[],
  lines: Writable,
): Promise<Record<string, number>> {
  const workspaces = await workspacesOf(client)
  const counts: Record<string, number> = {}
  for (const { table, columns, bound } of tables) {
    write(lines, { table, columns })
    const query = `select ${columns.map(pg.escapeIdentifier).join(', ')} from ${quoted(table)}`
    counts[table] = 0
    for (const workspace of bound ? workspaces : ['']) {
      await enter(client, workspace)
      counts[table] += await copyOut(client, query, lines)
    }
    lines.write(`${END_OF_ROWS}\n`)
  }
  return counts
}

/** Read after the rows: a sequence may be ahead of them, never behind. */
async function sequencesOf(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select schemaname || '.' || sequencename as name, last_value as value from pg_sequences
     where schemaname in ('public', 'dbos') and last_value is not null`,
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, Number(value)]))
}

/** Without the parser's own words, which would quote from whatever file it is. */
function parsed(text: string): BackupHead | BackupTable | BackupEnd {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    line = null
  }
  if (typeof line !== 'object' || line === null)
    throw new Error('It holds a line that is not one of a backup.')
  return line as BackupHead | BackupTable | BackupEnd
}

/** Reads a whole backup and holds it against its own last line. Throws with a sentence where it is none, or is not whole. */
export async function checkBackup(file: string): Promise<{ head: BackupHead; end: BackupEnd }> {
  const hash = createHash('sha256')
  let head: BackupHead | undefined
  let end: BackupEnd | undefined
  try {
    for await (const line of backupLines(file, hash)) {
      if (end !== undefined) throw new Error('The file goes on after its end.')
      if (line.kind === 'rows' || line.text === END_OF_ROWS) continue
      const told = parsed(line.text)
      if ('guestlist' in told) head ??= told
      if ('end' in told) end = told
    }
  } catch (cause) {
    throw new Error(`${file} is not a whole backup: ${messageOf(cause)}`, { cause })
  }
  if (head === undefined || head.format !== 1)
    throw new Error(`${file} is not a backup that this release can read.`)
  if (end === undefined) throw new Error(`${file} is not a whole backup: its end is missing.`)
  if (end.sha256 !== hash.digest('hex')) {
    throw new Error(`${file} was changed or damaged: it is not what its checksum tells.`)
  }
  return { head, end }
}
