// People and partners of a business: its edges of people, and the two lists of businesses that it shares with.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business
import type { PrincipalFacts, PrincipalKind, PrincipalObservation } from '../../model/snapshot.ts'
import type { PartnerObservation, ShareObservation } from '../../model/snapshot.ts'
import type { Context } from '../connector.ts'
import { adAccountId } from './ad-accounts.ts'
import { changed, id, names, plainList, requiredId, text } from './answer.ts'
import type { JsonObject } from './answer.ts'
import { CARRIED } from './invitations.ts'
import { kinds } from './kinds.ts'

export interface PeopleEdge {
  edge: string
  unit: string
  kind: PrincipalKind
  fields: string[]
  /** Without these the rows say too little: a read that may not ask for them fails. */
  needed: string[]
}

export const peopleEdges: readonly PeopleEdge[] = [
  {
    edge: 'business_users',
    unit: 'people',
    kind: 'person',
    fields: [
      'id',
      'name',
      'email',
      'role',
      'first_name',
      'last_name',
      'title',
      'two_fac_status',
      'finance_permission',
      'pending_email',
      'marked_for_removal',
    ],
    needed: ['id', 'role'],
  },
  {
    edge: 'system_users',
    unit: 'system users',
    kind: 'system_user',
    fields: ['id', 'name', 'role', 'created_time'],
    needed: ['id'],
  },
  {
    edge: 'pending_users',
    unit: 'invitations',
    kind: 'invitation',
    fields: ['id', 'email', 'role', 'status', 'created_by', 'created_time', 'expiration_time'],
    needed: ['id'],
  },
]

export const noFacts: PrincipalFacts = {
  firstName: null,
  lastName: null,
  title: null,
  twoFactor: null,
  financePermission: null,
  pendingEmail: null,
  markedForRemoval: null,
  status: null,
  createdBy: null,
  createdAt: null,
  expiresAt: null,
}

/** Meta's date (`+0000`, or seconds since 1970) as ISO 8601; null where it is none. */
export function date(value: JsonObject[string]): string | null {
  const parsed = typeof value === 'number' ? new Date(value * 1000) : new Date(text(value) ?? '')
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString()
}

/**
 * One row of an edge of people. A business user with the role ADMIN reaches everything that the business holds, and may be missing
 * from the lists of who is assigned; an admin system user reaches what is assigned to it.
 */
export function principalOf(
  edge: PeopleEdge,
  row: JsonObject,
  business: string,
  scope: string,
): PrincipalObservation {
  const role = text(row.role)
  // Whether a person reaches everything follows from the role: without it nothing is known of what they may do.
  if (edge.kind === 'person' && (role === null || typeof row.role !== 'string'))
    throw changed(`a row of ${edge.edge} has no role`)
  const createdBy = row.created_by
  const carried = edge.kind === 'invitation' ? row[CARRIED] : undefined
  return {
    of: 'principal',
    scope,
    externalId: requiredId(row, edge.edge),
    kind: edge.kind,
    business,
    name: text(row.name),
    email: text(row.email),
    role,
    reachesAll: edge.kind === 'person' && role?.toUpperCase() === 'ADMIN',
    source: 'list',
    facts: {
      firstName: text(row.first_name),
      lastName: text(row.last_name),
      title: text(row.title),
      twoFactor: text(row.two_fac_status),
      financePermission: text(row.finance_permission),
      pendingEmail: text(row.pending_email),
      markedForRemoval: typeof row.marked_for_removal === 'boolean' ? row.marked_for_removal : null,
      status: text(row.status),
      createdBy:
        typeof createdBy === 'object' && createdBy !== null && 'name' in createdBy
          ? text(createdBy.name)
          : null,
      createdAt: date(row.created_time),
      expiresAt: date(row.expiration_time ?? row.expiry_time),
      ...(typeof carried === 'string' ? { willGet: carried } : {}),
    },
  }
}

/** Somebody who was seen only as assigned to something. */
export function assignedPrincipal(row: JsonObject, business: string, scope: string): PrincipalObservation {
  const type = text(row.user_type)?.toUpperCase() ?? ''
  return {
    of: 'principal',
    scope,
    externalId: requiredId(row, 'assigned_users'),
    kind: type.includes('SYSTEM') ? 'system_user' : 'person',
    business,
    name: text(row.name),
    email: text(row.email),
    role: null,
    reachesAll: false,
    source: 'assigned',
    facts: noFacts,
  }
}

export interface PartnerEdge {
  edge: string
  as: PartnerObservation['as']
  direction: ShareObservation['direction']
}

export const partnerEdges: readonly PartnerEdge[] = [
  { edge: 'agencies', as: 'agency', direction: 'out' },
  { edge: 'clients', as: 'client', direction: 'in' },
]

export const partnerFields: string[] = [
  'id',
  'name',
  ...kinds.map((kind) => kind.permissionList).filter((list): list is string => list !== null),
]

/**
 * One row of `agencies` or `clients`: the partner, and what its lists of permissions say is shared. The app that this connection itself
 * uses is none of that: every partner holds it that has made a token.
 */
export function partnerRow(
  ctx: Pick<Context, 'settings'>,
  edge: PartnerEdge,
  row: JsonObject,
  scope: string,
): (PartnerObservation | ShareObservation)[] {
  const partner = requiredId(row, edge.edge)
  if (!/^\d+$/.test(partner)) throw changed(`${edge.edge} names something that is no business`)
  const seen: (PartnerObservation | ShareObservation)[] = [
    { of: 'partner', scope, externalId: partner, name: text(row.name), as: edge.as },
  ]
  for (const kind of kinds) {
    if (kind.permissionList === null) continue
    for (const entry of plainList(row[kind.permissionList], kind.permissionList)) {
      const resource = id(entry.id)
      if (resource === null) throw changed(`a row of ${kind.permissionList} has no id`)
      if (resource === ctx.settings.app_id) continue
      seen.push({
        of: 'share',
        scope,
        partner,
        type: kind.type,
        resource: kind.type === 'ad_account' ? adAccountId(resource) : resource,
        direction: edge.direction,
        entitlements: names(entry.permitted_tasks),
        status: text(entry.access_status),
      })
    }
  }
  return seen
}
