// Merging, second half: who holds what. Grants first, because whether a person stays depends on what still is theirs.
import { resourceKey } from '../model/inventory.ts'
import type { Asset, GrantRow, PrincipalRow } from '../model/inventory.ts'
import type { GrantObservation, PrincipalFacts, PrincipalObservation } from '../model/snapshot.ts'
import { doubted, inOrder, pathOf, scopeOf, stillHolds, told, union } from './observed.ts'
import type { Groups, Run } from './observed.ts'
import { reaches } from './scope.ts'
import type { Holdings } from './scope.ts'

/** What has been merged before people are looked at. */
export interface Ground {
  resources: ReadonlyMap<string, Asset>
  /** Asked by their external ids. */
  partners: Pick<ReadonlySet<string>, 'has'>
  holdings: Holdings
  /** Resources whose removal is held: nothing on them ends either. */
  suspect: ReadonlySet<string>
  /** Scopes that are about a resource which has ended (as a group of assets): nobody asks for them again. */
  over: ReadonlySet<string>
}

/** True where the resource is live and, of a partner's grant, still shared. */
function stands(grant: Pick<GrantRow, 'type' | 'resource' | 'partner'>, ground: Ground): boolean {
  const resource = resourceKey({ type: grant.type, externalId: grant.resource })
  if (!ground.resources.has(resource)) return false
  return grant.partner === null || ground.holdings.get(grant.partner)?.has(resource) === true
}

/** Null for our own business; undefined where the business is neither ours nor a partner's. */
function partnerOf(run: Run, ground: Ground, business: string): string | null | undefined {
  if (business === run.business) return null
  return ground.partners.has(business) ? business : undefined
}

/** Direct grants and grants through groups; those through roles are derived afterwards. */
export function mergeGrants(run: Run, groups: Groups, ground: Ground): Map<string, GrantRow> {
  const after = new Map<string, GrantRow>()
  for (const [key, row] of run.before.grants) {
    if (row.how === 'role' || groups.grants.has(key) || !stands(row, ground)) continue
    const suspect = ground.suspect.has(resourceKey({ type: row.type, externalId: row.resource }))
    const over = ground.over.has(row.scope) || (run.sealed.has(row.scope) && !overlooked(run, row))
    if (suspect || !over) after.set(key, doubted(run, row, row.partner))
  }
  for (const [key, group] of groups.grants) {
    const row = grantAfter(run, run.before.grants.get(key), group, ground)
    const known =
      row !== null && (groups.principals.has(row.principal) || run.before.principals.has(row.principal))
    if (known) after.set(key, row)
  }
  return after
}

/** True of a grant that pages could not have shown: they go from person to person, and no list of people has told of its holder. */
function overlooked(run: Run, row: GrantRow): boolean {
  return run.onPages.has(row.scope) && run.before.principals.get(row.principal)?.source === 'assigned'
}

function grantAfter(
  run: Run,
  stored: GrantRow | undefined,
  group: readonly GrantObservation[],
  ground: Ground,
): GrantRow | null {
  const ordered = inOrder(group, run.sealed)
  const [first] = ordered
  if (first === undefined) return null
  const partner = partnerOf(run, ground, first.business)
  if (partner === undefined) return null
  const held = stillHolds(run, stored)
  const entitlements = union([...ordered.map((o) => o.entitlements), held?.entitlements ?? []])
  const row: GrantRow = {
    id: stored?.id ?? null,
    confirmed: true,
    principal: first.principal,
    type: first.type,
    resource: first.resource,
    partner,
    how: first.how,
    through: first.through ?? '',
    entitlements,
    rank: run.rankOf(first.type, entitlements),
    scope: scopeOf(stored, ordered),
    path: pathOf(ordered),
  }
  return stands(row, ground) ? row : null
}

/** People of ours stay while they are listed or hold something; a partner's only while they hold something of ours. */
export function mergePrincipals(
  run: Run,
  groups: ReadonlyMap<string, PrincipalObservation[]>,
  grants: ReadonlyMap<string, GrantRow>,
  ground: Ground,
): Map<string, PrincipalRow> {
  const holding = new Map<string, GrantRow[]>()
  for (const grant of grants.values()) {
    const list = holding.get(grant.principal)
    if (list === undefined) holding.set(grant.principal, [grant])
    else list.push(grant)
  }
  const after = new Map<string, PrincipalRow>()
  for (const key of new Set([...run.before.principals.keys(), ...groups.keys()])) {
    const holds = holding.get(key) ?? []
    const stored = run.before.principals.get(key)
    const row = principalAfter(run, stored, groups.get(key) ?? [], holds, ground)
    if (row === null) continue
    if (row.partner === null || holds.length > 0 || (reaches(row) && holdsSome(ground, row.partner))) {
      after.set(key, row)
    }
  }
  return after
}

/** True where a share with this partner is in force. */
function holdsSome(ground: Ground, partner: string): boolean {
  return Array.from(ground.holdings.get(partner)?.values() ?? []).some((rank) => rank !== null)
}

function principalAfter(
  run: Run,
  stored: PrincipalRow | undefined,
  group: readonly PrincipalObservation[],
  held: readonly GrantRow[],
  ground: Ground,
): PrincipalRow | null {
  // A list tells more than an assignment, so where both saw somebody the list leads.
  const ordered = inOrder(group, run.sealed, (o) => (o.source === 'list' ? 0 : 1))
  const [first] = ordered
  if (first !== undefined && (first.source === 'list' || stored === undefined)) {
    const partner = partnerOf(run, ground, first.business)
    return partner === undefined ? null : fromObservation(run, stored, ordered, first, partner)
  }
  if (stored === undefined) return null
  const seen = first !== undefined || held.some((g) => g.confirmed && run.readers.has(g.partner))
  const mayBeListed = !run.sealed.has(stored.scope)
  if (stored.source === 'list' && mayBeListed) {
    return seen ? assigned(stored, ordered, stored) : doubted(run, stored, stored.partner)
  }
  if (!seen && held.length === 0) {
    // Seen only on an asset that nobody asks about any more, because it has ended: what told of this principal is gone.
    return run.open(stored.scope) ? doubted(run, stored, stored.partner) : null
  }
  // No longer in the list of people, yet something is theirs: what the list said of the role has ended with it.
  const scope = scopeOf(stored.source === 'list' ? undefined : stored, [
    ...ordered,
    ...held.toSorted((a, b) => (a.scope < b.scope ? -1 : Number(a.scope > b.scope))),
  ])
  const row = assigned(stored, ordered, { source: 'assigned', role: null, reachesAll: false, scope })
  return seen ? row : doubted(run, { ...row, confirmed: stored.confirmed }, stored.partner)
}

function fromObservation(
  run: Run,
  stored: PrincipalRow | undefined,
  ordered: readonly PrincipalObservation[],
  first: PrincipalObservation,
  partner: string | null,
): PrincipalRow {
  // A provider leaves out what it does not show: a list without somebody's role does not take it away.
  const held = stillHolds(run, stored)
  const roleStays = first.role === null || (held?.reachesAll === true && !first.reachesAll)
  const kept = first.source === 'list' && roleStays && stored?.source === 'list' ? stored : first
  return {
    id: stored?.id ?? null,
    confirmed: true,
    externalId: first.externalId,
    kind: first.kind,
    partner,
    business: first.business,
    name: told(ordered.map((o) => o.name)) ?? stored?.name ?? null,
    email:
      told(ordered.map((o) => o.email)) ?? (first.untold?.includes('email') ? stored : held)?.email ?? null,
    role: kept.role,
    reachesAll: kept.reachesAll,
    source: first.source,
    facts: factsOf(stored, first, held !== undefined),
    scope: scopeOf(
      stored?.source === first.source ? stored : undefined,
      ordered.filter((o) => o.source === first.source),
    ),
    path: first.path ?? 'api',
  }
}

/** What this path or list tells of nobody stays as it is stored; in a list that was not read completely (`open`) everything that is not told. */
function factsOf(
  stored: PrincipalRow | undefined,
  { facts, untold = [] }: PrincipalObservation,
  open: boolean,
): PrincipalFacts {
  if (stored === undefined) return facts
  const names = open
    ? (Object.keys(stored.facts) as (keyof PrincipalFacts)[])
    : untold.filter((name) => name !== 'email')
  const kept = names.filter(
    (name) => stored.facts[name] !== undefined && (!open || (facts[name] ?? null) === null),
  )
  return { ...facts, ...Object.fromEntries(kept.map((name) => [name, stored.facts[name]])) }
}

/** A stored row with what an assignment tells: it knows less than a list, so it adds and never takes away. */
function assigned(
  stored: PrincipalRow,
  ordered: readonly PrincipalObservation[],
  rest: Pick<PrincipalRow, 'source' | 'role' | 'reachesAll' | 'scope'>,
): PrincipalRow {
  return {
    ...stored,
    // Nobody who only was invited is assigned: the list that said so told of somebody else.
    kind: stored.kind === 'invitation' ? (ordered[0]?.kind ?? stored.kind) : stored.kind,
    name: told(ordered.map((o) => o.name)) ?? stored.name,
    email: told(ordered.map((o) => o.email)) ?? stored.email,
    source: rest.source,
    role: rest.role,
    reachesAll: rest.reachesAll,
    scope: rest.scope,
    confirmed: true,
  }
}

/** Puts back people whose removal is held, with what was theirs where it still stands. */
export function keepPeople(
  run: Run,
  rows: readonly (readonly [string, PrincipalRow])[],
  after: { principals: Map<string, PrincipalRow>; grants: Map<string, GrantRow> },
  ground: Ground,
): void {
  const kept = new Set<string>()
  for (const [key, row] of rows) {
    kept.add(key)
    after.principals.set(key, doubted(run, row, row.partner))
  }
  for (const [key, row] of run.before.grants) {
    if (row.how === 'role' || after.grants.has(key) || !kept.has(row.principal) || !stands(row, ground))
      continue
    after.grants.set(key, doubted(run, row, row.partner))
  }
}
