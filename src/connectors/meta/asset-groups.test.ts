// Access through groups of assets: our own groups, those that others share with us or we with a partner, and every form in which Meta may tell
// the rights of their members.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Target } from '../connector.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive, of } from '../testing/drive.ts'
import type { Driven } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { truth } from './simulator/truth.ts'
import { businessOf } from './simulator/world.ts'
import type { Asset } from './simulator/world.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows
const rights = { adaccount_tasks: ['ADVERTISE'], page_tasks: ['CREATE_CONTENT'], pixel_tasks: ['EDIT'] }

beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 30, ownPeople: 20, partners: 2, sharedPerPartner: 12 } })
  const { world } = sim.control
  for (const [owner, by] of [
    [sim.businessId, partner()],
    [partner(), sim.businessId],
  ] as const) {
    const some = [...world.assets.values()].filter(
      (a) => a.owner === owner && ['ad_account', 'page', 'pixel'].includes(a.kind),
    )
    for (const { id } of some.slice(0, 4))
      sim.control.change({ op: 'share', asset: id, partner: by, tasks: ['ANALYZE'] })
  }
  for (const [from, to] of [
    [partner(), sim.businessId],
    [sim.businessId, partner()],
  ] as const) {
    const group = [...world.groups.values()].find((g) => g.owner === from)
    if (group === undefined) throw new Error('a business without groups')
    for (const asset of held(from, to)) group.assets.add(asset.id)
    const person = [...businessOf(world, to).people].at(-1) ?? ''
    group.shared.set(to, new Map([[person, rights]]))
  }
})
beforeEach(() => {
  memory = new Map()
  startOver(sim)
})
afterAll(() => sim.stop())

function partner(): string {
  return sim.partners[0]?.id ?? ''
}

/** Assets of one business that another holds, of kinds that groups give rights on. */
function held(owner: string, by: string): Asset[] {
  return [...sim.control.world.assets.values()].filter(
    (a) =>
      a.owner === owner &&
      a.shares.get(by)?.status === 'CONFIRMED' &&
      ['ad_account', 'page', 'pixel'].includes(a.kind),
  )
}

const ownAsset = (id: string) => sim.control.world.assets.get(id)?.owner === sim.businessId
const world = () => ({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret })
const target = (): Target & { kind: 'partner' } => ({
  kind: 'partner',
  business: sim.businessId,
  partner: partner(),
  sharedOnly: false,
  shared: [
    ...held(sim.businessId, partner()).map((a) => ({
      type: a.kind,
      externalId: a.id,
      direction: 'out' as const,
    })),
    ...held(partner(), sim.businessId).map((a) => ({
      type: a.kind,
      externalId: a.id,
      direction: 'in' as const,
    })),
  ],
})
const readOwn = () =>
  drive(meta, contextFor(world(), sim.token, { kind: 'own', business: sim.businessId }, { memory }))
const readPartner = () =>
  drive(meta, contextFor(world(), sim.tokens.partners[partner()]?.admin ?? '', target(), { memory }))

const line = (parts: (string | null)[]) => parts.join(' ')
/** A group that is shared may hold what we hold in no other way: no list names it, so nothing can be told of it. */
const known = () =>
  new Set([...held(sim.businessId, partner()), ...held(partner(), sim.businessId)].map((a) => a.id))
const seen = (driven: Driven) =>
  of
    .grants(driven)
    .filter((g) => g.how === 'group')
    .filter((g) => known().has(g.resource) || ownAsset(g.resource))
    .map((g) => line([g.principal, g.type, g.resource, g.through, g.entitlements.join()]))
    .sort()
const expected = (business: string, assets: ReadonlySet<string> | null) =>
  truth(sim.control.world)
    .filter((row) => row.business === business && row.how === 'group')
    .filter((row) => assets === null || assets.has(row.asset))
    .map((row) => line([row.user, row.kind, row.asset, row.through, row.tasks.join()]))
    .sort()

const forms: [string, Partial<Simulator['control']['switches']>][] = [
  ['in the group’s list of people', {}],
  ['in the members’ own lists of groups alone', { groupRights: 'in_member' }],
  ['in the members’ own lists, in small pages', { groupRights: 'in_member', maxLimit: 2 }],
  ['list by list', { refusedExpansions: ['*.contained_pages'], groupRights: 'in_member' }],
]
it.each(forms)('is seen completely where the rights are told %s', async (_name, switches) => {
  Object.assign(sim.control.switches, switches)
  const own = await readOwn()
  expect([...own.failed]).toEqual([])
  expect(seen(own)).toEqual(expected(sim.businessId, null))
  expect(seen(own).some((text) => text.includes(held(partner(), sim.businessId)[0]?.id ?? '?'))).toBe(true)
  const theirs = await readPartner()
  expect([...theirs.failed]).toEqual([])
  expect(seen(theirs)).toEqual(expected(partner(), new Set(target().shared.map((s) => s.externalId))))
  for (const list of ['business_asset_groups', 'client_business_asset_groups']) {
    expect(own.seals.has(`${sim.businessId}/${list}`), list).toBe(true)
    expect(theirs.seals.has(`${partner()}/${list}`), list).toBe(true)
  }
})

it('a group that another shares is an asset of a client', async () => {
  const group = [...sim.control.world.groups.values()].find((g) => g.shared.has(sim.businessId))
  const found = (await readOwn()).observations.filter((o) => o.of === 'resource' && o.type === 'asset_group')
  expect(found.find((o) => o.of === 'resource' && o.externalId === group?.id)).toMatchObject({
    relation: 'client',
    name: group?.name,
  })
})

it('a version without shared groups is asked once, by one token, and nothing is missing', async () => {
  const error = {
    status: 400,
    code: 100,
    type: 'OAuthException',
    message:
      '(#100) Tried accessing nonexisting field (client_business_asset_groups) on node type (Business)',
  } as const
  for (const nested of [true, false])
    sim.control.addFault({
      match: { edge: 'client_business_asset_groups', nested },
      do: { error },
      times: 99,
    })
  const met: number[] = []
  for (const read of [readOwn, readPartner, readOwn]) {
    sim.control.reset()
    const driven = await read()
    expect([...driven.failed, ...driven.optional].filter(([scope]) => scope.includes('groups'))).toEqual([])
    met.push(sim.control.calls().filter((call) => call.code !== null && call.edge?.includes('groups')).length)
  }
  expect(met).toEqual([1, 0, 0])
})

it('a partner that shares assets only is not asked for the groups of its other clients', async () => {
  const ctx = contextFor(world(), sim.tokens.partners[partner()]?.admin ?? '', {
    ...target(),
    sharedOnly: true,
  })
  await drive(meta, ctx)
  const asked = sim.control.calls().map((call) => `${call.edge ?? ''} ${call.fields ?? ''}`)
  expect(asked.join(' ')).not.toContain('client_business_asset_groups')
})
