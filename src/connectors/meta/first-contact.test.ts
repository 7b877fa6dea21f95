// The first contact stays within its calls, tells nobody's name, id or token, and recognises how the provider behaves: a simulator that is set by
// what it wrote behaves as the one that it met.
import { afterEach, describe, expect, it } from 'vitest'
import { contextFor } from '../testing/drive.ts'
import { firstContact, MOST_CALLS, reportOf } from './first-contact.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import type { Switches } from './simulator/switches.ts'

let sim: Simulator
afterEach(() => sim.stop())

async function meet(switches: Partial<Switches>) {
  sim = await startSimulator({
    switches,
    world: { ownAssets: 30, ownPeople: 12, partners: 2, sharedPerPartner: 8 },
  })
  const world = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
  sim.control.reset()
  const found = await firstContact(contextFor(world, sim.token, { kind: 'own', business: sim.businessId }))
  return { found, calls: sim.control.counts(), made: sim.control.calls() }
}

const cases: Partial<Switches>[] = [
  {
    systemUserId: 'same',
    systemUserBusinesses: 'own',
    ownerAsksForPartner: 'empty',
    pageAgenciesNeedPageToken: true,
  },
  {
    systemUserId: 'app_scoped',
    systemUserBusinesses: 'empty',
    ownerAsksForPartner: '100/33',
    pageAgenciesNeedPageToken: false,
    refusedExpansions: ['Page.assigned_users', 'InstagramBusinessAsset.agencies'],
  },
  {
    systemUserBusinesses: 'error',
    ownerAsksForPartner: 'people',
    businessEdgeBucket: 'ads_management',
    callsPerHour: 1_000,
  },
]

describe('the first contact', () => {
  it.each(cases)('recognises %o, in at most 30 calls that only read', async (switches) => {
    const { found, calls, made } = await meet(switches)
    expect(found.switches).toMatchObject(
      switches.refusedExpansions === undefined ? { refusedExpansions: [] } : {},
    )
    for (const [name, value] of Object.entries(switches)) {
      if (name === 'callsPerHour') continue
      expect({ [name]: found.switches[name] }).toEqual({ [name]: value })
    }
    expect(calls.logical).toBeLessThanOrEqual(MOST_CALLS)
    expect(found.calls).toBe(calls.logical)
    expect(made.every((call) => call.method === 'GET')).toBe(true)
    await sim.stop()
    const again = await meet({
      ...(found.switches as Partial<Switches>),
      ...(switches.callsPerHour === undefined ? {} : { callsPerHour: switches.callsPerHour }),
    })
    expect(again.found.switches).toEqual(found.switches)
  })

  it('stays within its calls and throws nothing where everything fails', async () => {
    sim = await startSimulator({})
    for (const error of ['unavailable', 'reduce', 'permissions', 'appLimit'] as const) {
      sim.control.reset()
      sim.control.addFault({ match: {}, do: { error }, times: 1_000 })
      const world = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
      await firstContact(contextFor(world, sim.token, { kind: 'own', business: sim.businessId }))
      expect(sim.control.counts().logical).toBeLessThanOrEqual(MOST_CALLS)
      sim.control.clearFaults()
    }
  }, 120_000)

  it('tells no name, e-mail, id or token', async () => {
    const { found } = await meet({})
    const told = reportOf(found) + JSON.stringify(found.switches)
    const { world } = sim.control
    const secrets = [
      sim.token,
      sim.appSecret,
      sim.appId,
      ...world.businesses.keys(),
      ...world.users.keys(),
      ...world.assets.keys(),
    ]
    for (const secret of secrets) expect(told).not.toContain(secret)
    for (const user of world.users.values()) expect(told).not.toContain(user.name)
    for (const { email } of world.humans.values()) expect(told).not.toContain(email)
    expect(found.observed.length).toBeGreaterThan(20)
  })

  it('keeps each fact on its line, whatever the provider answers', () => {
    const seen = 'CONFIRMED\r\nforged: line\u001b[2J\u009b1A\u202eGNIDNEP'
    const told = reportOf({ observed: [{ about: 'statuses', seen }], switches: {}, calls: 1 })
    expect(told.split('\n')).toHaveLength(3)
    expect(told).toMatch(/^[\n\u0020-\u007e]+$/)
  })
})
