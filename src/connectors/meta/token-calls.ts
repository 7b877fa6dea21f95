// The three calls of Meta that take a token as a parameter: inspect, renew, revoke. Their addresses hold a token, so they are built and used in
// one function and leave it nowhere; every other call of this product carries its token in the Authorization header.
// https://developers.facebook.com/docs/business-management-apis/system-users/install-apps-and-generate-tokens
import { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import { isObject } from './answer.ts'
import { openGraph } from './graph.ts'
import type { Answer, Call } from './graph.ts'

/** Asks about the context's token, or changes it, with `asker` in the header. Undefined where the app's id and secret are needed and not known. */
export async function aboutToken(
  ctx: Context,
  what: 'inspect' | 'renew' | 'revoke',
  asker: Redacted = ctx.token,
): Promise<Answer | undefined> {
  const token = ctx.token.reveal()
  const app = { client_id: ctx.settings.app_id ?? '', client_secret: ctx.secrets.app_secret?.reveal() ?? '' }
  if (what !== 'inspect' && (app.client_id === '' || app.client_secret === '')) return undefined
  const sixty = { grant_type: 'fb_exchange_token', set_token_expires_in_60_days: 'true' }
  const calls: Record<typeof what, Call> = {
    inspect: { path: 'debug_token', params: { input_token: token } },
    renew: { path: 'oauth/access_token', params: { ...sixty, ...app, fb_exchange_token: token } },
    revoke: { path: 'oauth/revoke', params: { ...app, revoke_token: token } },
  }
  const [answer] = await openGraph(ctx, asker).ask([calls[what]])
  return answer
}

/** See the connector's contract. Meta lets the old token go on to its own end. */
export async function renew(ctx: Context): Promise<Redacted | null> {
  const answer = await aboutToken(ctx, 'renew')
  if (answer?.ok !== true || !isObject(answer.body)) return null
  const { access_token: text } = answer.body
  return typeof text === 'string' && text !== '' && text !== ctx.token.reveal() ? new Redacted(text) : null
}

/** See the connector's contract. */
export async function revoke(ctx: Context): Promise<boolean> {
  const answer = await aboutToken(ctx, 'revoke')
  return answer?.ok === true && isObject(answer.body) && answer.body.success === true
}
