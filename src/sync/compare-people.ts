// Compares the people of some businesses with what is stored, and writes what differs: few small businesses or some people of a large one at a
// time, so that memory holds no more rights however many there are.
import { grantKey } from '../model/inventory.ts'
import type { GrantRow, PrincipalRow, ShareRow } from '../model/inventory.ts'
import type { Tx } from '../store/db.ts'
import { sumHeld } from '../store/held.ts'
import { countHeld, idsOfHolders, loadGrants, loadPrincipals } from '../store/inventory.ts'
import type { Names } from '../store/inventory.ts'
import { addChanges } from '../store/inventory-write.ts'
import type { Where } from '../store/inventory-write.ts'
import { movedBetweenBusinesses, stagedInvited, stagedPeople } from '../store/staged.ts'
import { unlistedPeople } from './cross-check.ts'
import { diffGrants, diffPrincipals, noChange, unchanged } from './diff.ts'
import type { Difference } from './diff.ts'
import { keepHeld, mergePeople } from './merge.ts'
import type { Merged } from './merge.ts'
import { heldPeople } from './safeguard.ts'
import type { Held } from './safeguard.ts'
import type { Roles } from './scope.ts'
import type { LearntScopes } from './seen-scopes.ts'
import { historyOf, noGrants } from './tally.ts'
import type { GrantCounts, Ids } from './tally.ts'
import { endPeople, writeGrants, writePeople } from './write-rows.ts'

/** Businesses whose people are compared together. */
export interface Part {
  businesses: string[]
  /** About how many rights that are: as many are stored, or were seen with who holds them. */
  rights: number
}

/**
 * Small businesses together, so that the database is asked less often, and no more at once than memory is to hold; all at once where somebody
 * stands under two. `seen`: how much was staged of each.
 */
export async function partsOf(
  tx: Tx,
  { jobId, connectionId }: { jobId: string; connectionId: string },
  {
    own,
    businesses,
    seen,
  }: { own: string; businesses: readonly string[]; seen: ReadonlyMap<string, number> },
): Promise<{ parts: Part[]; moved: boolean }> {
  const held = await countHeld(tx, connectionId)
  const moved = await movedBetweenBusinesses(tx, { jobId, connectionId, own })
  const parts: Part[] = []
  for (const business of businesses) {
    const stored = held.get(business === own ? null : business) ?? 0
    const rights = Math.max((seen.get(business) ?? 0) / 2, stored)
    const last = parts.at(-1)
    if (last !== undefined && (moved || last.rights + rights <= TOGETHER)) {
      last.businesses.push(business)
      last.rights += rights
    } else parts.push({ businesses: [business], rights })
  }
  return { parts, moved }
}

export interface People {
  principals: Difference<PrincipalRow>
  grants: GrantCounts
  held: Held[]
  /** Resources of which the holders became different. */
  touched: Set<string>
  unlisted: ReturnType<typeof unlistedPeople>
}

/** What people stand on, compared and written before. */
interface Ground {
  merged: Merged
  roles: Roles
  names: Names
  ids: Ids
}

/** `who`: of these businesses everybody, or whom they have invited, where all others are told as they were and stand on what is stored. */
export async function comparePeople(
  tx: Tx,
  where: Where & { jobId: string },
  { merged, roles, names, ids }: Ground,
  { businesses, rights, own, who }: Part & { own: string; who: 'everybody' | 'invited' },
  scopes: LearntScopes,
): Promise<People> {
  const partners = businesses.filter((business) => business !== own)
  const whose = { own: partners.length < businesses.length, partners }
  const before = await loadPrincipals(tx, where.connectionId, whose, names)
  await scopes.learn(before.values())
  const on: Merged = { ...merged, run: { ...merged.run, ...scopes } }
  const invited = who === 'invited' ? await stagedInvited(tx, where.jobId, businesses) : null
  for (const [key, { kind }] of before) if (kind === 'invitation') invited?.add(key)
  /** Everybody else is who is stored. */
  const looked: Group = invited === null ? all : (key) => invited.has(key)
  const groups = invited === null ? groupsFor(rights, TOGETHER) : [looked]
  const look = async (group: Group): Promise<Looked> => {
    const principals = new Map(Array.from(before).filter(([key]) => group(key)))
    const grants = await loadGrants(tx, idsOfHolders(principals), names, 'without roles')
    await scopes.learn(grants.values())
    const seen = await stagedPeople(tx, where.jobId, businesses, invited ?? only(group))
    return { before: { principals, grants }, after: mergePeople(on, { principals, grants }, seen) }
  }
  const after = new Map(Array.from(before).filter(([key]) => !looked(key)))
  // With several groups everybody is looked at twice: whose removal is held is known only when all of a business have been seen. What a function
  // below holds of one group goes with it; a loop would hold it until the next one is there.
  let whole: Looked | null = null
  const seePeople = async (group: Group) => {
    const one = await look(group)
    for (const [key, row] of one.after.principals) after.set(key, row)
    if (groups.length === 1) whole = one
  }
  for (const group of groups) await seePeople(group)
  const held = heldPeople({ principals: before }, after)
  const kept = held.flatMap(({ rows }) => rows)
  keepHeld(on, { grants: new Map() }, kept, { principals: after, grants: new Map() })
  const principals = diffPrincipals(before, after)
  const known = await writePeople(tx, where, before, principals, ids)
  await addChanges(tx, where, historyOf({ ...noChange(), principals }, known))
  const written = { counts: noGrants(), holders: new Set<string>(), touched: new Set<string>() }
  const compareRights = async (group: Group) => {
    const one = whole ?? (await look(group))
    whole = null
    const theirs = kept.filter(([key]) => group(key))
    keepHeld(on, one.before, theirs, one.after)
    await writeCounted(tx, where, diffGrants(one.before.grants, one.after.grants), known, written)
  }
  for (const group of groups) await compareRights(group)
  const someOf = (people: ReadonlyMap<string, PrincipalRow>) =>
    looked === all ? people : new Map(Array.from(people).filter(([key]) => looked(key)))
  const both = { before: someOf(before), after: someOf(after) }
  await compareRoles(tx, where, both, { roles, names }, known, written)
  await endPeople(tx, where, principals)
  await sumHeld(tx, written.holders)
  const unlisted = unlistedPeople(after.values())
  return {
    principals,
    grants: written.counts,
    held: held.map((h) => h.held),
    touched: written.touched,
    unlisted,
  }
}

/** Some people, before and after. */
interface Looked {
  before: { principals: Map<string, PrincipalRow>; grants: Map<string, GrantRow> }
  after: { principals: Map<string, PrincipalRow>; grants: Map<string, GrantRow> }
}

/** True of the people in it, by their external ids, or of the assets, by their keys. */
type Group = (key: string) => boolean

const all: Group = () => true
/** For whoever need not ask where it is everybody. */
const only = (group: Group): Group | undefined => (group === all ? undefined : group)

/** Rights that are compared at once: those that are stored, or what was seen of them and, as often, of who holds them. */
const TOGETHER = 6_000

/** So many groups that none has more than `most` of these rights, where they are spread evenly: everybody is in one. */
function groupsFor(rights: number, most: number): Group[] {
  const count = Math.max(1, Math.ceil(rights / most))
  if (count === 1) return [all]
  return Array.from({ length: count }, (_, at) => (key: string) => {
    let sum = 0
    for (let i = 0; i < key.length; i++) sum = (Math.imul(sum, 31) + key.charCodeAt(i)) >>> 0
    return sum % count === at
  })
}

/** What follows from the roles of these people. */
async function compareRoles(
  tx: Tx,
  where: Where & { jobId: string },
  { before, after }: Record<'before' | 'after', ReadonlyMap<string, PrincipalRow>>,
  { roles, names }: Pick<Ground, 'roles' | 'names'>,
  ids: Ids,
  written: Written,
): Promise<void> {
  const compareSome = async (some: Portion, on: Group) => {
    const now = new Map(roles.grantsOf(some.now, on).map((g) => [grantKey(g), g]))
    const stored = await loadGrants(tx, some.stored, names, 'by roles', only(on))
    for (const [key, grant] of now) grant.id = stored.get(key)?.id ?? null
    await writeCounted(tx, where, diffGrants(stored, now), ids, written)
  }
  for (const some of portions(before, after, roles))
    // Of one whose role reaches very much, some assets at a time.
    for (const on of groupsFor(some.weight, PORTION)) await compareSome(some, on)
}

/** Grants that follow from roles and are compared at once. */
const PORTION = 2_000

interface Portion {
  /** Our ids of those who are stored, with their external ids. */
  stored: Map<string, string>
  now: PrincipalRow[]
  weight: number
}

/** Everybody of before and after, cut where their roles reach much: memory holds one portion at a time. */
function* portions(
  before: ReadonlyMap<string, PrincipalRow>,
  after: ReadonlyMap<string, PrincipalRow>,
  roles: Roles,
): Generator<Portion> {
  const empty = (): Portion => ({ stored: new Map(), now: [], weight: 0 })
  let portion = empty()
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)]
    const reach = Math.max(1, ...[old, now].map((row) => (row === undefined ? 0 : roles.reach(row))))
    if (portion.weight > 0 && portion.weight + reach > PORTION) {
      yield portion
      portion = empty()
    }
    if (old !== undefined && old.id !== null) portion.stored.set(old.id, key)
    if (now !== undefined) portion.now.push(now)
    portion.weight += reach
  }
  if (portion.weight > 0) yield portion
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
