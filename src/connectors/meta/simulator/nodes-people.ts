// Nodes of people: business users, system users, invitations, and the human or system user behind a token (`/me`).
import { actsIn, has, requireKind, requirePeople } from './access.ts'
import { errors } from './errors.ts'
import { listing, nodeSpec, nothing, plainRow } from './node-spec.ts'
import type { Call, EdgeSpec, Listing, Row, Thing, Value } from './node-spec.ts'
import { assetRow } from './nodes-assets.ts'
import { assetOf, businessOf, groupOf, userOf } from './world.ts'
import type { AssetKind, Group, Human, Invitation, SystemUser, User } from './world.ts'

/** What one user has of a kind, with the tasks; access through the role or a group does not show. */
function assignedAssets(kind: AssetKind): EdgeSpec<User> {
  const open = (user: User, call: Call): Listing => {
    openUser(user, call)
    requireKind(call, kind)
    if (call.switches.adminsInDirectLists === 'none' && user.is === 'person' && user.role === 'ADMIN')
      return nothing
    const ids = [...user.assets].filter((id) => assetOf(call.world, id).kind === kind)
    return listing(ids, (id) => {
      const asset = assetOf(call.world, id)
      const tasks = (): Value => [...(asset.assigned.get(user.business)?.get(user.id) ?? [])]
      const more: Row['extra'] = kind === 'whatsapp_account' ? {} : { permitted_tasks: tasks }
      return { ...assetRow(asset), extra: { tasks, ...more }, extraDefaults: ['tasks'] }
    })
  }
  return { open, total: false }
}

function assignedGroups(user: User, call: Call): Listing {
  openUser(user, call)
  const membersOf = (group: Group) =>
    group.owner === user.business ? group.members : group.shared.get(user.business)
  const mine = [...call.world.groups.values()].filter((group) => membersOf(group)?.has(user.id))
  const ids = mine.map((group) => group.id)
  return listing(ids, (id) => {
    const group = groupOf(call.world, id)
    const tasks = membersOf(group)?.get(user.id)
    const extra = {
      adaccount_tasks: () => [...(tasks?.adaccount_tasks ?? [])],
      page_tasks: () => [...(tasks?.page_tasks ?? [])],
      pixel_tasks: () => [...(tasks?.pixel_tasks ?? [])],
      offline_conversion_data_set_tasks: (): Value => [],
    }
    return { type: 'BusinessAssetGroup', thing: group, extra, extraDefaults: Object.keys(extra) }
  })
}

const assignedEdges = {
  assigned_ad_accounts: assignedAssets('ad_account'),
  assigned_pages: assignedAssets('page'),
  assigned_product_catalogs: assignedAssets('product_catalog'),
  assigned_whatsapp_business_accounts: assignedAssets('whatsapp_account'),
  assigned_business_asset_groups: { open: assignedGroups, total: true },
}

function openUser(user: User, call: Call): void {
  if ([...call.viewer.values()].some((own) => own.user === user.id)) return
  if (!has(call, 'business_management')) throw errors.scope200('business_management')
  if (!actsIn(call, user.business)) throw errors.unsupportedGet(user.id)
  requirePeople(call, businessOf(call.world, user.business))
}

const businessRow = (user: User, call: Call): Value =>
  plainRow('Business', businessOf(call.world, user.business))

export const businessUserNode = nodeSpec('person', {
  name: 'BusinessUser',
  defaults: ['id', 'name', 'business', 'role'],
  fields: {
    id: (p) => p.id,
    name: (p) => p.name,
    business: businessRow,
    role: (p) => p.role,
    email: (p) => p.email,
    first_name: (p) => p.firstName,
    last_name: (p) => p.lastName || undefined,
    title: (p) => p.title,
    two_fac_status: (p) => p.twoFactor,
    finance_permission: (p) => p.finance,
    ip_permission: (p) => p.ip,
    pending_email: (p) => p.pendingEmail,
    marked_for_removal: (p) => p.markedForRemoval,
    tasks: (p) => [p.role],
  },
  silent: 'business_role_request',
  open: openUser,
  edges: assignedEdges,
})

/** Edges that `/me` has for a system user as for a person. */
const meEdges: Record<string, EdgeSpec<Human | SystemUser>> = {
  permissions: { open: permissions, total: false },
  businesses: { open: businesses, total: false },
  accounts: { open: accounts('page'), total: true },
  adaccounts: { open: accounts('ad_account'), total: true },
}

export const systemUserNode = nodeSpec('system_user', {
  name: 'SystemUser',
  defaults: ['id', 'name'],
  fields: {
    id: (s) => s.id,
    name: (s) => s.name,
    created_time: (s) => s.createdTime,
    created_by: (s, call) => {
      const maker = s.createdBy === null ? undefined : call.world.users.get(s.createdBy)
      return maker && plainRow('AssignedUser', maker)
    },
  },
  silent: 'finance_permission ip_permission',
  open: openUser,
  edges: { ...assignedEdges, ...meEdges },
})

export const assignedUserNode = nodeSpec(['person', 'system_user'], {
  name: 'AssignedUser',
  defaults: ['id', 'name', 'user_type'],
  fields: {
    id: (u) => u.id,
    name: (u) => u.name,
    user_type: (u) => (u.is === 'person' ? 'BUSINESS_USER' : 'SYSTEM_USER'),
    business: businessRow,
  },
  silent: '',
  open: openUser,
  edges: {},
})

/** Assets that an invitation will carry once it is accepted. */
function willGet(relation: 'owned' | 'client'): EdgeSpec<Invitation> {
  const open = (invitation: Invitation, call: Call): Listing => {
    requirePeople(call, businessOf(call.world, invitation.business))
    const assets = [...invitation.assets].map((id) => assetOf(call.world, id))
    const ids = assets
      .filter((a) => (a.owner === invitation.business) === (relation === 'owned'))
      .map((a) => a.id)
    return listing(ids, (id) => assetRow(assetOf(call.world, id)))
  }
  return { total: false, open }
}

export const invitationNode = nodeSpec('invitation', {
  name: 'BusinessRoleRequest',
  defaults: ['id', 'email', 'role', 'status'],
  fields: {
    id: (i) => i.id,
    email: (i) => i.email,
    role: (i) => i.role,
    status: (i) => i.status,
    created_time: (i) => i.createdTime,
    updated_time: (i) => i.createdTime,
    expiration_time: (i) => i.expirationTime,
    expiry_time: (i) => i.expirationTime,
    invited_user_type: () => ['FB'],
    owner: (i, call) => plainRow('Business', businessOf(call.world, i.business)),
    created_by: (i, call) => {
      const maker = i.createdBy === null ? undefined : call.world.users.get(i.createdBy)
      return maker && plainRow('AssignedUser', maker)
    },
  },
  silent: 'finance_role invite_link ip_role tasks updated_by',
  open: (invitation, call) => requirePeople(call, businessOf(call.world, invitation.business)),
  edges: {
    assigned_owned_assets: willGet('owned'),
    assigned_client_assets: willGet('client'),
  },
})

function permissions(_me: Thing, call: Call): Listing {
  return listing(call.token.scopes, (id) => plainRow('Permission', { is: 'scope', id, granted: true }))
}

export const permissionNode = nodeSpec('scope', {
  name: 'Permission',
  defaults: ['permission', 'status'],
  fields: { permission: (s) => s.id, status: (s) => (s.granted ? 'granted' : 'declined') },
  silent: '',
  open: () => undefined,
  edges: {},
})

function businesses(me: Human | SystemUser, call: Call): Listing {
  if (!has(call, 'business_management')) throw errors.scope200('business_management')
  if (me.is === 'system_user') {
    if (call.switches.systemUserBusinesses === 'empty') return nothing
    if (call.switches.systemUserBusinesses === 'error') throw errors.unknownEdge('businesses')
  }
  const ids = [...call.viewer.keys()].filter((id) => actsIn(call, id))
  return listing(ids, (id) => plainRow('Business', businessOf(call.world, id)))
}

/** Pages or ad accounts that the token's own users hold something on. */
function accounts(kind: 'page' | 'ad_account'): (me: Human | SystemUser, call: Call) => Listing {
  return (_me, call) => {
    requireKind(call, kind)
    const ids = new Set<string>()
    for (const { user } of call.viewer.values())
      for (const id of userOf(call.world, user).assets) if (assetOf(call.world, id).kind === kind) ids.add(id)
    return listing([...ids], (id) => {
      const asset = assetOf(call.world, id)
      const tasks = (): Value => [
        ...new Set(
          [...call.viewer].flatMap(([business, { user }]) => [
            ...(asset.assigned.get(business)?.get(user) ?? []),
          ]),
        ),
      ]
      if (kind === 'ad_account') return assetRow(asset)
      return { ...assetRow(asset), extra: { tasks }, extraDefaults: ['access_token', 'category', 'tasks'] }
    })
  }
}

export const humanNode = nodeSpec('human', {
  name: 'User',
  defaults: ['id', 'name'],
  fields: {
    id: (h) => h.id,
    name: (h) => h.name,
    email: (h, call) => (has(call, 'email') ? h.email : undefined),
    first_name: (h) => h.name.split(' ')[0],
    last_name: (h) => h.name.split(' ').slice(1).join(' ') || undefined,
  },
  silent:
    'short_name middle_name name_format picture link client_business_id token_for_business is_work_account install_type installed third_party_id',
  open: (human, call) => {
    if (call.token.type !== 'USER' || call.token.principal !== human.id) throw errors.unsupportedGet(human.id)
  },
  edges: {
    ...meEdges,
    business_users: {
      total: false,
      open: (human, call) => {
        if (!has(call, 'business_management')) throw errors.scope200('business_management')
        return listing([...human.people], (id) => plainRow('BusinessUser', userOf(call.world, id)))
      },
    },
  },
})
