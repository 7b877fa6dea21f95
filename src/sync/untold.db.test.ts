// Lists that leave something out of every row: of shares, since the provider does not know the field any more, or of people and assets without a
// word. They deny nothing of it.
import { describe, expect, test } from 'vitest'
import type { Observation } from '../model/snapshot.ts'
import { testDb } from '../store/testing/test-db.ts'
import { bench } from './testing/runs.ts'
import type { Bench } from './testing/runs.ts'
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

describe('a field that no row of a list tells', () => {
  const people = (change: (o: Observation, n: number) => Observation): Partial<Script> => ({
    tells: (scope, _, rows) => (scope === 'B/people' ? rows.map(change) : rows),
  })
  const nobodys = (o: Observation): Observation => (o.of === 'principal' ? { ...o, email: null } : o)
  const person = async (b: Bench, id: string) => (await b.stored()).principals.get(id)

  test('blanked the e-mails of everybody: it is left out, and costs no second look', async () => {
    const b = await bench(t)
    await b.check(script())
    const before = await b.stored()
    const clean = script()
    await b.check(clean)
    for (let n = 0; n < 2; n += 1) {
      const silent = script(people(nobodys))
      await b.check(silent)
      expect(await b.stored()).toEqual(before)
      expect(silent.asked).toEqual(clean.asked)
    }
    // Where others are told, it is no more.
    await b.check(script(people((o, n) => (n === 0 ? nobodys(o) : o))))
    expect([(await person(b, 'ada'))?.email, (await person(b, 'bo'))?.email]).toEqual([null, 'bo@b.example'])
  })

  test('is believed of what few have', async () => {
    const b = await bench(t)
    const titled = (o: Observation): Observation =>
      o.of === 'principal' ? { ...o, facts: { ...o.facts, title: 'Lead', twoFactor: 'enabled' } } : o
    await b.check(script(people(titled)))
    await b.check(script())
    expect((await person(b, 'ada'))?.facts).toMatchObject({ title: null, twoFactor: 'enabled' })
  })

  test('blanked a fact of every asset', async () => {
    const b = await bench(t)
    const facts = (one: Record<string, string>, other = one) =>
      inList((rows) =>
        rows.map((o) => (o.of === 'resource' ? { ...o, facts: o.externalId === '1' ? one : other } : o)),
      )
    const both = { Currency: 'EUR', 'Time zone': 'Europe/Berlin' }
    await b.check(script(facts(both)))
    await b.check(script(facts({ Currency: 'USD' })))
    const found = async () => Array.from((await b.stored()).resources.values(), (row) => row.facts)
    expect(await found()).toEqual([
      { ...both, Currency: 'USD' },
      { ...both, Currency: 'USD' },
    ])
    await b.check(script(facts({ Currency: 'USD' }, both)))
    expect(await found()).toEqual([{ Currency: 'USD' }, both])
  })

  test('took a share that waits for one in force, where its list tells no status any more', async () => {
    const b = await bench(t)
    const waits = { ...smallWorld, shares: smallWorld.shares.map((s) => ({ ...s, pending: true })) }
    await b.check(script({ world: waits }))
    const shares = async () => Array.from((await b.stored()).shares.values(), ({ status }) => status)
    const silent = inList((rows) => rows.map((o) => (o.of === 'share' ? { ...o, status: null } : o)))
    await b.check(script({ world: waits, ...silent }))
    expect(await shares()).toEqual(['CLIENT_RESPONSE_PENDING'])
    await b.check(script())
    expect(await shares()).toEqual(['CONFIRMED'])
  })
})
