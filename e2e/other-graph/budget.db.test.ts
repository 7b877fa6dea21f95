// What a check for updates costs at a server that is not ours: with everything expanded, and where only plain edges in batches are answered.
import { expect, test } from 'vitest'
import { testDb } from '../../src/store/testing/test-db.ts'
import type { Habits } from './habits.ts'
import { startOtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { budgetWorld } from './world.ts'

const t = await testDb()
const large = { assets: 1_000, people: 100, partners: 20, shared: 100 }

/** What the checks cost that follow each other, once the partners' tokens are connected and judged. */
async function costs(
  world: ReturnType<typeof budgetWorld>,
  habits: Partial<Habits>,
): Promise<{ http: number; logical: number }[]> {
  const graph = await startOtherGraph(world, habits)
  try {
    const shop = await openShop(t, graph)
    await shop.check({ readPartners: false })
    await shop.judge()
    const found = []
    for (let n = 0; n < 3; n++) {
      const before = { http: graph.httpCalls, logical: graph.logicalCalls }
      const { failures, read } = await shop.check()
      expect(failures.filter((f) => !f.optional)).toEqual([])
      expect(read).toHaveLength(world.partners.length)
      found.push({ http: graph.httpCalls - before.http, logical: graph.logicalCalls - before.logical })
    }
    process.stdout.write(`${JSON.stringify(habits)}: ${JSON.stringify(found)}\n`)
    return found
  } finally {
    await graph.stop()
  }
}

test('60 assets, 25 people, three partners with 20 shared assets each: at most 10 requests and 130 calls', async () => {
  for (const { http, logical } of await costs(budgetWorld(), {})) {
    expect(http).toBeLessThanOrEqual(10)
    expect(logical).toBeLessThanOrEqual(130)
  }
})

test('1,000 assets, 20 partners with 100 shared assets each, expanded with pages of 100: at most 300 calls', async () => {
  for (const { logical } of await costs(budgetWorld(large), { maxLimit: 100 }))
    expect(logical).toBeLessThanOrEqual(300)
})

test('600 people come in two pages where Meta takes 500 rows, and in six or more where it takes 100', async () => {
  const many = budgetWorld({ assets: 100, people: 600, partners: 4, shared: 20 })
  const [, , large] = await costs(many, { maxLimit: 500 })
  const [, , usual] = await costs(many, { maxLimit: 100 })
  expect(large?.logical).toBeLessThanOrEqual((usual?.logical ?? 0) - 4)
})

test('the same where only plain edges are answered: at most 120 requests', async () => {
  for (const { http } of await costs(budgetWorld(large), { maxLimit: 100, plainOnly: true, root: 'code 1' }))
    expect(http).toBeLessThanOrEqual(120)
})

test('60 assets where expansions are too much in any size: the plain form is found, and pages are not cut to single rows', async () => {
  const habits = { plainOnly: true, expansionError: 'code 1' } as const
  const [first, ...later] = await costs(budgetWorld(), habits)
  expect(first?.http).toBeLessThanOrEqual(14)
  for (const { http } of later) expect(http).toBeLessThanOrEqual(12)
})
