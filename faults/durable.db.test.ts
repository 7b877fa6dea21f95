// In every test run: a check for updates that is cut off at a few commits and answers, and a database that goes away in a few ways, on one engine.
// faults/cut.ts and faults/outage.ts play every place and many more outages.
import { afterAll, describe, expect, it, vi } from 'vitest'
import { testDb } from '../src/store/testing/test-db.ts'
import { cutFamily } from './cut.ts'
import { fateAt, openDurable } from './durable.ts'
import { outageFamily } from './outage.ts'

const t = await testDb()
const stage = await openDurable(t)
afterAll(() => stage.close())

for (const family of [await cutFamily(t, stage, 7, 10), await outageFamily(t, stage, 7, 8, false)]) {
  describe(`${family.name}, seed ${family.seed}: ${family.about.join('; ')}`, () => {
    it.each(family.cases)('$name', async ({ run }) => expect(await run()).toEqual([]))
    it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
      expect(await run()).not.toEqual([]),
    )
  })
}

it('stops within ten seconds while the database is away, and goes on when it is back', async () => {
  const hit = fateAt(stage.database, ({ wrote }) => wrote.includes('staged_rows'), 'lost all')
  const jobId = await stage.start()
  expect(await hit).not.toBe(null)
  const asked = performance.now()
  await stage.leave()
  expect(performance.now() - asked).toBeLessThan(10_000)
  await stage.crash()
  // The engine lets go of the database in its own time; a process would have ended long before.
  await vi.waitFor(() => stage.resume(8), { timeout: 60_000, interval: 500 })
  expect((await stage.over(jobId)).status).toBe('complete')
  expect(await stage.wrong()).toEqual([])
})
