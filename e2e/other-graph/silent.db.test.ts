// Lists inside rows that this server does not give, without refusing the read: left out without a word, or with an error in their place. Who may
// use what is known all the same, and what was known stays.
import { describe, expect, test } from 'vitest'
import { testDb } from '../../src/store/testing/test-db.ts'
import { plainHabits } from './habits.ts'
import type { Habits } from './habits.ts'
import { randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { difference, linesOf, truthOf } from './truth.ts'
import { allKinds, budgetWorld, idMaker, newAsset } from './world.ts'
import type { OtherWorld } from './world.ts'

const t = await testDb()
const seeds = [1, 2, 3, 4, 5, 6]
const ofGroups = ['assigned_users', 'contained_adaccounts', 'contained_pages', 'contained_pixels']
const refusedExpansions = [
  ...allKinds.flatMap((kind) => [`${kind}.assigned_users`, `${kind}.agencies`]),
  ...['business_asset_groups', 'client_business_asset_groups'].flatMap((edge) =>
    [edge, edge.replace(/^client_/, '')].flatMap((name) => ofGroups.map((list) => `${name}.${list}`)),
  ),
]

describe.each(['silent', 'inside'] as const)('lists inside rows that are refused %s', (expansionError) => {
  const quiet: Partial<Habits> = { refusedExpansions, expansionError }

  test.each(seeds)('from the first check on: world %i is stored as it is', async (seed) => {
    const world = randomWorld(seed)
    const graph = await startOtherGraph(world, { ...plainHabits, ...quiet })
    try {
      const shop = await openShop(t, graph)
      const own = await shop.check({ readPartners: false })
      expect(difference(truthOf(world, graph.habits, []), linesOf(own.stored))).toEqual([])
      // Of a partner's groups, lists that are told of none are asked by themselves when they are read the second time.
      await shop.check()
      const { stored, read } = await shop.check()
      expect(difference(truthOf(world, graph.habits, read), linesOf(stored))).toEqual([])
    } finally {
      await graph.stop()
    }
  })

  test.each(seeds)('of a sudden: nothing of world %i ends', async (seed) => {
    const graph = await startOtherGraph(randomWorld(seed), { ...plainHabits })
    try {
      const shop = await openShop(t, graph)
      await shop.check()
      const before = linesOf((await shop.check()).stored)
      Object.assign(graph.habits, quiet)
      expect(difference(before, linesOf((await shop.check()).stored))).toEqual([])
      expect(difference(before, linesOf((await shop.check()).stored))).toEqual([])
    } finally {
      await graph.stop()
    }
  })
})

/** A brand with so many pixels and an employee on each. */
function pixelWorld(count: number): OtherWorld {
  const { brand, partners } = budgetWorld({ assets: 0, people: 5, partners: 1, shared: 0 })
  const id = idMaker()
  const assets = Array.from({ length: count }, (_, n) => newAsset(id, 'pixels', n, brand.id))
  const person = brand.people.find(({ role }) => role === 'EMPLOYEE')?.id ?? ''
  const grants = assets.map((a) => ({ business: brand.id, person, asset: a.id, rights: ['EDIT'] }))
  return { brand, partners, strangers: [], assets, sharing: [], grants, groups: [] }
}

test('who may use assets behind those that were asked by themselves was missed in the first check, which was complete', async () => {
  const world = pixelWorld(35)
  const graph = await startOtherGraph(world, { ...plainHabits, refusedExpansions, expansionError: 'silent' })
  try {
    const shop = await openShop(t, graph)
    const { stored, failures } = await shop.check({ readPartners: false })
    expect(failures.filter(({ optional }) => !optional)).toEqual([])
    expect(difference(truthOf(world, graph.habits, []), linesOf(stored))).toEqual([])
  } finally {
    await graph.stop()
  }
})

test('what was shared after nothing had been shared was missed for a week', async () => {
  const world = pixelWorld(12)
  const quiet: Partial<Habits> = { refusedExpansions: ['pixels.agencies'], expansionError: 'silent' }
  const graph = await startOtherGraph(world, { ...plainHabits, ...quiet })
  try {
    const shop = await openShop(t, graph)
    await shop.check({ readPartners: false })
    const [partner, asset] = [world.partners[0], world.assets[11]]
    if (partner === undefined || asset === undefined) throw new Error('a world without partners')
    world.sharing.push({ asset: asset.id, to: partner.id, rights: ['EDIT'], status: 'CONFIRMED' })
    // Ten pixels are asked by themselves each day, and other ones the next.
    for (let day = 0; day < 2; day++) {
      shop.later(1)
      await shop.check({ readPartners: false })
    }
    expect(difference(truthOf(world, graph.habits, []), linesOf(await shop.stored()))).toEqual([])
  } finally {
    await graph.stop()
  }
})

const fields = [
  ...[['permitted_tasks', 'permitted_roles'], ['owner_business', 'business'], ['tasks'], ['role']],
  ...[['user_type'], ['name'], ['account_id'], ['adaccount_permissions'], ['ig_user_id'], ['email']],
  ...[['page_tasks'], ['adaccount_tasks', 'page_tasks', 'pixel_tasks', 'tasks']],
]
describe.each(fields)('%s is left out of every row of a sudden', (...leftOut) => {
  test.each(seeds)('nothing of world %i ends or becomes less', async (seed) => {
    const graph = await startOtherGraph(randomWorld(seed), { ...plainHabits })
    try {
      const shop = await openShop(t, graph)
      await shop.check()
      const before = linesOf((await shop.check()).stored)
      Object.assign(graph.habits, { leftOut })
      for (let n = 0; n < 2; n++) expect(difference(before, linesOf((await shop.check()).stored))).toEqual([])
    } finally {
      await graph.stop()
    }
  })
})
