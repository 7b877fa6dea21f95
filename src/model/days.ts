// Days of the calendar as date fields speak them (2026-11-26), in a time zone.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Zones are at most so far from UTC. */
const FURTHEST_MS = 15 * HOUR_MS

/** Making one takes a hundred times as long as using it. */
let last: { zone: string; format: Intl.DateTimeFormat } | undefined

function formatOf(zone: string): Intl.DateTimeFormat {
  if (last?.zone === zone) return last.format
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  last = { zone, format }
  return format
}

/** True of the name of a zone that is known here. */
export function isZone(zone: string): boolean {
  try {
    return formatOf(zone).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The day that a moment falls on. */
export function dateIn(zone: string, at: Date): string {
  const parts = formatOf(zone).formatToParts(at)
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
export function startIn(zone: string, date: string): Date | undefined {
  if (dayAfter(date, 0) === undefined) return undefined
  const utc = Date.parse(`${date}T00:00:00Z`)
  // Looked for, not computed: midnight may be skipped or come twice where clocks change.
  let [before, from] = [utc - FURTHEST_MS, utc + FURTHEST_MS]
  while (from - before > 1000) {
    const middle = before + Math.floor((from - before) / 2000) * 1000
    if (dateIn(zone, new Date(middle)) < date) before = middle
    else from = middle
  }
  return new Date(from)
}

/** The last days up to the present one, oldest first, each with its first moment and that of the next. */
export function lastDays(zone: string, now: Date, count: number): { day: string; from: Date; to: Date }[] {
  const today = dateIn(zone, now)
  const starts = Array.from({ length: count + 1 }, (_, n) => dayAfter(today, n - count + 1) ?? today).map(
    (day) => ({ day, from: startIn(zone, day) ?? now }),
  )
  return starts.slice(0, count).map((start, n) => ({ ...start, to: starts[n + 1]?.from ?? now }))
}
