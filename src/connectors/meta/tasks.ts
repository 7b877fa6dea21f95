// What Meta calls tasks: the rights on one asset, per kind, with the rank that makes them comparable. The live set is wider than any list, so
// unknown names are kept as they are; each kind says which rank they get.
import type { EntitlementSpec } from '../../model/manifest.ts'
import type { Rank } from '../../model/entitlement.ts'

const of = (rank: Rank, labels: Record<string, string>): EntitlementSpec[] =>
  Object.entries(labels).map(([name, label]) => ({ name, label, rank }))

export const adAccountTasks = [
  ...of('full', { MANAGE: 'Manage ad account' }),
  ...of('edit', {
    ADVERTISE: 'Create and edit ads',
    DRAFT: 'Draft ads',
    CREATIVE: 'Manage creatives',
    FB_EMPLOYEE_DSO_ADVERTISE: 'Ads by Meta sales staff',
  }),
  ...of('view', { ANALYZE: 'View performance', AA_ANALYZE: 'View performance (automatic)' }),
]

export const pageTasks = [
  ...of('full', {
    MANAGE: 'Manage Page',
    PROFILE_PLUS_FULL_CONTROL: 'Full control of Page',
    PROFILE_PLUS_MANAGE: 'Manage Page',
    GLOBAL_STRUCTURE_MANAGEMENT: 'Manage global Page structure',
    PROFILE_PLUS_GLOBAL_STRUCTURE_MANAGEMENT: 'Manage global Page structure',
  }),
  ...of('edit', {
    CREATE_CONTENT: 'Create content',
    MODERATE: 'Moderate comments',
    MESSAGING: 'Send messages',
    ADVERTISE: 'Create ads',
    MANAGE_JOBS: 'Manage jobs',
    MODERATE_COMMUNITY: 'Moderate community',
    MANAGE_LEADS: 'Manage leads',
    CASHIER_ROLE: 'Cashier',
    PAGES_MESSAGING: 'Messages by an app',
    PAGES_MESSAGING_SUBSCRIPTIONS: 'Message subscriptions by an app',
    PROFILE_PLUS_FACEBOOK_ACCESS: 'Switch into Page',
    PROFILE_PLUS_CREATE_CONTENT: 'Create content',
    PROFILE_PLUS_MODERATE: 'Moderate comments',
    PROFILE_PLUS_MODERATE_DELEGATE_COMMUNITY: 'Delegate moderation',
    PROFILE_PLUS_MESSAGING: 'Send messages',
    PROFILE_PLUS_ADVERTISE: 'Create ads',
    PROFILE_PLUS_MANAGE_LEADS: 'Manage leads',
  }),
  ...of('view', {
    ANALYZE: 'View insights',
    VIEW_MONETIZATION_INSIGHTS: 'View monetization insights',
    READ_PAGE_MAILBOXES: 'Read messages',
    PROFILE_PLUS_ANALYZE: 'View insights',
    PROFILE_PLUS_REVENUE: 'View revenue',
  }),
]

export const pixelTasks = [
  ...of('full', { EDIT: 'Manage pixel' }),
  ...of('edit', { ADVERTISE: 'Use pixel in ads', UPLOAD: 'Upload events' }),
  ...of('view', { ANALYZE: 'View pixel', AA_ANALYZE: 'View pixel (automatic)' }),
]

export const productCatalogTasks = [
  ...of('full', { MANAGE: 'Manage catalog' }),
  ...of('edit', { ADVERTISE: 'Use catalog in ads', MANAGE_AR: 'Manage AR content' }),
  ...of('view', { AA_ANALYZE: 'View catalog (automatic)' }),
]

export const appTasks = [
  ...of('full', { MANAGE: 'Manage app' }),
  ...of('edit', { DEVELOP: 'Develop app', ADVERTISE: 'Advertise app' }),
  ...of('view', { ANALYZE: 'View insights' }),
]

/** What a member of a group may do on what it contains, over all kinds. */
export const groupTasks = [
  ...of('full', { MANAGE: 'Manage what it contains', EDIT: 'Manage pixels' }),
  ...of('edit', {
    ADVERTISE: 'Create and edit ads',
    UPLOAD: 'Upload events',
    CREATE_CONTENT: 'Create content',
    MODERATE: 'Moderate comments',
    MESSAGING: 'Send messages',
    DRAFT: 'Draft ads',
  }),
  ...of('view', {
    ANALYZE: 'View performance',
    AA_ANALYZE: 'View performance (automatic)',
    VIEW: 'View offline events',
  }),
]

/** A catalog shared by its owner names roles instead: what each allows. */
export const catalogRoles: Record<string, string> = { ADMIN: 'MANAGE', ADVERTISER: 'ADVERTISE' }

export const instagramTasks = [
  ...of('full', {
    FULL_CONTROL: 'Full control of Instagram account',
    IG_APP_ADMIN: 'Administer through an app',
  }),
  ...of('edit', {
    CONTENT: 'Create content',
    MESSAGES: 'Send messages',
    COMMUNITY_ACTIVITY: 'Moderate community',
    ADVERTISE: 'Create ads',
    CREATIVE_MANAGEMENT: 'Manage creatives',
    CREATOR_MANAGEMENT: 'Manage creators',
    IG_APP: 'Use through an app',
    SPARK_PUBLISH: 'Publish through Spark',
    SPARK_EVERYTHING: 'Everything through Spark',
  }),
  ...of('view', { ANALYZE: 'View insights', SPARK_INSIGHTS: 'View insights through Spark' }),
]

export const whatsappTasks = [
  ...of('full', { MANAGE: 'Manage WhatsApp account' }),
  ...of('edit', {
    DEVELOP: 'Develop',
    MANAGE_TEMPLATES: 'Manage message templates',
    MANAGE_PHONE: 'Manage phone numbers',
    MANAGE_PHONE_ASSETS: 'Manage phone assets',
    MANAGE_EXTENSIONS: 'Manage extensions',
    MESSAGING: 'Send messages',
  }),
  ...of('view', {
    VIEW_TEMPLATES: 'View message templates',
    VIEW_PHONE_ASSETS: 'View phone assets',
    VIEW_COST: 'View costs',
  }),
]
