// Nodes of assets and asset groups, with who is assigned to them and which partners hold them.
import { actsIn, has, requireAsset, seesAsset } from './access.ts'
import { errors } from './errors.ts'
import { assigned } from './assigned.ts'
import { listing, nodeSpec, plainRow } from './node-spec.ts'
import type { Call, EdgeSpec, Listing, NodeSpec, Row, TypeName, Value } from './node-spec.ts'
import { pageToken } from './tokens.ts'
import { assetOf, businessOf } from './world.ts'
import type { Asset, AssetKind, Group } from './world.ts'

const typeOf: Record<AssetKind, TypeName> = {
  ad_account: 'AdAccount',
  page: 'Page',
  pixel: 'AdsPixel',
  product_catalog: 'ProductCatalog',
  instagram_asset: 'InstagramBusinessAsset',
  whatsapp_account: 'WhatsAppBusinessAccount',
  app: 'Application',
}

export function assetRow(asset: Asset): Row {
  return plainRow(typeOf[asset.kind], asset)
}

const owner = (asset: Asset, call: Call): Value => plainRow('Business', businessOf(call.world, asset.owner))
const fact =
  (name: string) =>
  (asset: Asset): Value =>
    asset.facts[name]
const facts = (names: string): Record<string, (asset: Asset, call: Call) => Value> =>
  Object.fromEntries(names.split(' ').map((name) => [name, fact(name)]))

/** Partners that hold an asset, as its owner sees them; a partner sees itself alone. */
function agencies(fields: 'all' | 'tasks', defaults: boolean, total = false): EdgeSpec<Asset> {
  const open = (asset: Asset, call: Call): Listing => {
    if (asset.kind === 'page') requirePageToken(call, asset)
    requireAsset(call, asset)
    const mine = call.token.type === 'PAGE' || call.token.type === 'APP' || actsIn(call, asset.owner)
    const ids = [...asset.shares.values()]
      .filter((share) => mine || call.viewer.has(share.partner))
      .filter(
        (share) =>
          asset.kind !== 'app' ||
          share.status === 'CONFIRMED' ||
          call.switches.waitingAppRequest === 'app' ||
          call.switches.waitingAppRequest === 'both',
      )
      .map((share) => share.partner)
    return listing(ids, (id) => {
      const share = asset.shares.get(id)
      const tasks = (): Value => [...(share?.tasks ?? [])]
      const extra: Record<string, () => Value> =
        fields === 'tasks'
          ? { permitted_tasks: tasks, permitted_roles: tasks }
          : {
              permitted_tasks: tasks,
              access_status: () => share?.status,
              access_requested_time: () => share?.requestedTime,
              access_updated_time: () => share?.updatedTime,
            }
      return {
        type: 'Business',
        thing: businessOf(call.world, id),
        extra,
        extraDefaults: defaults ? Object.keys(extra) : [],
      }
    })
  }
  return { open, total }
}

function requirePageToken(call: Call, page: Asset): void {
  if (call.token.type === 'PAGE' && call.token.principal !== page.id) throw errors.unsupportedGet(page.id)
  if (call.switches.pageAgenciesNeedPageToken && call.token.type !== 'PAGE') throw errors.pageTokenNeeded()
  if (!has(call, 'pages_manage_metadata')) throw errors.scope10('pages_manage_metadata')
}

/** Fields of a page that are more than its name need a scope of their own. */
const pageFact =
  (name: string) =>
  (page: Asset, call: Call): Value => {
    if (!has(call, 'pages_read_engagement') && call.token.type !== 'PAGE') throw errors.pageFields()
    return page.facts[name]
  }

function ownPageToken(page: Asset, call: Call): Value {
  const holder = [...call.viewer].some(([business, { user }]) => page.assigned.get(business)?.has(user))
  return holder ? pageToken(call.world, call.token, page.id).text : undefined
}

interface AssetFacts {
  fields: Record<string, (asset: Asset, call: Call) => Value>
  defaults?: readonly string[]
  silent?: string
  edges: Record<string, EdgeSpec<Asset>>
}
function assetNode(
  name: TypeName,
  { fields, defaults = ['id', 'name'], silent = '', edges }: AssetFacts,
): NodeSpec {
  const base = { id: (asset: Asset) => asset.id, name: (asset: Asset) => asset.name }
  return nodeSpec('asset', {
    name,
    defaults,
    fields: { ...base, ...fields },
    silent,
    open: (asset, call) => requireAsset(call, asset),
    edges,
  })
}

export const assetNodes: readonly NodeSpec[] = [
  assetNode('AdAccount', {
    defaults: ['account_id', 'id'],
    fields: {
      ...facts('account_id account_status currency timezone_name disable_reason created_time amount_spent'),
      business: owner,
      owner_business: owner,
    },
    silent: `age agency_client_declaration balance business_city business_country_code business_name business_state capabilities end_advertiser
      end_advertiser_name funding_source funding_source_details io_number is_personal is_prepay_account line_numbers media_agency min_daily_budget
      offsite_pixels_tos_accepted owner partner spend_cap tax_id timezone_id timezone_offset_hours_utc tos_accepted user_access_expire_time
      user_tasks user_tos_accepted viewable_business`,
    edges: { assigned_users: assigned('all', { total: true }), agencies: agencies('all', true) },
  }),
  assetNode('Page', {
    fields: {
      ...Object.fromEntries(
        [
          'link',
          'username',
          'fan_count',
          'is_published',
          'verification_status',
          'has_transitioned_to_new_page_experience',
        ].map((name) => [name, pageFact(name)]),
      ),
      category: fact('category'),
      business: owner,
      owner_business: owner,
      access_token: ownPageToken,
    },
    silent: `about category_list connected_instagram_account contact_address cover current_location description emails engagement
      followers_count founded global_brand_page_name instagram_business_account is_owned is_verified location mission parent_page phone
      picture rating_count single_line_address store_number talking_about_count temporary_status user_access_expire_time website
      were_here_count whatsapp_number`,
    edges: {
      assigned_users: assigned('all', { scope: 'pages_manage_metadata' }),
      agencies: agencies('all', true),
    },
  }),
  assetNode('AdsPixel', {
    fields: { ...facts('creation_time last_fired_time is_unavailable'), owner_business: owner },
    silent: `automatic_matching_fields can_proxy code config creator data_use_setting description duplicate_entries
      enable_automatic_matching first_party_cookie_status is_created_by_business is_crm is_mta_use is_restricted_use owner_ad_account usage
      user_access_expire_time`,
    edges: {
      assigned_users: assigned('all', { total: true }),
      agencies: agencies('tasks', false, true),
      shared_agencies: agencies('tasks', false),
    },
  }),
  assetNode('ProductCatalog', {
    fields: { ...facts('product_count feed_count vertical'), business: owner, owner_business: owner },
    silent: `catalog_store commerce_merchant_settings creator_user da_display_settings default_image_url fallback_image_url
      is_catalog_segment is_local_catalog store_catalog_settings user_access_expire_time`,
    edges: { assigned_users: assigned('all', { total: true }), agencies: agencies('all', false) },
  }),
  nodeSpec('asset', {
    name: 'InstagramBusinessAsset',
    defaults: ['id'],
    fields: { id: (asset) => asset.id, ig_user_id: fact('ig_user_id'), ig_username: fact('ig_username') },
    silent: '',
    open: (asset, call) => requireAsset(call, asset),
    edges: { assigned_users: assigned('tasks'), agencies: agencies('all', false) },
  }),
  nodeSpec('asset', {
    name: 'IGUser',
    defaults: ['id'],
    fields: {
      id: fact('ig_user_id'),
      username: fact('ig_username'),
      name: (asset) => asset.name,
      owner_business: owner,
    },
    silent: `biography business_discovery followers_count follows_count ig_id is_published media_count mentioned_comment mentioned_media
      profile_picture_url website`,
    open: (asset, call) => {
      if (!seesAsset(call, asset)) throw errors.unsupportedGet(asset.id)
    },
    edges: { agencies: agencies('all', false) },
  }),
  assetNode('WhatsAppBusinessAccount', {
    fields: {
      ...facts('currency timezone_id account_review_status status country message_template_namespace'),
      owner_business: owner,
    },
    silent: `business_verification_status creation_time health_status is_enabled_for_insights is_shared_with_partners
      on_behalf_of_business_info owner_business_info ownership_type primary_funding_id purchase_order_number
      whatsapp_business_manager_messaging_limit`,
    edges: { assigned_users: assigned('all', { tasksByDefault: false, most: 100 }) },
  }),
  assetNode('Application', {
    fields: { ...facts('category link'), business: owner, owner_business: owner },
    silent:
      'app_domains app_name app_type company contact_email created_time description icon_url logo_url namespace',
    edges: { agencies: agencies('all', false) },
  }),
]

function contained(kind: AssetKind, type: TypeName): EdgeSpec<Group> {
  return {
    total: false,
    open: (group, call) => {
      openGroup(group, call)
      return listing(
        [...group.assets].filter((id) => assetOf(call.world, id).kind === kind),
        (id) => plainRow(type, assetOf(call.world, id)),
      )
    },
  }
}

function openGroup(group: Group, call: Call): void {
  if (!has(call, 'business_management')) throw errors.scope200('business_management')
  const mine = [group.owner, ...group.shared.keys()].some((business) => actsIn(call, business))
  if (!mine) throw errors.unsupportedGet(group.id)
}

const nobody: Group['members'] = new Map()

export const groupNode = nodeSpec('group', {
  name: 'BusinessAssetGroup',
  defaults: ['id', 'name'],
  fields: {
    id: (g) => g.id,
    name: (g) => g.name,
    owner_business: (g, call) => plainRow('Business', businessOf(call.world, g.owner)),
  },
  silent: '',
  open: openGroup,
  edges: {
    assigned_users: {
      total: false,
      open: (group, call, args) => {
        openGroup(group, call)
        const business = args.get('business')
        if (business === undefined) throw errors.parameterRequired('business')
        const theirs = business === group.owner ? group.members : group.shared.get(business)
        const members = actsIn(call, business) && theirs ? theirs : nobody
        return listing([...members.keys()], (id) => {
          const user = call.world.users.get(id)
          if (!user) throw new Error(`no user ${id}`)
          const tasks = members.get(id)
          const extra: Record<string, () => Value> =
            call.switches.groupRights === 'in_member'
              ? {}
              : {
                  adaccount_tasks: () => [...(tasks?.adaccount_tasks ?? [])],
                  page_tasks: () => [...(tasks?.page_tasks ?? [])],
                  pixel_tasks: () => [...(tasks?.pixel_tasks ?? [])],
                  offline_conversion_data_set_tasks: () => [],
                }
          return { type: 'AssignedUser', thing: user, extra, extraDefaults: Object.keys(extra) }
        })
      },
    },
    contained_adaccounts: contained('ad_account', 'AdAccount'),
    contained_pages: contained('page', 'Page'),
    contained_pixels: contained('pixel', 'AdsPixel'),
    contained_product_catalogs: contained('product_catalog', 'ProductCatalog'),
    contained_instagram_accounts: contained('instagram_asset', 'IGUser'),
    contained_applications: contained('app', 'Application'),
    contained_custom_conversions: {
      total: false,
      open: (group, call) => (
        openGroup(group, call),
        listing([], (id) => plainRow('Page', assetOf(call.world, id)))
      ),
    },
  },
})

function request(name: TypeName, field: string): NodeSpec {
  return nodeSpec('request', {
    name,
    defaults: ['id', field],
    fields: { id: (r) => r.id, [field]: (r) => assetRow(r.asset) },
    silent: '',
    open: (r) => {
      throw errors.unsupportedGet(r.id)
    },
    edges: {},
  })
}
export const requestNodes: readonly NodeSpec[] = [
  request('BusinessAdAccountRequest', 'ad_account'),
  request('BusinessPageRequest', 'page'),
  request('BusinessApplicationRequest', 'application'),
]
