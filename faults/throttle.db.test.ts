// Limits of Meta in every test run: each of the usual codes with a time and without; faults/throttle.ts plays many more.
import { afterAll, describe, expect, it } from 'vitest'
import { testDb } from '../src/store/testing/test-db.ts'
import { limits, openWatch, throttleFamily } from './throttle.ts'

const t = await testDb()
const watch = await openWatch(t)
afterAll(() => watch.close())
const family = throttleFamily(watch, 7, Infinity)
const few = family.cases.filter((_, index) => {
  const limit = limits(Infinity)[index]
  return limit?.times === 1 && limit.who === 'partner' && limit.subcode === undefined && limit.regain !== 1
})

describe('limits of Meta', () => {
  it.each(few.slice(0, 8))('$name', async ({ run }) => expect(await run()).toEqual([]))
  it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
    expect(await run()).not.toEqual([]),
  )
})
