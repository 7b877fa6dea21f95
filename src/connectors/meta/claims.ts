// The claims about a token in the words of the screens: what was found, and what to do next.
import type { Claim, ClaimState } from '../../model/credential.ts'
import type { Context } from '../connector.ts'
import { adAccounts } from './ad-accounts.ts'
import { GraphError } from './failures.ts'
import { DEFAULT_VERSION } from './graph.ts'
import type { Inspected } from './inspect.ts'
import { kindOf } from './kinds.ts'
import { guideScopes } from './manifest.ts'
import type { Whose } from './proof.ts'
import { readerOf } from './queries.ts'

/** Ids of claims → the labels of their lines, in the order of the screen. */
const partnerLabels = {
  format: 'Format',
  app: 'App',
  business: 'Business',
  system_user: 'System user',
  permissions: 'Permissions',
  shared: 'Shared assets',
  version: 'Graph API version',
}
const ownLabels = {
  format: 'Token valid',
  app: 'Made for this app',
  business: 'Belongs to this business',
  system_user: 'System user with the Admin role',
  permissions: 'Scopes present',
  readable: 'Business readable',
  partners: 'Partners readable',
  tier: 'Access tier',
  version: 'Graph API version',
}

export function labelsOf(ctx: Context): Record<string, string> {
  return ctx.target.kind === 'own' ? ownLabels : partnerLabels
}

export function claim(ctx: Context, id: string, state: ClaimState, sentence: string, fix = ''): Claim {
  return { id, label: labelsOf(ctx)[id] ?? id, state, sentence, fix }
}

/** Permissions beyond the guide's that are no reason to wonder. */
const usual = new Set([
  'ads_read',
  'instagram_basic',
  'whatsapp_business_management',
  'public_profile',
  'email',
])
/** So many more are worth a word. */
const FAR_MORE = 3

const askMaker = 'Ask who generated it whether the steps of the guide were followed. An admin may confirm it.'
const asSystemUser = 'Generate a token for a system user with the Admin role (Settings, Users, System users).'
const notSystemUsers: Record<string, string> = {
  USER: "This is a person's token. It stops working when the person leaves or changes the password.",
  PAGE: "This is a Page's token, not a system user's.",
  APP: "This is an app's token, not a system user's.",
}

/** Whether it works at all, and until when. */
export function formatClaims(ctx: Context, inspected: Inspected): Claim[] {
  const { valid, invalid, expiresAt, type } = inspected
  if (valid === false) {
    const plain = invalid === null || invalid.subcode === null
    const { sentence, fix } = invalid?.failure ?? { sentence: '', fix: '' }
    return [
      plain
        ? claim(
            ctx,
            'format',
            'refuted',
            'Meta does not know this token: it is not a Meta access token, or no longer one.',
            asSystemUser,
          )
        : claim(ctx, 'format', 'refuted', sentence, fix),
    ]
  }
  if (expiresAt !== null && expiresAt <= ctx.clock()) {
    return [claim(ctx, 'format', 'refuted', 'This token has expired.', asSystemUser)]
  }
  const wrong = type === null ? undefined : notSystemUsers[type]
  if (wrong !== undefined)
    return [works(ctx, expiresAt), claim(ctx, 'system_user', 'refuted', wrong, asSystemUser)]
  return [
    valid === null
      ? claim(ctx, 'format', 'unknown', 'Meta does not tell whether the token works.', askMaker)
      : works(ctx, expiresAt),
  ]
}

function works(ctx: Context, expiresAt: number | null): Claim {
  if (expiresAt === null) return claim(ctx, 'format', 'proven', 'The token works and does not expire.')
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  return claim(
    ctx,
    'format',
    'warning',
    `The token works until ${day}.`,
    'Replace it before that day, or generate one that never expires where Meta offers it.',
  )
}

export function appClaim(ctx: Context, inspected: Inspected): Claim {
  const ours = ctx.settings.app_id ?? ''
  if (inspected.appId === null || ours === '') {
    return claim(ctx, 'app', 'unknown', 'Meta does not tell for which app the token was made.', askMaker)
  }
  if (inspected.appId === ours) return claim(ctx, 'app', 'proven', `The token was made for the app ${ours}.`)
  const name = inspected.appName === null ? '' : ` (${inspected.appName})`
  return claim(
    ctx,
    'app',
    'refuted',
    `The token was made for another app: ${inspected.appId}${name}.`,
    `In the dialog Generate token choose the app ${ours}, then generate the token again.`,
  )
}

/** Whose the token is. `ours`: its system user is one of our own business, where a partner's is expected. */
export function businessClaim(ctx: Context, whose: Whose, ours: boolean): Claim {
  const expected = readerOf(ctx)
  const name = whose.business?.name ?? expected
  const found = (state: ClaimState, sentence: string, fix = ''): Claim =>
    claim(ctx, 'business', state, sentence, fix)
  if (whose.systemUser !== null) return found('proven', `The token belongs to ${name}.`)
  const others = (whose.businesses ?? []).filter((b) => b.id !== expected)
  const listed = (whose.businesses ?? []).some((b) => b.id === expected)
  if (
    ours ||
    (ctx.target.kind === 'partner' && !listed && others.some((b) => b.id === ctx.target.business))
  ) {
    return found(
      'refuted',
      "This is your own business's token; the partner's is needed.",
      "Ask the partner's admin to generate a token in the partner's own Business Manager.",
    )
  }
  if (!listed && others.length > 0) {
    const names = others.map((b) => b.name ?? b.id).join(', ')
    return found(
      'refuted',
      `The token belongs to ${names}, not to ${name === expected ? `the business ${expected}` : name}.`,
      'Generate the token in the Business Manager of the business that is named here.',
    )
  }
  if (listed && others.length === 0 && whose.business !== null) {
    return found('proven', `The token belongs to ${name}.`)
  }
  if (whose.businessError !== null) {
    return found(
      'unknown',
      `The token cannot read the business ${expected}, so whose it is cannot be told. ${whose.businessError.failure.sentence}`,
      'See that it was generated in this business, by a system user with the Admin role, with business_management.',
    )
  }
  return found(
    'unknown',
    `The token can read ${name}, and Meta does not tell whether it belongs to it.`,
    'Ask who generated it, and in which Business Manager. An admin may confirm it.',
  )
}

export function systemUserClaim(ctx: Context, inspected: Inspected | null, whose: Whose): Claim {
  const role = whose.systemUser?.role?.toUpperCase() ?? null
  if (role === 'ADMIN')
    return claim(ctx, 'system_user', 'proven', 'It is the token of a system user with the Admin role.')
  if (role !== null) {
    return claim(
      ctx,
      'system_user',
      'refuted',
      'The system user of this token is an employee: it sees only its own assets.',
      'Generate the token for a system user with the Admin role.',
    )
  }
  const type = inspected?.type ?? null
  return claim(
    ctx,
    'system_user',
    'unknown',
    type === 'SYSTEM_USER'
      ? 'It is the token of a system user; Meta does not tell with which role.'
      : 'Meta does not tell whether it is the token of a system user.',
    'Ask whether it was generated for a system user with the Admin role. An admin may confirm it.',
  )
}

export function permissionClaims(ctx: Context, inspected: Inspected | null): Claim[] {
  const held = inspected?.scopes ?? null
  if (held === null) {
    return [
      claim(ctx, 'permissions', 'unknown', 'Meta does not tell which permissions the token has.', askMaker),
    ]
  }
  const has = (scope: string): boolean =>
    held.includes(scope) || (scope === 'ads_management' && held.includes('ads_read'))
  const missing = Object.keys(guideScopes).filter((scope) => !has(scope))
  const without = missing.map((scope) => `${scope} (without it: ${guideScopes[scope] ?? ''})`).join('; ')
  const fix = 'Generate the token again and choose all permissions that the guide names.'
  if (missing.includes('business_management')) {
    return [
      claim(
        ctx,
        'permissions',
        'refuted',
        `Permissions are missing, and people cannot be read without business_management. Not visible: ${without}.`,
        fix,
      ),
    ]
  }
  if (missing.length > 0)
    return [claim(ctx, 'permissions', 'warning', `Permissions are missing. Not visible: ${without}.`, fix)]
  const more = held.filter((scope) => !(scope in guideScopes) && !usual.has(scope))
  if (more.length >= FAR_MORE) {
    return [
      claim(
        ctx,
        'permissions',
        'warning',
        `The token may do more than is needed: ${more.join(', ')}.`,
        'Generate a token with the permissions of the guide alone.',
      ),
    ]
  }
  return [claim(ctx, 'permissions', 'proven', 'All permissions that are needed are there.')]
}

/** What the token sees of what is shared. `whose` null: nothing was tried anew. */
export function sharedClaim(ctx: Context, inspected: Inspected | null, whose: Whose | null): Claim[] {
  if (ctx.target.kind === 'own') return []
  const { shared } = ctx.target
  const found = (state: ClaimState, sentence: string, fix = ''): Claim[] => [
    claim(ctx, 'shared', state, sentence, fix),
  ]
  if (shared.length === 0) {
    return found(
      'refuted',
      'This partner no longer shares assets with you.',
      'Share an asset in Meta Business Manager, then check for updates.',
    )
  }
  const hidden = shared.filter((share) => !withinTargets(share, inspected))
  if (hidden.length > 0) {
    const sample = hidden.slice(0, 5).map((s) => `${kindOf(s.type)?.label ?? s.type} ${s.externalId}`)
    return found(
      'warning',
      `The token is limited to some assets and cannot see ${hidden.length} of ${shared.length} shared ones: ${sample.join(', ')}${hidden.length > 5 ? ' …' : ''}.`,
      'Assign these assets to the system user and generate the token again.',
    )
  }
  if (whose !== null && whose.tried.refused > 0) {
    return found(
      'warning',
      'The token does not see all of the shared assets.',
      'Assign the shared assets to the system user with Full control.',
    )
  }
  return found(
    'proven',
    `The token can see what is shared (${shared.length} ${shared.length === 1 ? 'asset' : 'assets'}).`,
  )
}

/** False where every permission that would do is limited to other ids. */
function withinTargets(share: { type: string; externalId: string }, inspected: Inspected | null): boolean {
  const kind = kindOf(share.type)
  if (inspected === null || kind === undefined) return true
  const usable = kind.peopleScopes.filter((scope) => inspected.scopes?.includes(scope) ?? true)
  if (usable.length === 0) return true
  const bare = kind === adAccounts ? share.externalId.replace(/^act_/, '') : share.externalId
  return usable.some((scope) => {
    const targets = inspected.targets.get(scope)
    return targets === undefined || targets.includes(bare) || targets.includes(share.externalId)
  })
}

/** Meta serves a version that has ended by a later one, without a word: said where the last answers came from another than was asked for. */
export function versionClaim(ctx: Context): Claim[] {
  const asked =
    ctx.settings.version === undefined || ctx.settings.version === '' ? DEFAULT_VERSION : ctx.settings.version
  const served = ctx.memory.get('version/served') ?? asked
  if (served === asked || served === '') return []
  return [
    claim(
      ctx,
      'version',
      'warning',
      `Meta answers with ${served} of the Graph API where ${asked} was asked for.`,
      `Set ${served} as the version of this app, or update Guestlist to a release that was tested with it.`,
    ),
  ]
}

/** Own target: what can be read of the business, and the app's tier as far as it shows. */
export function listClaims(ctx: Context, whose: Whose): Claim[] {
  if (ctx.target.kind !== 'own') return []
  const readable = whose.business !== null
  const claims = [
    readable
      ? claim(ctx, 'readable', 'proven', `${whose.business?.name ?? 'The business'} can be read.`)
      : claim(
          ctx,
          'readable',
          'refuted',
          whose.businessError?.failure.sentence ?? 'The business cannot be read.',
          whose.businessError?.failure.fix ?? 'See that the Business ID is right.',
        ),
  ]
  if (!readable) return claims
  claims.push(
    whose.partners instanceof GraphError
      ? claim(
          ctx,
          'partners',
          'warning',
          `Partners cannot be listed. ${whose.partners.failure.sentence}`,
          whose.partners.failure.fix,
        )
      : claim(ctx, 'partners', 'proven', 'The list of partners can be read.'),
  )
  const limited = [whose.partners, whose.lists, whose.listError].some(
    (answer) => answer instanceof GraphError && answer.code === 3,
  )
  claims.push(
    limited
      ? claim(
          ctx,
          'tier',
          'warning',
          'The app has limited access to the Marketing API: Meta keeps lists of accounts, Pages and people from it.',
          'Apply for full access in the App Dashboard (Marketing API, Access tier).',
        )
      : claim(ctx, 'tier', 'proven', 'The app may read the lists of the business.'),
  )
  return claims
}
