// Many worlds of the second Graph server, each with habits of its own: after a check for updates the database holds exactly the world's truth,
// after a second one nothing has changed, and nothing of a partner's other clients is anywhere. GUESTLIST_WORLDS=500 asks for more.
import { describe, expect, test } from 'vitest'
import { testDb } from '../../src/store/testing/test-db.ts'
import type { Habits } from './habits.ts'
import { randomHabits, randomManners, randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { difference, linesOf, truthOf } from './truth.ts'
import type { OtherWorld } from './world.ts'

const t = await testDb()
const count = Number(process.env.GUESTLIST_WORLDS ?? 40)
const first = Number(process.env.GUESTLIST_WORLD ?? 1)
const seeds = Array.from({ length: count }, (_, n) => first + n)

describe.concurrent('every world', () => {
  test.each(seeds)('world %i is stored as it is', async (seed) => {
    const world = randomWorld(seed)
    // Every second world says everything in other forms.
    const habits = { ...randomHabits(seed), denied: {}, ...(seed % 2 === 0 ? randomManners(seed) : {}) }
    const graph = await startOtherGraph(world, habits)
    const because = `GUESTLIST_WORLD=${seed} ${JSON.stringify(habits)}`
    try {
      const shop = await openShop(t, graph)
      // The first check finds the partners, as it does before any of their tokens is connected.
      await shop.check()
      const checked = await shop.check()
      expect(
        checked.failures.filter((f) => !f.optional).map((f) => [f.scopes, f.failure]),
        because,
      ).toEqual([])
      // Whatever an inspection leaves out, the permissions are told somewhere in it.
      for (const { scopes } of checked.verdicts.values()) expect(scopes.length, because).toBeGreaterThan(5)
      expect(checked.read.toSorted(), because).toEqual(partnersIn(world, habits))
      expect(difference(truthOf(world, habits, checked.read), linesOf(checked.stored)), because).toEqual([])
      const again = await shop.check()
      expect(again.askedAgain, because).toBe(0)
      expect(difference(linesOf(checked.stored), linesOf(again.stored)), because).toEqual([])
      expect(
        [...again.stored.grants.values()].filter((g) => !g.confirmed),
        because,
      ).toEqual([])
      const text = await shop.text()
      for (const stranger of world.strangers) expect(text).not.toContain(stranger.id)
      for (const asset of world.assets.filter((a) => world.strangers.some((s) => s.id === a.owner)))
        expect(text).not.toContain(asset.id)
    } finally {
      await graph.stop()
    }
  })
})

/** Partners that share something with us, or we with them, which is in force and shows. */
function partnersIn(world: OtherWorld, habits: Habits): string[] {
  const { shares } = truthOf(world, habits, [])
  return [
    ...new Set(shares.filter((line) => !line.endsWith(' waits')).map((line) => line.split(' ')[0] ?? '')),
  ].sort()
}
