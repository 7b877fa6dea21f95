// Pages that loop, repeat, come back empty or never end, in every test run; faults/paging.ts plays many more.
import { afterAll, expect, it } from 'vitest'
import { pagingFamily, startPages } from './paging.ts'

const server = await startPages()
afterAll(() => server.close())
const family = pagingFamily(server, 7, 300)

it(`reads ${family.cases.length} graphs of pages as they are, seed ${family.seed}`, async () => {
  const wrong: string[] = []
  for (const { run } of family.cases) wrong.push(...(await run()))
  expect(wrong).toEqual([])
})

it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
  expect(await run()).not.toEqual([]),
)
