// Days of the calendar as date fields speak them (2026-11-26), in the zone that the reader chose.
import { dateIn, dayAfter, startIn } from '../src/model/days.ts'
import { zone } from './words.ts'

export { dayAfter }

/** The day that a moment falls on. */
export function dateOf(at: Date): string {
  return dateIn(zone(), at)
}

/** The first moment of a day. Undefined where the text is no day. */
export function startOf(date: string): Date | undefined {
  return startIn(zone(), date)
}

/** The last second of a day. Undefined where the text is no day. */
export function endOf(date: string): Date | undefined {
  const next = startOf(dayAfter(date, 1) ?? '')
  return next === undefined ? undefined : new Date(next.getTime() - 1000)
}

/** The bounds of days, as the API takes them: from the start of the first to the start of the day after the last. */
export function bounds(from: string | undefined, to: string | undefined) {
  return {
    from: startOf(from ?? '')?.toISOString(),
    to: startOf(dayAfter(to ?? '', 1) ?? '')?.toISOString(),
  }
}
