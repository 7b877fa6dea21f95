// What a token is.
import type { Verdict } from '../../model/credential.ts'
import type { Context } from '../connector.ts'

/** Judges a token. */
export async function check(_ctx: Context): Promise<Verdict> {
  return { claims: [], outcome: 'later', expiresAt: null, scopes: [], business: null, actsAs: null }
}
