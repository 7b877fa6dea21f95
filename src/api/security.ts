// What every request passes before a route sees it: the host it asks for, where a write comes from, and the headers of each answer.
import type { Context, MiddlewareHandler, Next } from 'hono'
import { AppError } from '../model/error.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const always: Record<string, string> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
  'X-Robots-Tag': 'noindex',
}

/** Sets the headers of every answer, whichever way it was made. The API's answers are never kept by a cache. */
export function securityHeaders(publicUrl: URL): MiddlewareHandler {
  return async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(always)) c.res.headers.set(name, value)
    if (publicUrl.protocol === 'https:') c.res.headers.set('Strict-Transport-Security', 'max-age=31536000')
    if (c.req.path.startsWith('/api/')) c.res.headers.set('Cache-Control', 'no-store')
  }
}

/** True for the names of this machine itself, which browsers treat as safe without https. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

/**
 * Answers only for the hosts that the console is served at: this machine's own names, and the public address where it is https. A page
 * load at 127.0.0.1 goes to localhost, since passkeys refuse a bare address.
 */
export function hosts(publicUrl: URL): MiddlewareHandler {
  return async (c, next) => {
    // Probes ask by whatever name they know, and learn nothing but yes or no; /metrics has a check of its own.
    if (['/healthz', '/readyz', '/metrics'].includes(c.req.path)) return next()
    const asked = askedHost(c)
    if (asked !== null && isLoopback(asked.hostname)) return loopback(c, next, asked)
    if (asked !== null && publicUrl.protocol === 'https:' && asked.host === publicUrl.host) return next()
    return refusal(c, publicUrl)
  }
}

function askedHost(c: Context): URL | null {
  const host = c.req.header('host') ?? new URL(c.req.url).host
  return URL.canParse(`http://${host}`) && !/[/@?#\\]/.test(host) ? new URL(`http://${host}`) : null
}

async function loopback(c: Context, next: Next, asked: URL): Promise<Response | undefined> {
  const isPage =
    c.req.method === 'GET' &&
    !c.req.path.startsWith('/api/') &&
    (c.req.header('accept') ?? '').includes('text/html')
  if (!isPage || asked.hostname === 'localhost' || asked.hostname.endsWith('.localhost')) {
    await next()
    return undefined
  }
  const url = new URL(c.req.url)
  return c.redirect(
    `http://localhost${asked.port === '' ? '' : `:${asked.port}`}${url.pathname}${url.search}`,
    302,
  )
}

function refusal(c: Context, publicUrl: URL): Response {
  const where =
    publicUrl.protocol === 'https:' || isLoopback(publicUrl.hostname) ? publicUrl.origin : 'http://localhost'
  return c.text(
    `Guestlist does not answer at this address.\n\n` +
      `Browsers allow the cryptography that it needs only over https, or on this machine itself. Open it at ${where}, ` +
      `or put a proxy with https in front of it and tell the program that address (GUESTLIST_PUBLIC_URL).\n`,
    421,
  )
}

const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** The text of an API key as a program sends it; null where the request brings none. */
export function bearerOf(headers: Headers): string | null {
  const found = /^bearer(?:\s+(\S.*))?$/i.exec(headers.get('authorization')?.trim() ?? '')
  return found === null ? null : (found[1] ?? '')
}

/**
 * Refuses a write that another site started: the browser's own word (Sec-Fetch-Site) and the Origin must both be ours where they are
 * told, and one of them must be told. A body must be JSON, which no form of another site can send. A request with an API key comes from
 * no page: a page of another site cannot set that header, and cookies beside it count for nothing.
 */
export function sameOrigin(publicUrl: URL): MiddlewareHandler {
  return async (c, next) => {
    if (writes.has(c.req.method)) {
      const byProgram = c.req.path.startsWith('/api/v1/') && bearerOf(c.req.raw.headers) !== null
      if (!byProgram) demandOwnOrigin(c, publicUrl)
      demandJson(c)
    }
    return next()
  }
}

function demandOwnOrigin(c: Context, publicUrl: URL): void {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const asked = askedHost(c)
  const own =
    asked !== null && isLoopback(asked.hostname)
      ? [`http://${asked.host}`, publicUrl.origin]
      : [publicUrl.origin]
  const fits =
    (site === undefined || site === 'same-origin') && (origin === undefined || own.includes(origin))
  if (!fits || (site === undefined && origin === undefined)) {
    throw new AppError(
      'forbidden',
      'This request came from another site, so nothing was done. Use the console at its own address.',
    )
  }
}

function demandJson(c: Context): void {
  const length = c.req.header('content-length')
  const hasBody = (length !== undefined && length !== '0') || c.req.header('transfer-encoding') !== undefined
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if ((hasBody || type !== '') && type !== 'application/json')
    throw new AppError('invalid', 'Send the request as application/json.')
}
