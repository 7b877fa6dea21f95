// What the auth library's cookies say, read without it.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parse } from 'hono/utils/cookie'
import type { Caller } from './caller.ts'

const SESSION_COOKIE = 'session_token'
const CHALLENGE_COOKIE = 'two_factor'

/** The names that the library gave its cookies. */
type Cookies = Record<'sessionToken' | 'dontRememberToken', { name: string }>

/**
 * The token of a session, where its signature is right: a session that needs nothing of the library is looked up without it. Null for everything else, which is the library's to judge: the session that is not to be
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

/** The value of a cookie, whatever prefix its name carries; null where it was not sent. */
function cookieOf(headers: Headers | undefined, name: string): string | null {
  const ends = `.${name}`
  for (const part of (headers?.get('cookie') ?? '').split(';')) {
    const [key = '', ...value] = part.split('=')
    if (key.trim().endsWith(ends)) return decoded(value.join('='))
  }
  return null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The challenge that a second factor is to answer: what stands before the cookie's signature. The library checks the signature. */
export function challengeOf(headers: Headers): string | null {
  const cookie = cookieOf(headers, CHALLENGE_COOKIE)
  return cookie === null ? null : cookie.slice(0, Math.max(cookie.lastIndexOf('.'), 0))
}

/** The same caller without a session: who signs in is nobody yet, whatever the browser still sends. */
export function withoutSession(caller: Caller): Caller {
  const headers = new Headers(caller.headers)
  const kept = (headers.get('cookie') ?? '')
    .split(';')
    .filter((part) => !(part.split('=')[0] ?? '').trim().endsWith(`.${SESSION_COOKIE}`))
  headers.set('cookie', kept.join(';').trim())
  return { ...caller, headers }
}
