// Meta's rate limits: how calls are spread out as its usage headers ask, and how long nothing may be asked after a refusal.
// https://developers.facebook.com/docs/graph-api/overview/rate-limiting
import { createHash } from 'node:crypto'
import type { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import { GraphError } from './failures.ts'
import type { UsageSeen } from './usage.ts'

/** From this share of any limit on, one request goes out at a time: a refusal then meets no other that is on its way. */
const ALONE_FROM_PERCENT = 60
/** From this share of any limit on, calls are spread out, so that it stays there. */
const SLOW_FROM_PERCENT = 80
/** Calls that would lead above this share are not sent at once. */
const ROOM_TO_PERCENT = 90
/** From here on it is nearly too late. */
const LATE_FROM_PERCENT = 95
const HOUR = 3_600_000
const MINUTE = 60_000
/** The first pause after a refusal that names no time; each further refusal doubles it. */
const FIRST_PAUSE = MINUTE / 2
const LONGEST_PAUSE = 24 * 60 * MINUTE
/** Codes that stop every token of the app, not this one alone. */
const ofTheApp = new Set(['4', '341', '368', '429'])
/** Codes whose pauses are long: Meta suspects abuse. */
const long = new Set(['341', '368'])

/**
 * How long to wait before the next call, in milliseconds. Meta counts over an hour, so a call that costs so many per cent may be made
 * once in that part of the hour. `cost`: per cent that one call took lately; 0 where it could not be seen.
 */
function spacing(percent: number, cost: number): number {
  if (percent < SLOW_FROM_PERCENT) return 0
  const least = percent < LATE_FROM_PERCENT ? 250 : 2_000
  return Math.min(20_000, Math.max(least, (HOUR * cost) / SLOW_FROM_PERCENT))
}

/** A short name of a token, to keep what was learnt about it apart from others. Tells nothing about the token. */
export function tokenMark(token: Redacted): string {
  return createHash('sha256').update(`guestlist/${token.reveal()}`).digest('base64url').slice(0, 12)
}

const places = (token: Redacted): string[] => ['pace/app', `pace/token/${tokenMark(token)}`]

/** How long what one answer told of a limit is believed. */
const TOLD_MS = 10 * MINUTE

/**
 * Takes note of how much of the limits is used after so many calls: what a call costs, and when the next one may go out. A time that Meta
 * names is kept even where the call itself was still answered.
 */
export function noteUsage(ctx: Context, token: Redacted, seen: UsageSeen, calls: number): void {
  const now = ctx.clock()
  const [app = '', own = ''] = places(token)
  for (const [place, percent] of [
    [app, seen.app],
    [own, seen.own],
  ] as const) {
    const before = Number(ctx.limits.get(`${place}/percent`) ?? NaN)
    const known = Number(ctx.limits.get(`${place}/cost`) ?? 0)
    // Usage that falls tells nothing of what a call costs.
    const cost = percent > before ? Math.max((percent - before) / calls, known / 2) : known
    if (percent > 0 || before > 0) ctx.limits.set(`${place}/percent`, String(percent), now + TOLD_MS)
    if (cost > 0 && cost !== known) ctx.limits.set(`${place}/cost`, String(cost), now + TOLD_MS)
    const wait = spacing(percent, cost * Math.min(calls, roomFor(percent, cost)))
    if (wait > 0) ctx.limits.set(`${place}/next`, String(now + wait), now + wait + MINUTE)
  }
  if (seen.regainMinutes > 0) {
    const until = now + Math.min(LONGEST_PAUSE, seen.regainMinutes * MINUTE)
    ctx.limits.set(`${own}/until`, String(until), until)
  }
}

const roomFor = (percent: number, cost: number): number =>
  cost <= 0 ? Infinity : Math.max(1, Math.floor((ROOM_TO_PERCENT - percent) / cost))

/** How many calls may go out at once before a limit is near; at least one. */
export function room(ctx: Context, token: Redacted): number {
  const rooms = places(token).map((place) =>
    roomFor(Number(ctx.limits.get(`${place}/percent`) ?? 0), Number(ctx.limits.get(`${place}/cost`) ?? 0)),
  )
  return Math.min(...rooms)
}

/**
 * The limit that is so near that its requests go one by one, or that refused lately and is tried again: its name. Null where several may be
 * under way.
 */
export function narrow(ctx: Context, token: Redacted): string | null {
  const near = (place: string): boolean =>
    Number(ctx.limits.get(`${place}/percent`) ?? 0) >= ALONE_FROM_PERCENT ||
    Number(ctx.limits.get(`${place}/streak`) ?? 0) > 0
  return places(token).find(near) ?? null
}

/** Milliseconds until this call's turn. Whoever asks next gets a later one; what a person waits for takes its turn at once. */
export function turn(ctx: Context, token: Redacted): number {
  if (ctx.urgent === true) return 0
  const now = ctx.clock()
  let at = now
  for (const place of places(token)) {
    const next = Number(ctx.limits.get(`${place}/next`) ?? 0)
    if (next <= now) continue
    at = Math.max(at, next)
    ctx.limits.set(`${place}/next`, String(next + 250), next + MINUTE)
  }
  return Math.min(20_000, at - now)
}

/** A pause that still runs for this app or token: the failure to give instead of calling; null where calls may go out. */
export function pausedBy(ctx: Context, token: Redacted): GraphError | null {
  let until = 0
  for (const place of places(token)) until = Math.max(until, Number(ctx.limits.get(`${place}/until`) ?? 0))
  if (until <= ctx.clock()) return null
  return new GraphError({
    kind: 'limited',
    sentence: 'Meta allowed no more calls a while ago, and the time that it asked for is not over.',
    fix: 'Nothing has to be done: the check goes on by itself when Meta allows calls again.',
    code: null,
    retryAt: until,
  })
}

/** Remembers a refusal and gives the failure with the time before which nothing goes out. */
export function pauseAfter(
  ctx: Context,
  token: Redacted,
  error: GraphError,
  seen: UsageSeen | null,
): GraphError {
  const code = (error.failure.code ?? '').split('/')[0] ?? ''
  const [app, own] = places(token)
  const place = (ofTheApp.has(code) ? app : own) ?? 'pace/app'
  const now = ctx.clock()
  const named = Math.max(seen?.regainMinutes ?? 0, seen?.retryMinutes ?? 0) * MINUTE
  const running = Number(ctx.limits.get(`${place}/until`) ?? 0)
  const streak = Number(ctx.limits.get(`${place}/streak`) ?? 0)
  // Sent before the pause that runs: the same refusal, told by another item or another request on its way.
  const same = running > now
  const first = long.has(code) ? 60 * MINUTE : error.subcode === 1996 ? 10 * MINUTE : FIRST_PAUSE
  const growing = same ? 0 : first * 2 ** Math.min(streak, 12)
  const retryAt = Math.max(running, now + Math.min(LONGEST_PAUSE, named > 0 ? named : growing))
  if (retryAt > running) ctx.limits.set(`${place}/until`, String(retryAt), retryAt)
  if (!same) ctx.limits.set(`${place}/streak`, String(streak + 1), retryAt + 24 * 60 * MINUTE)
  return new GraphError({ ...error.failure, retryAt }, error)
}

/** Calls work again: the next refusal starts with a short pause. What was on its way when a pause began proves nothing. */
export function workedAgain(ctx: Context, token: Redacted): void {
  for (const place of places(token)) {
    if (Number(ctx.limits.get(`${place}/until`) ?? 0) > ctx.clock()) continue
    if (Number(ctx.limits.get(`${place}/streak`) ?? 0) > 0) ctx.limits.set(`${place}/streak`, '0')
  }
}
