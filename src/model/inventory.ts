// What is stored of one connection, as comparing sees it: live rows, keyed and linked by the provider's ids instead of ours, so
// that what a run saw and what the tables hold can be laid side by side.
import type { Rank } from './entitlement.ts'
import type { Path, PrincipalFacts, PrincipalKind, ResourceRelation } from './snapshot.ts'

/** What every row carries. */
interface Kept {
  /** Null: not stored yet. */
  id: string | null
  /** False: the last read of its reader did not see it (on the screen "not confirmed since"). */
  confirmed: boolean
  /** The way on which it was last read. Absent: the API. */
  path?: Path
}

export interface PartnerRow extends Kept {
  externalId: string
  name: string | null
  isAgency: boolean
  isClient: boolean
  /** The scopes that reported it when it was last seen, sorted. */
  scopes: string[]
}

export interface ResourceRow extends Kept {
  type: string
  externalId: string
  name: string | null
  relation: ResourceRelation
  ownerBusiness: string | null
  facts: Record<string, string>
  scope: string
}

/** As much of an asset as what hangs on it has to know. */
export type Asset = Pick<ResourceRow, 'type' | 'externalId' | 'relation'>

export interface ShareRow extends Kept {
  /** The partner's external id. */
  partner: string
  type: string
  resource: string
  direction: 'out' | 'in'
  /** Sorted, each once. */
  entitlements: string[]
  rank: Rank
  status: string | null
  scope: string
}

export interface PrincipalRow extends Kept {
  externalId: string
  kind: PrincipalKind
  /** The partner's external id; null for ours. */
  partner: string | null
  business: string
  name: string | null
  email: string | null
  role: string | null
  reachesAll: boolean
  source: 'list' | 'assigned'
  facts: PrincipalFacts
  scope: string
}

export interface GrantRow extends Kept {
  principal: string
  type: string
  resource: string
  /** The partner's external id; null for ours. */
  partner: string | null
  how: 'direct' | 'role' | 'group'
  /** The group; empty where there is none. */
  through: string
  /** Sorted, each once. */
  entitlements: string[]
  rank: Rank
  scope: string
}

/** Live rows by their keys (see the functions below). */
export interface Inventory {
  partners: ReadonlyMap<string, PartnerRow>
  resources: ReadonlyMap<string, ResourceRow>
  shares: ReadonlyMap<string, ShareRow>
  principals: ReadonlyMap<string, PrincipalRow>
  grants: ReadonlyMap<string, GrantRow>
}

export function resourceKey(r: { type: string; externalId: string }): string {
  return `${r.type}|${r.externalId}`
}

export function shareKey(s: { partner: string; type: string; resource: string; direction: string }): string {
  return `${s.partner}|${s.type}|${s.resource}|${s.direction}`
}

export function grantKey(g: {
  principal: string
  type: string
  resource: string
  how: string
  through: string | null
}): string {
  return `${g.principal}|${g.type}|${g.resource}|${g.how}|${g.through ?? ''}`
}
