// A small world of businesses as plain data, and what complete reads of it would report: the independent truth that the tests of
// comparing are judged against.
import type { ResourceTypeSpec } from '../../connectors/connector.ts'
import type { Inventory } from '../../model/inventory.ts'
import { assignedScope } from '../../model/snapshot.ts'
import type { Observation, PrincipalFacts } from '../../model/snapshot.ts'
import type { Seen } from '../observed.ts'

export const OURS = 'B'

export const types: ResourceTypeSpec[] = ['ad_account', 'page'].map((type) => ({
  type,
  label: type,
  labelPlural: `${type}s`,
  unknownRank: 'view',
  entitlements: [
    { name: 'MANAGE', label: 'Manage', rank: 'full' },
    { name: 'ADVERTISE', label: 'Advertise', rank: 'edit' },
    { name: 'ANALYZE', label: 'Analyze', rank: 'view' },
  ],
}))

export interface WorldPerson {
  id: string
  business: string
  admin: boolean
  name: string
  /** Not in the business's own list of people, only on assets. */
  unlisted: boolean
  /** The list tells of an invitation, and that it will carry this. */
  invited?: string
}
export interface WorldAsset {
  id: string
  type: string
}
export interface WorldShare {
  partner: string
  asset: string
  rights: string[]
  pending: boolean
}
export interface WorldGrant {
  person: string
  asset: string
  rights: string[]
}
export interface World {
  /** There is a list of invitations, too. */
  invites?: true
  people: WorldPerson[]
  assets: WorldAsset[]
  shares: WorldShare[]
  grants: WorldGrant[]
}

/** Somebody whom the list of people of their business names. */
export const listed = (id: string, business: string, admin = false): WorldPerson => ({
  id,
  business,
  admin,
  name: id,
  unlisted: false,
})

/** Two of ours and one of a partner's, who may advertise on the page that is shared. */
export const smallWorld: World = {
  people: [
    { id: 'ada', business: OURS, admin: true, name: 'Ada', unlisted: false },
    { id: 'bo', business: OURS, admin: false, name: 'Bo', unlisted: false },
    { id: 'pat', business: 'P', admin: false, name: 'Pat', unlisted: false },
  ],
  assets: [
    { id: '1', type: 'page' },
    { id: '2', type: 'page' },
  ],
  shares: [{ partner: 'P', asset: '1', rights: ['ADVERTISE'], pending: false }],
  grants: [
    { person: 'pat', asset: '1', rights: ['ADVERTISE'] },
    { person: 'bo', asset: '2', rights: ['MANAGE'] },
  ],
}

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

export const emptyInventory: Inventory = {
  partners: new Map(),
  resources: new Map(),
  shares: new Map(),
  principals: new Map(),
  grants: new Map(),
}

function person(p: WorldPerson, scope: string, source: 'list' | 'assigned'): Observation {
  const listed = source === 'list'
  return {
    of: 'principal',
    scope,
    externalId: p.id,
    kind: listed && p.invited !== undefined ? 'invitation' : 'person',
    business: p.business,
    name: p.name,
    email: listed ? `${p.id}@${p.business}.example`.toLowerCase() : null,
    role: listed ? (p.admin ? 'ADMIN' : 'EMPLOYEE') : null,
    reachesAll: listed && p.admin,
    source,
    facts: listed && p.invited !== undefined ? { ...noFacts, willGet: p.invited } : noFacts,
  }
}

/** Scope → everything that a complete read of it reports. `business` null: our own reader. */
export function scopesOf(world: World, business: string | null): Map<string, Observation[]> {
  const scopes = new Map<string, Observation[]>()
  const viewer = business ?? OURS
  const theirs = world.people.filter((p) => p.business === viewer && !p.unlisted)
  const list = (scope: string, people: WorldPerson[]) =>
    scopes.set(
      scope,
      people.map((p) => person(p, scope, 'list')),
    )
  list(
    `${viewer}/people`,
    theirs.filter((p) => p.invited === undefined),
  )
  if (world.invites === true)
    list(
      `${viewer}/requests`,
      theirs.filter((p) => p.invited !== undefined),
    )
  if (business === null) ownLists(world, scopes)
  for (const asset of world.assets) {
    const shared = world.shares.some((s) => s.partner === business && s.asset === asset.id)
    if (business !== null && !shared) continue
    const scope = assignedScope(viewer, asset.type, asset.id)
    scopes.set(scope, assignedTo(world, viewer, asset, scope))
  }
  return scopes
}

function ownLists(world: World, scopes: Map<string, Observation[]>): void {
  const agencies = `${OURS}/agencies`
  const partners = [...new Set(world.shares.map((s) => s.partner))]
  scopes.set(
    agencies,
    partners.map((id) => ({
      of: 'partner',
      scope: agencies,
      externalId: id,
      name: `Agency ${id}`,
      as: 'agency',
    })),
  )
  for (const { type } of types) {
    const scope = `${OURS}/owned_${type}s`
    scopes.set(
      scope,
      world.assets
        .filter((a) => a.type === type)
        .flatMap((a): Observation[] => [
          {
            of: 'resource',
            scope,
            type,
            externalId: a.id,
            name: `Asset ${a.id}`,
            relation: 'owned',
            ownerBusiness: null,
            facts: {},
          },
          ...world.shares
            .filter((s) => s.asset === a.id)
            .map((s): Observation => ({
              of: 'share',
              scope,
              partner: s.partner,
              type,
              resource: a.id,
              direction: 'out',
              entitlements: s.rights,
              status: s.pending ? 'CLIENT_RESPONSE_PENDING' : 'CONFIRMED',
            })),
        ]),
    )
  }
}

function assignedTo(world: World, viewer: string, asset: WorldAsset, scope: string): Observation[] {
  return world.grants
    .filter((g) => g.asset === asset.id)
    .flatMap((g): Observation[] => {
      const holder = world.people.find((p) => p.id === g.person && p.business === viewer)
      if (holder === undefined) return []
      return [
        person(holder, scope, 'assigned'),
        {
          of: 'grant',
          scope,
          business: viewer,
          principal: holder.id,
          type: asset.type,
          resource: asset.id,
          how: 'direct',
          through: null,
          entitlements: g.rights,
        },
      ]
    })
}

/** What a run saw that read everything completely but for the scopes that `fails` names; those report their first rows only. */
export function see(
  world: World,
  readers: (string | null)[],
  fails: (scope: string) => number | null = () => null,
): Seen & { observations: Observation[] } {
  const observations: Observation[] = []
  const sealed = new Set<string>()
  const failed = new Set<string>()
  for (const reader of readers) {
    for (const [scope, rows] of scopesOf(world, reader)) {
      const cut = fails(scope)
      observations.push(...(cut === null ? rows : rows.slice(0, cut)))
      if (cut === null) sealed.add(scope)
      else failed.add(scope)
    }
  }
  const own = readers.includes(null)
  return {
    observations,
    sealed,
    open: (scope) => failed.has(scope) || (!own && !sealed.has(scope)),
    readers: new Set(readers),
  }
}
