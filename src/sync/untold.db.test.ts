// A list that is read without what tells of shares, since the provider does not know it any more: it denies none of them.
import { expect, test } from 'vitest'
import type { Observation } from '../model/snapshot.ts'
import { testDb } from '../store/testing/test-db.ts'
import { bench } from './testing/runs.ts'
import { smallWorld } from './testing/world.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()

const LIST = 'B/owned_pages'
const script = (more: Partial<Script> = {}): Script => ({ world: smallWorld, asked: [], ...more })
const untold = (scope: string): string[] | null => (scope === LIST ? ['page'] : null)
const inList = (change: (rows: Observation[]) => Observation[]): Partial<Script> => ({
  tells: (scope, _, rows) => (scope === LIST ? change(rows) : rows),
})
const noShares = inList((rows) => rows.filter((o) => o.of !== 'share'))
const noRights = inList((rows) => rows.map((o) => (o.of === 'share' ? { ...o, entitlements: [] } : o)))

test.each([
  ['shares', noShares],
  ['rights of shares', noRights],
])(
  'a field that told %s and is not known any more ended them, with the people of partners',
  async (_, less) => {
    const b = await bench(t)
    // A partner is read once it is known.
    await b.check(script())
    await b.check(script(), ['P'])
    const before = await b.stored()
    expect(before.principals.get('pat')?.partner).toBe('P')
    await b.check(script({ ...less, untold }), ['P'])
    const after = await b.stored()
    for (const part of ['partners', 'principals', 'resources', 'shares', 'grants'] as const)
      expect([...after[part].keys()].sort(), part).toEqual([...before[part].keys()].sort())
    const rights = (stored: typeof before) =>
      [...stored.shares.values(), ...stored.grants.values()].map((row) => row.entitlements)
    expect(rights(after)).toEqual(rights(before))
    const { failures } = await b.collect(script({ ...less, untold }), await b.newJob(), null)
    expect(failures.map(({ scopes }) => scopes)).toEqual([[LIST]])
    // What is asked for and not told is believed.
    await b.check(script(less), ['P'])
    expect(rights(await b.stored())).not.toEqual(rights(before))
  },
)

test('an asset that is gone ends with its shares, also where they are not told', async () => {
  const b = await bench(t)
  await b.check(script(), ['P'])
  const gone = inList((rows) =>
    rows.filter((o) => (o.of === 'resource' ? o.externalId !== '1' : o.of !== 'share')),
  )
  await b.check(script({ ...gone, untold }), ['P'])
  expect([...(await b.stored()).resources.keys()]).toEqual(['page|2'])
  expect((await b.stored()).shares.size).toBe(0)
})
