import { expect, test } from 'vitest'
import { failureKinds } from '../model/error.ts'
import { nextJudgement, nextTry } from './waits.ts'

const transient = { kind: 'transient' as const, retryAt: null }
const limited = { kind: 'limited' as const, retryAt: null }

test('what may pass is tried five times, with growing waits', () => {
  const waits = [1, 2, 3, 4, 5].map((tries) => nextTry(transient, tries, 1_000_000))
  expect(waits).toEqual([1_005_000, 1_020_000, 1_060_000, 1_180_000, null])
})

test('a limit is waited out until the provider says, and by growing waits where it does not', () => {
  expect(nextTry({ ...limited, retryAt: 5_000_000 }, 1, 1_000_000)).toBe(5_000_000)
  expect(nextTry({ ...limited, retryAt: 5_000_000 }, 7, 1_000_000)).toBe(5_000_000)
  expect(nextTry({ ...limited, retryAt: 5_000_000 }, 8, 1_000_000)).toBeNull()
  expect(nextTry(limited, 1, 0)).toBe(60_000)
  expect(nextTry(limited, 2, 0)).toBe(120_000)
})

test('a time that is past still waits a second, and one too far away is given up', () => {
  expect(nextTry({ ...limited, retryAt: 5 }, 1, 1_000_000)).toBe(1_001_000)
  expect(nextTry({ ...limited, retryAt: 90_000_000_000 }, 1, 1_000_000)).toBeNull()
})

test('nothing else is tried again', () => {
  const others = failureKinds.filter((kind) => kind !== 'transient' && kind !== 'limited')
  expect(others).toHaveLength(5)
  for (const kind of others) expect(nextTry({ kind, retryAt: 5_000_000 }, 1, 0)).toBeNull()
})

test('a token is judged again until it is decided, at last every half hour', () => {
  expect(nextJudgement(1, 0)).toBe(10_000)
  expect(nextJudgement(300, 0)).toBe(30 * 60_000)
})
