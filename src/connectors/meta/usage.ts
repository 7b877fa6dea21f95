// What the headers of an answer tell of Meta's limits: its three usage headers, and the Retry-After that Meta does not send but what stands
// before it may. https://developers.facebook.com/docs/graph-api/overview/rate-limiting
import { isObject } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'

export interface UsageSeen {
  /** The highest share of any limit, in per cent; may exceed 100. */
  percent: number
  /** The same of the app's own limit, and of the limits that this token's calls count in. */
  app: number
  own: number
  /** Minutes until calls are allowed again; 0 where none are named. */
  regainMinutes: number
  /** The same, as what is only meant where the call was refused. */
  retryMinutes: number
}

/** Headers by name, in whatever case. */
export interface HeadersSeen {
  get(name: string): string | null
}

/** Reads the usage headers; null where none is there. Unreadable ones are passed over: they are advice. */
export function usageIn(headers: HeadersSeen): UsageSeen | null {
  const app = shares(told(headers, 'x-app-usage'))
  const account = told(headers, 'x-ad-account-usage')
  const uses = told(headers, 'x-business-use-case-usage')
  const retry = retryAfter(headers)
  const entries = isObject(uses)
    ? Object.values(uses).flatMap((list) => (Array.isArray(list) ? list : []))
    : []
  if (app === null && account === null && uses === null && retry === 0) return null
  const reset = isObject(account) ? number(account.reset_time_duration) / 60 : 0
  const regain = [
    ...entries.map((entry) => (isObject(entry) ? number(entry.estimated_time_to_regain_access) : 0)),
    (shares(account) ?? 0) >= 100 ? reset : 0,
  ]
  const own = Math.max(0, ...[account, ...entries].map((value) => shares(value) ?? 0))
  return {
    percent: Math.max(app ?? 0, own),
    app: app ?? 0,
    own,
    regainMinutes: Math.max(...regain),
    retryMinutes: Math.max(reset, retry),
  }
}

/** The most that several answers told: the items of a batch each have headers of their own. */
export function mostOf(seen: readonly (UsageSeen | null)[]): UsageSeen | null {
  return seen.reduce((most, one) => {
    if (most === null || one === null) return most ?? one
    return {
      percent: Math.max(most.percent, one.percent),
      app: Math.max(most.app, one.app),
      own: Math.max(most.own, one.own),
      regainMinutes: Math.max(most.regainMinutes, one.regainMinutes),
      retryMinutes: Math.max(most.retryMinutes, one.retryMinutes),
    }
  }, null)
}

const wanted = new Set(['x-app-usage', 'x-ad-account-usage', 'x-business-use-case-usage', 'retry-after'])

/** What the headers of a batch's item tell: a list of names and values, or an object of them. */
export function usageInItem(item: JsonObject): UsageSeen | null {
  const { headers } = item
  const found = new Map<string, string>()
  const list = isObject(headers) ? Object.entries(headers) : Array.isArray(headers) ? headers.map(pair) : []
  for (const [name, value] of list) {
    const key = name.toLowerCase()
    if (wanted.has(key) && typeof value === 'string') found.set(key, value)
  }
  return found.size === 0 ? null : usageIn({ get: (name) => found.get(name) ?? null })
}

const pair = (header: Json): [string, Json | undefined] =>
  isObject(header) && typeof header.name === 'string' ? [header.name, header.value] : ['', undefined]

/** Minutes: the header gives seconds, or a date that is compared with that of the answer. */
function retryAfter(headers: HeadersSeen): number {
  const given = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,7}$/.test(given)) return Number(given) / 60
  const ms = Date.parse(given) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(ms) && ms > 0 ? ms / 60_000 : 0
}

function told(headers: HeadersSeen, name: string): Json {
  try {
    return JSON.parse(headers.get(name) ?? 'null') as Json
  } catch {
    return null
  }
}

function shares(value: Json): number | null {
  if (!isObject(value)) return null
  const keys = ['call_count', 'total_time', 'total_cputime', 'acc_id_util_pct']
  return Math.max(...keys.map((key) => number(value[key])))
}

function number(value: Json | undefined): number {
  const found = typeof value === 'string' ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) && found > 0 ? found : 0
}
