// What a read does not tell of any more though it stands: noticed list by list, and looked for a second time before anything may end by it. An answer
// that is right in form may still tell less than the truth, or what is true of somebody else. Pure.
import type { Seal } from '../connectors/connector.ts'
import type { Observation } from '../model/snapshot.ts'
import { keyOf } from '../store/standing.ts'

/** So many lists that lost something are asked again first; the others only where one of these had not told everything. */
const FIRST_LOOKS = 50

export interface SecondLook {
  /** True of a list that has live rows, whoever told of them. */
  stands(scope: string): boolean
  /** Lists that are being asked again, or were. */
  doubted: Set<string>
  /** An answer tells of this. */
  see(o: Observation): void
  /** A list came to its end. True where it does not tell of something that stands, and was not asked again yet: it waits for `next`. */
  waits(seal: Seal): boolean
  /** True while lists wait. */
  waiting(): boolean
  /**
   * To be called when everything else was read: the lists that are to be asked again, and those that are believed. Where many lost something some
   * are asked, and the others believed if these lost it twice: who leaves a business leaves a hundred lists.
   */
  next(): { again: Seal[]; believed: Seal[] }
  /** A list is read: what an answer of it told that was wrong about other things, and that no other answer told. */
  settle(scope: string): Observation[]
}

/** `standing`: names of what stands, by scope (store/standing.ts). */
export function secondLook(standing: ReadonlyMap<string, readonly string[]>): SecondLook {
  const doubted = new Set<string>()
  const waiting: Seal[] = []
  /** Of lists that have begun: what stands and was not told of, and what is new. */
  const begun = new Map<string, { missing: Set<string>; fresh: Map<string, Observation> }>()
  /** Lists of which the second answer told of something that the first one had left out. */
  const caught = new Set<string>()
  let looked = false
  const listOf = (scope: string, keys: readonly string[]) => {
    const list = begun.get(scope) ?? { missing: new Set(keys), fresh: new Map<string, Observation>() }
    begun.set(scope, list)
    return list
  }
  return {
    stands: (scope) => standing.has(scope),
    doubted,
    see: (o) => {
      const keys = standing.get(o.scope)
      if (keys === undefined || keys.length === 0) return
      const key = keyOf(o)
      if (key === null) return
      const { missing, fresh } = listOf(o.scope, keys)
      const again = doubted.has(o.scope)
      if (missing.delete(key)) {
        if (again) caught.add(o.scope)
      } else if (again) fresh.delete(key)
      else if (!keys.includes(key)) fresh.set(key, o)
    },
    waits: (seal) => {
      const keys = standing.get(seal.scope)
      if (keys === undefined || doubted.has(seal.scope) || listOf(seal.scope, keys).missing.size === 0)
        return false
      if (!waiting.some(({ scope }) => scope === seal.scope)) waiting.push(seal)
      return true
    },
    waiting: () => waiting.length > 0,
    next: () => {
      const most = caught.size > 0 ? waiting.length : looked ? 0 : FIRST_LOOKS
      looked ||= waiting.length > 0
      const again = waiting.splice(0, most)
      for (const { scope } of again) doubted.add(scope)
      return { again, believed: again.length > 0 ? [] : waiting.splice(0) }
    },
    settle: (scope) => {
      const fresh = caught.has(scope) ? [...(begun.get(scope)?.fresh.values() ?? [])] : []
      begun.delete(scope)
      return fresh
    },
  }
}
