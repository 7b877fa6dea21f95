// Pages larger than usual: tried where a list of people goes on, asked for from the start once Meta was seen to take them, and not tried again
// for a week where it refused them.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Target } from '../connector.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive, sharedIn } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows
beforeAll(async () => {
  sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 95 },
      ownPeople: 430,
      ownGroups: 0,
      invitations: 0,
      partners: 1,
      peoplePerPartner: 330,
      sharedPerPartner: 90,
      foreignAssets: 0,
    },
  })
})
beforeEach(() => {
  memory = new Map()
  startOver(sim)
})
afterAll(() => sim.stop())

const world = () => ({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret })
const own = (): Target => ({ kind: 'own', business: sim.businessId })
/** Reads a business as another run: how many people its lists tell, and how many calls were answered and refused. */
async function read(run: string, target = own(), token = sim.token) {
  sim.control.reset()
  const driven = await drive(meta, { ...contextFor(world(), token, target, { memory }), run })
  expect([...driven.failed]).toEqual([])
  const listed = driven.observations.flatMap((o) =>
    o.of === 'principal' && o.source === 'list' ? o.externalId : [],
  )
  const asked = sim.control.calls().filter(({ nested }) => !nested)
  return {
    people: new Set(listed).size,
    answered: asked.filter(({ code }) => code === null).length,
    refused: asked.filter(({ code }) => code !== null).length,
  }
}

it('are tried with the second page, and come first from then on', async () => {
  const first = await read('one')
  expect(first.people).toBeGreaterThan(430)
  expect(first.refused).toBe(0)
  // All people with the first page of ad accounts; and the second one of those.
  expect(await read('two')).toEqual({ people: first.people, answered: 2, refused: 0 })
})

it('are refused once, and asked for no more', async () => {
  sim.control.switches.maxLimit = 100
  const first = await read('one')
  expect(first.people).toBeGreaterThan(430)
  expect(first.refused).toBe(1)
  // Five pages of people.
  expect(await read('two')).toEqual({ people: first.people, answered: 5, refused: 0 })
})

it('fall back to the usual size, whatever lies between', async () => {
  sim.control.switches.maxLimits = { business_users: 250 }
  const first = await read('one')
  expect(first.people).toBeGreaterThan(430)
  expect(first.refused).toBe(1)
  expect(await read('two')).toEqual({ people: first.people, answered: 5, refused: 0 })
})

it('that Meta took and takes no more cost one call, and no list', async () => {
  const { people } = await read('one')
  sim.control.switches.maxLimit = 100
  const second = await read('two')
  expect(second).toMatchObject({ people, refused: 1 })
  expect(await read('three')).toEqual({ people, answered: 5, refused: 0 })
})

it('that are refused for a reason that Meta does not name are tried again with the next check, page by page not', async () => {
  const { people } = await read('one')
  memory = new Map([...memory].filter(([key]) => key !== 'limit/large'))
  sim.control.addFault({ match: { edge: 'business_users', page: 2 }, do: { error: 'unknown' }, times: 1 })
  const second = await read('two')
  expect(second).toMatchObject({ people, refused: 1 })
  expect(await read('three')).toMatchObject({ people, refused: 0 })
})

it('of a partner are of its assets as well', async () => {
  const { observations } = await drive(meta, contextFor(world(), sim.token, own(), { memory }))
  const [partner] = sim.partners
  const target: Target = {
    kind: 'partner',
    business: sim.businessId,
    partner: partner?.id ?? '',
    sharedOnly: false,
    shared: sharedIn(observations),
  }
  expect(target.shared.length).toBeGreaterThan(50)
  // The second read asks by itself what groups did not tell in the first one.
  for (const run of ['one', 'two']) await read(run, target, partner?.token)
  expect(await read('three', target, partner?.token)).toMatchObject({ answered: 1, refused: 0 })
  sim.control.switches.maxLimit = 60
  const less = await read('four', target, partner?.token)
  expect(less.people).toBeGreaterThan(329)
  expect(await read('five', target, partner?.token)).toMatchObject({ people: less.people, refused: 0 })
})
