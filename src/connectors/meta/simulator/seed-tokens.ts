// Every kind of token that a person may paste, for each business of a world. Labels are stable: `<business>/<kind>`.
import { addToken, partnerScopes, tokenText } from './tokens.ts'
import { businessOf, idsOf, partnersOf } from './world.ts'
import type { Token, TokenState, World } from './world.ts'

const day = 86_400
/** Scopes of a token that was given far more than was asked. */
const tooMany = [
  'ads_read',
  'instagram_basic',
  'instagram_manage_insights',
  'leads_retrieval',
  'pages_manage_ads',
  'pages_manage_posts',
  'pages_messaging',
  'read_insights',
  'whatsapp_business_management',
  'whatsapp_business_messaging',
]

/** The kinds, by name. `admin` is the good one: admin system user, never ends, the scopes that are asked for. */
export interface TokenSet {
  admin: string
  /** Ends in 60 days. */
  sixtyDays: string
  /** Ends in 9 days. */
  endsSoon: string
  expired: string
  revoked: string
  passwordChanged: string
  checkpoint: string
  uninstalled: string
  unconfirmed: string
  loggedOut: string
  /** Made for another app. */
  otherApp: string
  /** Employee system user: sees its own assets alone. */
  employee: string
  /** An administrator's own token. */
  person: string
  page: string
  /** May use its ad scopes on the first two ad accounts only. */
  limited: string
  /** Far more scopes than asked for. */
  manyScopes: string
  noScopes: string
  /** Scope → a token that lacks just this one. */
  without: Record<(typeof partnerScopes)[number], string>
}

export interface Tokens {
  /** The good token of our own business. */
  own: string
  /** Every kind of token of our own business. */
  ownKinds: TokenSet
  /** Business id → its tokens. */
  partners: Record<string, TokenSet>
  /** `app id|app secret` */
  app: string
  /** A good token of a business that has nothing to do with ours. */
  stranger: string
  /** Starts as a token does and is none. */
  unknown: string
  garbage: string
}

const states: readonly [keyof TokenSet, TokenState][] = [
  ['expired', 'expired'],
  ['revoked', 'revoked'],
  ['passwordChanged', 'password_changed'],
  ['checkpoint', 'checkpoint'],
  ['uninstalled', 'uninstalled'],
  ['unconfirmed', 'unconfirmed'],
  ['loggedOut', 'logged_out'],
]

/** Adds every token of every business to a world. `now` in milliseconds. */
export function seedTokens(world: World, now: number): void {
  const seconds = Math.floor(now / 1000)
  addToken(world, {
    label: 'app',
    type: 'APP',
    app: world.app,
    business: null,
    principal: '',
    scopes: [],
    targets: {},
    issuedAt: 0,
    expiresAt: 0,
    state: 'valid',
  })
  for (const business of world.businesses.keys()) seedBusinessTokens(world, business, seconds)
}

function seedBusinessTokens(world: World, id: string, now: number): void {
  const business = businessOf(world, id)
  const [admin, employee] = [...business.systemUsers]
  if (admin === undefined) return
  const scopes: readonly string[] =
    id === world.own ? [...partnerScopes, 'whatsapp_business_management'] : partnerScopes
  const base: Omit<Token, 'text' | 'label'> = {
    type: 'SYSTEM_USER',
    app: world.app,
    business: id,
    principal: admin,
    scopes,
    targets: {},
    issuedAt: now - 30 * day,
    expiresAt: 0,
    state: 'valid',
  }
  const make = (kind: string, over: Partial<Omit<Token, 'text' | 'label'>> = {}): void => {
    addToken(world, { ...base, ...over, label: `${id}/${kind}` })
  }
  make('admin')
  make('sixtyDays', { issuedAt: now, expiresAt: now + 60 * day })
  make('endsSoon', { issuedAt: now - 51 * day, expiresAt: now + 9 * day })
  for (const [kind, state] of states) make(kind, { state, expiresAt: state === 'expired' ? now - day : 0 })
  const otherApp = [...world.apps.keys()].find((app) => app !== world.app)
  if (otherApp !== undefined) make('otherApp', { app: otherApp })
  if (employee !== undefined) make('employee', { principal: employee })
  const person = [...business.people].map((one) => world.users.get(one)).find((one) => one?.role === 'ADMIN')
  if (person?.is === 'person')
    make('person', { type: 'USER', business: null, principal: person.human, expiresAt: now + 50 * day })
  const page = [...idsOf(business.owned, 'page'), ...idsOf(business.client, 'page')][0]
  if (page !== undefined) make('page', { type: 'PAGE', business: null, principal: page })
  const accounts = [...idsOf(business.client, 'ad_account'), ...idsOf(business.owned, 'ad_account')].slice(
    0,
    2,
  )
  make('limited', { targets: { ads_management: accounts.map((account) => account.replace('act_', '')) } })
  make('manyScopes', { scopes: [...scopes, ...tooMany] })
  make('noScopes', { scopes: ['public_profile'] })
  for (const scope of partnerScopes)
    make(`without/${scope}`, { scopes: scopes.filter((one) => one !== scope) })
}

/** The fixed texts of a world's tokens. A kind that the world cannot have (no page, no employee) gives a text that is no token. */
export function tokensOf(world: World): Tokens {
  const text = (business: string, kind: string): string => tokenText(world.seed, `${business}/${kind}`)
  const setOf = (id: string): TokenSet => {
    const kind = (name: string): string => text(id, name)
    return {
      admin: kind('admin'),
      sixtyDays: kind('sixtyDays'),
      endsSoon: kind('endsSoon'),
      expired: kind('expired'),
      revoked: kind('revoked'),
      passwordChanged: kind('passwordChanged'),
      checkpoint: kind('checkpoint'),
      uninstalled: kind('uninstalled'),
      unconfirmed: kind('unconfirmed'),
      loggedOut: kind('loggedOut'),
      otherApp: kind('otherApp'),
      employee: kind('employee'),
      person: kind('person'),
      page: kind('page'),
      limited: kind('limited'),
      manyScopes: kind('manyScopes'),
      noScopes: kind('noScopes'),
      without: {
        ads_management: kind('without/ads_management'),
        business_management: kind('without/business_management'),
        catalog_management: kind('without/catalog_management'),
        pages_manage_metadata: kind('without/pages_manage_metadata'),
        pages_read_engagement: kind('without/pages_read_engagement'),
        pages_show_list: kind('without/pages_show_list'),
      },
    }
  }
  const partners = partnersOf(world, world.own)
  const stranger = [...world.businesses.keys()].find((id) => id !== world.own && !partners.includes(id)) ?? ''
  return {
    own: text(world.own, 'admin'),
    ownKinds: setOf(world.own),
    partners: Object.fromEntries(partners.map((id) => [id, setOf(id)])),
    app: `${world.app}|${world.apps.get(world.app)?.secret ?? ''}`,
    stranger: text(stranger, 'admin'),
    unknown: tokenText(world.seed, 'nobody'),
    garbage: 'not a token at all',
  }
}
