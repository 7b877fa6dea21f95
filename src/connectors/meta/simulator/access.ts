// Who may see what: a token's businesses, its scopes, and the ids that a scope is limited to.
import { errors } from './errors.ts'
import type { Call } from './node-spec.ts'
import { businessOf, groupOf, holds } from './world.ts'
import type { Asset, AssetKind, Business, Token, World } from './world.ts'

/** The businesses that a token acts in: one for a system user, all of a person's; none for pages and apps. */
export function viewerOf(world: World, token: Token): Map<string, { user: string; admin: boolean }> {
  const viewer = new Map<string, { user: string; admin: boolean }>()
  const ids =
    token.type === 'SYSTEM_USER'
      ? [token.principal]
      : token.type === 'USER'
        ? [...(world.humans.get(token.principal)?.people ?? [])]
        : []
  for (const id of ids) {
    const user = world.users.get(id)
    if (user) viewer.set(user.business, { user: id, admin: user.role === 'ADMIN' })
  }
  return viewer
}

export function has(call: Call, scope: string): boolean {
  return call.token.scopes.includes(scope)
}

/** Scopes of which one is needed for a kind of asset. Empty: `business_management` is enough. */
const scopesOf: Record<AssetKind, readonly string[]> = {
  ad_account: ['ads_management', 'ads_read'],
  pixel: ['ads_management', 'ads_read'],
  product_catalog: ['catalog_management'],
  page: ['pages_show_list'],
  instagram_asset: [],
  whatsapp_account: ['whatsapp_business_management'],
  app: [],
}

/** The scopes that this app and kind ask for, of which one is enough. */
function neededScopes(call: Call, kind: AssetKind): readonly string[] {
  if (kind === 'instagram_asset' && call.switches.instagramBasicNeeded) return ['instagram_basic']
  return scopesOf[kind]
}

/** Throws where the token lacks the scope for a kind of asset; `id` names the node asked for, if one was. */
export function requireKind(call: Call, kind: AssetKind, id?: string): void {
  const needed = neededScopes(call, kind)
  if (needed.length === 0 || needed.some((scope) => has(call, scope))) return
  switch (kind) {
    case 'ad_account':
    case 'pixel':
      if (call.switches.adsScopeMissing === '100/33' && id !== undefined) throw errors.unsupportedGet(id)
      throw errors.adsScope()
    case 'instagram_asset':
      throw errors.scope10('instagram_basic')
    default:
      throw errors.scope200(needed[0] ?? '')
  }
}

/** False where every scope that would do for this kind is limited to other ids. */
function withinTargets(call: Call, asset: Asset): boolean {
  const usable = neededScopes(call, asset.kind).filter((scope) => has(call, scope))
  if (usable.length === 0) return true
  const id = asset.id.replace('act_', '')
  return usable.some((scope) => call.token.targets[scope]?.includes(id) ?? true)
}

function reachesThroughGroup(world: World, business: Business, user: string, asset: Asset): boolean {
  return [...business.groups].some(
    (id) => groupOf(world, id).members.has(user) && groupOf(world, id).assets.has(asset.id),
  )
}

/** True where the token's user can see the asset from one of its businesses. */
export function seesAsset(call: Call, asset: Asset): boolean {
  if (call.token.type === 'PAGE') return call.token.principal === asset.id
  if (call.token.type === 'APP') return asset.id === call.token.app
  if (!withinTargets(call, asset)) return false
  for (const [id, { user, admin }] of call.viewer) {
    if (!holds(id, asset) || !allowedBusiness(call, id)) continue
    if (admin || call.world.users.get(user)?.assets.has(asset.id)) return true
    if (reachesThroughGroup(call.world, businessOf(call.world, id), user, asset)) return true
  }
  return false
}

function allowedBusiness(call: Call, id: string): boolean {
  if (!call.switches.accessVerified && id !== call.world.apps.get(call.token.app)?.owner) return false
  return call.token.targets['business_management']?.includes(id) ?? true
}

/** True where the token acts in this business, with this app. */
export function actsIn(call: Call, business: string): boolean {
  return call.viewer.has(business) && allowedBusiness(call, business)
}

/** Throws where the token may not read a business's node or edges. */
export function requireBusiness(call: Call, business: Business): void {
  if (call.token.type === 'APP') throw errors.unsupportedGet(business.id)
  if (!has(call, 'business_management')) throw errors.scope200('business_management')
  if (!actsIn(call, business.id)) throw errors.unsupportedGet(business.id)
}

/** Throws where the app's tier keeps it from a business's accounts, pages and people. */
export function requireTier(call: Call): void {
  if (call.switches.accessTier === 'limited') throw errors.capability()
}

/** Throws where an employee's token asks for people or partners and may not. */
export function requirePeople(call: Call, business: Business): void {
  requireBusiness(call, business)
  requireTier(call)
  if (!call.switches.employeeSeesPeople && call.viewer.get(business.id)?.admin !== true)
    throw errors.permissions()
}

/** Throws where a node of an asset cannot be read. */
export function requireAsset(call: Call, asset: Asset): void {
  requireKind(call, asset.kind, asset.id)
  if (!seesAsset(call, asset)) throw errors.unsupportedGet(asset.id)
}
