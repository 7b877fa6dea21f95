// What must hold of a check for updates on every machine: how many calls it makes, and that it writes nothing where nothing changed.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStage } from '../faults/stage.ts'
import type { Stage } from '../faults/stage.ts'
import { testDb } from '../src/store/testing/test-db.ts'
import { worldOf } from './worlds.ts'

const t = await testDb()
let stage: Stage
beforeAll(async () => {
  stage = await openStage(t, { world: worldOf('S1'), switches: { maxLimit: 100, callsPerHour: 0 } })
})
afterAll(() => stage.close())

/** Rows of a table that were written by a transaction from `since` on. */
async function writtenSince(since: string, table: string): Promise<number> {
  const { rows } = await t.root.query<{ n: number }>(
    `select count(*)::int as n from ${table} where xmin::text::bigint >= $1::bigint`,
    [since],
  )
  return rows[0]?.n ?? 0
}

test('a business of 200 assets with ten partners takes sixteen calls and one for each token, or for ours alone right after connecting', async () => {
  const used = async () => {
    stage.sim.control.reset()
    expect((await stage.check()).status).toBe('complete')
    return stage.sim.control.counts().logical
  }
  expect(await used()).toBeLessThanOrEqual(16 + stage.sim.partners.length)
  // Judged after the last check, as where somebody has just connected them.
  await t.root.query('update credentials set checked_at = now()')
  expect(await used()).toBeLessThanOrEqual(16)
})

test('nor does the check that reads all partners for the first time', async () => {
  const { rows } = await t.root.query<{ calls: number }>(
    `select (result->>'logicalCalls')::int as calls from jobs where connection_id = $1 order by created_at`,
    [stage.at.connectionId],
  )
  expect(rows.length).toBeGreaterThan(2)
  // The very first one learns how our own business is answered.
  for (const { calls } of rows.slice(1)) expect(calls).toBeLessThanOrEqual(16)
})

test('a check that finds nothing changed writes no row of the inventory and no history', async () => {
  const { rows } = await t.root.query<{ id: string }>('select pg_current_xact_id()::text as id')
  const since = rows[0]?.id ?? ''
  expect((await stage.check()).status).toBe('complete')
  for (const table of ['principals', 'resources', 'shares', 'grants', 'changes'])
    expect([table, await writtenSince(since, table)]).toEqual([table, 0])
  // When each partner was read.
  expect(await writtenSince(since, 'partners')).toBeLessThanOrEqual(stage.sim.partners.length)
  // The counter counts: a row that is written is seen.
  await t.root.query(`update grants set rank = rank where id = (select id from grants limit 1)`)
  expect(await writtenSince(since, 'grants')).toBe(1)
})
