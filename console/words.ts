// Numbers and times in words, the same on every screen: the reader's separators, zone and language of dates, English words.
// In numbers: "yesterday" would be told of what was two nights ago, "last year" of 2024.
const relatives = new Intl.RelativeTimeFormat('en')

function formats(locale: string | undefined, timeZone: string | undefined) {
  return {
    numbers: new Intl.NumberFormat(locale),
    moments: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    exact: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long', timeZone }),
    days: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }),
    plainDays: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }),
  }
}
let present = formats(undefined, undefined)
let chosen = ''

/** Takes the reader's language of dates and time zone from here on; null where the browser's own hold. */
export function speak(locale: string | null, timeZone: string | null): void {
  const wanted = `${locale ?? ''} ${timeZone ?? ''}`
  if (wanted === chosen) return
  try {
    present = formats(locale ?? undefined, timeZone ?? undefined)
  } catch {
    // A zone that this browser does not know: its own is better than none.
    present = formats(locale ?? undefined, undefined)
  }
  chosen = wanted
}

/** The zone that the reader chose; the browser's own where they chose none. */
export function zone(): string {
  return present.days.resolvedOptions().timeZone
}

/** A count with the reader's separators. */
export function number(n: number): string {
  return present.numbers.format(n)
}

/** A count with its noun: "1 person", "1,204 people". */
export function counted(n: number, one: string, many: string): string {
  return `${number(n)} ${n === 1 ? one : many}`
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "4 minutes ago", "in 9 days"; below a minute "just now" or "in a moment". */
export function relative(iso: string, now: number): string {
  const away = Date.parse(iso) - now
  for (const [unit, size] of units) {
    if (Math.abs(away) >= size) return relatives.format(Math.trunc(away / size), unit)
  }
  return away > 0 ? 'in a moment' : 'just now'
}

/** Date and time in the reader's zone. */
export function moment(iso: string): string {
  return present.moments.format(new Date(iso))
}

/** Date and time to the second with the zone: for what is compared with the clocks of others. */
export function exactly(iso: string): string {
  return present.exact.format(new Date(iso))
}

/** The date alone, in the reader's zone. */
export function day(iso: string): string {
  return present.days.format(new Date(iso))
}

/** A day that stands for no moment, as 2026-11-26: the same in every zone. */
export function plainDay(date: string): string {
  return present.plainDays.format(new Date(`${date}T00:00:00Z`))
}

/** How long something took: "under 0.1 s", "0.4 s", "38 s", "2 min 5 s", "1 h 12 min". */
export function duration(ms: number): string {
  if (ms < 100) return 'under 0.1 s'
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const s = Math.round(ms / 1000)
  if (s < 60) return `${s} s`
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** A provider's code word as a person reads it: `two_fac_required` → "Two fac required". */
export function fromCode(code: string): string {
  const words = code.replace(/[_-]+/g, ' ').trim().toLowerCase()
  return words === '' ? code : words.charAt(0).toUpperCase() + words.slice(1)
}
