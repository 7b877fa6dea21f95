// Days of the calendar as date fields speak them (2026-11-26), in the zone that the reader chose.
import { zone } from './words.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Zones are at most so far from UTC. */
const FURTHEST_MS = 15 * HOUR_MS

/** The day that a moment falls on. */
export function dateOf(at: Date): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone(),
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`
}

/** The day so many days after another one. Undefined where the text is no day. */
export function dayAfter(date: string, days: number): string | undefined {
  const noon = new Date(`${date}T12:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(noon.getTime())) return undefined
  return new Date(noon.getTime() + days * DAY_MS).toISOString().slice(0, 10)
}

/** The first moment of a day. Undefined where the text is no day. */
export function startOf(date: string): Date | undefined {
  if (dayAfter(date, 0) === undefined) return undefined
  const utc = Date.parse(`${date}T00:00:00Z`)
  // Looked for, not computed: midnight may be skipped or come twice where clocks change.
  let [before, from] = [utc - FURTHEST_MS, utc + FURTHEST_MS]
  while (from - before > 1000) {
    const middle = before + Math.floor((from - before) / 2000) * 1000
    if (dateOf(new Date(middle)) < date) before = middle
    else from = middle
  }
  return new Date(from)
}

/** The last second of a day. Undefined where the text is no day. */
export function endOf(date: string): Date | undefined {
  const next = startOf(dayAfter(date, 1) ?? '')
  return next === undefined ? undefined : new Date(next.getTime() - 1000)
}
