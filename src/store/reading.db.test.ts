// Reading: what is asked together is one way to the database, values arrive as they were given, one failure leaves the connection whole, and
// a kept plan does not outlive what it was made for.
import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { ofSession, read, readOften, work } from './db.ts'
import type { Tx } from './db.ts'
import { testDb } from './testing/test-db.ts'
import { waysTo } from './testing/ways.ts'

const t = await testDb()
const workspaceId = await t.makeWorkspace()
const one = (tx: Tx, value: unknown = 1) =>
  sql<{ aValue: string }>`select ${value}::text as a_value`.execute(tx)

test('what is asked together goes one way, and what waits for an answer another', async () => {
  const together = (tx: Tx) =>
    Promise.all([one(tx), one(tx, 2), tx.selectFrom('jobs').select('id').execute()])
  expect(await waysTo(t.db, () => read(t.db, workspaceId, together))).toBe(1)
  const after = async (tx: Tx) => {
    await together(tx)
    await together(tx)
    await one(tx)
  }
  expect(await waysTo(t.db, () => read(t.db, workspaceId, after))).toBe(3)
  // The positive control: a transaction that may write is begun and ended.
  expect(await waysTo(t.db, () => work(t.db, workspaceId, (tx) => one(tx)))).toBe(3)
})

test('answers belong to their questions, under the names of the program', async () => {
  const values = Array.from({ length: 40 }, (_, n) => String(n))
  const asked = await readOften(t.db, workspaceId, (tx) => Promise.all(values.map((value) => one(tx, value))))
  expect(asked.map(({ rows }) => rows)).toEqual(values.map((aValue) => [{ aValue }]))
})

test('whatever stands in a value, it comes back', async () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed())
  await read(t.db, workspaceId, (tx) =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), text, fc.jsonValue(), async (list, alone, json) => {
        const at = new Date(Date.UTC(2026, 10, 26, 1, 2, 3, 456))
        const bytes = Buffer.from(alone)
        const kept = JSON.parse(JSON.stringify(json).replaceAll(/\\u0000|\\ud[89a-f]../gi, '')) as unknown
        const { rows } = await sql<Record<string, unknown>>`
          select ${list}::text[] as list, ${alone}::text as alone, ${at}::timestamptz as at, ${bytes}::bytea as bytes,
            ${JSON.stringify(kept)}::jsonb as json, ${[bytes]}::bytea[] as several, ${true}::boolean as yes, ${12.5}::float8 as number,
            ${null}::text as nothing`.execute(tx)
        expect(rows).toEqual([
          { list, alone, at, bytes, json: kept, several: [bytes], yes: true, number: 12.5, nothing: null },
        ])
      }),
      { numRuns: 25 },
    ),
  )
})

test('where one fails, all that were asked with it fail, and the connection serves the next', async () => {
  for (let n = 0; n < 4; n++) {
    const failing = readOften(t.db, workspaceId, (tx) =>
      Promise.all([
        one(tx, `before ${String(n)}`),
        sql`select 1 / ${n - n}::int`.execute(tx),
        one(tx, 'after'),
      ]),
    )
    await expect(failing).rejects.toThrow('division by zero')
    expect((await readOften(t.db, workspaceId, (tx) => one(tx, n))).rows).toEqual([{ aValue: String(n) }])
  }
  expect(t.db.pool.waitingCount).toBe(0)
  expect(t.db.pool.idleCount).toBe(t.db.pool.totalCount)
})

test('a kept plan gives way where its table has changed', async () => {
  const all = () => readOften(t.db, workspaceId, (tx) => tx.selectFrom('workspaces').selectAll().execute())
  for (let n = 0; n < 5; n++) expect(await all()).toHaveLength(1)
  const kept = await t.db.pool.query(`select 1 from pg_prepared_statements where name like 'guestlist%'`)
  expect(kept.rowCount).toBeGreaterThan(0)
  await t.root.query(`alter table workspaces add column later text default 'new'`)
  for (let n = 0; n < 3; n++) expect(await all()).toMatchObject([{ id: workspaceId, later: 'new' }])
  await t.db.pool.query('deallocate all')
  expect(await all()).toHaveLength(1)
})

test('a session shows what its person may see, and nothing once it has ended', async () => {
  const person = await t.makeUser()
  await t.root.query(`insert into members (workspace_id, user_id, role) values ($1, $2, 'guest')`, [
    workspaceId,
    person,
  ])
  await t.root.query(
    `insert into auth_session (id, token, user_id, expires_at, updated_at) values ('s', 'the token', $1, now() + interval '1 day', now())`,
    [person],
  )
  const seen = (token: string) =>
    ofSession(t.db, token, async (tx) => (await tx.selectFrom('members').select('userId').execute()).length)
  expect(await seen('the token')).toBe(1)
  expect(await seen(`the token' or true --`)).toBe(0)
  await t.root.query(`update auth_session set expires_at = now() where id = 's'`)
  expect(await seen('the token')).toBe(0)
})
