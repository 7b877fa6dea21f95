// Plays one answer that lies, in a world that was read before: what was harmed by it.
import type { Inventory } from '../../src/model/inventory.ts'
import type { TestDb } from '../../src/store/testing/test-db.ts'
import type { Lie } from './lies.ts'
import { drawFrom, randomHabits, randomManners, randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import type { OtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { difference } from './truth.ts'
import type { Lines } from './truth.ts'

/** Worlds that are tried for a place to lie in. */
export const TRIES = 12

/** All that is known, one line for each row: what a lie may not take away. */
const everything = (stored: Inventory): Lines => {
  const rows = (list: ReadonlyMap<string, object>): string[] =>
    Array.from(list.values(), (row) =>
      JSON.stringify({ ...row, id: undefined, scope: undefined, scopes: undefined, confirmed: undefined }),
    ).sort()
  return {
    partners: rows(stored.partners),
    resources: rows(stored.resources),
    shares: rows(stored.shares),
    people: rows(stored.principals),
    grants: rows(stored.grants),
  }
}

interface Lied {
  places: number
  told: string
}

/** Lies in the nth answer that has a place for it (-1: in none), or in every one, and counts the places. */
function lieIn(graph: OtherGraph, lie: Lie, seed: number, nth: number | 'every'): Lied {
  const draw = drawFrom(seed)
  const lied = { places: 0, told: '' }
  graph.twist = (body, { node, edge }) => {
    const said = structuredClone(body)
    if ((nth !== 'every' && lied.told !== '') || !lie(said, draw)) return body
    lied.places += 1
    if (nth !== 'every' && lied.places - 1 !== nth) return body
    lied.told = `${node}/${edge ?? ''}`
    return said
  }
  return lied
}

/** Plays a lie in one world: what is wrong afterwards; null where there is no place for it. */
async function playIn(t: TestDb, seed: number, lie: Lie, always: boolean): Promise<string[] | null> {
  const world = randomWorld(seed)
  const manners = seed % 2 === 0 ? randomManners(seed) : {}
  // Items that are lost are waited for; that is played elsewhere.
  const habits = { ...randomHabits(seed), denied: {}, nullItems: false, ...manners }
  const graph = await startOtherGraph(world, habits)
  try {
    const shop = await openShop(t, graph)
    await shop.check()
    const before = everything((await shop.check()).stored)
    const probe = lieIn(graph, lie, seed, -1)
    await shop.check()
    if (probe.places === 0) return null
    const nth = drawFrom(seed).between(0, probe.places - 1)
    let lied = lieIn(graph, lie, seed, always ? 'every' : nth)
    await shop.check()
    if (lied.told === '') {
      // What was learnt meanwhile may have made the places fewer.
      lied = lieIn(graph, lie, seed, 0)
      await shop.check()
    }
    const after = difference(before, everything(await shop.stored()))
    graph.twist = null
    const next = difference(before, everything((await shop.check()).stored))
    const wrong = [
      ...after.filter((line) => line.startsWith('-')),
      ...next.map((line) => `for good: ${line}`),
      ...(lied.told === '' ? ['the lie was not told'] : []),
    ]
    if (wrong.length > 0) wrong.push(`GUESTLIST_WORLD=${seed} ${lied.told} ${JSON.stringify(habits)}`)
    return wrong
  } finally {
    await graph.stop()
  }
}

/** Plays a lie in the first world from `seed` on that has a place for it: what is wrong afterwards. `always`: every answer lies. */
export async function playLie(t: TestDb, seed: number, lie: Lie, always = false): Promise<string[]> {
  for (let n = 0; n < TRIES; n += 1) {
    const wrong = await playIn(t, seed + n, lie, always)
    if (wrong !== null) return wrong
  }
  return ['no world had a place for it']
}
