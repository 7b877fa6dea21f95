// What comparing loads of one business costs what that business holds, however much the others hold: in a table that was just filled, too.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from 'kysely'
import type { ShareObservation } from '../model/snapshot.ts'
import { read, work } from './db.ts'
import { idsOfHolders, loadGrants, loadGround, loadPrincipals } from './inventory.ts'
import { stagedPerPartner } from './staged.ts'
import { stageRows } from './staging.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const [PARTNERS, PEOPLE, ASSETS] = [40, 25, 10]

test('The people and rights of one business are read without those of the others', async () => {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const at = [workspaceId, connectionId]
  await t.root.query(
    `insert into partners (workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
       select $1, $2, n::text, 'Partner', true, false, 'onboarded', now() from generate_series(1, ${PARTNERS}) n`,
    at,
  )
  await t.root.query(
    `insert into resources (workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
       select $1, $2, 'page', n::text, 'A page', 'owned', 's', now(), now() from generate_series(1, ${ASSETS}) n`,
    at,
  )
  await t.root.query(
    `insert into principals (workspace_id, connection_id, external_id, kind, name, partner_id, business, source, scope, first_seen_at, last_confirmed_at)
       select $1, $2, p.external_id || '-' || n, 'person', 'Guest', p.id, p.external_id, 'list', 's', now(), now()
       from partners p, generate_series(1, ${PEOPLE}) n`,
    at,
  )
  // No statistics of it are taken before the question.
  await t.root.query('alter table grants set (autovacuum_enabled = off)')
  await t.root.query(
    `insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, entitlements, rank, scope, first_seen_at, last_confirmed_at)
       select $1, $2, o.id, r.id, o.partner_id, 'direct', '{}', 'view', 's', now(), now() from principals o, resources r`,
    at,
  )
  const { found, touched } = await read(t.db, workspaceId, async (tx) => {
    const { names } = await loadGround(tx, connectionId)
    const principals = await loadPrincipals(tx, connectionId, { own: false, partners: ['7'] }, names)
    const grants = await loadGrants(tx, idsOfHolders(principals), names, 'all')
    const { rows } = await sql<{ touched: number }>`
      select (seq_tup_read + idx_tup_fetch)::int as touched from pg_stat_xact_user_tables where relname = 'grants'`.execute(
      tx,
    )
    return { found: { principals, grants }, touched: rows[0]?.touched ?? NaN }
  })
  expect([found.principals.size, found.grants.size]).toEqual([PEOPLE, PEOPLE * ASSETS])
  // Of ten thousand.
  expect(touched).toBeLessThanOrEqual(2 * PEOPLE * ASSETS)
})

test('How much a check has seen of each partner is told by our ids, whatever other checks and connections have seen', async () => {
  const workspaceId = await t.makeWorkspace()
  const [connectionId, other] = [await t.makeConnection(workspaceId), await t.makeConnection(workspaceId)]
  for (const id of [connectionId, other])
    await t.root.query(
      `insert into partners (workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
         select $1, $2, n::text, 'Partner', true, false, 'onboarded', now() from generate_series(1, 3) n`,
      [workspaceId, id],
    )
  const [jobId, earlier] = [randomUUID(), randomUUID()]
  for (const id of [jobId, earlier])
    await t.root.query(
      `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, 'check-for-updates', 'running', 'person')`,
      [id, workspaceId],
    )
  const shares = (partner: string, count: number) =>
    Array.from({ length: count }, (_, n): ShareObservation => {
      const what = { scope: 's', partner, type: 'page', resource: String(n), direction: 'out' } as const
      return { of: 'share', ...what, entitlements: [], status: null }
    })
  const seen = await work(t.db, workspaceId, async (tx) => {
    await stageRows(tx, { workspaceId, jobId, reader: 'own' }, [...shares('1', 5), ...shares('2', 2)])
    await stageRows(tx, { workspaceId, jobId, reader: 'pages' }, shares('1', 1))
    await stageRows(tx, { workspaceId, jobId: earlier, reader: 'own' }, shares('3', 9))
    return stagedPerPartner(tx, connectionId, jobId)
  })
  const { rows } = await t.root.query<{ id: string }>(
    `select id from partners where connection_id = $1 and external_id in ('1', '2') order by external_id`,
    [connectionId],
  )
  expect([...seen].sort()).toEqual(rows.map(({ id }, n) => [id, [6, 2][n]]).sort())
})
