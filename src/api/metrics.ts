// /metrics for Prometheus: for this machine itself, or for whoever has the token of the settings. Holds no name and no id of anybody.
import { timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { during } from '../lib/log.ts'
import { count, duration, metricsText, type Gauge } from '../lib/metrics.ts'
import { backlog } from '../store/health.ts'
import { answerError, newReference, nothingHere } from './errors.ts'
import type { Env } from './gate.ts'
import type { Parts } from './parts.ts'
import { isLoopback } from './security.ts'

/** What tells that a proxy passed the request on. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/** Gives each request its number, which is on every line of the log and in a failure's answer, counts it, and logs it. */
export function watchRequests(parts: Parts): MiddlewareHandler<Env> {
  return async (c, next) => {
    const request = newReference()
    c.set('request', request)
    const started = performance.now()
    await during({ request }, next)
    c.res.headers.set('X-Request-Id', request)
    const seconds = (performance.now() - started) / 1000
    const labels = { method: c.req.method, route: routeOf(c), status: String(c.res.status) }
    count('guestlist_requests_total', 'Requests by method, route and status.', labels)
    duration('guestlist_request_seconds', 'How long requests took.', { route: labels.route }, seconds)
    const facts = { request, ...labels, ms: Math.round(seconds * 1000) }
    if (c.res.status >= 400 || c.req.method !== 'GET') parts.log.info('request', facts)
    else parts.log.debug('request', facts)
  }
}

/** The pattern of the route, so that no id and no query is in a label or in the log. */
function routeOf(c: Context): string {
  const path = routePath(c, -1)
  return path === '*' || path === '/*' ? 'other' : path
}

/** Answers as though it were not there to everybody else. */
export function metrics(parts: Parts): (c: Context<Env>) => Promise<Response> {
  return async (c) => {
    if (!mayRead(parts, c)) return answerError(c, nothingHere(), parts.log)
    return c.text(metricsText(await gauges(parts)), 200, { 'content-type': 'text/plain; version=0.0.4' })
  }
}

function mayRead({ metricsToken }: Parts, c: Context<Env>): boolean {
  if (metricsToken !== undefined) {
    const given = Buffer.from(c.req.header('authorization') ?? '')
    const wanted = Buffer.from(`Bearer ${metricsToken.reveal()}`)
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return true
  }
  // A proxy on this machine calls from loopback too: what it passes on is told by its headers, or by the name that was asked for.
  const host = c.req.header('host') ?? ''
  const own = URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)
  const address = c.get('socket') ?? ''
  const near = address === '::1' || /^(::ffff:)?127\./.test(address)
  return own && near && forwarded.every((name) => c.req.header(name) === undefined)
}

async function gauges({ db, engine }: Parts): Promise<Gauge[]> {
  const { jobs, unsealed, due } = await backlog(db)
  const { totalCount, idleCount, waitingCount } = db.pool
  const plain = (name: string, help: string, value: number, labels: Gauge['labels'] = {}): Gauge => ({
    name: `guestlist_${name}`,
    help,
    value,
    labels,
  })
  const pool = { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
  return [
    ...Object.entries(jobs).map(([status, value]) => plain('jobs', 'Tasks by status.', value, { status })),
    ...Object.entries(pool).map(([state, value]) =>
      plain('database_connections', 'Connections of the pool, and who waits for one.', value, { state }),
    ),
    plain('audit_unsealed_events', 'Events of the activity log that wait to be sealed.', unsealed),
    plain('notices_due', 'Notices that are to be mailed.', due),
    plain('engine_healthy', '1 while this process may take work.', engine.healthy() ? 1 : 0),
    plain('process_resident_bytes', 'Memory of this process.', process.memoryUsage.rss()),
    plain('process_uptime_seconds', 'Since this process started.', process.uptime()),
  ]
}
