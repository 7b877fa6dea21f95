// Days in the zone that the reader chose, whatever the browser's own is: also where midnight is skipped, and where the UTC day is another one.
import { afterEach, expect, test } from 'vitest'
import { endOf as endOfStay, dayOf } from './screens/guest-days.ts'
import { expiryOf } from './screens/secret-words.ts'
import { dateOf, dayAfter, endOf, startOf } from './dates.ts'
import { plainDay, speak } from './words.ts'

afterEach(() => speak(null, null))

test.each([
  ['America/Los_Angeles', '2026-11-26', '2026-11-26T08:00:00.000Z', '2026-11-27T07:59:59.000Z'],
  ['Asia/Tokyo', '2026-11-26', '2026-11-25T15:00:00.000Z', '2026-11-26T14:59:59.000Z'],
  ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z', '2026-01-01T09:59:59.000Z'],
  // The day has 23 hours, and 25.
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.000Z'],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.000Z'],
  // Begins at one o'clock: midnight is skipped.
  ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', '2026-04-24T20:59:59.000Z'],
])('In %s, %s begins and ends where it does there', (zone, date, start, end) => {
  speak('de-DE', zone)
  expect(startOf(date)?.toISOString()).toBe(start)
  expect(endOf(date)?.toISOString()).toBe(end)
  for (const at of [start, end]) expect(dateOf(new Date(at))).toBe(date)
  expect(dateOf(new Date(Date.parse(start) - 1000))).toBe(dayAfter(date, -1))
  // What stays or is kept to the end of that day, and is shown as that day again.
  expect(expiryOf('date', date)).toBe(end)
  expect(endOfStay(date)).toBe(end)
  expect(dayOf(end)).toBe(date)
})

test('What is no day is none', () => {
  for (const text of ['', '2026', '2026-13-01', 'tomorrow', '20260-01-01'])
    expect([startOf(text), endOf(text), dayAfter(text, 1)]).toEqual([undefined, undefined, undefined])
  expect(expiryOf('date', '')).toBeUndefined()
})

test('A day that is only a day is written as it is, west of UTC too', () => {
  speak('en-GB', 'America/Los_Angeles')
  expect(plainDay('2026-11-26')).toBe('26 Nov 2026')
})
