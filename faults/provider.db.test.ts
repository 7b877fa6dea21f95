// In every test run: answers of the provider that break on the wire, access that ends while it is used, and things that happen at once.
// faults/slow.ts, faults/revoked.ts and faults/orders.ts play many more.
import { afterAll, describe, expect, it } from 'vitest'
import { testDb } from '../src/store/testing/test-db.ts'
import type { Family } from './cases.ts'
import { openTwo, ordersFamily } from './orders.ts'
import { openRevoked, revokedFamily } from './revoked.ts'
import { openSlow, slowFamily } from './slow.ts'

const t = await testDb()
const [slow, revoked, two] = [await openSlow(t), await openRevoked(t), await openTwo(t)]
afterAll(async () => {
  for (const one of [slow, revoked, two]) await one.close()
})

const families: Family[] = [
  await slowFamily(t, slow, 7, 11, false),
  await revokedFamily(t, revoked, 7, 13),
  ordersFamily(two, 7, 7),
]
describe.each(families)('$name, seed $seed: $about.0', ({ cases, planted }) => {
  it.each(cases)('$name', async ({ run }) => expect(await run()).toEqual([]))
  it.each(planted)('a planted mistake is found: $name', async ({ run }) =>
    expect(await run()).not.toEqual([]),
  )
})
