// What one read of a provider saw. Connectors produce observations; sync stages, compares and applies them.
//
// A *scope* is the smallest thing that can be read completely: `<business>/<edge>` for a list,
// `<business>/assigned/<type>/<resource>` for who is assigned to one resource seen from one business. Scope keys do not depend
// on how the provider was asked (expanded or plain), so that a row keeps its scope when a cheaper way of reading is refused.
// Every observation names the scope that reported it. A row may end only when its scope is sealed in this run and did not
// report it.

/** The way on which a fact was read. */
export const paths = ['api', 'browser'] as const
export type Path = (typeof paths)[number]

/** What every observation carries. */
interface Told {
  scope: string
  /** Absent: the API. */
  path?: Path
}

export type ResourceRelation = 'owned' | 'client'
export type PrincipalKind = 'person' | 'system_user' | 'invitation'

/** Facts that a provider may or may not tell. `null`: not told. Never an empty string. */
export interface PrincipalFacts {
  firstName: string | null
  lastName: string | null
  title: string | null
  /** The provider's own word, for example `enabled`, `pending`, `two_fac_required`. */
  twoFactor: string | null
  financePermission: string | null
  pendingEmail: string | null
  markedForRemoval: boolean | null
  /** Of an invitation: its status, who made it, when it ends (ISO 8601). */
  status: string | null
  createdBy: string | null
  createdAt: string | null
  expiresAt: string | null
  /** Of an invitation: the assets that whoever accepts it gets, in words; absent where the provider did not tell. */
  willGet?: string
}

export interface PartnerObservation extends Told {
  of: 'partner'
  externalId: string
  name: string | null
  /** `agency`: we share with it. `client`: it shares with us. */
  as: 'agency' | 'client'
}

export interface PrincipalObservation extends Told {
  of: 'principal'
  externalId: string
  kind: PrincipalKind
  /** The business that this principal belongs to. */
  business: string
  name: string | null
  email: string | null
  /** The provider's role in the business, as `ADMIN`. Null where only an assignment was seen. */
  role: string | null
  /** True where the role reaches everything that the business holds. */
  reachesAll: boolean
  /** `list`: an edge of people reported it. `assigned`: seen only as assigned to a resource. */
  source: 'list' | 'assigned'
  facts: PrincipalFacts
  /** What this path or this list tells of nobody: null of these says nothing. */
  untold?: readonly ('email' | keyof PrincipalFacts)[]
}

export interface ResourceObservation extends Told {
  of: 'resource'
  type: string
  externalId: string
  name: string | null
  relation: ResourceRelation
  /** Of a `client` resource: the business that owns it, where the provider tells. */
  ownerBusiness: string | null
  /** Provider's extra facts worth showing, as label → text. */
  facts: Record<string, string>
  /** Labels of facts that this list tells of no asset. */
  untold?: readonly string[]
}

export interface ShareObservation extends Told {
  of: 'share'
  /** The partner business. */
  partner: string
  type: string
  resource: string
  /** `out`: our resource, shared with the partner. `in`: the partner's resource, shared with us. */
  direction: 'out' | 'in'
  entitlements: string[]
  /** The provider's word, as `CONFIRMED`; null where not told. */
  status: string | null
}

export interface GrantObservation extends Told {
  of: 'grant'
  /** The business whose view this is: whose people were asked for. */
  business: string
  principal: string
  type: string
  resource: string
  how: 'direct' | 'role' | 'group'
  /** The group (how = group); null otherwise. */
  through: string | null
  entitlements: string[]
}

export type Observation =
  PartnerObservation | PrincipalObservation | ResourceObservation | ShareObservation | GrantObservation

/** The key of an observation inside its scope: equal keys are one row, the later one wins. */
export function observationKey(o: Observation): string {
  switch (o.of) {
    case 'partner':
      return `${o.externalId}|${o.as}`
    case 'principal':
      return o.externalId
    case 'resource':
      return `${o.type}|${o.externalId}`
    case 'share':
      return `${o.partner}|${o.type}|${o.resource}|${o.direction}`
    case 'grant':
      return `${o.principal}|${o.type}|${o.resource}|${o.how}|${o.through ?? ''}`
  }
}

/** The scope of who is assigned to one resource, seen from one business. */
export function assignedScope(business: string, type: string, resource: string): string {
  return `${business}/assigned/${type}/${resource}`
}

/** True where a share carries access: the provider told no status, or told that it is confirmed. */
export function inForce(status: string | null): boolean {
  return status === null || status.toUpperCase() === 'CONFIRMED'
}
