// What touches our assets: the pure rules that say which of a partner's people and rights may be stored at all, and what a role
// that reaches everything means on each asset.
import type { ResourceTypeSpec } from '../connectors/connector.ts'
import { strongest } from '../model/entitlement.ts'
import type { Rank } from '../model/entitlement.ts'
import { resourceKey } from '../model/inventory.ts'
import type { Asset, GrantRow, Inventory, PrincipalRow, ShareRow } from '../model/inventory.ts'
import { inForce } from '../model/snapshot.ts'
import type { GrantObservation, PrincipalObservation } from '../model/snapshot.ts'

export type RankOf = (type: string, entitlements: Iterable<string>) => Rank

/** The rank of a set of entitlements on a resource of some type: the strongest of them, by the connector's list. */
export function rankBy(types: readonly ResourceTypeSpec[]): RankOf {
  const byType = new Map(
    types.map((t) => [
      t.type,
      { known: new Map(t.entitlements.map((e) => [e.name, e.rank])), unknown: t.unknownRank },
    ]),
  )
  return (type, entitlements) => {
    const spec = byType.get(type)
    return strongest(
      Array.from(entitlements, (name): Rank => spec?.known.get(name) ?? spec?.unknown ?? 'view'),
    )
  }
}

/** What decides whether something that a partner's token shows may be kept. */
export interface Touch {
  /** Keys of the resources that are shared with this partner, in either direction. */
  shared: ReadonlySet<string>
  /** Principals of this partner that are stored and live. */
  stored: ReadonlySet<string>
  /** Principals that were seen to hold a grant on a shared resource in this run. */
  holders: ReadonlySet<string>
}

/** True where a grant that a partner's token shows is on a shared resource. */
export function grantTouches(grant: GrantObservation, shared: ReadonlySet<string>): boolean {
  return shared.has(resourceKey({ type: grant.type, externalId: grant.resource }))
}

/** True where a partner's principal has to do with our assets: holds a grant on one, reaches all of them, or is stored already. */
export function principalTouches(principal: PrincipalObservation, touch: Touch): boolean {
  return (
    touch.holders.has(principal.externalId) ||
    touch.stored.has(principal.externalId) ||
    (principal.reachesAll && principal.kind !== 'invitation' && touch.shared.size > 0)
  )
}

/** Partner → resource key → the rank with which the partner holds it; null where no share of it is in force yet. */
export type Holdings = ReadonlyMap<string, ReadonlyMap<string, Rank | null>>

/** What each partner holds: what it owns (direction in) fully, what we share with it as far as the share goes. */
export function holdings(shares: Iterable<ShareRow>): Holdings {
  const all = new Map<string, Map<string, Rank | null>>()
  for (const share of shares) {
    const key = resourceKey({ type: share.type, externalId: share.resource })
    const held = all.get(share.partner) ?? new Map<string, Rank | null>()
    all.set(share.partner, held)
    const before = held.get(key) ?? null
    const rank = share.direction === 'in' ? 'full' : share.rank
    held.set(key, !inForce(share.status) ? before : before === null ? rank : strongest([before, rank]))
  }
  return all
}

/** True where the principal's role gives access to what its business holds; an invitation gives none before it is accepted. */
export function reaches(principal: PrincipalRow): boolean {
  return principal.reachesAll && principal.kind !== 'invitation'
}

/**
 * The grants that follow from roles: who reaches everything in a business has access to each resource that the business holds.
 * Ours holds what it owns (fully) and what partners share with it (as far as the share goes); a partner what `holdings` says.
 */
export function roleGrants(inventory: Omit<Inventory, 'grants' | 'partners'>): GrantRow[] {
  const shares = [...inventory.shares.values()]
  const roles = rolesOn(inventory.resources, holdings(shares), sharedWithUs(shares))
  return roles.grantsOf(inventory.principals.values())
}

export interface Roles {
  /** `on`: on those resources alone of which it is true, by their keys. */
  grantsOf(principals: Iterable<PrincipalRow>, on?: (resource: string) => boolean): GrantRow[]
  /** On how many resources the principal's role may be a grant. */
  reach(principal: PrincipalRow): number
}

/**
 * What roles mean on these resources, where partners hold so much of them and share so much with us. Asked for some principals at a time: of
 * one business they may be by far the most grants.
 */
export function rolesOn(
  resources: ReadonlyMap<string, Asset>,
  byPartner: Holdings,
  withUs: ReadonlyMap<string, Rank>,
): Roles {
  const ours = ownHoldings(resources, withUs)
  const heldBy = ({ partner }: PrincipalRow): ReadonlyMap<string, Rank | null> | undefined =>
    partner === null ? ours : byPartner.get(partner)
  return {
    reach: (principal) => (reaches(principal) ? (heldBy(principal)?.size ?? 0) : 0),
    grantsOf: (principals, on = () => true) => {
      const grants: GrantRow[] = []
      for (const principal of principals) {
        if (!reaches(principal)) continue
        for (const [key, rank] of heldBy(principal) ?? []) {
          const resource = resources.get(key)
          if (resource !== undefined && rank !== null && on(key))
            grants.push(roleGrant(principal, resource, rank))
        }
      }
      return grants
    },
  }
}

/** What partners share with us in force, as far as these shares go. */
export function sharedWithUs(shares: Iterable<ShareRow>): Map<string, Rank> {
  const held = new Map<string, Rank>()
  for (const share of shares) {
    if (share.direction !== 'in' || !inForce(share.status)) continue
    const key = resourceKey({ type: share.type, externalId: share.resource })
    held.set(key, strongest([held.get(key) ?? 'none', share.rank]))
  }
  return held
}

function ownHoldings(
  resources: ReadonlyMap<string, Asset>,
  withUs: ReadonlyMap<string, Rank>,
): Map<string, Rank> {
  const held = new Map<string, Rank>()
  for (const [key, resource] of resources) if (resource.relation === 'owned') held.set(key, 'full')
  for (const [key, rank] of withUs) if (!held.has(key)) held.set(key, rank)
  return held
}

function roleGrant(principal: PrincipalRow, resource: Asset, rank: Rank): GrantRow {
  return {
    id: null,
    confirmed: principal.confirmed,
    principal: principal.externalId,
    type: resource.type,
    resource: resource.externalId,
    partner: principal.partner,
    how: 'role',
    through: '',
    entitlements: principal.role === null ? [] : [principal.role],
    rank,
    scope: principal.scope,
    path: principal.path ?? 'api',
  }
}
