import { describe, expect, it } from 'vitest'
import { seedWorld } from './seed.ts'
import { demoCredentials } from './server.ts'
import { tokensOf } from './seed-tokens.ts'
import { truth } from './truth.ts'
import { assetKinds, businessOf, heldAssets, partnersOf } from './world.ts'
import type { World } from './world.ts'

const owned = (world: World): number =>
  assetKinds.reduce((sum, kind) => sum + (businessOf(world, world.own).owned.get(kind)?.size ?? 0), 0)

describe('a world', () => {
  it('is the same for the same seed, and another for another', () => {
    const print = (seed: number): string =>
      JSON.stringify([truth(seedWorld(seed, {}, 0)), tokensOf(seedWorld(seed, {}, 0))])
    expect(print(1)).toBe(print(1))
    expect(print(1)).not.toBe(print(2))
    expect(demoCredentials({ seed: 1 })).toEqual(demoCredentials({ seed: 1 }))
  })

  it('has the size that was asked for, and a believable one by default', () => {
    const world = seedWorld(1)
    const own = businessOf(world, world.own)
    // Two apps beside the 60 assets: ours, and the one of the token that is for another app.
    expect(owned(world)).toBe(62)
    expect([own.people.size, own.systemUsers.size, own.invitations.size, own.groups.size]).toEqual([
      25, 4, 3, 2,
    ])
    expect([own.agencies.size, own.clients.size, partnersOf(world, world.own).length]).toEqual([5, 2, 6])
    const small = seedWorld(1, { ownAssets: { page: 3 }, partners: 0, ownPeople: 1 })
    expect([owned(small), partnersOf(small, small.own).length]).toEqual([5, 0])
  })

  it('one more partner changes nothing of the others', () => {
    const [five, six] = [seedWorld(1, { partners: 5 }), seedWorld(1, { partners: 6 })]
    const of = (world: World, business: string) =>
      truth(world).filter(
        (row) => row.business === business && world.assets.get(row.asset)?.owner === world.own,
      )
    for (const business of [five.own, ...partnersOf(five, five.own)])
      expect(of(six, business)).toEqual(of(five, business))
  })

  it('gives every id once, in the shape of its kind', () => {
    const world = seedWorld(9)
    const ids = [
      ...world.businesses.keys(),
      ...world.users.keys(),
      ...world.humans.keys(),
      ...world.assets.keys(),
      ...world.groups.keys(),
      ...world.instagramUsers.keys(),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    for (const user of world.users.values())
      expect(user.id).toMatch(user.is === 'person' ? /^(122\d{15}|1\d{14,15})$/ : /^1000\d{11}$/)
    for (const asset of world.assets.values())
      expect(asset.id).toMatch(asset.kind === 'ad_account' ? /^act_\d{15}$/ : /^\d{14,16}$/)
    for (const token of world.tokens.values())
      if (token.type !== 'APP') expect(token.text).toMatch(/^EAA[A-Za-z0-9]{185}$/)
  })

  it('has names that put those who show them to the test, among people who touch our assets', () => {
    const world = seedWorld(20_261)
    const near = new Set(truth(world).map((row) => row.user))
    const names = [...world.users.values()].filter((user) => near.has(user.id)).map((user) => user.name)
    for (const part of ['=HYPERLINK(', '<img src=x', '芽衣', 'نور', 'יעל'])
      expect(names.some((name) => name.includes(part))).toBe(true)
  })

  it('holds ten thousand grants without effort', () => {
    const world = seedWorld(1, {
      ownAssets: 200,
      ownPeople: 500,
      partners: 10,
      peoplePerPartner: 50,
      sharedPerPartner: 30,
      peoplePerAsset: 20,
      peoplePerSharedAsset: 10,
    })
    expect(truth(world).length).toBeGreaterThan(7000)
    expect(heldAssets(world, world.own).length).toBeGreaterThan(200)
  })
})
