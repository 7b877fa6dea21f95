// Which failed reads are tried again by themselves: those that a moment may mend, twice.
import { expect, test } from 'vitest'
import { ApiError, worthTrying } from './client.ts'

test.each([
  ['unavailable', true],
  ['internal', true],
  ['limited', false],
  ['unauthenticated', false],
] as const)('%s', (code, again) => {
  const error = new ApiError(code, 'No.', null, {})
  expect([0, 1, 2].map((failures) => worthTrying(failures, error))).toEqual([again, again, false])
})
