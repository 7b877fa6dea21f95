// Rows that are not as they should be, in every test run; faults/malformed.ts plays many more.
import { afterAll, expect, it } from 'vitest'
import { malformedFamily, openReading } from './malformed.ts'

const reading = await openReading()
afterAll(() => reading.close())
const family = malformedFamily(reading, 7, 120)

it(`reads or refuses ${family.cases.length} garbled fields, seed ${family.seed}`, async () => {
  const wrong: string[] = []
  for (const { name, run } of family.cases) wrong.push(...(await run()).map((line) => `${name}: ${line}`))
  expect(wrong).toEqual([])
})

it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
  expect(await run()).not.toEqual([]),
)
