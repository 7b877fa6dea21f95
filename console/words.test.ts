// Times in words: never a day or a year that it was not, and exact where clocks are compared.
import { afterEach, expect, test } from 'vitest'
import { exactly, relative, speak } from './words.ts'

afterEach(() => speak(null, null))

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = Date.parse('2026-11-27T08:00:00Z')

test.each([
  [0, 'just now'],
  [-59_000, 'just now'],
  [30_000, 'in a moment'],
  [-4 * 60_000, '4 minutes ago'],
  // Two nights ago: no "yesterday". Told of an end, "tomorrow" would be a day too early.
  [-47 * HOUR, '1 day ago'],
  [47 * HOUR, 'in 1 day'],
  [-9 * DAY, '1 week ago'],
  [9 * DAY, 'in 1 week'],
  [-45 * DAY, '1 month ago'],
  // In 2024: no "last year".
  [-720 * DAY, '1 year ago'],
])('%i milliseconds away are told as %s', (away, words) => {
  expect(relative(new Date(now + away).toISOString(), now)).toBe(words)
})

test('an exact time tells seconds and the zone that it is of', () => {
  speak('en-GB', 'Asia/Tokyo')
  expect(exactly('2026-11-27T08:00:05Z')).toMatch(/^27 Nov 2026,? (at )?17:00:05 GMT\+9$/)
})
