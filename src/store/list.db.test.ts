// Counts of a list come from memory until something that they count is written, and from the database then; another workspace never meets them.
import { beforeEach, describe, expect, test } from 'vitest'
import { read } from './db.ts'
import { listIds } from './list.ts'
import type { ListAsk } from './list.ts'
import { principalList } from './principals.ts'
import { resourceList } from './resources.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
let workspaceId = ''
let connectionId = ''

beforeEach(async () => {
  workspaceId = await t.makeWorkspace()
  connectionId = await t.makeConnection(workspaceId)
  await t.root.query(
    `insert into partners (workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
       values ($1, $2, '77', 'Agency', true, false, 'onboarded', now())`,
    [workspaceId, connectionId],
  )
  await t.root.query(
    `insert into resources (workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
       values ($1, $2, 'page', '1', 'A page', 'owned', 's', now(), now())`,
    [workspaceId, connectionId],
  )
  await t.root.query(
    `insert into principals (workspace_id, connection_id, external_id, kind, name, partner_id, business, source, scope, first_seen_at, last_confirmed_at)
       select $1, $2, n::text, 'person', 'Guest ' || n, (select id from partners where connection_id = $2), '77', 'list', 's', now(), now()
       from generate_series(1, 3) n`,
    [workspaceId, connectionId],
  )
})

const guests = async (ask: ListAsk = {}, of = workspaceId) => {
  const { total, facets } = await read(t.db, of, (tx) =>
    listIds(tx, principalList(connectionId, 'guests'), ask),
  )
  return { total, partners: facets['partner']?.map(({ label, count }) => `${label}: ${String(count)}`) }
}

/** Takes a guest away as nobody may, so that nothing tells of it. */
async function behindTheBack(): Promise<void> {
  const client = await t.root.connect()
  await client.query('set session_replication_role = replica')
  await client.query(`delete from principals where connection_id = $1 and external_id = '1'`, [connectionId])
  await client.query('set session_replication_role = origin')
  client.release()
}

test('The same question of the same rows is counted once, each question for itself', async () => {
  expect(await guests()).toEqual({ total: 3, partners: ['Agency: 3'] })
  await behindTheBack()
  expect(await guests()).toEqual({ total: 3, partners: ['Agency: 3'] })
  expect(await guests({ search: 'guest' })).toEqual({ total: 2, partners: ['Agency: 2'] })
})

test('Another workspace that asks for a connection of this one is told nothing', async () => {
  expect((await guests()).total).toBe(3)
  expect(await guests({}, await t.makeWorkspace())).toEqual({ total: 0, partners: [] })
})

describe('Every write to what is counted is seen at once', () => {
  test.each([
    [
      'somebody who is new',
      `insert into principals (workspace_id, connection_id, external_id, kind, name, partner_id, business, source, scope, first_seen_at, last_confirmed_at)
         select workspace_id, connection_id, '4', 'person', 'New', partner_id, business, source, scope, now(), now() from principals where connection_id = $1 limit 1`,
      { total: 4, partners: ['Agency: 4'] },
    ],
    [
      'somebody who ended',
      `update principals set ended_at = now() where connection_id = $1 and external_id = '2'`,
      { total: 2, partners: ['Agency: 2'] },
    ],
    [
      'somebody who was erased',
      `delete from principals where connection_id = $1 and external_id = '2'`,
      { total: 2, partners: ['Agency: 2'] },
    ],
    [
      'a partner with another name',
      `update partners set name = 'Agency & Co' where connection_id = $1`,
      { total: 3, partners: ['Agency & Co: 3'] },
    ],
  ])('%s', async (_, write, after) => {
    await guests()
    await t.root.query(write, [connectionId])
    expect(await guests()).toEqual(after)
  })

  test('an asset, and a share for those of a partner', async () => {
    const { rows } = await t.root.query<{ id: string }>('select id from partners where connection_id = $1', [
      connectionId,
    ])
    const assets = async (partner?: string) =>
      (await read(t.db, workspaceId, (tx) => listIds(tx, resourceList(connectionId, partner), {}))).total
    expect([await assets(), await assets(rows[0]?.id)]).toEqual([1, 0])
    await t.root.query(
      `insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, rank, scope, first_seen_at, last_confirmed_at)
         select $1, $2, $3, id, 'out', 'view', 's', now(), now() from resources where connection_id = $2`,
      [workspaceId, connectionId, rows[0]?.id],
    )
    expect([await assets(), await assets(rows[0]?.id)]).toEqual([1, 1])
    await t.root.query(
      `insert into resources (workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
         values ($1, $2, 'page', '2', 'Another', 'owned', 's', now(), now())`,
      [workspaceId, connectionId],
    )
    expect([await assets(), await assets(rows[0]?.id)]).toEqual([2, 1])
  })

  test('and whatever else is written to a partner counts nothing again', async () => {
    await guests()
    await behindTheBack()
    await t.root.query(`update partners set status = 'pending', read_at = now() where connection_id = $1`, [
      connectionId,
    ])
    expect((await guests()).total).toBe(3)
  })
})
