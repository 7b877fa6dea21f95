// Meta's tasks per kind of asset: what a full holder has, and what the API stores when fewer are asked for.
import type { AssetKind } from './world.ts'

/** Everything that a kind knows, as a full holder has it. */
export const allTasks: Record<AssetKind, readonly string[]> = {
  ad_account: ['DRAFT', 'ANALYZE', 'ADVERTISE', 'MANAGE'],
  page: ['ANALYZE', 'ADVERTISE', 'MESSAGING', 'MODERATE', 'CREATE_CONTENT', 'MANAGE'],
  pixel: ['ANALYZE', 'ADVERTISE', 'UPLOAD', 'EDIT'],
  product_catalog: ['ADVERTISE', 'MANAGE'],
  instagram_asset: ['ANALYZE', 'ADVERTISE', 'CONTENT', 'MESSAGES', 'COMMUNITY_ACTIVITY', 'FULL_CONTROL'],
  whatsapp_account: [
    'VIEW_TEMPLATES',
    'VIEW_PHONE_ASSETS',
    'MESSAGING',
    'MANAGE_TEMPLATES',
    'MANAGE_PHONE',
    'DEVELOP',
    'MANAGE',
  ],
  app: ['ANALYZE', 'ADVERTISE', 'DEVELOP', 'MANAGE'],
}

/** Names beyond `allTasks` that a write may carry. */
const otherTasks: Record<AssetKind, readonly string[]> = {
  ad_account: ['AA_ANALYZE', 'FB_EMPLOYEE_DSO_ADVERTISE', 'CREATIVE'],
  page: [
    'MANAGE_LEADS',
    'MANAGE_JOBS',
    'MODERATE_COMMUNITY',
    'VIEW_MONETIZATION_INSIGHTS',
    'CASHIER_ROLE',
    'GLOBAL_STRUCTURE_MANAGEMENT',
    'PAGES_MESSAGING',
    'PAGES_MESSAGING_SUBSCRIPTIONS',
    'READ_PAGE_MAILBOXES',
    'PROFILE_PLUS_FULL_CONTROL',
  ],
  pixel: ['AA_ANALYZE'],
  product_catalog: ['MANAGE_AR', 'AA_ANALYZE'],
  instagram_asset: [
    'CREATIVE_MANAGEMENT',
    'CREATOR_MANAGEMENT',
    'IG_APP',
    'IG_APP_ADMIN',
    'SPARK_INSIGHTS',
    'SPARK_PUBLISH',
    'SPARK_EVERYTHING',
  ],
  whatsapp_account: ['MANAGE_PHONE_ASSETS', 'VIEW_COST', 'MANAGE_EXTENSIONS'],
  app: [],
}

/** Usual sets of tasks that people hold, from weak to strong. */
export const usualTasks: Record<AssetKind, readonly (readonly string[])[]> = {
  ad_account: [['ANALYZE'], ['DRAFT', 'ANALYZE', 'ADVERTISE'], allTasks.ad_account],
  page: [
    ['ANALYZE'],
    ['ANALYZE', 'ADVERTISE'],
    ['ANALYZE', 'ADVERTISE', 'MESSAGING', 'MODERATE', 'CREATE_CONTENT'],
    allTasks.page,
  ],
  pixel: [['ANALYZE'], ['ANALYZE', 'ADVERTISE'], ['ANALYZE', 'ADVERTISE', 'UPLOAD'], allTasks.pixel],
  product_catalog: [['ADVERTISE'], allTasks.product_catalog],
  instagram_asset: [
    ['ANALYZE'],
    ['ANALYZE', 'ADVERTISE'],
    ['ANALYZE', 'ADVERTISE', 'CONTENT', 'MESSAGES', 'COMMUNITY_ACTIVITY'],
  ],
  whatsapp_account: [
    ['VIEW_TEMPLATES', 'VIEW_PHONE_ASSETS'],
    ['VIEW_TEMPLATES', 'VIEW_PHONE_ASSETS', 'MESSAGING'],
    allTasks.whatsapp_account,
  ],
  app: [['ANALYZE'], ['ANALYZE', 'DEVELOP']],
}

/** Page tasks as a Page in the new experience names them. */
export const newPageTasks: readonly (readonly string[])[] = [
  ['PROFILE_PLUS_ANALYZE'],
  ['PROFILE_PLUS_ANALYZE', 'PROFILE_PLUS_ADVERTISE', 'PROFILE_PLUS_CREATE_CONTENT', 'PROFILE_PLUS_MESSAGING'],
  [
    'PROFILE_PLUS_FULL_CONTROL',
    'PROFILE_PLUS_MANAGE',
    'PROFILE_PLUS_FACEBOOK_ACCESS',
    'PROFILE_PLUS_CREATE_CONTENT',
  ],
]

/** `permitted_tasks` of an asset for its own business, as read back live. Instagram assets never tell. */
export const permittedTasks: Record<AssetKind, readonly string[]> = {
  ...allTasks,
  ad_account: [
    'MANAGE',
    'ADVERTISE',
    'ANALYZE',
    'FB_EMPLOYEE_DSO_ADVERTISE',
    'CREATIVE',
    'DRAFT',
    'AA_ANALYZE',
  ],
  pixel: ['EDIT', 'ANALYZE', 'UPLOAD', 'ADVERTISE', 'AA_ANALYZE'],
}

/** True for a task that a write on this kind may carry. */
export function isTask(kind: AssetKind, task: string): boolean {
  if (kind === 'page' && task.startsWith('PROFILE_PLUS_')) return true
  return allTasks[kind].includes(task) || otherTasks[kind].includes(task)
}

/** What the API stores when these tasks are written: never fewer, often more (one asked, five stored was seen on Instagram). */
export function storedTasks(kind: AssetKind, asked: readonly string[]): string[] {
  const stored = new Set(asked)
  const add = (when: string, ...more: string[]): void => {
    if (stored.has(when)) for (const task of more) stored.add(task)
  }
  switch (kind) {
    case 'ad_account':
      add('MANAGE', 'ADVERTISE', 'ANALYZE', 'DRAFT')
      add('ADVERTISE', 'ANALYZE', 'DRAFT')
      break
    case 'instagram_asset':
      add('FULL_CONTROL', 'ADVERTISE', 'ANALYZE', 'CONTENT', 'MESSAGES', 'COMMUNITY_ACTIVITY')
      add('ADVERTISE', 'ANALYZE', 'CONTENT', 'MESSAGES', 'COMMUNITY_ACTIVITY')
      break
    case 'page':
      add('MANAGE', 'ANALYZE', 'ADVERTISE', 'MESSAGING', 'MODERATE', 'CREATE_CONTENT')
      add('CREATE_CONTENT', 'ANALYZE', 'ADVERTISE', 'MESSAGING', 'MODERATE')
      break
    case 'pixel':
      add('EDIT', 'ANALYZE', 'UPLOAD', 'ADVERTISE')
      break
    case 'product_catalog':
      add('MANAGE', 'ADVERTISE')
      break
    case 'whatsapp_account':
    case 'app':
      add('MANAGE', ...allTasks[kind])
      break
  }
  const order = [...allTasks[kind], ...otherTasks[kind]]
  const rank = (task: string): number => (order.includes(task) ? order.indexOf(task) : order.length)
  return [...stored].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
