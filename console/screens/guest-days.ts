// The end of a guest's stay as a day of the calendar, as date fields speak it: the stay lasts to the end of that day, in the reader's zone.
import { GUEST_DAYS } from '../../src/model/member.ts'

function dateOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

function inDays(days: number): Date {
  const at = new Date()
  at.setDate(at.getDate() + days)
  return at
}

/** The day that a stay ends on unless another is chosen, and the bounds of the choice. */
export function guestDays(): { usual: string; first: string; last: string } {
  return {
    usual: dateOf(inDays(GUEST_DAYS.usual)),
    first: dateOf(new Date()),
    // One less, since the end of the day may be a day further than the same hour.
    last: dateOf(inDays(GUEST_DAYS.most - 1)),
  }
}

/** The last moment of a day. Undefined where the text is no day. */
export function endOf(date: string): string | undefined {
  const at = new Date(`${date}T23:59:59`)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** The day that a moment falls on. */
export function dayOf(iso: string): string {
  return dateOf(new Date(iso))
}
