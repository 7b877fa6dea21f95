// What a run saw, in the form that merging needs: one group per row however many pages and scopes reported it, in an order that does
// not depend on the order of arrival.
import { observationKey } from '../model/snapshot.ts'
import type {
  GrantObservation,
  Observation,
  PartnerObservation,
  Path,
  PrincipalObservation,
  ResourceObservation,
  ShareObservation,
} from '../model/snapshot.ts'
import type { Inventory } from '../model/inventory.ts'
import type { RankOf } from './scope.ts'

/** Scopes of which it can be asked whether one is among them. */
export type Scopes = Pick<ReadonlySet<string>, 'has'>

/** What became of scopes in a run. */
export interface SeenScopes {
  /** Scopes that this run read completely. */
  sealed: Scopes
  /** Of these, the ones that only pages were read for: they show what those hold who stand in their lists of people. */
  onPages: Scopes
  /** True of a scope that was asked for, or may have been, and was not read completely. Others were not asked for at all. */
  open: (scope: string) => boolean
}

export interface Seen extends Omit<SeenScopes, 'onPages'>, Partial<Pick<SeenScopes, 'onPages'>> {
  observations: Iterable<Observation>
  /** Whose readers ran: null for ours, else the partner's external id. Rows of others are neither confirmed nor doubted. */
  readers: ReadonlySet<string | null>
}

/** One run, as every part of merging sees it. */
export interface Run extends SeenScopes {
  before: Inventory
  /** Our own business. */
  business: string
  rankOf: RankOf
  readers: ReadonlySet<string | null>
}

/** Row key → what was seen of it. Partners are grouped by id, because agency and client are two sides of one row. */
export interface Groups {
  partners: Map<string, PartnerObservation[]>
  principals: Map<string, PrincipalObservation[]>
  resources: Map<string, ResourceObservation[]>
  shares: Map<string, ShareObservation[]>
  grants: Map<string, GrantObservation[]>
}

export function groupByRow(observations: Iterable<Observation>): Groups {
  const groups: Groups = {
    partners: new Map(),
    principals: new Map(),
    resources: new Map(),
    shares: new Map(),
    grants: new Map(),
  }
  for (const o of observations) {
    switch (o.of) {
      case 'partner':
        put(groups.partners, o.externalId, o)
        break
      case 'principal':
        put(groups.principals, observationKey(o), o)
        break
      case 'resource':
        put(groups.resources, observationKey(o), o)
        break
      case 'share':
        put(groups.shares, observationKey(o), o)
        break
      case 'grant':
        put(groups.grants, observationKey(o), o)
        break
    }
  }
  return groups
}

/** A later observation with the same key in the same scope takes the place of the earlier one. */
function put<T extends Observation>(groups: Map<string, T[]>, key: string, o: T): void {
  const group = groups.get(key)
  if (group === undefined) {
    groups.set(key, [o])
    return
  }
  const same = group.findIndex(
    (other) => other.scope === o.scope && observationKey(other) === observationKey(o),
  )
  if (same === -1) group.push(o)
  else group[same] = o
}

/** The observations of one row, the most telling first: by weight, then those of sealed scopes, then by scope. */
export function inOrder<T extends Observation>(
  group: readonly T[],
  sealed: Scopes,
  weight: (o: T) => number = () => 0,
): T[] {
  if (group.length < 2) return [...group]
  return group.toSorted(
    (a, b) =>
      weight(a) - weight(b) ||
      Number(sealed.has(b.scope)) - Number(sealed.has(a.scope)) ||
      (a.scope < b.scope ? -1 : Number(a.scope > b.scope)),
  )
}

/** The stored row, where its list was not read completely: what was told of it then adds to it, and takes nothing away. */
export function stillHolds<T extends { scope: string }>(
  run: Pick<Run, 'sealed'>,
  stored: T | undefined,
): T | undefined {
  return stored === undefined || run.sealed.has(stored.scope) ? undefined : stored
}

/** The scope that a row belongs to from now on: the one it had, if that reported it again, else the most telling one. */
export function scopeOf(
  stored: { scope: string } | undefined,
  ordered: readonly { scope: string }[],
): string {
  if (stored !== undefined && ordered.some((o) => o.scope === stored.scope)) return stored.scope
  return ordered[0]?.scope ?? stored?.scope ?? ''
}

/** The way on which a row was read: the API, wherever it told of it. */
export function pathOf(ordered: readonly { path?: Path }[]): Path {
  return ordered.length > 0 && ordered.every((o) => o.path === 'browser') ? 'browser' : 'api'
}

/** A stored row that this run did not see: not confirmed, if the reader that is responsible for it ran at all. */
export function doubted<T extends { confirmed: boolean }>(run: Run, row: T, owner: string | null): T {
  return row.confirmed && run.readers.has(owner) ? { ...row, confirmed: false } : row
}

/** Everything in these lists, in order, each once; the very list, where one alone tells anything and is so already. */
export function union(lists: string[][]): string[] {
  const [first, ...others] = lists.filter((list) => list.length > 0)
  if (first === undefined) return []
  if (others.length === 0 && first.every((item, i) => i === 0 || (first[i - 1] ?? '') < item)) return first
  return [...new Set([first, ...others].flat())].sort()
}

/** The first value that is told. */
export function told<T>(values: Iterable<T | null>): T | null {
  for (const value of values) if (value !== null) return value
  return null
}
