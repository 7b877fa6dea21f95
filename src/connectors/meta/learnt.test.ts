// What is remembered of refusals, and what a person's Retry makes of it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive } from '../testing/drive.ts'
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
