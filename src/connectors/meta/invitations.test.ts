// What an open invitation will carry: told where Meta tells it, left out where it does not, never asked where nobody is invited.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { contextFor, drive, of } from '../testing/drive.ts'
import type { MemoryRows } from '../registry.ts'
import { meta } from './connector.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'

let sim: Simulator
let memory: MemoryRows
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 12, ownPeople: 6, partners: 1, sharedPerPartner: 3 } })
})
beforeEach(() => {
  memory = new Map()
  sim.control.clearFaults()
  for (const invitation of sim.control.world.businesses.get(sim.businessId)?.invitations ?? [])
    sim.control.change({ op: 'withdraw', invitation })
  sim.control.reset()
})
afterAll(() => sim.stop())

async function check(clock?: () => number) {
  sim.control.reset()
  const driven = await drive(
    meta,
    contextFor(
      { address: sim.url, appId: sim.appId, appSecret: sim.appSecret },
      sim.token,
      { kind: 'own', business: sim.businessId },
      { memory, clock },
    ),
  )
  expect([...driven.failed]).toEqual([])
  const invited = of.principals(driven).filter((p) => p.kind === 'invitation')
  const asked = sim.control.calls().filter((call) => invitations.has(call.node))
  return {
    will: Object.fromEntries(invited.map((p) => [p.email, p.facts.willGet])),
    asked: asked.length,
    calls: sim.control.counts().logical,
  }
}

/** Whoever was ever invited here, whether that invitation is open or not. */
const invitations = new Set<string>()
function invite(email: string, assets: readonly string[] = []): string {
  const id = String(sim.control.change({ op: 'invite', business: sim.businessId, email, assets }))
  invitations.add(id)
  return id
}
function someAssets() {
  const assets = [...sim.control.world.assets.values()]
  const owned = assets.filter((a) => a.owner === sim.businessId && a.kind === 'page').slice(0, 2)
  const client = assets.filter((a) => a.owner !== sim.businessId && a.shares.has(sim.businessId)).slice(0, 1)
  return [...owned, ...client]
}
const refuse = (code: number) =>
  sim.control.addFault({
    match: { edge: 'assigned_owned_assets' },
    do: { error: { status: 400, message: `(#${code}) No`, type: 'OAuthException', code } },
    times: 99,
  })

it('is asked for nobody where nobody is invited', async () => {
  const { asked, will } = await check()
  expect([asked, will]).toEqual([0, {}])
})

it('is told by name, own and client assets alike, and asked again after a day', async () => {
  const assets = someAssets()
  expect(assets.length).toBeGreaterThan(1)
  invite(
    'a@own.example',
    assets.map((a) => a.id),
  )
  invite('b@own.example')
  const names = assets.map((a) => a.name).sort()
  const start = Date.now()
  expect((await check(() => start)).asked).toBe(0)
  // One invitation tells whether they can be asked at all; then the other.
  expect((await check(() => start)).asked).toBe(1)
  for (const [days, asked] of [
    [0, 1],
    [0.9, 0],
    [1.1, 2],
  ] as const) {
    const found = await check(() => start + days * 86_400_000)
    expect(found.will['a@own.example']?.split(', ').sort()).toEqual(names)
    expect(found.will['b@own.example']).toBe('No assets')
    expect(found.asked).toBe(asked)
  }
})

it('is left out where Meta refuses it: one invitation is asked, and then none for a week', async () => {
  for (const name of ['a', 'b', 'c']) invite(`${name}@own.example`)
  for (const code of [200, 10, 100, 2500]) {
    memory = new Map()
    sim.control.clearFaults()
    refuse(code)
    await check()
    const first = await check()
    expect(Object.values(first.will)).toEqual([undefined, undefined, undefined])
    expect(first.asked).toBe(1)
    expect((await check()).asked).toBe(0)
  }
})

it('holds up no other invitation where one has gone meanwhile', async () => {
  const gone = invite('a@own.example')
  invite('b@own.example')
  await check()
  sim.control.change({ op: 'withdraw', invitation: gone })
  for (const asked of [1, 1]) expect((await check()).asked).toBe(asked)
  expect((await check()).will).toEqual({ 'b@own.example': 'No assets' })
})

it('holds up no other invitation where one is told of and not shown', async () => {
  invite('b@own.example')
  await check()
  await check()
  const hidden = invite('a@own.example')
  sim.control.addFault({
    match: { node: hidden, edge: 'assigned_owned_assets' },
    do: { error: { status: 400, message: 'Gone', type: 'GraphMethodException', code: 100, subcode: 33 } },
    times: 99,
  })
  await check()
  expect(await check()).toMatchObject({ asked: 1 })
  expect(await check()).toMatchObject({
    asked: 0,
    will: { 'a@own.example': undefined, 'b@own.example': 'No assets' },
  })
})
