// What a list must tell to count as whole: the count where Meta gives one, also inside an expansion; every field that the row is nothing
// without; and no more rows than Meta ever gives. And what is left alone once it was refused.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { assignedScope, observationKey } from '../../model/snapshot.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive, of } from '../testing/drive.ts'
import type { Driven } from '../testing/drive.ts'
import { onAsset } from './asset-lists.ts'
import { meta } from './connector.ts'
import { dropField } from './learnt.ts'
import { onEdge } from './observe.ts'
import { assetQuery, edgeQuery } from './queries.ts'
import type { AssetQuery, EdgeQuery } from './queries.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { businessOf, idsOf } from './simulator/world.ts'
import type { AssetKind, Json } from './simulator/world.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 30, ownPeople: 130, partners: 1, sharedPerPartner: 6 } })
})
beforeEach(() => {
  memory = new Map()
  startOver(sim)
})
afterAll(() => sim.stop())

const world = () => ({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret })
const readOwn = (token = sim.token): Promise<Driven> =>
  drive(meta, contextFor(world(), token, { kind: 'own', business: sim.businessId }, { memory }))
const own = (kind: AssetKind): string[] => idsOf(businessOf(sim.control.world, sim.businessId).owned, kind)
const scopeOf = (kind: AssetKind, id: string) => assignedScope(sim.businessId, kind, id)
const errors = () => sim.control.calls().filter((call) => call.code !== null).length

/** Every row of an edge, changed. */
function rewrite(edge: string, change: (row: { [key: string]: Json }) => Json): void {
  rewriteList(edge, (list) => list.map((row) => change(row)))
}

function rewriteList(edge: string, change: (rows: { [key: string]: Json }[]) => Json[]): void {
  const edited = (list: Json | undefined) =>
    Array.isArray(list) ? change(list as { [key: string]: Json }[]) : []
  for (const nested of [true, false])
    sim.control.addFault({
      match: { edge, nested },
      do: { rewrite: (answer) => ({ ...answer, data: edited(answer.data) }) },
      times: 10_000,
    })
}
const without = (row: { [key: string]: Json }, key: string) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== key))

describe('a list that tells of people', () => {
  it.each(['business_asset_groups', 'owned_pages', 'agencies'])(
    'in place of %s made assets and partners of them, as where two answers of a batch were swapped',
    async (edge) => {
      const people = [...businessOf(sim.control.world, sim.businessId).people]
      rewriteList(edge, () => people.map((id) => ({ id, name: 'Somebody', role: 'EMPLOYEE' })))
      const driven = await readOwn()
      expect(driven.seals.has(`${sim.businessId}/${edge}`)).toBe(false)
      expect(driven.failed.get(`${sim.businessId}/${edge}`)?.sentence).toMatch(/tells of people/)
      const made = driven.observations.filter(
        (o) => (o.of === 'resource' || o.of === 'partner') && people.includes(o.externalId),
      )
      expect(made).toEqual([])
    },
  )
})

describe('a list of another edge, as where two answers of a batch were swapped', () => {
  const others: [string, { [key: string]: Json }, RegExp][] = [
    ['pending_users', { id: '122100000000000099', name: 'Somebody', tasks: ['MANAGE'] }, /who is assigned/],
    ['system_users', { id: '122100000000000099', user_type: 'BUSINESS_USER' }, /who is assigned/],
    ['pending_users', { id: '122100000000000099', owner_business: { id: '1' } }, /tells of assets/],
    ['agencies', { id: 'act_300000000000099', name: 'An account' }, /no business/],
    ['agencies', { id: '300000000000099', name: 'A page', assigned_users: { data: [] } }, /tells of assets/],
    ['owned_pages', { id: '122100000000000099', user_type: 'BUSINESS_USER' }, /tells of people/],
  ]
  it.each(others)('made something of the rows that %s was given: %j', async (edge, row, why) => {
    rewriteList(edge, (rows) => (rows.length === 0 ? rows : [row]))
    const driven = await readOwn()
    const scope = `${sim.businessId}/${edge}`
    expect(
      driven.observations.filter((o) => o.scope === scope && 'externalId' in o && o.externalId === row.id),
    ).toEqual([])
    expect(driven.failed.get(scope)?.sentence).toMatch(why)
  })
})

describe('a row that comes twice in one page', () => {
  it('lost the rights of the first one: both count', async () => {
    rewriteList('assigned_users', (rows) => [
      ...rows,
      ...rows.map((row) => ({ ...row, tasks: ['ONLY_THIS'] })),
    ])
    const { observations } = await readOwn()
    const last = new Map(
      observations.filter((o) => o.of === 'grant' && o.how === 'direct').map((o) => [observationKey(o), o]),
    )
    expect(last.size).toBeGreaterThan(0)
    for (const o of last.values())
      if (o.of === 'grant' && o.type !== 'asset_group') {
        expect(o.entitlements).toContain('ONLY_THIS')
        expect(o.entitlements.length).toBeGreaterThan(1)
      }
  })

  it('with another role made an admin an employee: nobody knows which is true, and the list stays open', async () => {
    rewriteList('business_users', (rows) => [...rows, ...rows.map((row) => ({ ...row, role: 'EMPLOYEE' }))])
    const driven = await readOwn()
    expect(driven.seals.has(`${sim.businessId}/business_users`)).toBe(false)
    expect(driven.failed.get(`${sim.businessId}/business_users`)?.sentence).toMatch(/twice/)
  })
})

describe('a row that comes again on a later page', () => {
  const ctx = () => contextFor(world(), sim.token, { kind: 'own', business: sim.businessId }, { memory })
  const pages = (...rows: { [key: string]: Json }[]) =>
    rows.map((row, n) => ({
      rows: [row],
      next: n + 1 < rows.length ? { after: `P${n}` } : null,
      total: null,
    }))

  it('lost the rights that the first page told: both count', () => {
    const [first, second] = pages({ id: '11', tasks: ['MANAGE'] }, { id: '11', tasks: ['ANALYZE'] })
    if (first === undefined || second === undefined) throw new Error('Two pages.')
    const [next] = onAsset(ctx(), assetQuery('assigned', 'page', '5'), first).next
    const { observations, seals } = onAsset(ctx(), next as AssetQuery, second)
    expect(seals).toHaveLength(1)
    expect(observations.find((o) => o.of === 'grant')).toMatchObject({ entitlements: ['ANALYZE', 'MANAGE'] })
  })

  it('made an admin an employee: nobody knows which is true, and the list is not read', () => {
    const [first, second] = pages({ id: '11', role: 'ADMIN' }, { id: '11', role: 'EMPLOYEE' })
    if (first === undefined || second === undefined) throw new Error('Two pages.')
    const [next] = onEdge(ctx(), edgeQuery('business_users', 1), first).next
    expect(() => onEdge(ctx(), next as EdgeQuery, second)).toThrow(/twice/)
  })
})

describe('a field of shares that Meta does not know', () => {
  it.each([
    ['agencies', 'page_permissions', 'page'],
    ['client_pages', 'owner_business', 'page'],
    ['client_ad_accounts', 'permitted_tasks', 'ad_account'],
  ])('leaves a word on it with %s: without %s nothing is denied', async (edge, field, type) => {
    const target = { kind: 'own', business: sim.businessId } as const
    const whole = await readOwn()
    expect(whole.seals.get(`${sim.businessId}/${edge}`)?.untold).toBeUndefined()
    dropField(contextFor(world(), sim.token, target, { memory }), edge, field)
    const { seals } = await readOwn()
    const untold = seals.get(`${sim.businessId}/${edge}`)?.untold
    expect(untold?.types).toEqual([type])
    expect(untold?.error.failure.sentence).toContain(field)
  })
})

describe('a count', () => {
  it.each(['business_users', 'agencies', 'owned_pages'])(
    'that is wrong inside the expanded read of the business keeps %s open, and asked by itself it counts again',
    async (edge) => {
      sim.control.switches.totalEverywhere = true
      for (const nested of [true, false])
        sim.control.addFault({ match: { edge, nested }, do: { edit: 'wrong-total' }, times: 1_000 })
      const driven = await readOwn()
      expect(driven.seals.has(`${sim.businessId}/${edge}`)).toBe(false)
      expect(driven.failed.get(`${sim.businessId}/${edge}`)?.sentence).toMatch(/Meta counts/)
    },
  )

  it('that is wrong inside an asset’s row keeps its list of people open, and that one alone', async () => {
    const node = own('ad_account')[0] ?? ''
    sim.control.addFault({
      match: { node, edge: 'assigned_users', nested: true },
      do: { edit: 'wrong-total' },
      times: 1_000,
    })
    const driven = await readOwn()
    expect([...driven.failed.keys()]).toEqual([scopeOf('ad_account', node)])
  })
})

describe('a row', () => {
  it('of somebody assigned without a word on the tasks is not one without rights', async () => {
    rewrite('assigned_users', (row) => without(row, 'tasks'))
    const driven = await readOwn()
    const people = [...driven.seals.keys()].filter((scope) => scope.includes('/assigned/'))
    expect(of.grants(driven).filter((g) => g.how === 'direct' && g.type !== 'asset_group')).toEqual([])
    // Lists of assets that nobody is assigned to are whole all the same.
    const truth = new Set(
      [...sim.control.world.assets.values()]
        .filter((a) => (a.assigned.get(sim.businessId)?.size ?? 0) > 0)
        .map((a) => a.id),
    )
    expect(people.filter((scope) => truth.has(scope.split('/').at(-1) ?? ''))).toEqual([])
  })

  it('tells the same tasks as a text', async () => {
    const lines = (driven: Driven) =>
      of
        .grants(driven)
        .map((g) => `${g.principal} ${g.resource} ${g.how} ${g.entitlements.join()}`)
        .sort()
    const before = lines(await readOwn())
    rewrite('assigned_users', (row) => ({
      ...row,
      ...(Array.isArray(row.tasks) ? { tasks: JSON.stringify(row.tasks) } : {}),
    }))
    expect(lines(await readOwn())).toEqual(before)
  })

  it('of a partner with a list in pieces does not pass for the whole', async () => {
    const next = 'https://graph.example/v26.0/1/page_permissions?after=x'
    rewrite('agencies', (row) =>
      Array.isArray(row.page_permissions)
        ? { ...row, page_permissions: { data: row.page_permissions, paging: { next } } }
        : row,
    )
    const driven = await readOwn()
    const open = driven.failed.has(`${sim.businessId}/agencies`)
    expect(driven.seals.has(`${sim.businessId}/agencies`)).toBe(!open)
    expect(open).toBe(true)
  })
})

describe('a WhatsApp account', () => {
  it('with as many people as Meta ever gives is told, and proves nobody’s absence', async () => {
    const [full = '', ...others] = own('whatsapp_account')
    const users = [...businessOf(sim.control.world, sim.businessId).people]
    for (const user of users.slice(0, 99))
      sim.control.change({ op: 'assign', asset: full, user, tasks: ['MANAGE'] })
    const token = sim.tokens.ownKinds.manyScopes
    const listed = () => sim.control.world.assets.get(full)?.assigned.get(sim.businessId)?.size ?? 0
    for (const user of users.toReversed())
      if (listed() > 99) sim.control.change({ op: 'unassign', asset: full, user })
    expect(listed()).toBe(99)
    expect((await readOwn(token)).seals.has(scopeOf('whatsapp_account', full))).toBe(true)
    for (const user of users.slice(-20))
      sim.control.change({ op: 'assign', asset: full, user, tasks: ['MANAGE'] })
    expect(listed()).toBeGreaterThan(100)
    memory = new Map()
    const driven = await readOwn(token)
    expect(driven.seals.has(scopeOf('whatsapp_account', full))).toBe(false)
    expect(driven.optional.get(scopeOf('whatsapp_account', full))?.sentence).toMatch(/at most 100 people/)
    expect([...driven.failed]).toEqual([])
    for (const id of others) expect(driven.seals.has(scopeOf('whatsapp_account', id))).toBe(true)
  })
})

describe('what is refused asset by asset', () => {
  beforeEach(() => {
    sim.control.switches.refusedExpansions = ['*.assigned_users']
  })
  const refuse = (
    nodes: readonly string[],
    error: 'permissions' | 'unsupportedGet' = 'permissions',
    times = 1_000,
  ) => {
    for (const node of nodes)
      sim.control.addFault({ match: { node, edge: 'assigned_users' }, do: { error }, times })
  }

  it('rests for that asset alone where others of its kind are answered', async () => {
    await readOwn()
    const [one = ''] = own('ad_account')
    refuse([one])
    const first = await readOwn()
    expect([...first.failed.keys()]).toEqual([scopeOf('ad_account', one)])
    sim.control.reset()
    const second = await readOwn()
    expect([...second.failed.keys()]).toEqual([scopeOf('ad_account', one)])
    expect(second.failed.get(scopeOf('ad_account', one))?.sentence).toMatch(/asked again within a week/)
    expect(errors()).toBe(0)
  })

  it('rests for the kind where nothing of it was ever answered', async () => {
    refuse(own('pixel'))
    const kinds = new Set([...(await readOwn()).failed.keys()].map((scope) => scope.split('/')[2]))
    expect(kinds).toEqual(new Set(['pixel']))
    sim.control.reset()
    const second = await readOwn()
    expect(own('pixel').every((id) => second.failed.has(scopeOf('pixel', id)))).toBe(true)
    expect(errors()).toBe(0)
  })

  it('is believed the second time: one refusal alone leaves nothing open', async () => {
    await readOwn()
    refuse(own('page').slice(0, 2), 'permissions', 1)
    expect([...(await readOwn()).failed]).toEqual([])
    sim.control.reset()
    expect([...(await readOwn()).failed, errors()]).toEqual([0])
  })
})
