// The last days of a zone: they meet without a gap, also where a day has 23 hours or 25.
import { expect, test } from 'vitest'
import { isZone, lastDays } from './days.ts'

test.each([
  ['UTC', '2026-11-27T00:00:00Z', '2026-11-27', [24, 24, 24]],
  ['Pacific/Kiritimati', '2026-11-27T10:00:00Z', '2026-11-28', [24, 24, 24]],
  ['America/Los_Angeles', '2026-11-27T07:59:59Z', '2026-11-26', [24, 24, 24]],
  ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-29', [24, 24, 23]],
  ['Europe/Berlin', '2026-10-26T12:00:00Z', '2026-10-26', [24, 25, 24]],
])('In %s at %s the last one is %s', (zone, now, today, hours) => {
  const days = lastDays(zone, new Date(now), 3)
  expect(days.at(-1)?.day).toBe(today)
  expect(days.map(({ from, to }) => (to.getTime() - from.getTime()) / 3_600_000)).toEqual(hours)
  expect(days.slice(1).map(({ from }) => from)).toEqual(days.slice(0, -1).map(({ to }) => to))
})

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
])('%s is a zone: %s', (zone, is) => {
  expect(isZone(zone)).toBe(is)
})
