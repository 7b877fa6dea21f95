// Lists over all apps of a workspace: each human once, each asset with its app; nothing of a removed app or of another workspace; facets count
// what a choice gives; exports hold the same rows, and no formula.
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Identity } from '../model/identity.ts'
import type { List } from '../model/list.ts'
import type { Resource } from '../model/resource.ts'
import { work } from '../store/db.ts'
import { countTouched, sumHeld } from '../store/held.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const [ours, others] = [await t.makeWorkspace(), await t.makeWorkspace()]
const [shop, brand, removed, foreign] = [
  await t.makeConnection(ours),
  await t.makeConnection(ours),
  await t.makeConnection(ours),
  await t.makeConnection(others),
]
const [auditor, stranger] = [await a.person(), await a.person()]
await a.join(ours, auditor, 'auditor')
await a.join(others, stranger, 'auditor')

const workspaceOf = (connection: string) => (connection === foreign ? others : ours)

async function addPartner(connection: string, externalId: string, name: string): Promise<string> {
  const id = randomUUID()
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, status, first_seen_at)
      values ($1, $2, $3, $4, $5, true, 'onboarded', now())`,
    [id, workspaceOf(connection), connection, externalId, name],
  )
  return id
}

interface Somebody {
  name?: string
  email?: string
  kind?: 'person' | 'system_user' | 'invitation'
  partner?: string
  role?: string
  twoFactor?: string
  unconfirmed?: boolean
  ended?: boolean
  holds?: [resource: string, rank: string][]
}

let number = 0
async function add(connection: string, one: Somebody): Promise<string> {
  const id = randomUUID()
  const at = [workspaceOf(connection), connection]
  await t.root.query(
    `insert into principals (id, workspace_id, connection_id, external_id, kind, partner_id, business, name, email, role, source, facts, scope,
        first_seen_at, last_confirmed_at, not_confirmed_since, ended_at)
      values ($1, $2, $3, $4, $5, $6, 'b', $7, $8, $9, 'list', $10, 's', now(), now(), $11, $12)`,
    [
      ...[
        id,
        ...at,
        `88${String((number += 1))}`,
        one.kind ?? 'person',
        one.partner ?? null,
        one.name ?? null,
      ],
      ...[one.email ?? null, one.role ?? null, JSON.stringify({ twoFactor: one.twoFactor ?? null })],
      ...[one.unconfirmed === true ? new Date() : null, one.ended === true ? new Date() : null],
    ],
  )
  for (const [resource, rank] of one.holds ?? []) {
    await t.root.query(
      `insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, through, rank, scope, first_seen_at, last_confirmed_at)
        values ($1, $2, $3, $4, $5, 'direct', '', $6, 's', now(), now())`,
      [...at, id, resource, one.partner ?? null, rank],
    )
  }
  return id
}

async function addAsset(connection: string, name: string, type = 'page', sharedWith: string[] = []) {
  const id = randomUUID()
  const at = [workspaceOf(connection), connection]
  await t.root.query(
    `insert into resources (id, workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, $4, $5, $6, 'owned', 's', now(), now())`,
    [id, ...at, type, `99${String((number += 1))}`, name],
  )
  for (const partner of sharedWith) {
    await t.root.query(
      `insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, rank, scope, first_seen_at, last_confirmed_at)
        values ($1, $2, $3, $4, 'out', 'full', 's', now(), now())`,
      [...at, partner, id],
    )
  }
  return id
}

const partners = { shop: '', brand: '', kestrel: '' }
let ada = ''

beforeAll(async () => {
  await t.root.query(`update connections set label = 'Shop' where id = $1`, [shop])
  await t.root.query(`update connections set label = '@Brand' where id = $1`, [brand])
  partners.shop = await addPartner(shop, '7001', 'Northlight')
  partners.brand = await addPartner(brand, '7001', 'Northlight')
  partners.kestrel = await addPartner(brand, '7002', 'Kestrel')
  const account = await addAsset(shop, '=1+1', 'ad_account', [partners.shop])
  const page = await addAsset(brand, 'Page', 'page', [partners.kestrel, partners.brand])
  const [goneAsset, theirAsset] = [
    await addAsset(removed, 'Gone page'),
    await addAsset(foreign, 'Their page'),
  ]

  const mail = 'ada@x.example'
  const all: string[] = []
  const put = async (connection: string, one: Somebody) => {
    const id = await add(connection, one)
    all.push(id)
    return id
  }
  ada = await put(shop, {
    name: 'Ada',
    email: mail,
    role: 'ADMIN',
    twoFactor: 'enabled',
    holds: [[account, 'view']],
  })
  await put(shop, {
    name: 'Ada of Northlight',
    email: mail,
    partner: partners.shop,
    holds: [[account, 'full']],
  })
  await put(brand, {
    ...{ name: 'A. Lovelace', email: 'ADA@x.example', partner: partners.kestrel, role: 'EMPLOYEE' },
    ...{ unconfirmed: true, holds: [[page, 'edit']] },
  })
  await put(shop, { name: 'Ada before', email: mail, ended: true })
  await put(removed, {
    name: 'Ada removed',
    email: mail,
    partner: partners.shop,
    holds: [[goneAsset, 'full']],
  })
  await put(foreign, { name: 'Ada elsewhere', email: mail, holds: [[theirAsset, 'full']] })
  await put(removed, { name: 'Gone', email: 'gone@x.example' })
  await put(foreign, { name: 'Foreign', email: 'foreign@x.example' })
  await put(shop, { kind: 'invitation', email: 'bo@x.example', role: 'EMPLOYEE' })
  await put(brand, { name: 'Bo', email: 'bo@x.example', partner: partners.brand, holds: [[page, 'view']] })
  // Nobody guesses that these two are one.
  await put(shop, { name: 'No mail', partner: partners.shop })
  await put(brand, { name: 'No mail', partner: partners.brand })
  await put(shop, { kind: 'system_user', name: "=cmd|' /C calc'!A0", holds: [[account, 'full']] })
  for (const workspace of [ours, others]) {
    await work(t.db, workspace, async (tx) => {
      await sumHeld(tx, all)
      await countTouched(tx, [account, page, goneAsset, theirAsset])
    })
  }
  await t.root.query('update connections set removed_at = now() where id = $1', [removed])
  await t.root.query('analyze')
})

const ask = (path: string, as = auditor, workspace = ours) =>
  a.ask('GET', `/workspaces/${workspace}/${path}`, { as })
async function get<T>(path: string, as = auditor, workspace = ours): Promise<T> {
  const answer = await ask(path, as, workspace)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as T
}
const people = (query = '') => get<List<Identity>>(`identities?${query}`)
const assets = (query = '') => get<List<Resource>>(`resources?${query}`)
const lines = (body: unknown) => (body as string).split('\r\n').slice(1, -1)

/** Each facet of the list counts what choosing each of its values gives. */
async function countsHold(list: (query: string) => Promise<List<unknown>>, filters: readonly string[]) {
  for (const filter of filters) {
    const { facets } = await list(filter)
    for (const [facet, values] of Object.entries(facets)) {
      if (filter.includes(`${facet}=`)) continue
      for (const { value, count } of values)
        expect((await list(`${filter}&${facet}=${value}`)).total, `${filter} ${facet}=${value}`).toBe(count)
    }
  }
}

describe('People', () => {
  test('A human is counted once, in however many apps and businesses; without an e-mail nothing is guessed', async () => {
    const { rows, total } = await people()
    expect(total).toBe(5)
    expect(rows.map((row) => [row.email?.toLowerCase() ?? row.name, row.principals.length])).toEqual(
      expect.arrayContaining([
        ['ada@x.example', 3],
        ['bo@x.example', 2],
        ['No mail', 1],
        ["=cmd|' /C calc'!A0", 1],
      ]),
    )
    expect(rows.filter((row) => row.name === 'No mail')).toHaveLength(2)
  })

  test('What holds of all their entries together: assets once each, the strongest right, the weakest confirmation', async () => {
    const row = (await people()).rows.find(({ id }) => id === ada)
    expect(row).toMatchObject({ name: 'Ada', partnerId: null, assets: 2, rank: 'full' })
    expect(row?.notConfirmedSince).not.toBeNull()
    expect(row?.principals.map((one) => one.partnerName)).toEqual(['Kestrel', 'Northlight', null])
    expect(new Set(row?.principals.map((one) => one.connectionId))).toEqual(new Set([shop, brand]))
    // An invitation does not stand for somebody who is there.
    expect((await people('search=bo@')).rows).toMatchObject([{ name: 'Bo', kind: 'person' }])
  })

  test('The row is the person that its id opens', async () => {
    const details = await get<{ id: string; identity: { id: string; connectionId: string }[] }>(
      `principals/${ada}`,
    )
    expect(details.identity).toHaveLength(2)
    expect(details.identity.every((one) => [shop, brand].includes(one.connectionId))).toBe(true)
  })

  test.each(['Ada of', 'Lovelace', 'ada@X', '886'])(
    'Searching %s finds the human by any entry',
    async (text) => {
      expect((await people(`search=${encodeURIComponent(text)}`)).rows.map(({ id }) => id)).toContain(ada)
    },
  )

  test.each(['Ada removed', 'Ada elsewhere', 'Ada before', 'gone@', 'foreign@'])(
    'Nothing of a removed app, of another workspace or of what ended is found: %s',
    async (text) => {
      expect((await people(`search=${encodeURIComponent(text)}`)).total).toBe(0)
    },
  )

  test('A facet counts each human once, and a business once over all apps', async () => {
    const { facets } = await people()
    const counts = (facet: string) =>
      Object.fromEntries((facets[facet] ?? []).map(({ label, count }) => [label, count]))
    expect(counts('partner')).toEqual({ Northlight: 4, Kestrel: 1, 'Our own': 3 })
    expect(counts('connection')).toEqual({ Shop: 4, '@Brand': 3 })
    expect(counts('confirmed')).toEqual({ yes: 4, no: 1 })
    expect(counts('kind')).toEqual({ person: 4, system_user: 1, invitation: 1 })
    await countsHold(people, [
      '',
      'rank=full',
      'partner=7001',
      `connection=${brand}&kind=person`,
      'search=ada',
    ])
  })

  test('Any cut into pages gives the same rows, whatever the sort', async () => {
    const names = [
      'name',
      'email',
      'partner',
      'role',
      'twoFactor',
      'rank',
      'firstSeenAt',
      'lastConfirmedAt',
      'connection',
    ]
    for (const sort of names.map((name, at) => (at % 2 === 0 ? name : `-${name}`))) {
      const whole = (await people(`sort=${sort}`)).rows.map(({ id }) => id)
      const cut = []
      for (const offset of [0, 2, 4])
        cut.push(...(await people(`sort=${sort}&limit=2&offset=${String(offset)}`)).rows.map(({ id }) => id))
      expect(cut, sort).toEqual(whole)
      expect(new Set(cut).size).toBe(5)
    }
  })

  test('The other workspace has its own, and a removed app as filter gives nothing', async () => {
    const theirs = await get<List<Identity>>('identities', stranger, others)
    expect(theirs.rows.map((row) => row.name).sort()).toEqual(['Ada elsewhere', 'Foreign'])
    expect((await people(`connection=${removed}`)).total).toBe(0)
    expect((await ask(`identities?connection=${foreign}`)).status).toBe(404)
  })

  test('The export holds the same humans, neutralised, and is recorded', async () => {
    const file = await ask('identities.csv?sort=-name')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="people.csv"')
    const { rows } = await people('sort=-name')
    expect(lines(file.body).map((line) => /"(88\d+)"/.exec(line)?.[1])).toEqual(
      rows.map((row) => row.externalId),
    )
    expect(file.body).toContain(`"'=cmd|' /C calc'!A0"`)
    expect(lines(file.body).find((line) => line.includes('ada@x'))).toContain(
      '"Kestrel; Northlight; Our own"',
    )
    expect((await a.audit(ours)).at(-1)).toMatchObject({ action: 'export.make', subject_id: 'people' })
  })
})

describe('Assets', () => {
  test('Those of every app that is there, with app, partners and people', async () => {
    const { rows, facets } = await assets()
    expect(rows).toMatchObject([
      {
        name: '=1+1',
        connectionId: shop,
        typeLabel: 'Ad account',
        sharedWith: ['Northlight'],
        partners: 1,
        people: 3,
      },
      { name: 'Page', connectionId: brand, sharedWith: ['Kestrel', 'Northlight'], partners: 2, people: 2 },
    ])
    expect(facets['connection']).toEqual([
      { value: brand, label: '@Brand', count: 1 },
      { value: shop, label: 'Shop', count: 1 },
    ])
    expect(facets['type']?.map(({ label }) => label)).toEqual(['Ad account', 'Page'])
    await countsHold(assets, ['', `connection=${shop}`, 'search=page'])
  })

  test('Are filtered by app and partner, and only by those of the workspace', async () => {
    const names = async (query: string) => (await assets(query)).rows.map(({ name }) => name)
    expect(await names(`connection=${brand}`)).toEqual(['Page'])
    expect(await names(`partner=${partners.shop}`)).toEqual(['=1+1'])
    expect(await names(`connection=${removed}`)).toEqual([])
    expect(await names('sort=connection')).toEqual(['Page', '=1+1'])
    for (const none of [`partner=${randomUUID()}`, `connection=${foreign}`])
      expect((await ask(`resources?${none}`)).status, none).toBe(404)
    expect((await get<List<Resource>>('resources', stranger, others)).rows).toMatchObject([
      { name: 'Their page' },
    ])
  })

  test('The list of one app knows nothing of the others', async () => {
    const one = await get<List<Resource>>(`connections/${shop}/resources`)
    expect(one.rows.map(({ name }) => name)).toEqual(['=1+1'])
    expect(Object.keys(one.facets)).toEqual(['type', 'relation'])
    expect((await ask(`connections/${removed}/resources`)).status).toBe(404)
  })

  test('The export says of which app each is, neutralised', async () => {
    const { body } = await ask('resources.csv')
    expect(lines(body).map((line) => line.split(',').slice(0, 2))).toEqual([
      ['"Shop"', `"'=1+1"`],
      [`"'@Brand"`, '"Page"'],
    ])
  })
})

test('Without an app both lists are empty, and say so', async () => {
  const bare = await t.makeWorkspace()
  await a.join(bare, stranger, 'auditor')
  for (const path of ['identities', 'resources'])
    expect(await get<List<unknown>>(path, stranger, bare)).toMatchObject({ rows: [], total: 0 })
})
