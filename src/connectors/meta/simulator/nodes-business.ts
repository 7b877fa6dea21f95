// The Business node and its edges: people, partners, assets, pending requests.
import { actsIn, has, requireBusiness, requireKind, requirePeople, requireTier, seesAsset } from './access.ts'
import { errors } from './errors.ts'
import { listing, nodeSpec, nothing, plainRow } from './node-spec.ts'
import type { Args, Call, EdgeSpec, Listing, Row, TypeName, Value } from './node-spec.ts'
import { assetRow } from './nodes-assets.ts'
import { assetOf, businessOf, groupOf, idsOf, userOf } from './world.ts'
import type { Asset, AssetKind, Business, Json, Share } from './world.ts'

function people(business: Business, call: Call): Listing {
  requirePeople(call, business)
  let ids = [...business.people]
  if (call.token.type === 'SYSTEM_USER') {
    if (call.switches.businessUsers === 'none') ids = []
    if (call.switches.businessUsers === 'some') ids = ids.filter((_, n) => n % 3 === 0)
  }
  const listed = ids.filter((id) => {
    const user = userOf(call.world, id)
    return user.is === 'person' && user.listed
  })
  return listing(listed, (id) => plainRow('BusinessUser', userOf(call.world, id)))
}

function systemUsers(business: Business, call: Call): Listing {
  requirePeople(call, business)
  return listing([...business.systemUsers], (id) => {
    const user = userOf(call.world, id)
    return { type: 'SystemUser', thing: user, extra: { role: () => user.role }, extraDefaults: ['role'] }
  })
}

function pendingUsers(business: Business, call: Call, args: Args): Listing {
  requirePeople(call, business)
  const email = args.get('email')?.toLowerCase()
  const ids = [...business.invitations].filter(
    (id) => email === undefined || call.world.invitations.get(id)?.email.toLowerCase() === email,
  )
  return listing(ids, (id) => {
    const invitation = call.world.invitations.get(id)
    if (!invitation) throw new Error(`no invitation ${id}`)
    return plainRow('BusinessRoleRequest', invitation)
  })
}

/** Assets of one kind that the business owns or holds, as far as the token sees them. */
function assets(kind: AssetKind, relation: 'owned' | 'client'): EdgeSpec<Business> {
  const open = (business: Business, call: Call): Listing => {
    requireBusiness(call, business)
    if (kind === 'ad_account' || kind === 'page') requireTier(call)
    if (kind === 'page' && !has(call, 'pages_show_list') && call.switches.pageListMissing === 'empty')
      return nothing
    requireKind(call, kind)
    const ids = idsOf(business[relation], kind).filter((id) => seesAsset(call, assetOf(call.world, id)))
    return listing(ids, (id) => {
      const asset = assetOf(call.world, id)
      return relation === 'owned'
        ? assetRow(asset)
        : { ...assetRow(asset), extra: permitted(asset, business.id) }
    })
  }
  return { open, total: kind === 'ad_account' || (kind === 'app' && relation === 'client') }
}

function permitted(asset: Asset, business: string): Row['extra'] {
  const tasks = (): Value => [...(asset.shares.get(business)?.tasks ?? [])]
  if (asset.kind === 'instagram_asset' || asset.kind === 'whatsapp_account') return {}
  return asset.kind === 'product_catalog'
    ? { permitted_tasks: tasks, permitted_roles: tasks }
    : { permitted_tasks: tasks }
}

const permissionLists: readonly [string, AssetKind][] = [
  ['adaccount_permissions', 'ad_account'],
  ['page_permissions', 'page'],
  ['application_permissions', 'app'],
  ['productcatalog_permissions', 'product_catalog'],
]

export function shareJson(asset: Asset, share: Share): { [key: string]: Json } {
  return {
    id: asset.id,
    permitted_tasks: [...share.tasks],
    access_status: share.status,
    access_requested_time: share.requestedTime,
    access_updated_time: share.updatedTime,
  }
}

/** What `owner` shares with `partner`, of one kind; left out where it is nothing. */
function permissionList(call: Call, owner: string, partner: string, kind: AssetKind): Value {
  const list: Json[] = []
  for (const id of idsOf(businessOf(call.world, owner).owned, kind)) {
    const asset = assetOf(call.world, id)
    const share = asset.shares.get(partner)
    if (!share || (kind === 'app' && share.status !== 'CONFIRMED' && hidesWaitingApp(call))) continue
    list.push(shareJson(asset, share))
  }
  return list.length > 0 ? list : undefined
}

function hidesWaitingApp(call: Call): boolean {
  return call.switches.waitingAppRequest === 'app' || call.switches.waitingAppRequest === 'neither'
}

function partners(side: 'agencies' | 'clients'): EdgeSpec<Business> {
  const open = (business: Business, call: Call): Listing => {
    requirePeople(call, business)
    const ids = new Set(business[side].keys())
    if (side === 'agencies' && call.switches.appOnlyAgencies) {
      for (const id of idsOf(business.owned, 'app'))
        for (const partner of assetOf(call.world, id).shares.keys()) ids.add(partner)
    }
    return listing([...ids], (id) => {
      const [owner, partner] = side === 'agencies' ? [business.id, id] : [id, business.id]
      const extra: Record<string, () => Value> = { shared_ca_count: () => 0 }
      for (const [field, kind] of permissionLists)
        extra[field] = () => permissionList(call, owner, partner, kind)
      return { type: 'Business', thing: businessOf(call.world, id), extra, extraDefaults: Object.keys(extra) }
    })
  }
  return { open, total: true }
}

/** Shares that this business asked for and that wait. */
function waiting(kind: AssetKind, type: TypeName): EdgeSpec<Business> {
  const open = (business: Business, call: Call): Listing => {
    requireBusiness(call, business)
    const ids = [...business.waiting].filter((id) => assetOf(call.world, id).kind === kind)
    return listing(ids, (id) => {
      const asset = assetOf(call.world, id)
      return plainRow(type, { is: 'request', id: asset.shares.get(business.id)?.requestId ?? id, asset })
    })
  }
  return { open, total: false }
}

function groups(business: Business, call: Call): Listing {
  requireBusiness(call, business)
  const admin = call.viewer.get(business.id)
  const ids = [...business.groups].filter(
    (id) => admin?.admin === true || call.world.groups.get(id)?.members.has(admin?.user ?? ''),
  )
  return listing(ids, (id) => {
    const group = call.world.groups.get(id)
    if (!group) throw new Error(`no group ${id}`)
    return plainRow('BusinessAssetGroup', group)
  })
}

/** Groups of others that are shared with a business. */
function clientGroups(business: Business, call: Call): Listing {
  requireBusiness(call, business)
  const shared = [...call.world.groups.values()].filter((group) => group.shared.has(business.id))
  return listing(
    shared.map((group) => group.id),
    (id) => plainRow('BusinessAssetGroup', groupOf(call.world, id)),
  )
}

const empty: EdgeSpec<Business> = {
  total: false,
  open: (business, call) => {
    requireBusiness(call, business)
    return nothing
  },
}

const own = (read: (business: Business) => Json): ((business: Business, call: Call) => Value) => {
  return (business, call) => (actsIn(call, business.id) ? read(business) : undefined)
}

export const businessNode = nodeSpec('business', {
  name: 'Business',
  defaults: ['id', 'name'],
  fields: {
    id: (b) => b.id,
    name: (b) => b.name,
    link: (b) => `https://business.facebook.com/business/${b.id}`,
    vertical: (b) => b.vertical,
    vertical_id: () => 0,
    verification_status: own((b) => b.verification),
    created_time: own((b) => b.createdTime),
    updated_time: own((b) => b.updatedTime),
    timezone_id: own(() => 58),
    two_factor_type: own(() => 'admin_required'),
    is_hidden: own(() => false),
    block_offline_analytics: own(() => false),
    profile_picture_uri: (b) => `https://scontent.example/${b.id}.png`,
  },
  silent: `collaborative_ads_managed_partner_business_info collaborative_ads_managed_partner_eligibility created_by
    collaborative_ads_partner_premium_options extended_updated_time marketing_messages_onboarding_status payment_account_id primary_page
    updated_by user_access_expire_time whatsapp_business_manager_messaging_limit`,
  open: (business, call) => {
    if (call.switches.foreignBusiness === 'basic' && call.viewer.size > 0 && has(call, 'business_management'))
      return
    requireBusiness(call, business)
  },
  edges: {
    business_users: { open: people, total: true },
    system_users: { open: systemUsers, total: true },
    pending_users: { open: pendingUsers, total: true },
    agencies: partners('agencies'),
    clients: partners('clients'),
    owned_ad_accounts: assets('ad_account', 'owned'),
    client_ad_accounts: assets('ad_account', 'client'),
    owned_pages: assets('page', 'owned'),
    client_pages: assets('page', 'client'),
    owned_pixels: assets('pixel', 'owned'),
    client_pixels: assets('pixel', 'client'),
    owned_product_catalogs: assets('product_catalog', 'owned'),
    client_product_catalogs: assets('product_catalog', 'client'),
    owned_instagram_assets: assets('instagram_asset', 'owned'),
    client_instagram_assets: assets('instagram_asset', 'client'),
    owned_whatsapp_business_accounts: assets('whatsapp_account', 'owned'),
    client_whatsapp_business_accounts: assets('whatsapp_account', 'client'),
    owned_apps: assets('app', 'owned'),
    client_apps: assets('app', 'client'),
    owned_instagram_accounts: {
      total: false,
      open: (business, call) => {
        requireBusiness(call, business)
        if (!has(call, 'instagram_basic')) throw errors.scope10('instagram_basic')
        return listing(idsOf(business.owned, 'instagram_asset'), (id) =>
          plainRow('IGUser', assetOf(call.world, id)),
        )
      },
    },
    business_asset_groups: { open: groups, total: false },
    client_business_asset_groups: { open: clientGroups, total: false },
    pending_client_ad_accounts: waiting('ad_account', 'BusinessAdAccountRequest'),
    pending_client_pages: waiting('page', 'BusinessPageRequest'),
    pending_client_apps: waiting('app', 'BusinessApplicationRequest'),
    pending_owned_ad_accounts: empty,
    pending_owned_pages: empty,
    pending_shared_offsite_signal_container_business_objects: empty,
    received_inprogress_onbehalf_requests: empty,
    sent_inprogress_onbehalf_requests: empty,
    owned_offsite_signal_container_business_objects: empty,
    client_offsite_signal_container_business_objects: empty,
    event_source_groups: empty,
    ads_dataset: empty,
    owned_businesses: empty,
  },
})
