// The calls about tokens themselves: inspect, refresh, revoke.
import { errors, GraphError } from './errors.ts'
import type { Simulation } from './simulation.ts'
import { appOf, authenticate, deathOf, tokenFacts, tokenText } from './tokens.ts'
import type { Json, Token, World } from './world.ts'

type Params = ReadonlyMap<string, string>

/** `/debug_token`: HTTP 200 for a dead token too, which is then not valid and says why. */
export function inspectToken(sim: Simulation, asker: Token, params: Params): Json {
  const text = params.get('input_token')
  if (text === undefined || text === '') throw errors.parameterRequired('input_token')
  const now = Math.floor(sim.clock() / 1000)
  const token = sim.world.tokens.get(text)
  if (!token) {
    const { code, message } = (text.startsWith('EAA') ? errors.undecryptable() : errors.unparsableToken())
      .facts
    return { data: { error: { code: code ?? 190, message }, is_valid: false, scopes: [] } }
  }
  if (token.app !== asker.app && sim.switches.inspectOtherApp === 'error') throw errors.otherApp()
  const data = describe(sim, token)
  const death = deathOf(sim.world, token, now)
  if (death) {
    const { code = 190, message, subcode = 0 } = death.facts
    data['error'] = { code, message, subcode }
    data['is_valid'] = false
  }
  return { data }
}

function describe(sim: Simulation, token: Token): { [key: string]: Json } {
  const { world } = sim
  const base = { app_id: token.app, type: token.type, application: appOf(world, token.app).name }
  if (token.type === 'APP') return { ...base, is_valid: true, scopes: [] }
  const data: { [key: string]: Json } = {
    ...base,
    data_access_expires_at: token.type === 'USER' ? token.issuedAt + 90 * 86_400 : 0,
    expires_at: token.expiresAt,
    is_valid: true,
    issued_at: token.issuedAt,
    scopes: [...token.scopes],
    granular_scopes: token.scopes.map((scope): Json => {
      const targets = token.targets[scope]
      return targets ? { scope, target_ids: [...targets] } : { scope }
    }),
    user_id: userIdOf(sim, token),
  }
  if (token.type === 'PAGE') data['profile_id'] = token.principal
  return data
}

/** The id of the token's user: of a page's token, the human or system user who made it is not kept, so the page stands in. */
function userIdOf(sim: Simulation, token: Token): string {
  if (token.type !== 'SYSTEM_USER' || sim.switches.systemUserId === 'same') return token.principal
  return appScopedId(sim.world, token)
}

/** A system user's id as one app alone knows it: another number of the same shape. */
export function appScopedId(world: World, token: Token): string {
  let sum = 7
  for (const sign of `${world.seed}${token.app}${token.principal}`)
    sum = (sum * 31 + sign.charCodeAt(0)) % 99_999_999_977
  return `1220${String(sum).padStart(14, '0')}`
}

function requireApp(world: World, params: Params): string {
  const id = params.get('client_id')
  if (id === undefined) throw errors.parameterRequired('client_id')
  const app = world.apps.get(id)
  if (!app)
    throw new GraphError({
      status: 400,
      message: 'Error validating application. Cannot get application info due to a system error.',
      type: 'OAuthException',
      code: 101,
    })
  if (params.get('client_secret') !== app.secret)
    throw new GraphError({
      status: 400,
      message: 'Error validating client secret.',
      type: 'OAuthException',
      code: 1,
    })
  return id
}

/** `/oauth/access_token?grant_type=fb_exchange_token`: a new token with 60 days; the old one goes on to its own end. */
export function exchangeToken(sim: Simulation, params: Params): Json {
  const app = requireApp(sim.world, params)
  const grant = params.get('grant_type')
  if (grant === 'client_credentials')
    return { access_token: `${app}|${appOf(sim.world, app).secret}`, token_type: 'bearer' }
  if (grant !== 'fb_exchange_token') throw errors.invalidParameter('grant_type')
  const now = Math.floor(sim.clock() / 1000)
  const old = authenticate(sim.world, params.get('fb_exchange_token') ?? null, now)
  if (old.app !== app) throw errors.appNotInstalled(app)
  const life = 60 * 86_400
  const label = `${old.label.replace(/ refreshed \d+$/, '')} refreshed ${sim.world.tokens.size}`
  sim.change({ op: 'add-token', token: { ...tokenFacts(old), label, issuedAt: now, expiresAt: now + life } })
  return { access_token: tokenText(sim.world.seed, label), token_type: 'bearer', expires_in: life }
}

/** `/oauth/revoke`: takes effect at once. */
export function revokeToken(sim: Simulation, asker: Token, params: Params): Json {
  const app = requireApp(sim.world, params)
  const token = sim.world.tokens.get(params.get('revoke_token') ?? '')
  if (!token) throw errors.undecryptable()
  if (asker.app !== app || token.app !== app) throw errors.appNotInstalled(app)
  sim.change({ op: 'set-token', label: token.label, state: 'revoked' })
  return { success: true }
}
