// Migrations: forward only, each whole or not at all, by any number of processes at once, and never on a database of another release.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { loadMigrations, migrate, migrationsFolder } from './migrate.ts'
import type { Migration } from './migrate.ts'
import { testDb } from './testing/test-db.ts'
import { openInProcess, stopProcess } from './testing/processes.ts'

const t = await testDb()
const log = createLog('silent')

/** An empty database of the same cluster, as its owner. */
async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`
  await t.root.query(`create database ${name} owner guestlist_owner`)
  const url = new URL(t.ownerUrl)
  url.pathname = `/${name}`
  return url.href
}

async function ask(url: string, query: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  await client.connect()
  return (await client.query<Record<string, unknown>>(query).finally(() => client.end())).rows
}

const migration = (number: number, sql: string): Migration => ({ number, name: `m${number}`, sql, hash: sql })

describe('the files', () => {
  test('are numbered one by one', async () => {
    const list = await loadMigrations(migrationsFolder)
    expect(list.map((one) => one.number)).toEqual(list.map((_, index) => index + 1))
  })

  test.each([
    ['a gap', ['0001_a.sql', '0003_c.sql'], 'not numbered one by one'],
    ['the same number twice', ['0001_a.sql', '0001_b.sql'], 'not numbered one by one'],
    ['a name without a number', ['first.sql'], 'not named as a migration'],
  ])('with %s are refused', async (_, files, complaint) => {
    const folder = mkdtempSync(join(tmpdir(), 'guestlist-migrations-'))
    for (const file of files) writeFileSync(join(folder, file), 'select 1;')
    await expect(loadMigrations(folder)).rejects.toThrow(complaint)
    rmSync(folder, { recursive: true })
  })
})

describe('a database', () => {
  test('is brought forward once by four processes at the same moment', async () => {
    const url = asExternal(await emptyDatabase())
    const list = await loadMigrations(migrationsFolder)
    const all = await Promise.all([1, 2, 3, 4].map(() => openInProcess(tmpdir(), url)))
    for (const one of all) expect(await stopProcess(one)).toBe(0)
    expect(await ask(url, 'select number, hash from migrations order by number')).toEqual(
      list.map(({ number, hash }) => ({ number, hash })),
    )
    expect(await migrate(url, log)).toEqual([])
  })

  test('keeps what was whole when a later migration fails, and nothing of the failed one', async () => {
    const url = await emptyDatabase()
    const first = migration(1, 'create table a (n int); insert into a values (1);')
    const broken = migration(2, 'create table b (n int); insert into a values (2); select 1 / 0;')
    await expect(migrate(url, log, [first, broken])).rejects.toThrow(
      'Migration 2 (m2) failed and was undone: division by zero',
    )
    expect(await ask(url, `select n, to_regclass('b') as b from a`)).toEqual([{ n: 1, b: null }])
    expect(await migrate(url, log, [first, migration(2, 'create table b (n int);')])).toEqual([2])
  })

  test('of a newer release is refused', async () => {
    const url = await emptyDatabase()
    const [one, two] = [migration(1, 'create table a ()'), migration(2, 'create table b ()')]
    await migrate(url, log, [one, two])
    await expect(migrate(url, log, [one])).rejects.toThrow(
      'made by a newer release (it has structure 2, this release knows 1)',
    )
  })

  test('of other files is refused', async () => {
    const url = await emptyDatabase()
    await migrate(url, log, [migration(1, 'create table a ()')])
    await expect(migrate(url, log, [migration(1, 'create table a (n int)')])).rejects.toThrow(
      'another version of migration 1',
    )
  })
})

/** The same database through the superuser, who may make the role. */
function asExternal(url: string): string {
  const address = new URL(url)
  const root = new URL(t.rootUrl)
  address.username = root.username
  address.password = root.password
  return address.href
}
