// What can be seen of a request for our app, and how often Meta is asked: a list that it refused is not asked for again.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFor } from '../testing/drive.ts'
import { appRequest } from './app-request.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 6, partners: 1, sharedPerPartner: 2 } })
})
afterAll(() => sim.stop())

const ask = () =>
  appRequest(
    contextFor(
      { address: sim.url, appId: sim.appId, appSecret: sim.appSecret },
      sim.token,
      {
        kind: 'partner',
        business: sim.businessId,
        partner: sim.partners[0]?.id ?? '',
        sharedOnly: false,
        shared: [],
      },
      { logged: [] },
    ),
  )

test.each([
  ['a refusal', 'capability', 1],
  ['a field that is not known', 'unknownField', 2],
] as const)('After %s the list is asked for as often as it may help', async (_, error, times) => {
  sim.control.clearFaults()
  const match = { node: sim.appId, edge: 'agencies' }
  const fault = sim.control.addFault({ match, do: { error }, times: 10 })
  const lines = await ask()
  expect(lines.map((line) => line.id)).toEqual(['requested', 'approved'])
  expect(fault.fired).toBe(times)
})
