// Brings the database to the structure that this release knows: numbered SQL files, forward only, each in its own transaction.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Log } from '../lib/log.ts'
import { messageOf } from '../lib/message.ts'
import { inLockedSession } from './lock.ts'

export interface Migration {
  number: number
  name: string
  sql: string
  /** Of the text with plain line ends, so that every checkout has the same. */
  hash: string
}

/** The folder of the product's own migrations. */
export const migrationsFolder = join(import.meta.dirname, 'migrations')

/** Reads the migrations of a folder, in order. Throws where a file is not named NNNN_name.sql or a number is missing or there twice. */
export async function loadMigrations(folder: string): Promise<Migration[]> {
  const list: Migration[] = []
  for (const file of (await readdir(folder)).sort()) {
    const [, number, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? []
    if (number === undefined || name === undefined) {
      throw new Error(`${file} in ${folder} is not named as a migration: NNNN_name.sql.`)
    }
    const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n')
    list.push({ number: Number(number), name, sql, hash: createHash('sha256').update(sql).digest('hex') })
    if (Number(number) !== list.length)
      throw new Error(`The migrations are not numbered one by one: ${file}.`)
  }
  return list
}

/**
 * Applies what is missing, as the role of the address (the owner of the tables), and returns the numbers that were applied. Any number
 * of processes may do it at once. Throws with a sentence where the database is newer than this release, or was made by other files.
 */
export async function migrate(
  ownerUrl: string,
  log: Log,
  migrations?: readonly Migration[],
): Promise<number[]> {
  const list = migrations ?? (await loadMigrations(migrationsFolder))
  return inLockedSession(ownerUrl, async (client) => {
    const done: number[] = []
    for (const migration of await missing(client, list)) {
      await apply(client, migration)
      log.info('migration applied', { number: migration.number, name: migration.name })
      done.push(migration.number)
    }
    return done
  })
}

async function missing(client: pg.Client, list: readonly Migration[]): Promise<Migration[]> {
  await client.query(`create table if not exists migrations (
    number integer primary key,
    name text not null,
    hash text not null,
    applied_at timestamptz not null default now()
  )`)
  const applied = await client.query<{ number: number; name: string; hash: string }>(
    'select number, name, hash from migrations order by number',
  )
  const newest = applied.rows.at(-1)?.number ?? 0
  if (newest > list.length) {
    throw new Error(
      `The database was made by a newer release (it has structure ${newest}, this release knows ${list.length}): start that release, or restore a backup that fits this one.`,
    )
  }
  for (const row of applied.rows) {
    const known = list[row.number - 1]
    if (known?.hash !== row.hash) {
      throw new Error(
        `The database was made by another version of migration ${row.number} (${row.name}): use the release that made it, or an empty database.`,
      )
    }
  }
  const numbers = new Set(applied.rows.map((row) => row.number))
  return list.filter((migration) => !numbers.has(migration.number))
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into migrations (number, name, hash) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.hash,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    throw new Error(
      `Migration ${migration.number} (${migration.name}) failed and was undone: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
}
