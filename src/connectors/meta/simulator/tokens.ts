// Tokens: how they are made from the seed, and who a presented one is.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { errors } from './errors.ts'
import type { GraphError } from './errors.ts'
import { fixedText } from './random.ts'
import type { App, Token, World } from './world.ts'

/** The six that a partner is asked for. */
export const partnerScopes = [
  'ads_management',
  'business_management',
  'catalog_management',
  'pages_manage_metadata',
  'pages_read_engagement',
  'pages_show_list',
] as const

/** The text of the token with this label: the same in every world of this seed. */
export function tokenText(seed: number, label: string): string {
  return `EAA${fixedText(seed, `token ${label}`, 185)}`
}

/** Adds a token; its text follows from seed and label. Replaces one of the same label. */
export function addToken(world: World, facts: Omit<Token, 'text'>): Token {
  const text =
    facts.type === 'APP'
      ? `${facts.app}|${appOf(world, facts.app).secret}`
      : tokenText(world.seed, facts.label)
  const token: Token = { ...facts, text }
  world.tokens.set(text, token)
  world.tokensByLabel.set(token.label, token)
  return token
}

export function appOf(world: World, id: string): App {
  const app = world.apps.get(id)
  if (!app) throw new Error(`the simulated world has no app ${id}`)
  return app
}

/** What a token is, without its text. */
export function tokenFacts(token: Token): Omit<Token, 'text'> {
  const { label, type, app, business, principal, scopes, targets, issuedAt, expiresAt, state } = token
  return { label, type, app, business, principal, scopes, targets, issuedAt, expiresAt, state }
}

/** A Page's own token, derived from the token that asked for it; valid as long as that one. */
export function pageToken(world: World, parent: Token, page: string): Token {
  const label = `page ${page} of ${parent.label}`
  const known = world.tokensByLabel.get(label)
  if (known) return known
  return addToken(world, { ...parent, label, type: 'PAGE', business: null, principal: page, expiresAt: 0 })
}

function clockText(seconds: number): string {
  const date = new Date(seconds * 1000)
  const day =
    ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][date.getUTCDay()] ?? ''
  const month = date.toUTCString().slice(8, 11)
  const two = (n: number): string => String(n).padStart(2, '0')
  const year = two(date.getUTCFullYear() % 100)
  return `${day}, ${two(date.getUTCDate())}-${month}-${year} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} PDT`
}

/** Why a known token is dead; null while it lives. `now` in seconds. */
export function deathOf(world: World, token: Token, now: number): GraphError | null {
  switch (token.state) {
    case 'revoked':
      return errors.tokenRevoked()
    case 'password_changed':
      return errors.passwordChanged()
    case 'checkpoint':
      return errors.checkpoint()
    case 'uninstalled':
      return errors.appNotInstalled(token.app)
    case 'unconfirmed':
      return errors.unconfirmedUser()
    case 'logged_out':
      return errors.loggedOut()
    case 'expired':
      return errors.tokenExpired(clockText(token.expiresAt), clockText(now))
    case 'valid':
      break
  }
  if (token.principal !== '' && token.type === 'SYSTEM_USER' && !world.users.has(token.principal))
    return errors.tokenRevoked()
  if (token.expiresAt > 0 && token.expiresAt <= now)
    return errors.tokenExpired(clockText(token.expiresAt), clockText(now))
  return null
}

/** The token behind a text. Throws a GraphError where there is none or it is dead. */
export function authenticate(world: World, text: string | null, now: number): Token {
  if (text === null || text === '') throw errors.noToken()
  const token = world.tokens.get(text)
  if (!token) throw text.startsWith('EAA') ? errors.undecryptable() : errors.unparsableToken()
  const death = deathOf(world, token, now)
  if (death) throw death
  return token
}

/** Checks `appsecret_proof`. Throws a GraphError where it is wrong, or missing and required. */
export function checkProof(world: World, token: Token, proof: string | undefined, required: boolean): void {
  if (token.type === 'APP') return
  if (proof === undefined) {
    if (required) throw errors.proofMissing()
    return
  }
  const expected = createHmac('sha256', appOf(world, token.app).secret).update(token.text).digest()
  const given = Buffer.from(proof, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw errors.proofWrong()
}
