// What the tables should hold after a run: the live rows of before and what the run saw, put together by one rule: a row ends only
// where it was not seen and its scope was read completely, or where something that it hangs on has ended. Pure.
import { grantKey, resourceKey } from '../model/inventory.ts'
import type {
  GrantRow,
  Inventory,
  PartnerRow,
  PrincipalRow,
  ResourceRow,
  ShareRow,
} from '../model/inventory.ts'
import { inForce } from '../model/snapshot.ts'
import type {
  Observation,
  PartnerObservation,
  ResourceObservation,
  ShareObservation,
} from '../model/snapshot.ts'
import { assignedScope } from '../model/snapshot.ts'
import { keepPeople, mergeGrants, mergePrincipals } from './merge-people.ts'
import type { Ground } from './merge-people.ts'
import { doubted, groupByRow, inOrder, pathOf, scopeOf, stillHolds, told, union } from './observed.ts'
import type { Run, Seen } from './observed.ts'
import { heldPeople, heldResources } from './safeguard.ts'
import type { Held } from './safeguard.ts'
import { holdings, roleGrants } from './scope.ts'
import type { RankOf } from './scope.ts'

/**
 * The rows as they should be, and the removals that the safeguard holds: those are among the rows, not confirmed. Rows that are new
 * have no id. All at once: whoever compares a large business does it part by part, with the functions below.
 */
export function merge(before: Inventory, seen: Seen, rules: Rules): { after: Inventory; held: Held[] } {
  const observations = [...seen.observations]
  const assets = mergeAssets(before, { ...seen, observations }, rules)
  const { partners, shares } = mergeSharing(assets, before, observations)
  const { resources } = assets
  const merged = standOn(assets, partners, holdings(shares.values()))
  const { principals, grants } = mergePeople(merged, before, observations)
  const people = heldPeople(before, principals)
  for (const { rows } of people) keepHeld(merged, before, rows, { principals, grants })
  for (const grant of roleGrants({ resources, shares, principals })) {
    const key = grantKey(grant)
    grants.set(key, { ...grant, id: before.grants.get(key)?.id ?? null })
  }
  return {
    after: { partners, resources, shares, principals, grants },
    held: [...(assets.held === null ? [] : [assets.held]), ...people.map((p) => p.held)],
  }
}

export interface Rules {
  /** Our own business. */
  business: string
  rankOf: RankOf
}

type Part<K extends keyof Inventory> = Pick<Inventory, K>

const nothing = (): Inventory => ({
  partners: new Map(),
  resources: new Map(),
  shares: new Map(),
  principals: new Map(),
  grants: new Map(),
})

/** The assets: everything else hangs on them. Of what was stored nothing is held. */
export interface Assets extends Pick<Ground, 'resources' | 'suspect' | 'over'> {
  /** Not told of by a list that was not read: where they stand now is not known, and neither is by whom or with whom they are shared. */
  unseen: ReadonlySet<string>
  run: Omit<Run, 'before'>
}

/** Puts the assets together; `held`: their removal, where it is. Looks at observations of them alone. */
export function mergeAssets(
  before: Part<'resources'>,
  seen: Seen,
  rules: Rules,
): Assets & { resources: Map<string, ResourceRow>; held: Held | null } {
  const { sealed, open, readers, onPages = new Set() } = seen
  const rest = { ...rules, sealed, onPages, open, readers }
  const run: Run = { ...rest, before: { ...nothing(), resources: before.resources } }
  const told = groupByRow(seen.observations).resources
  const resources = mergeResources(run, told)
  const unseen = new Set(Array.from(resources.keys()).filter((key) => !told.has(key)))
  const held = heldResources(before, resources)
  for (const [key, row] of held?.rows ?? []) resources.set(key, doubted(run, row, null))
  const over = new Set<string>()
  for (const [key, { type, externalId }] of before.resources)
    if (!resources.has(key)) over.add(assignedScope(rules.business, type, externalId))
  const suspect = new Set(held?.rows.map(([key]) => key))
  return { resources, held: held?.held ?? null, suspect, unseen, over, run: rest }
}

/**
 * Puts together partners and what is shared: of all partners, or of some, where `before` and the observations hold all shares of theirs.
 * Looks at observations of partners and shares alone.
 */
export function mergeSharing(
  { run: rest, resources, suspect, unseen }: Assets,
  before: Part<'partners' | 'shares'>,
  observations: Iterable<Observation>,
): Part<'partners' | 'shares'> {
  const groups = groupByRow(observations)
  const run: Run = { ...rest, before: { ...nothing(), partners: before.partners, shares: before.shares } }
  const shares = mergeShares(run, groups.shares, resources, new Set([...suspect, ...unseen]))
  return { partners: mergePartners(run, groups.partners, shares), shares }
}

/** What people and their grants stand on. */
export interface Merged {
  run: Omit<Run, 'before'>
  ground: Ground
}

export function standOn(
  { run, ...assets }: Assets,
  partners: Ground['partners'],
  held: Ground['holdings'],
): Merged {
  return { run, ground: { ...assets, partners, holdings: held } }
}

/**
 * Puts together people and the grants that were told of: all of them, or those of some people, where `before` and the observations hold
 * everything of theirs. What follows from roles is not among them. Whose removal is held is for whoever knows all of a business.
 */
export function mergePeople(
  { run: rest, ground: on }: Merged,
  before: Part<'principals' | 'grants'>,
  observations: Iterable<Observation>,
): { principals: Map<string, PrincipalRow>; grants: Map<string, GrantRow> } {
  const groups = groupByRow(observations)
  const run: Run = { ...rest, before: { ...nothing(), principals: before.principals, grants: before.grants } }
  const grants = mergeGrants(run, groups, on)
  return { principals: mergePrincipals(run, groups.principals, grants, on), grants }
}

/** Puts back people whose removal is held, with what was theirs of the grants of before. */
export function keepHeld(
  { run: rest, ground: on }: Merged,
  before: Part<'grants'>,
  rows: readonly (readonly [string, PrincipalRow])[],
  after: { principals: Map<string, PrincipalRow>; grants: Map<string, GrantRow> },
): void {
  keepPeople({ ...rest, before: { ...nothing(), grants: before.grants } }, rows, after, on)
}

function mergeResources(run: Run, groups: Map<string, ResourceObservation[]>): Map<string, ResourceRow> {
  const after = new Map<string, ResourceRow>()
  for (const [key, row] of run.before.resources) {
    if (!groups.has(key) && !run.sealed.has(row.scope)) after.set(key, doubted(run, row, null))
  }
  for (const [key, group] of groups) {
    // Listed as our own and as a client's: owning is the stronger fact.
    const ordered = inOrder(group, run.sealed, (o) => (o.relation === 'owned' ? 0 : 1))
    const [first] = ordered
    if (first === undefined) continue
    const stored = run.before.resources.get(key)
    const held = stillHolds(run, stored)
    const owned = held?.relation === 'owned' && first.relation === 'client' ? held : null
    after.set(key, {
      id: stored?.id ?? null,
      confirmed: true,
      type: first.type,
      externalId: first.externalId,
      // Everything has a name: one that is not told is not gone.
      name: told(ordered.map((o) => o.name)) ?? stored?.name ?? null,
      relation: owned?.relation ?? first.relation,
      ownerBusiness: told(ordered.map((o) => o.ownerBusiness)) ?? held?.ownerBusiness ?? null,
      // Pages tell no facts of an asset: what is stored stays.
      facts: Object.assign(
        {},
        ...(pathOf(ordered) === 'browser' ? [stored?.facts] : [held?.facts, untoldFacts(stored, ordered)]),
        ...ordered.toReversed().map((o) => o.facts),
      ) as Record<string, string>,
      scope: owned?.scope ?? scopeOf(stored, ordered),
      path: pathOf(ordered),
    })
  }
  return after
}

/** The stored facts that the lists of an asset told of none. */
function untoldFacts(
  stored: ResourceRow | undefined,
  group: readonly ResourceObservation[],
): Record<string, string> {
  const untold = new Set(group.flatMap((o) => o.untold ?? []))
  return Object.fromEntries(Object.entries(stored?.facts ?? {}).filter(([label]) => untold.has(label)))
}

/** The same share may be told by the partners' list and by the asset: the one that tells a status leads, rights are put together. */
function mergeShares(
  run: Run,
  groups: Map<string, ShareObservation[]>,
  resources: Ground['resources'],
  unsure: ReadonlySet<string>,
): Map<string, ShareRow> {
  const after = new Map<string, ShareRow>()
  for (const [key, row] of run.before.shares) {
    const resource = resourceKey({ type: row.type, externalId: row.resource })
    // Nobody asks any more what an asset is shared with that has become another's, or by whom one that has become ours.
    const moved = resources.get(resource)?.relation === (row.direction === 'out' ? 'client' : 'owned')
    const over = run.sealed.has(row.scope) || (moved && !run.open(row.scope))
    const stays = resources.has(resource) && (unsure.has(resource) || !over)
    if (!groups.has(key) && stays) after.set(key, doubted(run, row, null))
  }
  for (const [key, group] of groups) {
    const ordered = inOrder(group, run.sealed, (o) => (o.status === null ? 1 : 0))
    const [first] = ordered
    if (first === undefined) continue
    if (!resources.has(resourceKey({ type: first.type, externalId: first.resource }))) continue
    const stored = run.before.shares.get(key)
    const held = stillHolds(run, stored)
    const entitlements = union([...ordered.map((o) => o.entitlements), held?.entitlements ?? []])
    // A list that told a status before leaves it out where it tells none; and one that is in force is.
    const same =
      stored !== undefined && (inForce(stored.status) || ordered.some((o) => o.scope === stored.scope))
    after.set(key, {
      id: stored?.id ?? null,
      confirmed: true,
      partner: first.partner,
      type: first.type,
      resource: first.resource,
      direction: first.direction,
      entitlements,
      rank: run.rankOf(first.type, entitlements),
      status:
        held !== undefined && (first.status === null || inForce(held.status))
          ? held.status
          : (first.status ?? (same ? stored.status : null)),
      scope: scopeOf(stored, ordered),
      path: pathOf(ordered),
    })
  }
  return after
}

/**
 * A partner ends when none of the scopes that told of it does any more, no scope of it that was asked for is open, and nothing is
 * shared. (Scopes that are about one asset are not asked for any more when the asset has ended.) One that only a share names is a
 * partner too.
 */
function mergePartners(
  run: Run,
  groups: Map<string, PartnerObservation[]>,
  shares: ReadonlyMap<string, ShareRow>,
): Map<string, PartnerRow> {
  const sharing = new Map<string, ShareRow[]>()
  for (const share of shares.values()) {
    const list = sharing.get(share.partner)
    if (list === undefined) sharing.set(share.partner, [share])
    else list.push(share)
  }
  const after = new Map<string, PartnerRow>()
  for (const id of new Set([...run.before.partners.keys(), ...groups.keys(), ...sharing.keys()])) {
    const row = partnerAfter(run, id, groups.get(id) ?? [], sharing.get(id) ?? [])
    if (row !== null) after.set(id, row)
  }
  return after
}

function partnerAfter(
  run: Run,
  id: string,
  group: readonly PartnerObservation[],
  shares: readonly ShareRow[],
): PartnerRow | null {
  const stored = run.before.partners.get(id)
  const ordered = inOrder(group, run.sealed)
  const confirmed = ordered.length > 0 || shares.some((s) => s.confirmed && run.readers.has(null))
  // What an open scope told before stays: it may still hold.
  const open = stored?.scopes.filter((scope) => run.open(scope)) ?? []
  const unasked = stored?.scopes.length === 0
  if (!confirmed && shares.length === 0 && open.length === 0 && !unasked) return null
  const before = open.length > 0 || unasked ? stored : undefined
  const scopes = ordered.length > 0 ? ordered : shares.filter((s) => s.confirmed)
  const row: PartnerRow = {
    id: stored?.id ?? null,
    confirmed: true,
    externalId: id,
    name: told(ordered.map((o) => o.name)) ?? stored?.name ?? null,
    isAgency: isSide(ordered, shares, 'agency', 'out') || before?.isAgency === true,
    isClient: isSide(ordered, shares, 'client', 'in') || before?.isClient === true,
    scopes: confirmed ? union([scopes.map((o) => o.scope), open]) : (stored?.scopes ?? []),
    path: confirmed ? pathOf(scopes) : (stored?.path ?? 'api'),
  }
  return confirmed ? row : doubted(run, { ...row, confirmed: stored?.confirmed ?? true }, null)
}

function isSide(
  group: readonly PartnerObservation[],
  shares: readonly ShareRow[],
  as: PartnerObservation['as'],
  direction: ShareRow['direction'],
): boolean {
  return group.some((o) => o.as === as) || shares.some((s) => s.direction === direction)
}
