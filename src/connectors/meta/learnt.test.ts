// What is remembered of refusals, and what a person's Retry makes of it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Target } from '../connector.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive, of } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 12, ownPeople: 4, partners: 2, sharedPerPartner: 4 } })
})
afterAll(() => sim.stop())

const unknown = (field: string) => ({
  status: 400,
  code: 100,
  type: 'OAuthException' as const,
  message: `(#100) Tried accessing nonexisting field (${field}) on node type (Business)`,
})

it.each([
  ['a field that Meta did not know', 'page_permissions', 'agencies'],
  ['groups that Meta did not know', 'business_asset_groups', 'business_asset_groups'],
])('%s in two checks was not asked for in a week, not even by Retry', async (_, field, edge) => {
  const memory: MemoryRows = new Map()
  const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  const read = () =>
    drive(meta, contextFor(place, sim.token, { kind: 'own', business: sim.businessId }, { memory }))
  const asks = () =>
    sim.control.calls().some((call) => call.edge === edge && `${edge},${call.fields ?? ''}`.includes(field))
  for (const nested of [true, false])
    sim.control.addFault({ match: { edge, nested }, do: { error: unknown(field) }, times: 99 })
  for (let n = 0; n < 2; n += 1) await read()
  sim.control.clearFaults()
  sim.control.reset()
  await read()
  expect(asks()).toBe(false)
  for (const key of memory.keys()) if (key.startsWith('refused/')) memory.delete(key)
  sim.control.reset()
  const { failed, optional } = await read()
  expect(asks()).toBe(true)
  expect([...failed, ...optional]).toEqual([])
})

it('groups that others share, which Meta did not know in one check, were asked for by each partner in the next, all at the same moment', async () => {
  const memory: MemoryRows = new Map()
  const edge = 'client_business_asset_groups'
  const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  const read = (run: string, token: string, target: Target) =>
    drive(meta, { ...contextFor(place, token, target, { memory }), run })
  const ours = (run: string) => read(run, sim.token, { kind: 'own', business: sim.businessId })
  const [partner] = sim.partners
  if (partner === undefined) throw new Error('a world without partners')
  const asks = () => {
    const asked = sim.control.calls().some((call) => `${call.edge},${call.fields ?? ''}`.includes(edge))
    sim.control.reset()
    return asked
  }
  sim.control.addFault({ match: { edge }, do: { error: unknown(edge) }, times: 99 })
  const shared = of.shares(await ours('first')).map((o) => ({
    type: o.type,
    externalId: o.resource,
    direction: o.direction,
  }))
  const target: Target = {
    kind: 'partner',
    business: sim.businessId,
    partner: partner.id,
    sharedOnly: false,
    shared,
  }
  expect(asks()).toBe(true)
  await read('second', partner.token, target)
  expect(asks()).toBe(false)
  // Ours asks once more, and is answered: there is such a list after all.
  sim.control.clearFaults()
  await ours('second')
  expect(asks()).toBe(true)
  await read('third', partner.token, target)
  expect(asks()).toBe(true)
})

it('a list that Meta does not count was never read: the count was asked for again and again', async () => {
  const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  const context = contextFor(place, sim.token, { kind: 'own', business: sim.businessId })
  const edge = 'business_users'
  sim.control.clearFaults()
  sim.control.reset()
  sim.control.addFault({ match: { edge, nested: true }, do: { error: unknown(edge) }, times: 9 })
  const message = '(#100) Param summary is not supported on this edge'
  sim.control.addFault({
    match: { edge, nested: false },
    do: { error: { ...unknown(edge), message } },
    times: 1,
  })
  const { failed } = await drive(meta, context)
  sim.control.clearFaults()
  expect([...failed]).toEqual([])
})

it('a list that is refused was not told from one that was never answered, so that what had moved to it was taken to be gone', async () => {
  const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  const read = (memory: MemoryRows) =>
    drive(meta, contextFor(place, sim.token, { kind: 'own', business: sim.businessId }, { memory }))
  const known: MemoryRows = new Map()
  const unknown: MemoryRows = new Map()
  await read(known)
  const error = { status: 400, code: 10, type: 'OAuthException' as const, message: '(#10) Permission denied' }
  for (const nested of [true, false])
    sim.control.addFault({ match: { edge: 'client_pages', nested }, do: { error }, times: 99 })
  // Asked, and told without being asked.
  for (let n = 0; n < 2; n += 1) {
    expect([...(await read(known)).answered]).toEqual([`${sim.businessId}/client_pages`])
    const { failed, answered } = await read(unknown)
    expect([[...failed.keys()], [...answered]]).toEqual([[`${sim.businessId}/client_pages`], []])
  }
  sim.control.clearFaults()
})
