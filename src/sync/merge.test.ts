// Properties of comparing: what is removed, what stays, and that neither order nor repetition matters. Worlds are small enough that
// the safeguard (more than five) never speaks here; it has its own test.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Inventory } from '../model/inventory.ts'
import { diff } from './diff.ts'
import { merge } from './merge.ts'
import { rankBy } from './scope.ts'
import { emptyInventory, OURS, see, types } from './testing/world.ts'
import type { World, WorldPerson } from './testing/world.ts'

const rules = { business: OURS, rankOf: rankBy(types) }
const rights = fc.uniqueArray(fc.constantFrom('MANAGE', 'ADVERTISE', 'ANALYZE', 'NEW_TASK'), { minLength: 1 })
const partners = ['P', 'Q']
const everyone = [null, ...partners]
const assets = ['1', '2', '3', '4', '5'].map((id, i) => ({ id, type: i % 2 === 0 ? 'ad_account' : 'page' }))
/** Who exists at all: of each business four people, the last of whom is never listed. */
const candidates = [OURS, ...partners].flatMap((business) =>
  [1, 2, 3, 4].map((n) => ({ id: `${business}${n}`, business, unlisted: n === 4 })),
)

/** Everything that can be told of one world. Whoever is unlisted is so for good: a list's facts outlive the listing on purpose. */
const world: fc.Arbitrary<World> = fc
  .record({
    people: fc
      .subarray(candidates)
      .chain((chosen) =>
        fc.tuple(
          ...chosen.map((c) =>
            fc
              .record({ admin: fc.boolean(), name: fc.constantFrom('Ada', 'Bo') })
              .map((more): WorldPerson => ({ ...c, ...more, admin: more.admin && !c.unlisted })),
          ),
        ),
      ),
    assets: fc.subarray(assets),
    shares: fc.uniqueArray(
      fc.record({
        partner: fc.constantFrom(...partners),
        asset: fc.constantFrom(...assets.map((a) => a.id)),
        rights,
        pending: fc.boolean(),
      }),
      { selector: (s) => `${s.partner}|${s.asset}` },
    ),
    grants: fc.uniqueArray(
      fc.record({
        person: fc.constantFrom(...candidates.map((c) => c.id)),
        asset: fc.constantFrom(...assets.map((a) => a.id)),
        rights,
      }),
      { selector: (g) => `${g.person}|${g.asset}`, maxLength: 20 },
    ),
  })
  .map((w) => {
    const there = new Set(w.assets.map((a) => a.id))
    return {
      ...w,
      shares: w.shares.filter((s) => there.has(s.asset)),
      grants: w.grants.filter((g) => there.has(g.asset)),
    }
  })

/** Which scopes fail, and after how many rows: a pure function of the scope's name and a seed. */
const failures = fc.func(fc.option(fc.nat(2), { nil: null, freq: 2 }))

const truth = (w: World): Inventory => merge(emptyInventory, see(w, everyone), rules).after

/** Content alone, without our ids and bookkeeping, as sorted lists that can be compared. */
function content(inventory: Inventory): unknown {
  return Object.fromEntries(
    Object.entries(inventory).map(([kind, rows]) => [
      kind,
      [...(rows as Map<string, object>)]
        .map(([key, row]) => [key, { ...row, id: null, confirmed: true, scope: '', scopes: [] }] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  )
}

function keys(inventory: Inventory): string[] {
  return Object.entries(inventory).flatMap(([kind, rows]) =>
    [...(rows as Map<string, unknown>).keys()].map((key) => `${kind} ${key}`),
  )
}

/** A partner's person, or one whom no list names, who lost all that was known of them is ended, even if something that is not known yet has been added. */
function lostAll(before: Inventory, now: Inventory, key: string): boolean {
  const person = before.principals.get(key.replace(/^principals /, ''))
  if (person === undefined || !key.startsWith('principals ')) return false
  if (person.partner === null && person.source === 'list') return false
  return [...before.grants].every(([id, g]) => g.principal !== person.externalId || !now.grants.has(id))
}

describe('merging a run into what is stored', () => {
  test('a complete run leaves exactly what is there, whatever was stored', () => {
    fc.assert(
      fc.property(world, world, (a, b) => {
        const { after } = merge(truth(a), see(b, everyone), rules)
        expect(content(after)).toEqual(content(truth(b)))
      }),
      { numRuns: 400 },
    )
  })

  test('a partial run ends nothing that is still there, and says what it could not confirm', () => {
    fc.assert(
      fc.property(world, world, failures, (a, b, fails) => {
        const before = truth(a)
        const run = see(b, everyone, fails)
        const { after } = merge(before, run, rules)
        const there = new Set(keys(truth(b)))
        const left = new Set(keys(after))
        expect(
          keys(before).filter((key) => there.has(key) && !left.has(key) && !lostAll(before, truth(b), key)),
        ).toEqual([])
        const seen = new Set(run.observations.filter((o) => o.of === 'resource').map((o) => o.externalId))
        for (const row of after.resources.values()) expect(row.confirmed).toBe(seen.has(row.externalId))
      }),
      { numRuns: 1000 },
    )
  })

  test('where no scope is sealed nothing ends but what nobody asks for hangs on', () => {
    fc.assert(
      fc.property(world, world, (a, b) => {
        const before = truth(a)
        const { after } = merge(
          before,
          see(b, everyone, () => 0),
          rules,
        )
        expect(keys(after).sort()).toEqual(keys(before).sort())
        expect([...after.grants.values()].filter((g) => g.confirmed)).toEqual([])
      }),
    )
  })

  test('after any partial run a complete one leaves exactly what is there', () => {
    fc.assert(
      fc.property(world, world, world, failures, (a, b, c, fails) => {
        const partial = merge(truth(a), see(b, everyone, fails), rules).after
        expect(content(merge(partial, see(c, everyone), rules).after)).toEqual(content(truth(c)))
      }),
      { numRuns: 300 },
    )
  })

  test('the same run a second time changes nothing', () => {
    fc.assert(
      fc.property(world, world, failures, (a, b, fails) => {
        const run = see(b, everyone, fails)
        const once = merge(truth(a), run, rules).after
        const twice = diff(once, merge(once, run, rules).after)
        for (const part of Object.values(twice)) {
          expect(part).toEqual({ added: [], ended: [], changed: [], touched: [] })
        }
      }),
      { numRuns: 400 },
    )
  })

  test('order and repetition of what was seen do not matter', () => {
    fc.assert(
      fc.property(world, world, failures, fc.infiniteStream(fc.nat()), (a, b, fails, numbers) => {
        const before = truth(a)
        const run = see(b, everyone, fails)
        const shuffled = [...run.observations, ...run.observations.slice(0, 7)]
          .map((o) => ({ o, at: numbers.next().value as number }))
          .sort((x, y) => x.at - y.at)
          .map(({ o }) => o)
        const straight = merge(before, run, rules).after
        const mixed = merge(before, { ...run, observations: shuffled }, rules).after
        for (const part of Object.values(diff(straight, mixed))) {
          expect(part).toEqual({ added: [], ended: [], changed: [], touched: [] })
        }
      }),
    )
  })

  test('a run of one partner touches rows of nobody else', () => {
    fc.assert(
      fc.property(world, world, (a, b) => {
        const before = truth(a)
        // The partner is asked for what was shared then, so the shares of before hold.
        const run = see({ ...b, shares: a.shares, assets: a.assets }, ['P'])
        const result = diff(before, merge(before, run, rules).after)
        expect(result.partners).toEqual({ added: [], ended: [], changed: [], touched: [] })
        expect(result.resources).toEqual({ added: [], ended: [], changed: [], touched: [] })
        expect(result.shares).toEqual({ added: [], ended: [], changed: [], touched: [] })
        for (const { added, ended } of [result.principals, result.grants]) {
          for (const row of [...added, ...ended]) expect(row.partner).toBe('P')
        }
      }),
    )
  })
})
