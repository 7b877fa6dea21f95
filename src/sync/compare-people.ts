// Compares the people of one business, or of all at once, with what is stored, and writes what differs.
import { grantKey } from '../model/inventory.ts'
import type { GrantRow, PrincipalRow, ShareRow } from '../model/inventory.ts'
import type { Tx } from '../store/db.ts'
import { sumHeld } from '../store/held.ts'
import { loadPeople, loadRoleGrants } from '../store/inventory.ts'
import type { Names, Whose } from '../store/inventory.ts'
import { addChanges } from '../store/inventory-write.ts'
import type { Where } from '../store/inventory-write.ts'
import { movedBetweenBusinesses, stagedRows } from '../store/staging.ts'
import { unlistedPeople } from './cross-check.ts'
import { diffGrants, diffPeople, noChange, unchanged } from './diff.ts'
import type { Difference } from './diff.ts'
import { mergePeople } from './merge.ts'
import type { Merged } from './merge.ts'
import type { Held } from './safeguard.ts'
import { rolesOn } from './scope.ts'
import type { Roles } from './scope.ts'
import { historyOf, noGrants } from './tally.ts'
import type { GrantCounts, Ids } from './tally.ts'
import { endPeople, writeGrants, writePeople } from './write-rows.ts'

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
  principals: Difference<PrincipalRow>
  grants: GrantCounts
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
  const before = await loadPeople(tx, where.connectionId, part.whose, names, 'without roles')
  const observations = await stagedRows(tx, where.jobId, part.staged)
  const { held, ...after } = mergePeople(merged, before, observations)
  const { principals, grants } = diffPeople(before, after)
  const known = await writePeople(tx, where, before.principals, principals, ids)
  await addChanges(tx, where, historyOf({ ...noChange(), principals }, known))
  const written = { counts: noGrants(), holders: new Set<string>(), touched: new Set<string>() }
  await writeCounted(tx, where, grants, known, written)
  const roles = rolesOn({ resources: merged.after.resources, shares: part.shares })
  let writing = Promise.resolve()
  for (const some of portions(before.principals, after.principals, roles)) {
    // While the database writes the portion before.
    const now = new Map(roles.grantsOf(some.now).map((g) => [grantKey(g), g]))
    await writing
    const stored = some.stored.size === 0 ? noneStored : await loadRoleGrants(tx, some.stored, names)
    for (const [key, grant] of now) grant.id = stored.get(key)?.id ?? null
    writing = writeCounted(tx, where, diffGrants(stored, now), known, written)
    // It is awaited in the next turn, or after the last one.
    writing.catch(() => undefined)
  }
  await writing
  await endPeople(tx, where, principals)
  await sumHeld(tx, written.holders)
  const unlisted = unlistedPeople(after.principals.values())
  return { principals, grants: written.counts, held, touched: written.touched, unlisted }
}

const noneStored: ReadonlyMap<string, GrantRow> = new Map()

/** Grants that follow from roles and are compared at once. */
const PORTION = 10_000

interface Portion {
  /** Our ids of those who are stored, with their external ids. */
  stored: Map<string, string>
  now: PrincipalRow[]
}

/** Everybody of before and after, cut where their roles reach much: memory holds one portion at a time. */
function* portions(
  before: ReadonlyMap<string, PrincipalRow>,
  after: ReadonlyMap<string, PrincipalRow>,
  roles: Roles,
): Generator<Portion> {
  const empty = (): Portion => ({ stored: new Map(), now: [] })
  let portion = empty()
  let weight = 0
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)]
    if (old !== undefined && old.id !== null) portion.stored.set(old.id, key)
    if (now !== undefined) portion.now.push(now)
    weight += Math.max(1, ...[old, now].map((row) => (row === undefined ? 0 : roles.reach(row))))
    if (weight < PORTION) continue
    yield portion
    portion = empty()
    weight = 0
  }
  if (weight > 0) yield portion
}

interface Written {
  counts: GrantCounts
  holders: Set<string>
  touched: Set<string>
}

/** Writes grants that differ, with their history, and adds up what that concerns. */
async function writeCounted(
  tx: Tx,
  where: Where & { jobId: string },
  grants: Difference<GrantRow>,
  ids: Ids,
  { counts, holders, touched }: Written,
): Promise<void> {
  await writeGrants(tx, where, grants, ids)
  // Those that came or went have their history with them.
  await addChanges(
    tx,
    where,
    historyOf({ ...noChange(), grants: { ...unchanged<GrantRow>(), changed: grants.changed } }, ids),
  )
  for (const kind of ['added', 'ended', 'changed', 'touched'] as const) counts[kind] += grants[kind].length
  for (const g of differing(grants)) {
    const [holder, resource] = [ids.principal(g.principal), ids.resource(g.type, g.resource)]
    if (holder !== null) holders.add(holder)
    if (resource !== null) touched.add(resource)
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
    principals: unchanged(),
    grants: noGrants(),
    held: [],
    touched: new Set(),
    unlisted: new Map(),
  }
}
