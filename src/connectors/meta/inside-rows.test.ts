// Lists inside the rows of a list that is asked in smaller parts than usual: each that goes on costs a call, so the parts are chosen anew.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { observationKey } from '../../model/snapshot.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive } from '../testing/drive.ts'
import type { Driven } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows
beforeAll(async () => {
  sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 60, page: 40, pixel: 30 },
      ownPeople: 250,
      peoplePerAsset: 40,
      ownGroups: 0,
      invitations: 0,
      partners: 1,
    },
  })
})
afterEach(() => {
  startOver(sim)
})
afterAll(() => sim.stop())

/** Reads our own business as in one check more. */
function read(run: string): Promise<Driven> {
  const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  sim.control.reset()
  const context = contextFor(place, sim.token, { kind: 'own', business: sim.businessId }, { memory })
  return drive(meta, { ...context, run })
}
const asked = () => sim.control.calls().filter((call) => !call.nested).length
const lines = ({ observations }: Driven) => [
  ...new Set(observations.map((o) => `${o.of} ${observationKey(o)}`).sort()),
]

it('were asked for with too few rows in every check, and each that went on cost a call', async () => {
  memory = new Map()
  const whole = lines(await read('before'))
  memory = new Map()
  // A page of so many rows with what is in them, and no larger one.
  sim.control.switches.complexity = 1_400
  for (const run of ['first', 'second', 'third', 'fourth']) expect(lines(await read(run))).toEqual(whole)
  expect(asked()).toBeLessThan(50)
})

it('in smaller parts again where more in each row was refused after all', async () => {
  memory = new Map([
    ['limit/owned_ad_accounts', { value: '12', untilMs: null }],
    ['inside/owned_ad_accounts', { value: '12/50', untilMs: null }],
    ['alone/owned_ad_accounts', { value: 'yes', untilMs: null }],
  ])
  sim.control.switches.complexity = 605
  const { failed } = await read('once')
  expect([...failed]).toEqual([])
  expect(memory.get('inside/owned_ad_accounts')?.value).toBe('less')
})

it('people who came in small parts with other lists went on in them, a call for every 25', async () => {
  memory = new Map([['root/scale/own', { value: '0.25', untilMs: null }]])
  await read('once')
  const pages = sim.control.calls().filter((call) => !call.nested && call.edge === 'business_users')
  expect(pages.length).toBeGreaterThan(0)
  expect(pages.length).toBeLessThanOrEqual(3)
})
