// The one world behind the simulator: businesses, their people, assets, shares and tokens, with the indexes that edges need.
// It knows nothing of HTTP or of the Graph API's shapes.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const assetKinds = [
  'ad_account',
  'page',
  'pixel',
  'product_catalog',
  'instagram_asset',
  'whatsapp_account',
  'app',
] as const
export type AssetKind = (typeof assetKinds)[number]

export interface Business {
  is: 'business'
  id: string
  name: string
  vertical: string
  verification: string
  createdTime: string
  updatedTime: string
  /** Ids, in the order in which lists give them. */
  people: Set<string>
  systemUsers: Set<string>
  invitations: Set<string>
  owned: Map<AssetKind, Set<string>>
  /** Assets of others that are shared with this business and confirmed. */
  client: Map<AssetKind, Set<string>>
  /** Shares that wait for the owner's answer, by asset. */
  waiting: Set<string>
  groups: Set<string>
  /** Businesses that hold shares of ours, and how many: waiting ones too, those of apps not. */
  agencies: Map<string, number>
  /** Businesses whose assets we hold, counted in the same way. */
  clients: Map<string, number>
}

/** A person of a business: one human has one such row, with its own id, in each business. */
export interface Person {
  is: 'person'
  id: string
  business: string
  /** The human behind it: the id that `/me` gives, the same in all businesses of one app. */
  human: string
  firstName: string
  lastName: string
  name: string
  email: string
  title: string | null
  /** ADMIN or EMPLOYEE. */
  role: string
  twoFactor: string
  finance: string | null
  ip: string | null
  pendingEmail: string | null
  markedForRemoval: boolean
  /** False: missing from `business_users`, seen only where assigned. */
  listed: boolean
  assets: Set<string>
}

export interface SystemUser {
  is: 'system_user'
  id: string
  business: string
  name: string
  /** ADMIN or EMPLOYEE. */
  role: string
  createdBy: string | null
  createdTime: string
  assets: Set<string>
}
export type User = Person | SystemUser

export interface Invitation {
  is: 'invitation'
  id: string
  business: string
  email: string
  role: string
  status: string
  createdBy: string | null
  createdTime: string
  expirationTime: string
  /** Assets of the business, and of its clients, that whoever accepts gets. */
  assets: Set<string>
}

export interface Share {
  partner: string
  tasks: readonly string[]
  /** CONFIRMED, or CLIENT_RESPONSE_PENDING while it waits. */
  status: string
  requestId: string
  requestedTime: string
  updatedTime: string
}

export interface Asset {
  is: 'asset'
  id: string
  kind: AssetKind
  name: string
  owner: string
  /** Fields as the API names them. */
  facts: Record<string, Json>
  shares: Map<string, Share>
  /** Business → user → tasks. */
  assigned: Map<string, Map<string, readonly string[]>>
}

export interface GroupTasks {
  adaccount_tasks: readonly string[]
  page_tasks: readonly string[]
  pixel_tasks: readonly string[]
}

export interface Group {
  is: 'group'
  id: string
  name: string
  owner: string
  assets: Set<string>
  members: Map<string, GroupTasks>
  /** Businesses that the group is shared with → their people in it. */
  shared: Map<string, Map<string, GroupTasks>>
}

export interface App {
  id: string
  name: string
  secret: string
  owner: string
}

/** What a business is told in its notifications. */
export interface Notice {
  business: string
  text: string
  at: string
  read: boolean
}

export type TokenState =
  | 'valid'
  | 'expired'
  | 'revoked'
  | 'password_changed'
  | 'checkpoint'
  | 'uninstalled'
  | 'unconfirmed'
  | 'logged_out'

export interface Token {
  /** A name for logs and journals; never the text. */
  label: string
  text: string
  type: 'SYSTEM_USER' | 'USER' | 'PAGE' | 'APP'
  app: string
  /** The business of a system user's token; null for the others. */
  business: string | null
  /** System user, human or page. Empty for an app's own token. */
  principal: string
  scopes: readonly string[]
  /** Scope → the only ids that it may be used on. */
  targets: Readonly<Record<string, readonly string[]>>
  /** Seconds since 1970; 0 = never. */
  issuedAt: number
  expiresAt: number
  state: TokenState
}

export interface World {
  seed: number
  /** The business that the product's own connection is about. */
  own: string
  /** The app that every good token is made for. */
  app: string
  businesses: Map<string, Business>
  users: Map<string, User>
  humans: Map<string, { is: 'human'; id: string; name: string; email: string; people: Set<string> }>
  invitations: Map<string, Invitation>
  assets: Map<string, Asset>
  /** Instagram user id → asset id: two number spaces for one account. */
  instagramUsers: Map<string, string>
  groups: Map<string, Group>
  apps: Map<string, App>
  tokens: Map<string, Token>
  tokensByLabel: Map<string, Token>
  /** Oldest first. */
  notices: Notice[]
}
export type Human = World['humans'] extends Map<string, infer T> ? T : never

export function emptyWorld(seed: number): World {
  return {
    seed,
    own: '',
    app: '',
    businesses: new Map(),
    users: new Map(),
    humans: new Map(),
    invitations: new Map(),
    assets: new Map(),
    instagramUsers: new Map(),
    groups: new Map(),
    apps: new Map(),
    tokens: new Map(),
    tokensByLabel: new Map(),
    notices: [],
  }
}

/** Something was named that the world does not have. */
export class NotInWorld extends Error {
  constructor(what: string, id: string) {
    super(`the simulated world has no ${what} ${id}`)
    this.name = 'NotInWorld'
  }
}

function found<T>(value: T | undefined, what: string, id: string): T {
  if (value === undefined) throw new NotInWorld(what, id)
  return value
}

/** Each of these throws where the world has no such thing. */
export const businessOf = (world: World, id: string): Business =>
  found(world.businesses.get(id), 'business', id)
export const userOf = (world: World, id: string): User => found(world.users.get(id), 'user', id)
export const assetOf = (world: World, id: string): Asset => found(world.assets.get(id), 'asset', id)
export const groupOf = (world: World, id: string): Group => found(world.groups.get(id), 'group', id)

/** Ids of one kind from an index, in order. */
export function idsOf(index: Map<AssetKind, Set<string>>, kind: AssetKind): string[] {
  return [...(index.get(kind) ?? [])]
}

/** True where a business owns the asset or holds a confirmed share of it. */
export function holds(business: string, asset: Asset): boolean {
  return asset.owner === business || asset.shares.get(business)?.status === 'CONFIRMED'
}

/** Every asset that a business owns or holds, in order, owned ones first. */
export function heldAssets(world: World, business: string): Asset[] {
  const { owned, client } = businessOf(world, business)
  return assetKinds
    .flatMap((kind) => [...idsOf(owned, kind), ...idsOf(client, kind)])
    .map((id) => assetOf(world, id))
}

/** The other businesses that ours shares with, or that share with ours. */
export function partnersOf(world: World, business: string): string[] {
  const { agencies, clients } = businessOf(world, business)
  return [...new Set([...agencies.keys(), ...clients.keys()])]
}
