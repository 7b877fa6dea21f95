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
import { allKinds } from './world.ts'

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
      // Some assets of a list tell that it leaves something out; the others are asked by themselves in the next check. Partners are read from the
      // second one on.
      for (let n = 0; n < 2; n++) await shop.check()
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
