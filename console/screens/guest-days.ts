// The end of a guest's stay as a day of the calendar, as date fields speak it: the stay lasts to the end of that day, in the reader's zone.
import { GUEST_DAYS } from '../../src/model/member.ts'
import { dateOf, dayAfter, endOf as endOfDay } from '../dates.ts'

function inDays(days: number): string {
  const today = dateOf(new Date())
  return dayAfter(today, days) ?? today
}

/** The day that a stay ends on unless another is chosen, and the bounds of the choice. */
export function guestDays(): { usual: string; first: string; last: string } {
  return {
    usual: inDays(GUEST_DAYS.usual),
    first: inDays(0),
    // One less, since the end of the day may be a day further than the same hour.
    last: inDays(GUEST_DAYS.most - 1),
  }
}

/** The last moment of a day. Undefined where the text is no day. */
export function endOf(date: string): string | undefined {
  return endOfDay(date)?.toISOString()
}

/** The day that a moment falls on. */
export function dayOf(iso: string): string {
  return dateOf(new Date(iso))
}
