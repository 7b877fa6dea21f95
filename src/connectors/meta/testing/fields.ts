// Every node, field, edge, parameter and enum of the Graph API that connector and simulator use, each with where it is known from. A test holds
// both sides against this table, and this table against Meta's own specs where those are at hand.

/**
 * spec: Meta's machine-readable specs. ref: a reference page. live: an answer of the real API. lib: what client libraries ask for.
 * told: a page of Meta's in prose, without a list of fields. open: known from nowhere; a guess that a real connection must settle.
 */
export type Source = 'spec' | 'ref' | 'live' | 'lib' | 'told' | 'open'

/** Names by where they are known from: words with spaces between them. */
export type Names = Partial<Record<Source, string>>

export interface EdgeFacts {
  returns: string
  source: Source
  /** Fields that the edge adds to the nodes that it lists. */
  adds: Names
  /** Parameters of its own; `everywhere` holds those that all edges have. */
  params: Names
}

export interface NodeFacts {
  fields: Names
  edges: Record<string, EdgeFacts>
}

const edge = (returns: string, source: Source, adds: Names = {}, params: Names = {}): EdgeFacts => ({
  returns,
  source,
  adds,
  params,
})

/** Every name of a list, with its source. */
export function sourcesOf(names: Names): Map<string, Source> {
  const entries = Object.entries(names) as [Source, string][]
  return new Map(
    entries.flatMap(([source, words]) =>
      words
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word): [string, Source] => [word, source]),
    ),
  )
}

/** Parameters of every read. */
export const everywhere: Names = {
  ref: 'access_token fields limit after before summary appsecret_proof batch include_headers',
}

/** Paths that are no node and no edge of one, with their parameters. */
export const special: Record<string, Names> = {
  debug_token: { ref: 'input_token' },
  'oauth/access_token': {
    ref: 'grant_type client_id client_secret set_token_expires_in_60_days fb_exchange_token',
  },
  'oauth/revoke': { ref: 'client_id client_secret revoke_token' },
}

/** Writes that the simulator takes: `METHOD Node.edge`, or `METHOD Node` of the node itself. */
export const writes: Record<string, Names> = {
  'POST AdAccount.assigned_users': { spec: 'user tasks', live: 'business' },
  'POST Page.assigned_users': { spec: 'user tasks', live: 'business' },
  'POST AdsPixel.assigned_users': { spec: 'user tasks', live: 'business' },
  'POST ProductCatalog.assigned_users': { spec: 'user tasks', live: 'business' },
  'POST InstagramBusinessAsset.assigned_users': { spec: 'user tasks', live: 'business' },
  'POST WhatsAppBusinessAccount.assigned_users': { spec: 'user tasks', open: 'business' },
  'DELETE AdAccount.assigned_users': { spec: 'user', open: 'business' },
  'DELETE Page.assigned_users': { spec: 'user', open: 'business' },
  'DELETE ProductCatalog.assigned_users': { spec: 'user', open: 'business' },
  'DELETE InstagramBusinessAsset.assigned_users': { spec: 'user', open: 'business' },
  'DELETE WhatsAppBusinessAccount.assigned_users': { spec: 'user', open: 'business' },
  'POST AdAccount.agencies': { spec: 'business permitted_tasks' },
  'POST Page.agencies': { spec: 'business permitted_tasks' },
  'POST AdsPixel.agencies': { spec: 'business permitted_tasks' },
  'POST ProductCatalog.agencies': { spec: 'business permitted_tasks' },
  'POST InstagramBusinessAsset.agencies': { spec: 'business permitted_tasks' },
  'DELETE AdAccount.agencies': { spec: 'business' },
  'DELETE Page.agencies': { spec: 'business' },
  'DELETE AdsPixel.agencies': { spec: 'business' },
  'DELETE ProductCatalog.agencies': { spec: 'business' },
  'DELETE InstagramBusinessAsset.agencies': { spec: 'business' },
  'DELETE Business.agencies': { spec: 'business' },
  'DELETE Business.clients': { spec: 'business' },
  'DELETE Business.ad_accounts': { spec: 'adaccount_id' },
  'DELETE Business.pages': { spec: 'page_id' },
  'DELETE Business.instagram_accounts': { spec: 'instagram_account' },
  'DELETE Business.apps': { ref: 'app_id' },
  'POST Business.client_apps': { spec: 'app_id' },
  'POST Business.business_users': { spec: 'email role invited_user_type' },
  'POST BusinessUser': { spec: 'role' },
  'DELETE BusinessUser': {},
  'DELETE BusinessRoleRequest': {},
  'DELETE SystemUser.access_tokens': {},
}

/** Values that are compared, ranked or made up, by where they are used. */
export const enums: Record<string, Names> = {
  'tasks of AdAccount': {
    spec: 'MANAGE ADVERTISE ANALYZE DRAFT AA_ANALYZE',
    live: 'FB_EMPLOYEE_DSO_ADVERTISE CREATIVE',
  },
  'tasks of Page': {
    spec: `ADVERTISE ANALYZE CASHIER_ROLE CREATE_CONTENT GLOBAL_STRUCTURE_MANAGEMENT MANAGE MANAGE_JOBS MANAGE_LEADS MESSAGING
      MODERATE MODERATE_COMMUNITY PAGES_MESSAGING PAGES_MESSAGING_SUBSCRIPTIONS PROFILE_PLUS_ADVERTISE PROFILE_PLUS_ANALYZE
      PROFILE_PLUS_CREATE_CONTENT PROFILE_PLUS_FACEBOOK_ACCESS PROFILE_PLUS_FULL_CONTROL
      PROFILE_PLUS_GLOBAL_STRUCTURE_MANAGEMENT PROFILE_PLUS_MANAGE PROFILE_PLUS_MANAGE_LEADS PROFILE_PLUS_MESSAGING
      PROFILE_PLUS_MODERATE PROFILE_PLUS_MODERATE_DELEGATE_COMMUNITY PROFILE_PLUS_REVENUE READ_PAGE_MAILBOXES
      VIEW_MONETIZATION_INSIGHTS`,
  },
  'tasks of AdsPixel': { spec: 'ADVERTISE ANALYZE EDIT UPLOAD AA_ANALYZE' },
  'tasks of ProductCatalog': { spec: 'MANAGE ADVERTISE MANAGE_AR AA_ANALYZE' },
  'tasks of InstagramBusinessAsset': {
    spec: 'ADVERTISE ANALYZE CONTENT MESSAGES COMMUNITY_ACTIVITY',
    live: `FULL_CONTROL CREATIVE_MANAGEMENT CREATOR_MANAGEMENT IG_APP IG_APP_ADMIN SPARK_INSIGHTS SPARK_PUBLISH
      SPARK_EVERYTHING`,
  },
  'tasks of Application': { open: 'ANALYZE ADVERTISE DEVELOP MANAGE' },
  'tasks of WhatsAppBusinessAccount': {
    spec: `MANAGE DEVELOP MANAGE_TEMPLATES MANAGE_PHONE MANAGE_PHONE_ASSETS VIEW_TEMPLATES VIEW_PHONE_ASSETS VIEW_COST MESSAGING
      MANAGE_EXTENSIONS`,
  },
  'permitted_roles of ProductCatalog': { spec: 'ADMIN ADVERTISER' },
  'role of BusinessUser': { spec: 'ADMIN EMPLOYEE' },
  'role of SystemUser': { spec: 'ADMIN EMPLOYEE' },
  'role of BusinessRoleRequest': { spec: 'ADMIN EMPLOYEE' },
  'status of Permission': { spec: 'granted declined' },
  'user_type of AssignedUser': { told: 'BUSINESS_USER SYSTEM_USER' },
  access_status: { ref: 'CONFIRMED PENDING CLIENT_RESPONSE_PENDING' },
  'type of debug_token': { ref: 'USER PAGE APP SYSTEM_USER' },
}

export const nodes: Record<string, NodeFacts> = {
  Business: {
    fields: {
      spec: `block_offline_analytics collaborative_ads_managed_partner_business_info collaborative_ads_managed_partner_eligibility
        collaborative_ads_partner_premium_options created_by created_time extended_updated_time id is_hidden link
        marketing_messages_onboarding_status name payment_account_id primary_page profile_picture_uri timezone_id
        two_factor_type updated_by updated_time user_access_expire_time verification_status vertical vertical_id
        whatsapp_business_manager_messaging_limit`,
    },
    edges: {
      business_users: edge('BusinessUser', 'spec'),
      system_users: edge('SystemUser', 'spec', { ref: 'role' }),
      pending_users: edge('BusinessRoleRequest', 'spec', {}, { spec: 'email' }),
      agencies: edge('Business', 'spec', {
        ref: 'shared_ca_count adaccount_permissions page_permissions application_permissions productcatalog_permissions',
      }),
      clients: edge('Business', 'spec', {
        ref: 'shared_ca_count adaccount_permissions page_permissions application_permissions productcatalog_permissions',
      }),
      owned_ad_accounts: edge('AdAccount', 'spec'),
      client_ad_accounts: edge('AdAccount', 'spec', { ref: 'permitted_tasks' }),
      owned_pages: edge('Page', 'spec'),
      client_pages: edge('Page', 'spec', { ref: 'permitted_tasks' }),
      owned_pixels: edge('AdsPixel', 'spec'),
      client_pixels: edge('AdsPixel', 'spec', { ref: 'permitted_tasks' }),
      owned_product_catalogs: edge('ProductCatalog', 'spec'),
      client_product_catalogs: edge('ProductCatalog', 'spec', {
        open: 'permitted_tasks',
        ref: 'permitted_roles',
      }),
      owned_instagram_assets: edge('InstagramBusinessAsset', 'spec'),
      client_instagram_assets: edge('InstagramBusinessAsset', 'spec'),
      owned_whatsapp_business_accounts: edge('WhatsAppBusinessAccount', 'spec'),
      client_whatsapp_business_accounts: edge('WhatsAppBusinessAccount', 'spec'),
      owned_apps: edge('Application', 'spec'),
      client_apps: edge('Application', 'spec', { ref: 'permitted_tasks' }),
      owned_instagram_accounts: edge('IGUser', 'spec'),
      business_asset_groups: edge('BusinessAssetGroup', 'spec'),
      client_business_asset_groups: edge('BusinessAssetGroup', 'ref'),
      pending_client_ad_accounts: edge('BusinessAdAccountRequest', 'spec'),
      pending_client_pages: edge('BusinessPageRequest', 'spec'),
      pending_client_apps: edge('BusinessApplicationRequest', 'spec'),
      pending_owned_ad_accounts: edge('BusinessAdAccountRequest', 'spec'),
      pending_owned_pages: edge('BusinessPageRequest', 'spec'),
      pending_shared_offsite_signal_container_business_objects: edge(
        'OffsiteSignalContainerBusinessObject',
        'spec',
      ),
      received_inprogress_onbehalf_requests: edge('BusinessOwnedObjectOnBehalfOfRequest', 'ref'),
      sent_inprogress_onbehalf_requests: edge('BusinessOwnedObjectOnBehalfOfRequest', 'ref'),
      owned_offsite_signal_container_business_objects: edge('OffsiteSignalContainerBusinessObject', 'spec'),
      client_offsite_signal_container_business_objects: edge('OffsiteSignalContainerBusinessObject', 'spec'),
      event_source_groups: edge('EventSourceGroup', 'spec'),
      ads_dataset: edge('AdsDataset', 'spec'),
      owned_businesses: edge('Business', 'spec'),
    },
  },
  BusinessUser: {
    fields: {
      spec: `business business_role_request email finance_permission first_name id ip_permission last_name marked_for_removal name
        pending_email role tasks title two_fac_status`,
    },
    edges: {
      assigned_ad_accounts: edge('AdAccount', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_pages: edge('Page', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_product_catalogs: edge('ProductCatalog', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_whatsapp_business_accounts: edge('WhatsAppBusinessAccount', 'spec', { ref: 'tasks' }),
      assigned_business_asset_groups: edge('BusinessAssetGroup', 'spec', {
        ref: 'adaccount_tasks page_tasks pixel_tasks offline_conversion_data_set_tasks',
      }),
    },
  },
  SystemUser: {
    fields: { spec: 'created_by created_time finance_permission id ip_permission name' },
    edges: {
      assigned_ad_accounts: edge('AdAccount', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_pages: edge('Page', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_product_catalogs: edge('ProductCatalog', 'spec', { ref: 'tasks permitted_tasks' }),
      assigned_whatsapp_business_accounts: edge('WhatsAppBusinessAccount', 'spec', { ref: 'tasks' }),
      assigned_business_asset_groups: edge('BusinessAssetGroup', 'spec', {
        ref: 'adaccount_tasks page_tasks pixel_tasks offline_conversion_data_set_tasks',
      }),
      permissions: edge('Permission', 'open'),
      businesses: edge('Business', 'open'),
      accounts: edge('Page', 'open', { open: 'tasks' }),
      adaccounts: edge('AdAccount', 'open'),
    },
  },
  AssignedUser: {
    fields: { spec: 'business id name user_type' },
    edges: {},
  },
  BusinessRoleRequest: {
    fields: {
      spec: `created_by created_time email expiration_time expiry_time finance_role id invite_link invited_user_type ip_role owner
        role status tasks updated_by updated_time`,
    },
    edges: {
      assigned_owned_assets: edge('BusinessObject', 'ref'),
      assigned_client_assets: edge('BusinessObject', 'ref'),
    },
  },
  User: {
    fields: {
      spec: `client_business_id email first_name id install_type installed is_work_account last_name link middle_name name
        name_format short_name third_party_id token_for_business`,
      lib: 'picture',
    },
    edges: {
      permissions: edge('Permission', 'spec'),
      businesses: edge('Business', 'spec'),
      accounts: edge('Page', 'spec', { live: 'tasks' }),
      adaccounts: edge('AdAccount', 'spec'),
      business_users: edge('BusinessUser', 'spec'),
    },
  },
  Permission: {
    fields: { spec: 'permission status' },
    edges: {},
  },
  BusinessAssetGroup: {
    fields: { spec: 'id name owner_business' },
    edges: {
      assigned_users: edge(
        'AssignedUser',
        'spec',
        { told: 'adaccount_tasks page_tasks pixel_tasks offline_conversion_data_set_tasks' },
        { spec: 'business' },
      ),
      contained_adaccounts: edge('AdAccount', 'spec'),
      contained_pages: edge('Page', 'spec'),
      contained_pixels: edge('AdsPixel', 'spec'),
      contained_product_catalogs: edge('ProductCatalog', 'spec'),
      contained_instagram_accounts: edge('IGUser', 'spec'),
      contained_applications: edge('Application', 'spec'),
      contained_custom_conversions: edge('CustomConversion', 'spec'),
    },
  },
  AdAccount: {
    fields: {
      spec: `account_id account_status age agency_client_declaration amount_spent balance business business_city
        business_country_code business_name business_state capabilities created_time currency disable_reason end_advertiser
        end_advertiser_name funding_source funding_source_details id io_number is_personal is_prepay_account line_numbers
        media_agency min_daily_budget name offsite_pixels_tos_accepted owner owner_business partner spend_cap tax_id
        timezone_id timezone_name timezone_offset_hours_utc tos_accepted user_access_expire_time user_tasks user_tos_accepted
        viewable_business`,
    },
    edges: {
      assigned_users: edge('AssignedUser', 'spec', { ref: 'tasks permitted_tasks' }, { spec: 'business' }),
      agencies: edge('Business', 'spec', {
        ref: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  Page: {
    fields: {
      spec: `about access_token business category category_list connected_instagram_account contact_address cover current_location
        description emails engagement fan_count followers_count founded global_brand_page_name
        has_transitioned_to_new_page_experience id instagram_business_account is_owned is_published is_verified link location
        mission name owner_business parent_page phone rating_count single_line_address store_number talking_about_count
        temporary_status user_access_expire_time username verification_status website were_here_count whatsapp_number`,
      lib: 'picture',
    },
    edges: {
      assigned_users: edge('AssignedUser', 'spec', { ref: 'tasks permitted_tasks' }, { spec: 'business' }),
      agencies: edge('Business', 'spec', {
        ref: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  AdsPixel: {
    fields: {
      spec: `automatic_matching_fields can_proxy code config creation_time creator data_use_setting description duplicate_entries
        enable_automatic_matching first_party_cookie_status id is_created_by_business is_crm is_mta_use is_restricted_use
        is_unavailable last_fired_time name owner_ad_account owner_business usage user_access_expire_time`,
    },
    edges: {
      assigned_users: edge('AssignedUser', 'spec', { ref: 'tasks permitted_tasks' }, { spec: 'business' }),
      agencies: edge('Business', 'spec', { ref: 'permitted_tasks permitted_roles' }),
      shared_agencies: edge('Business', 'spec', { open: 'permitted_tasks permitted_roles' }),
    },
  },
  ProductCatalog: {
    fields: {
      spec: `business catalog_store commerce_merchant_settings creator_user da_display_settings default_image_url
        fallback_image_url feed_count id is_catalog_segment is_local_catalog name owner_business product_count
        store_catalog_settings user_access_expire_time vertical`,
    },
    edges: {
      assigned_users: edge('AssignedUser', 'spec', { ref: 'tasks permitted_tasks' }, { spec: 'business' }),
      agencies: edge('Business', 'spec', {
        told: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  InstagramBusinessAsset: {
    fields: { spec: 'id ig_user_id ig_username' },
    edges: {
      assigned_users: edge(
        'AssignedUser',
        'spec',
        { ref: 'tasks', live: 'permitted_tasks' },
        { spec: 'business' },
      ),
      agencies: edge('Business', 'spec', {
        told: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  IGUser: {
    fields: {
      spec: `biography business_discovery followers_count follows_count id ig_id is_published media_count mentioned_comment
        mentioned_media name owner_business profile_picture_url username website`,
    },
    edges: {
      agencies: edge('Business', 'spec', {
        told: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  WhatsAppBusinessAccount: {
    fields: {
      spec: `account_review_status business_verification_status country creation_time currency health_status id
        is_enabled_for_insights is_shared_with_partners message_template_namespace name on_behalf_of_business_info
        owner_business owner_business_info ownership_type primary_funding_id purchase_order_number status timezone_id
        whatsapp_business_manager_messaging_limit`,
    },
    edges: {
      assigned_users: edge(
        'AssignedUser',
        'spec',
        { told: 'tasks', open: 'permitted_tasks' },
        { spec: 'business' },
      ),
    },
  },
  Application: {
    fields: {
      spec: `app_domains app_name app_type business category company contact_email created_time description icon_url id link
        logo_url name namespace owner_business`,
    },
    edges: {
      agencies: edge('Business', 'spec', {
        told: 'permitted_tasks access_status access_requested_time access_updated_time',
      }),
    },
  },
  BusinessAdAccountRequest: {
    fields: { spec: 'ad_account id' },
    edges: {},
  },
  BusinessPageRequest: {
    fields: { spec: 'id page' },
    edges: {},
  },
  BusinessApplicationRequest: {
    fields: { spec: 'application id' },
    edges: {},
  },
}
