// How often a question goes to the database and back, and how much of a long list it brings: the same for five rows and for three hundred.
import { beforeAll, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import type { Holder } from '../model/holder.ts'
import type { List } from '../model/list.ts'
import { Redacted } from '../model/redacted.ts'
import { testDb } from '../store/testing/test-db.ts'
import { waysTo } from '../store/testing/ways.ts'
import { createAuth } from './auth.ts'
import { ORIGIN, testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspaceId = await t.makeWorkspace()
const connectionId = await t.makeConnection(workspaceId)
const auditor = await a.person()
await a.join(workspaceId, auditor, 'auditor')
const ws = `/workspaces/${workspaceId}`
const ids = { few: '', many: '', person: '' }
const HOLDERS = { few: 5, many: 300 }

/** An asset of its own with so many people who hold it, a third of them of a partner. */
async function assetWith(name: keyof typeof HOLDERS, partnerId: string): Promise<string> {
  const at = [workspaceId, connectionId]
  const { rows } = await t.root.query<{ id: string }>(
    `insert into resources (workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, 'page', $3, $3, 'owned', 's', now(), now()) returning id`,
    [...at, name],
  )
  const id = rows[0]?.id ?? ''
  await t.root.query(
    `with people as (
      insert into principals (workspace_id, connection_id, external_id, kind, name, email, partner_id, business, source, scope, first_seen_at, last_confirmed_at)
        select $1, $2, $3 || n, case when n % 10 = 0 then 'system_user' else 'person' end, 'Person ' || n, $3 || n || '@example.test',
          case when n % 3 = 0 then $6::uuid end, '1', 'list', 's', now(), now() from generate_series(1, $5::int) n returning id, partner_id)
      insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, entitlements, rank, scope, first_seen_at, last_confirmed_at)
        select $1, $2, id, $4, partner_id, 'direct', '{ANALYZE}', 'view', 's', now(), now() from people`,
    [...at, name, id, HOLDERS[name], partnerId],
  )
  return id
}

beforeAll(async () => {
  const partner = await t.root.query<{ id: string }>(
    `insert into partners (workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
      values ($1, $2, '77', 'Agency', true, false, 'onboarded', now()) returning id`,
    [workspaceId, connectionId],
  )
  for (const name of ['few', 'many'] as const) ids[name] = await assetWith(name, partner.rows[0]?.id ?? '')
  const one = await t.root.query<{ id: string }>(`select id from principals where external_id = 'many1'`)
  ids.person = one.rows[0]?.id ?? ''
})

const ask = async (path: string) => {
  const answer = await a.ask('GET', path, { as: auditor })
  expect(answer.status, path).toBe(200)
  return answer.body
}

test('each question is one look at who asks, and one or two at what is asked', async () => {
  const ways = (path: string) => waysTo(t.db, () => ask(path))
  expect({
    person: await ways(`${ws}/principals/${ids.person}`),
    asset: await ways(`${ws}/resources/${ids.many}`),
    holders: await ways(`${ws}/resources/${ids.many}/holders?limit=50`),
    fewHolders: await ways(`${ws}/resources/${ids.few}/holders?limit=50`),
    next: await ways(`${ws}/connections/${connectionId}/principals?limit=50&offset=50`),
    search: await ways(`${ws}/search?q=many1@example.test`),
  }).toEqual({ person: 2, asset: 2, holders: 3, fewHolders: 3, next: 3, search: 2 })
})

test('what one person asks at the same time takes a look or two at who asks', async () => {
  const twenty = () => Promise.all(Array.from({ length: 20 }, () => ask(`${ws}/resources/${ids.many}`)))
  expect(await waysTo(t.db, twenty)).toBeLessThanOrEqual(20 + 3)
})

test('a wrong password is judged in as many ways where there is an account as where there is none: the time of one more tells which', async () => {
  const auth = createAuth({
    db: t.db,
    secret: new Redacted('x'.repeat(32)),
    publicUrl: new URL(ORIGIN),
    log: createLog('silent'),
  })
  const from = { headers: new Headers(), address: '127.0.0.1' }
  const wrong = async (email: string) => {
    const answer = await auth.ask('/sign-in/email', from, { email, password: 'a wrong password' })
    expect(answer.status).toBe(401)
  }
  const ways = (email: string) => waysTo(t.db, () => wrong(email))
  expect(await ways(auditor.email)).toBe(await ways('nobody@example.test'))
})

test('who can touch an asset comes in pages that meet without a gap, grouped by whose people they are', async () => {
  const page = async (query: string) =>
    (await ask(`${ws}/resources/${ids.many}/holders?${query}`)) as List<Holder>
  const first = await page('limit=50')
  expect([first.rows.length, first.total]).toEqual([50, HOLDERS.many])
  expect(first.facets['group']?.map(({ label, count }) => [label, count])).toEqual([
    ['Our people', 180],
    ['Agency', 90],
    ['System users', 30],
  ])
  const rest = await Promise.all([1, 2, 3, 4, 5].map((n) => page(`limit=50&offset=${String(n * 50)}`)))
  const all = [first, ...rest].flatMap(({ rows }) => rows)
  expect(new Set(all.map(({ id }) => id)).size).toBe(HOLDERS.many)
  const groups = all.map(({ group }) => group).filter((group, at, list) => group !== list[at - 1])
  expect(groups).toEqual(['own', expect.stringMatching(/-/), 'systems'])
  const systems = await page('group=systems&limit=50')
  expect([systems.total, systems.rows.every(({ kind }) => kind === 'system_user')]).toEqual([30, true])
  expect((await page('search=person%2012')).total).toBe(11)
})

test('the file of those who can touch an asset holds the same rows as its pages', async () => {
  const manager = await a.person()
  await a.join(workspaceId, manager, 'admin')
  const { status, body } = await a.ask('GET', `${ws}/resources/${ids.many}/holders.csv?group=own`, {
    as: manager,
  })
  expect(status).toBe(200)
  expect(String(body).trim().split('\r\n')).toHaveLength(1 + 180)
})

test('the holders of an asset that is not there are not found', async () => {
  const { status } = await a.ask('GET', `${ws}/resources/${ids.person}/holders`, { as: auditor })
  expect(status).toBe(404)
})
