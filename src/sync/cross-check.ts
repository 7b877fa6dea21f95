// Compares what several lists of a provider tell of the same thing, where they are read anyway. Pure: it changes no row, it is told.
import { resourceKey } from '../model/inventory.ts'
import type { Asset, PrincipalRow } from '../model/inventory.ts'
import { inForce, observationKey } from '../model/snapshot.ts'
import type { Observation, ShareObservation } from '../model/snapshot.ts'
import type { RankOf } from './scope.ts'

/** Partner (null: our own business) → people who are known by an assignment alone: no list of its people names them. */
export function unlistedPeople(principals: Iterable<PrincipalRow>): Map<string | null, number> {
  const counts = new Map<string | null, number>()
  for (const p of principals) {
    if (p.kind === 'person' && p.source === 'assigned')
      counts.set(p.partner, (counts.get(p.partner) ?? 0) + 1)
  }
  return counts
}

/**
 * How many shares two lists tell differently: with rights of another rank, or with an asset that no list of assets names though assets of
 * its kind and side are listed. `complete`: everything was read, so that what is missing is missing.
 */
export function unlikeShares(
  observations: Iterable<Observation>,
  resources: ReadonlyMap<string, Asset>,
  rankOf: RankOf,
  complete: boolean,
): number {
  const told = new Map<string, ShareObservation[]>()
  for (const o of observations) {
    if (o.of !== 'share') continue
    const key = observationKey(o)
    const others = told.get(key)
    if (others === undefined) told.set(key, [o])
    else others.push(o)
  }
  const sides = new Set(Array.from(resources.values(), (r) => `${r.type} ${r.relation}`))
  let count = 0
  for (const shares of told.values()) {
    const ranks = new Set(
      shares.filter((s) => s.entitlements.length > 0).map((s) => rankOf(s.type, s.entitlements)),
    )
    if (ranks.size > 1 || (complete && shares.some((s) => isLost(s, resources, sides)))) count += 1
  }
  return count
}

function isLost(
  { type, resource, direction, status }: ShareObservation,
  resources: ReadonlyMap<string, Asset>,
  sides: ReadonlySet<string>,
): boolean {
  if (!inForce(status) || resources.has(resourceKey({ type, externalId: resource }))) return false
  return sides.has(`${type} ${direction === 'in' ? 'client' : 'owned'}`)
}
