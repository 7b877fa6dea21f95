// Lists that grow for as long as a workspace is used, and came whole or ended at a thousand: invitations, API keys, token requests, what is shared
// with a partner.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { List } from '../model/list.ts'
import { PAGE_SIZE } from '../model/list.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const connection = await t.makeConnection(workspace)
const owner = await a.person()
await a.join(workspace, owner, 'owner')
const gone = await a.person()
await a.join(workspace, gone, 'admin', 'removed')

const MANY = 230
const partner = randomUUID()

beforeAll(async () => {
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
      values ($3, $1, $2, '7701', 'The partner', true, false, 'pending', now())`,
    [workspace, connection, partner],
  )
  // All made at the same moment: the order has to rest on more than the time.
  await t.root.query(
    `insert into invitations (id, workspace_id, email, role, ends_at, secret_hash, invited_by, expires_at, revoked_at, created_at)
      select gen_random_uuid(), $1, 'n' || lpad(n::text, 3, '0') || '@example.test', case when n % 2 = 0 then 'guest' else 'member' end,
        case when n % 2 = 0 then now() + interval '90 days' end, sha256(convert_to('i' || n, 'UTF8')), case when n % 5 = 0 then $3 else $2 end,
        now() + interval '72 hours', case when n % 3 = 0 then now() end, '2026-01-01' from generate_series(1, $4::int) n`,
    [workspace, owner.id, gone.id, MANY],
  )
  await t.root.query(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by, revoked_at, created_at)
      select gen_random_uuid(), $1, 'Key ' || lpad(n::text, 3, '0'), 'glk_' || lpad(n::text, 4, 'k'), sha256(convert_to('k' || n, 'UTF8')),
        array['read'], case when n % 5 = 0 then $3 else $2 end, case when n % 3 = 0 then now() end, now() from generate_series(1, $4::int) n`,
    [workspace, owner.id, gone.id, MANY],
  )
  await t.root.query(
    `insert into token_requests (id, workspace_id, connection_id, partner_id, email, requested_by, expires_at, revoked_at, created_at)
      select gen_random_uuid(), $1, $2, $3, 'r' || lpad(n::text, 3, '0') || '@example.test', $4, now() + interval '7 days',
        case when n > 1 then now() end, '2026-01-01' from generate_series(1, $5::int) n`,
    [workspace, connection, partner, owner.id, MANY],
  )
  // Of one name and type all: the order has to rest on more than these.
  await t.root.query(
    `with r as (insert into resources (id, workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
        select gen_random_uuid(), $1, $2, 'ad_account', 'act_' || n, 'An ad account', 'owned', 'test', now(), now() from generate_series(1, $4::int) n
        returning id, external_id)
      insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, rank, scope, first_seen_at, last_confirmed_at)
        select $1, $2, $3, id, case when right(external_id, 1) = '7' then 'in' else 'out' end, 'full', 'test', now(), now() from r`,
    [workspace, connection, partner, MANY],
  )
})

const lists = {
  invitations: {
    path: '/invitations',
    sort: 'email',
    search: 'n017@',
    states: { revoked: 76, open: 123, void: 31 },
  },
  'API keys': {
    path: '/api-keys',
    sort: 'name',
    search: 'key 017',
    states: { revoked: 76, active: 123, ended: 31 },
  },
  'token requests': {
    path: `/connections/${connection}/token-requests`,
    sort: 'sent',
    search: 'r017@',
    states: { revoked: 229, open: 1 },
  },
} as const

async function get(path: string): Promise<List<{ id: string; state: string }>> {
  const answer = await a.ask('GET', `/workspaces/${workspace}${path}`, { as: owner })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as List<{ id: string; state: string }>
}

test.each(Object.entries(lists))(
  '%s came all at once: they come in pages, which together are all of them',
  async (_, list) => {
    const first = await get(list.path)
    expect([first.rows.length, first.total]).toEqual([PAGE_SIZE, MANY])
    for (const sort of ['', list.sort, `-${list.sort}`]) {
      const whole = (await get(`${list.path}?sort=${sort}&limit=500`)).rows.map(({ id }) => id)
      const cut: string[] = []
      for (let offset = 0; offset < MANY; offset += 37)
        cut.push(
          ...(await get(`${list.path}?sort=${sort}&limit=37&offset=${String(offset)}`)).rows.map(
            ({ id }) => id,
          ),
        )
      expect(cut).toEqual(whole)
      expect(new Set(cut).size).toBe(MANY)
    }
  },
)

test.each(Object.entries(lists))(
  '%s: states are counted as the rows tell them, and searched in the database',
  async (_, list) => {
    const { facets, rows } = await get(`${list.path}?limit=500`)
    const counted = Object.fromEntries((facets.state ?? []).map(({ value, count }) => [value, count]))
    expect(counted).toEqual(list.states)
    for (const [state, count] of Object.entries(list.states)) {
      expect(rows.filter((row) => row.state === state)).toHaveLength(count)
      const chosen = await get(`${list.path}?state=${state}&limit=500`)
      expect([chosen.total, new Set(chosen.rows.map((row) => row.state))]).toEqual([count, new Set([state])])
    }
    expect((await get(`${list.path}?search=${encodeURIComponent(list.search)}`)).total).toBe(1)
  },
)

test('what is shared with a partner came all at once: it comes in pages, by direction, and is counted in each', async () => {
  interface Share {
    id: string
    direction: string
    typeLabel: string
  }
  const shares = async (query: string) =>
    (await get(`/partners/${partner}/shares?${query}`)) as unknown as List<Share>
  const first = await shares('')
  expect([first.rows.length, first.total]).toEqual([PAGE_SIZE, MANY])
  expect(first.rows[0]?.typeLabel).toBe('Ad account')
  expect(first.facets['type']).toEqual([{ value: 'ad_account', label: 'Ad account', count: MANY }])
  const counted = Object.fromEntries(
    (first.facets['direction'] ?? []).map(({ value, count }) => [value, count]),
  )
  expect(counted).toEqual({ out: 207, in: 23 })
  const taken: string[] = []
  for (let offset = 0; offset < MANY; offset += 37)
    taken.push(...(await shares(`limit=37&offset=${String(offset)}`)).rows.map(({ id }) => id))
  expect(new Set(taken).size).toBe(MANY)
  expect(taken).toEqual((await shares('limit=500')).rows.map(({ id }) => id))
  for (const [direction, count] of Object.entries(counted)) {
    const { rows, total } = await shares(`direction=${direction}&limit=500`)
    expect([total, new Set(rows.map((row) => row.direction))]).toEqual([count, new Set([direction])])
  }
  expect((await shares('search=act_117')).total).toBe(1)
  expect(
    (await a.ask('GET', `/workspaces/${workspace}/partners/${randomUUID()}/shares`, { as: owner })).status,
  ).toBe(404)
})
