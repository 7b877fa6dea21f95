// What Meta says about a token, taken apart: `/debug_token`.
// https://developers.facebook.com/docs/graph-api/reference/debug_token
import { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import { id, isObject, names, text } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'
import { errorIn, GraphError } from './failures.ts'
import { aboutToken } from './token-calls.ts'

/** What the inspection told; null for everything that it left out. */
export interface Inspected {
  valid: boolean | null
  /** Why Meta calls it invalid. */
  invalid: GraphError | null
  type: string | null
  appId: string | null
  appName: string | null
  userId: string | null
  /** Epoch milliseconds; null = never or not told. */
  expiresAt: number | null
  scopes: string[] | null
  /** Per permission the only ids that it is good for. A permission that is missing here is good for everything. */
  targets: Map<string, string[]>
}

/** Inspects the context's token with the app's own token, and with itself where that is refused. A GraphError where both are. */
export async function inspect(ctx: Context): Promise<Inspected | GraphError> {
  const appId = ctx.settings.app_id ?? ''
  const secret = ctx.secrets.app_secret?.reveal() ?? ''
  let first: GraphError | null = null
  const askers = appId === '' || secret === '' ? [ctx.token] : [new Redacted(`${appId}|${secret}`), ctx.token]
  for (const asker of askers) {
    const answer = await aboutToken(ctx, 'inspect', asker)
    if (answer === undefined) continue
    if (answer.ok) {
      const found = understood(answer.body)
      if (found !== null) return found
    } else {
      first ??= answer.error
      if (answer.error.otherApp || ['limited', 'transient'].includes(answer.error.failure.kind))
        return answer.error
    }
  }
  return (
    first ??
    new GraphError({ kind: 'changed', sentence: 'Meta does not tell about this token.', fix: 'Try again.' })
  )
}

function understood(body: Json): Inspected | null {
  const data = isObject(body) ? body.data : null
  if (!isObject(data)) return null
  const error = isObject(data.error) ? errorIn({ error: { code: 190, ...data.error } }, 400) : null
  return {
    valid: typeof data.is_valid === 'boolean' ? data.is_valid : error === null ? null : false,
    invalid: error,
    type: text(data.type)?.toUpperCase() ?? null,
    appId: id(data.app_id),
    appName: text(data.application),
    userId: id(data.user_id),
    expiresAt: earliest(data),
    scopes: scopesIn(data),
    targets: targetsOf(data),
  }
}

/** The token ends with its own date or with its right to data, whichever is first; 0 is never. */
function earliest(data: JsonObject): number | null {
  const ends = [data.expires_at, data.data_access_expires_at]
    .map((value) => Number(value ?? 0))
    .filter((seconds) => Number.isFinite(seconds) && seconds > 0)
  return ends.length === 0 ? null : Math.min(...ends) * 1000
}

/** The permissions; where their own list is left out, those of the list that says what each is good for. */
function scopesIn(data: JsonObject): string[] | null {
  if (Array.isArray(data.scopes)) return names(data.scopes)
  if (!Array.isArray(data.granular_scopes)) return null
  return names(data.granular_scopes.flatMap((entry) => (isObject(entry) ? (text(entry.scope) ?? []) : [])))
}

function targetsOf(data: JsonObject): Map<string, string[]> {
  const targets = new Map<string, string[]>()
  for (const entry of Array.isArray(data.granular_scopes) ? data.granular_scopes : []) {
    if (!isObject(entry) || !Array.isArray(entry.target_ids)) continue
    const scope = text(entry.scope)
    const ids = entry.target_ids.map((value) => id(value)).filter((value): value is string => value !== null)
    if (scope !== null) targets.set(scope, ids)
  }
  return targets
}
