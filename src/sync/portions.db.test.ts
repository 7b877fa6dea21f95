// A business whose rights are too many to be held at once: what is compared some people at a time, or of one person some assets at a time, gives
// what comparing all of them would, and no statement brings or sends more than a part, however many there are.
import pg from 'pg'
import { expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { bench } from './testing/runs.ts'
import { listed, OURS } from './testing/world.ts'
import type { World, WorldGrant } from './testing/world.ts'

const t = await testDb()
const [PEOPLE, ASSETS, EACH] = [600, 50, 36]
const RIGHTS = PEOPLE * EACH
/** Rights that are compared together are 5,000, where people are spread evenly over the groups. */
const MOST = 6_000

const people = Array.from({ length: PEOPLE }, (_, n) => listed(`person-${n}`, OURS))
const assets = Array.from({ length: ASSETS }, (_, n) => ({ id: String(n), type: 'page' }))
const grants = people.flatMap(({ id }, n): WorldGrant[] =>
  Array.from({ length: EACH }, (_, k) => ({
    person: id,
    asset: String((n + k) % ASSETS),
    rights: ['ADVERTISE'],
  })),
)
const whole: World = { people, assets, shares: [], grants }
const without = (gone: (n: number) => boolean): World => {
  const left = people.filter((_, n) => !gone(n))
  const ids = new Set(left.map(({ id }) => id))
  return { ...whole, people: left, grants: grants.filter(({ person }) => ids.has(person)) }
}

/** The most rows of rights that a statement brought or sent while `act` ran. */
async function mostOf(act: () => Promise<unknown>): Promise<number> {
  let most = 0
  const query = Object.getOwnPropertyDescriptor(pg.Client.prototype, 'query')
  const send = query?.value as (...given: unknown[]) => Promise<pg.QueryResult | pg.QueryResult[]> | undefined
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const result = send.apply(this, given)
    if (typeof given[0] !== 'string' || !given[0].includes('grants')) return result
    const count = (list: pg.QueryResult[]) => {
      for (const { rows, rowCount } of list) most = Math.max(most, rows.length, rowCount ?? 0)
    }
    if (result instanceof Promise) void result.then((one) => count([one].flat())).catch(() => undefined)
    return result
  } as never
  await act().finally(() => Object.defineProperty(pg.Client.prototype, 'query', query ?? {}))
  return most
}

test('of more rights than are held at once each is written, changed, ended and held as it is alone', async () => {
  const b = await bench(t)
  const check = (world: World) => b.check({ world, asked: [], rowsPerPage: 1_000 })
  const first = await mostOf(async () => {
    expect((await check(whole)).grantsAdded).toBe(RIGHTS)
  })
  expect((await b.stored()).grants.size).toBe(RIGHTS)

  // Every fiftieth right is another one, and three people are gone.
  const less = without((n) => n < 3)
  const other = {
    ...less,
    grants: less.grants.map((g, n) => (n % 50 === 0 ? { ...g, rights: ['MANAGE'] } : g)),
  }
  const again = await mostOf(async () => {
    const told = await check(other)
    expect([told.grantsAdded, told.grantsRemoved]).toEqual([0, 3 * EACH])
    expect(told.grantsChanged).toBe(Math.ceil(less.grants.length / 50))
  })
  for (const most of [first, again]) expect(most).toBeLessThan(MOST)
  // Some of them were counted.
  for (const most of [first, again]) expect(most).toBeGreaterThan(RIGHTS / 12)

  // A third of the people is gone: too many to be believed, whichever group they are in.
  const told = await check(without((n) => n < 3 || n % 3 === 0))
  expect([told.heldRemovals, told.grantsRemoved]).toEqual([PEOPLE / 3 - 1, 0])
  const { principals, grants: kept } = await b.stored()
  const doubted = Array.from(kept.values()).filter((g) => !g.confirmed)
  expect([principals.size, kept.size]).toEqual([PEOPLE - 3, less.grants.length])
  expect(doubted.length).toBe((PEOPLE / 3 - 1) * EACH)
  expect(new Set(doubted.map((g) => Number(g.principal.slice('person-'.length)) % 3))).toEqual(new Set([0]))
})

test('of one whose role reaches more assets than are held at once each right is written, kept and ended', async () => {
  const b = await bench(t)
  const reached = Array.from({ length: 4_500 }, (_, n) => ({ id: String(n), type: 'page' }))
  const check = async (world: Partial<World>) => {
    const { grantsAdded, grantsRemoved } = await b.check({
      world: { ...whole, assets: reached, grants: [], ...world },
      asked: [],
      rowsPerPage: 1_000,
    })
    return [grantsAdded, grantsRemoved]
  }
  const admin = [listed('admin', OURS, true)]
  const most = [
    await mostOf(async () => {
      expect(await check({ people: admin })).toEqual([4_500, 0])
    }),
    // A new asset, and one less; then a new person, so that people are compared again.
    await mostOf(async () => {
      const others = [...reached.slice(1), { id: 'new', type: 'page' }]
      expect(await check({ people: admin, assets: others })).toEqual([1, 1])
    }),
    await mostOf(async () => {
      const assets = [...reached.slice(1), { id: 'new', type: 'page' }]
      expect(await check({ people: [...admin, listed('person', OURS)], assets })).toEqual([0, 0])
      expect(await check({ people: [listed('admin', OURS), listed('person', OURS)], assets })).toEqual([
        0, 4_500,
      ])
    }),
  ]
  for (const rows of most) expect(rows).toBeLessThan(2_500)
  for (const rows of most) expect(rows).toBeGreaterThan(1_000)
})
