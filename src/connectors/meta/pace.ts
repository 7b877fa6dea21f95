// Meta's rate limits: what its usage headers say, and how long nothing may be asked after a refusal. Meta gives no Retry-After.
// https://developers.facebook.com/docs/graph-api/overview/rate-limiting
import { createHash } from 'node:crypto'
import type { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import { isObject } from './answer.ts'
import type { Json } from './answer.ts'
import { GraphError } from './failures.ts'

/** From this share of any limit on, calls are spread out, so that it stays there. */
const SLOW_FROM_PERCENT = 80
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

export interface UsageSeen {
  /** The highest share of any limit, in per cent; may exceed 100. */
  percent: number
  /** Minutes until calls are allowed again; 0 where none are named. */
  regainMinutes: number
}

/** Reads the three usage headers; null where none is there. Unreadable ones are passed over: they are advice. */
export function usageIn(headers: Headers): UsageSeen | null {
  const found: UsageSeen[] = []
  const read = (name: string, take: (value: Json) => UsageSeen[]): void => {
    const value = headers.get(name)
    if (value === null) return
    try {
      found.push(...take(JSON.parse(value) as Json))
    } catch {
      // Advice that cannot be read.
    }
  }
  read('x-app-usage', (v) => [shares(v, 0)])
  read('x-ad-account-usage', (v) => [shares(v, 0)])
  read('x-business-use-case-usage', (v) => {
    if (!isObject(v)) return []
    return Object.values(v)
      .flatMap((entries) => (Array.isArray(entries) ? entries : []))
      .map((entry) => shares(entry, isObject(entry) ? number(entry.estimated_time_to_regain_access) : 0))
  })
  if (found.length === 0) return null
  return {
    percent: Math.max(...found.map((f) => f.percent)),
    regainMinutes: Math.max(...found.map((f) => f.regainMinutes)),
  }
}

function shares(value: Json, regainMinutes: number): UsageSeen {
  if (!isObject(value)) return { percent: 0, regainMinutes }
  const keys = ['call_count', 'total_time', 'total_cputime', 'acc_id_util_pct']
  return { percent: Math.max(...keys.map((key) => number(value[key]))), regainMinutes }
}

function number(value: Json | undefined): number {
  const found = typeof value === 'string' ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) && found > 0 ? found : 0
}

/**
 * How long to wait before the next call, in milliseconds. Meta counts over an hour, so a call that costs so many per cent may be made
 * once in that part of the hour. `cost`: per cent that one call took lately; 0 where it could not be seen.
 */
export function spacing(percent: number, cost: number): number {
  if (percent < SLOW_FROM_PERCENT) return 0
  const least = percent < LATE_FROM_PERCENT ? 250 : 2_000
  return Math.min(20_000, Math.max(least, (HOUR * cost) / SLOW_FROM_PERCENT))
}

/** A short name of a token, to keep what was learnt about it apart from others. Tells nothing about the token. */
export function tokenMark(token: Redacted): string {
  return createHash('sha256').update(`guestlist/${token.reveal()}`).digest('base64url').slice(0, 12)
}

const places = (token: Redacted): string[] => ['pace/app', `pace/token/${tokenMark(token)}`]

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
  const streak = Number(ctx.limits.get(`${place}/streak`) ?? 0)
  const first = long.has(code) ? 60 * MINUTE : error.subcode === 1996 ? 10 * MINUTE : FIRST_PAUSE
  const named = (seen?.regainMinutes ?? 0) * MINUTE
  const pause = Math.min(LONGEST_PAUSE, named > 0 ? named : first * 2 ** Math.min(streak, 12))
  const retryAt = ctx.clock() + pause
  ctx.limits.set(`${place}/until`, String(retryAt), retryAt)
  ctx.limits.set(`${place}/streak`, String(streak + 1), retryAt + 24 * 60 * MINUTE)
  return new GraphError({ ...error.failure, retryAt }, error)
}

/** Calls work again: the next refusal starts with a short pause. */
export function workedAgain(ctx: Context, token: Redacted): void {
  for (const place of places(token)) {
    if (Number(ctx.limits.get(`${place}/streak`) ?? 0) > 0) ctx.limits.set(`${place}/streak`, '0')
  }
}
