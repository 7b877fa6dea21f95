// Plays one answer that lies, in a world that was read before: what was harmed by it.
import { createHash } from 'node:crypto'
import type { Inventory } from '../../src/model/inventory.ts'
import type { TestDb } from '../../src/store/testing/test-db.ts'
import { shuffles } from './lies.ts'
import type { Lie } from './lies.ts'
import { drawFrom, randomHabits, randomManners, randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import type { OtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import type { Shop } from './stored.ts'
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

/** What went, but for rights that became more: more is believed at once. */
function harmed(after: readonly string[]): boolean {
  const rights = (line: string) => {
    const { entitlements = null, ...rest } = JSON.parse(line.slice(line.indexOf('{'))) as Rights
    return { entitlements, of: JSON.stringify({ ...rest, rank: null }) }
  }
  const now = new Map(
    after.filter((line) => line.startsWith('+')).map((line) => [rights(line).of, rights(line).entitlements]),
  )
  return after.some((line) => {
    if (!line.startsWith('-')) return false
    const { entitlements, of } = rights(line)
    const more = now.get(of)
    return (
      entitlements === null || more?.length === undefined || entitlements.some((one) => !more.includes(one))
    )
  })
}

interface Rights {
  entitlements?: string[]
  rank?: string
}

interface Lied {
  /** Calls that had a place for it, each with how often it had been asked before. */
  places: Set<string>
  /** Where it was told. */
  told: string
}

/**
 * Lies in the answer to one call (null: to none; `first`: to the first that has a place; `every`: to all), and notes which have a place for it. Calls go side by side: what is asked names a
 * place, and not when it is answered, so that the same numbers tell the same lie again.
 */
function lieIn(graph: OtherGraph, lie: Lie, seed: number, where: string | null): Lied {
  const lied: Lied = { places: new Set(), told: '' }
  const asked = new Map<string, number>()
  const say = <T>(body: T, call: string): T => {
    const times = (asked.get(call) ?? 0) + 1
    asked.set(call, times)
    const place = `${times}. time: ${call}`
    const said = structuredClone(body)
    if (!lie(said, drawFrom(seed + numberOf(place)))) return body
    lied.places.add(place)
    const tells = where === 'every' || (lied.told === '' && (where === 'first' || where === place))
    if (!tells) return body
    lied.told = place
    return said
  }
  if (Object.values(shuffles).includes(lie)) graph.shuffle = say
  else graph.twist = say
  return lied
}

const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32LE()

/** Plays a lie in one world, at so many places one after the other: what is wrong afterwards; null where there is no place for it. */
async function playIn(t: TestDb, seed: number, lie: Lie, most: number | 'every'): Promise<string[] | null> {
  const world = randomWorld(seed)
  const manners = seed % 2 === 0 ? randomManners(seed) : {}
  // Items that are lost are waited for; that is played elsewhere.
  const habits = { ...randomHabits(seed), denied: {}, nullItems: false, ...manners }
  const graph = await startOtherGraph(world, habits)
  try {
    const shop = await openShop(t, graph)
    await shop.check()
    const before = everything((await shop.check()).stored)
    const probe = lieIn(graph, lie, seed, null)
    await shop.check()
    if (probe.places.size === 0) return null
    const places =
      most === 'every' ? (['every'] as const) : drawFrom(seed).some([...probe.places].sort(), most)
    for (const place of places) {
      const wrong = await playAt(graph, shop, before, (where) => lieIn(graph, lie, seed, where), place)
      if (wrong.length > 0) return [...wrong, `GUESTLIST_WORLD=${seed} ${JSON.stringify(habits)}`]
    }
    return []
  } finally {
    await graph.stop()
  }
}

/** A check that is lied to, and one that is not. */
async function playAt(
  graph: OtherGraph,
  shop: Shop,
  before: Lines,
  lies: (where: string) => Lied,
  place: string,
): Promise<string[]> {
  let lied = lies(place)
  await shop.check()
  if (lied.told === '') {
    // What was learnt meanwhile may have made the places others.
    lied = lies('first')
    await shop.check()
  }
  const after = difference(before, everything(await shop.stored()))
  graph.twist = graph.shuffle = null
  const next = difference(before, everything((await shop.check()).stored))
  const wrong = [
    // What was added is told with what went: it may be the same, and other.
    ...(harmed(after) ? after : []),
    ...next.map((line) => `for good: ${line}`),
    ...(lied.told === '' ? ['the lie was not told'] : []),
  ]
  return wrong.length > 0 ? [...wrong, `told ${lied.told}`] : []
}

/**
 * Plays a lie at `most` places of the first world from `seed` on that has a place for it: what is wrong afterwards. `every`: all answers of one
 * check lie.
 */
export async function playLie(
  t: TestDb,
  seed: number,
  lie: Lie,
  most: number | 'every' = 1,
): Promise<string[]> {
  for (let n = 0; n < TRIES; n += 1) {
    const wrong = await playIn(t, seed + n, lie, most)
    if (wrong !== null) return wrong
  }
  return ['no world had a place for it']
}
