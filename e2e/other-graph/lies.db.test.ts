// One answer that looks good and tells less than the truth, once, at any place of a check: nothing that is still true may end by it, nothing that it
// made up may stay, and the next check holds the truth. GUESTLIST_WORLDS=20 asks for so many worlds of each lie.
import { describe, expect, test } from 'vitest'
import { testDb } from '../../src/store/testing/test-db.ts'
import { lies } from './lies.ts'
import { drawFrom, randomHabits, randomManners, randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import type { OtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { difference, linesOf } from './truth.ts'
import type { Lie } from './lies.ts'

const t = await testDb()
const count = Number(process.env.GUESTLIST_WORLDS ?? 1)
const first = Number(process.env.GUESTLIST_WORLD ?? 5_001)
/** Worlds that are tried for a place to lie in. */
const TRIES = 12

interface Lied {
  places: number
  told: string
}

/** Lies in the nth answer that has a place for it (-1: in none), and counts the places. */
function lieIn(graph: OtherGraph, lie: Lie, seed: number, nth: number): Lied {
  const draw = drawFrom(seed)
  const lied = { places: 0, told: '' }
  graph.twist = (body, { node, edge }) => {
    const said = structuredClone(body)
    if (lied.told !== '' || !lie(said, draw)) return body
    lied.places += 1
    if (lied.places - 1 !== nth) return body
    lied.told = `${node}/${edge ?? ''}`
    return said
  }
  return lied
}

/** Plays a lie in one world; false where there is no place for it. */
async function play(seed: number, lie: Lie): Promise<boolean> {
  const world = randomWorld(seed)
  const manners = seed % 2 === 0 ? randomManners(seed) : {}
  // Items that are lost are waited for; that is played elsewhere.
  const habits = { ...randomHabits(seed), denied: {}, nullItems: false, ...manners }
  const graph = await startOtherGraph(world, habits)
  try {
    const shop = await openShop(t, graph)
    await shop.check()
    const before = linesOf((await shop.check()).stored)
    const probe = lieIn(graph, lie, seed, -1)
    await shop.check()
    if (probe.places === 0) return false
    const lied = lieIn(graph, lie, seed, drawFrom(seed).between(0, probe.places - 1))
    await shop.check()
    const because = `GUESTLIST_WORLD=${seed} ${lied.told} ${JSON.stringify(habits)}`
    expect(lied.told, because).not.toBe('')
    const after = difference(before, linesOf(await shop.stored()))
    expect(
      after.filter((line) => line.startsWith('-')),
      because,
    ).toEqual([])
    graph.twist = null
    expect(difference(before, linesOf((await shop.check()).stored)), because).toEqual([])
    return true
  } finally {
    await graph.stop()
  }
}

describe.concurrent('an answer that lies', () => {
  const cases = Object.entries(lies).flatMap(([name, lie], kind) =>
    Array.from({ length: count }, (_, n) => ({ name, lie, seed: first + 100 * kind + TRIES * n })),
  )
  test.each(cases)('$name (from world $seed on)', async ({ lie, seed }) => {
    let played = false
    for (let n = 0; n < TRIES && !played; n += 1) played = await play(seed + n, lie)
    expect(played, 'no world had a place for it').toBe(true)
  })
})
