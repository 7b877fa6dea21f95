// The token of a session out of a request's cookies, as the auth library signs it: so that a session which needs nothing of the library is
// looked up without it.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parse } from 'hono/utils/cookie'

/** The names that the library gave its cookies. */
type Cookies = Record<'sessionToken' | 'dontRememberToken', { name: string }>

/**
 * The token, where its signature is right. Null for everything else, which is the library's to judge: the session that is not to be
 * remembered, and never prolonged, too.
 */
export function tokenIn(
  headers: Headers,
  secret: string,
  { sessionToken, dontRememberToken }: Cookies,
): string | null {
  const cookies = parse(headers.get('cookie') ?? '')
  const signed = cookies[sessionToken.name]
  if (signed === undefined || dontRememberToken.name in cookies) return null
  const dot = Math.max(signed.lastIndexOf('.'), 0)
  const [token, signature] = [signed.slice(0, dot), Buffer.from(signed.slice(dot + 1))]
  const right = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'))
  return signature.length === right.length && timingSafeEqual(signature, right) ? token : null
}
