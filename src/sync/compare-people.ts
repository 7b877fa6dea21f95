// Compares the people of one business, or of all at once, with what is stored, and writes what differs.
import type { ShareRow } from '../model/inventory.ts'
import type { Tx } from '../store/db.ts'
import { sumHeld } from '../store/held.ts'
import { loadPeople } from '../store/inventory.ts'
import type { Names, Whose } from '../store/inventory.ts'
import { addChanges } from '../store/inventory-write.ts'
import type { Where } from '../store/inventory-write.ts'
import { movedBetweenBusinesses, stagedRows } from '../store/staging.ts'
import { unlistedPeople } from './cross-check.ts'
import { diffPeople, noChange, unchanged } from './diff.ts'
import type { Difference, Differences } from './diff.ts'
import { mergePeople } from './merge.ts'
import type { Merged } from './merge.ts'
import type { Held } from './safeguard.ts'
import { historyOf } from './tally.ts'
import type { Ids } from './tally.ts'
import { writePeople } from './write-rows.ts'

/** People that are compared together, with the shares that their roles may reach. */
export interface Part {
  whose: Whose
  staged: Parameters<typeof stagedRows>[2]
  shares: ReadonlyMap<string, ShareRow>
}

/** Business by business, so that memory holds one at a time however many there are; all at once where somebody stands under two. */
export async function partsOf(
  tx: Tx,
  { jobId, connectionId }: { jobId: string; connectionId: string },
  own: string,
  businesses: readonly string[],
  merged: Merged,
): Promise<Part[]> {
  const { shares } = merged.after
  if (await movedBetweenBusinesses(tx, { jobId, connectionId, own }))
    return [{ whose: 'all', staged: 'people', shares }]
  const sharing = Map.groupBy(shares, ([, share]) => share.partner)
  return businesses.map((business) => ({
    whose: { partner: business === own ? null : business },
    staged: { business },
    shares: business === own ? shares : new Map(sharing.get(business)),
  }))
}

export interface People {
  found: Pick<Differences, 'principals' | 'grants'>
  held: Held[]
  /** Resources of which the holders became different. */
  touched: Set<string>
  unlisted: ReturnType<typeof unlistedPeople>
}

export async function comparePeople(
  tx: Tx,
  where: Where & { jobId: string },
  merged: Merged,
  part: Part,
  { ids, names }: { ids: Ids; names: Names },
): Promise<People> {
  const before = await loadPeople(tx, where.connectionId, part.whose, names)
  const observations = await stagedRows(tx, where.jobId, part.staged)
  const { held, ...after } = mergePeople(merged, before, observations, part.shares)
  const found = diffPeople(before, after)
  const known = await writePeople(tx, where, before, found, ids)
  await addChanges(tx, where, historyOf({ ...noChange(), ...found }, known))
  const grants = differing(found.grants)
  await sumHeld(
    tx,
    grants.flatMap((g) => known.principal(g.principal) ?? []),
  )
  return {
    found,
    held,
    touched: new Set(grants.flatMap((g) => ids.resource(g.type, g.resource) ?? [])),
    unlisted: unlistedPeople(after.principals.values()),
  }
}

/** Rows that came, went or changed. */
function differing<T>({ added, ended, changed }: Difference<T>): T[] {
  return [...added, ...ended, ...changed.map(({ after }) => after)]
}

/** Resources of which the partners became different. */
export function sharedNow(shares: Difference<ShareRow>, ids: Ids): string[] {
  return differing(shares).flatMap((s) => ids.resource(s.type, s.resource) ?? [])
}

export function noPeople(): People {
  return {
    found: { principals: unchanged(), grants: unchanged() },
    held: [],
    touched: new Set(),
    unlisted: new Map(),
  }
}
