// The safeguard's boundaries, and what held removals keep in place.
import { describe, expect, test } from 'vitest'
import { merge } from './merge.ts'
import { tooMany } from './safeguard.ts'
import { rankBy } from './scope.ts'
import { emptyInventory, OURS, see, types } from './testing/world.ts'
import type { World } from './testing/world.ts'

const rules = { business: OURS, rankOf: rankBy(types) }

/** Our people, an agency's people, assets shared with it; each of the agency's people may advertise on the first asset. */
function worldOf(count: { ours: number; theirs: number; assets: number }): World {
  const assets = Array.from({ length: count.assets }, (_, i) => ({ id: `a${i}`, type: 'ad_account' }))
  const people = [
    ...Array.from({ length: count.ours }, (_, i) => ({ id: `o${i}`, business: OURS })),
    ...Array.from({ length: count.theirs }, (_, i) => ({ id: `t${i}`, business: 'P' })),
  ].map((p) => ({ ...p, admin: false, name: p.id, unlisted: false }))
  return {
    people,
    assets,
    shares: assets.map((a) => ({ partner: 'P', asset: a.id, rights: ['ADVERTISE'], pending: false })),
    grants: people
      .filter((p) => p.business === 'P')
      .map((p) => ({ person: p.id, asset: 'a0', rights: ['ADVERTISE'] })),
  }
}

const stored = (w: World) => {
  const { after } = merge(emptyInventory, see(w, [null, 'P']), rules)
  for (const rows of [after.resources, after.principals]) for (const [key, row] of rows) row.id = `id-${key}`
  return after
}

function run(before: World, now: World) {
  return merge(stored(before), see(now, [null, 'P']), rules)
}

describe('how many removals are too many', () => {
  test.each([
    [5, 5, false],
    [6, 6, true],
    [6, 30, false],
    [6, 29, true],
    [7, 34, true],
    [7, 35, false],
    [20, 100, false],
    [21, 100, true],
    [0, 0, false],
  ])('%i of %i', (ended, total, held) => {
    expect(tooMany(ended, total)).toBe(held)
  })
})

describe('what is held', () => {
  test('exactly a fifth of our people ends, one more is held', () => {
    const before = worldOf({ ours: 30, theirs: 0, assets: 1 })
    const fifth = run(before, worldOf({ ours: 24, theirs: 0, assets: 1 }))
    expect(fifth.held).toEqual([])
    expect(fifth.after.principals.size).toBe(24)
    const more = run(before, worldOf({ ours: 23, theirs: 0, assets: 1 }))
    expect(more.held).toEqual([
      {
        group: 'own_people',
        partner: null,
        ids: ['o23', 'o24', 'o25', 'o26', 'o27', 'o28', 'o29'].map((k) => `id-${k}`),
        total: 30,
      },
    ])
    expect(more.after.principals.size).toBe(30)
    expect([...more.after.principals.values()].filter((p) => !p.confirmed)).toHaveLength(7)
  })

  test("a partner's people are a group of their own, and keep what is theirs", () => {
    const { after, held } = run(
      worldOf({ ours: 50, theirs: 10, assets: 2 }),
      worldOf({ ours: 50, theirs: 4, assets: 2 }),
    )
    expect(held.map((h) => [h.group, h.partner, h.ids.length, h.total])).toEqual([
      ['partner_people', 'P', 6, 10],
    ])
    expect(after.principals.size).toBe(60)
    expect([...after.grants.values()].map((g) => g.confirmed)).toEqual([
      ...Array(4).fill(true),
      ...Array(6).fill(false),
    ])
  })

  test('held assets keep their shares and the rights on them', () => {
    const { after, held } = run(
      worldOf({ ours: 1, theirs: 3, assets: 10 }),
      worldOf({ ours: 1, theirs: 3, assets: 0 }),
    )
    expect(held.map((h) => [h.group, h.ids.length, h.total])).toEqual([['assets', 10, 10]])
    expect(after.resources.size).toBe(10)
    expect(after.shares.size).toBe(10)
    expect(after.grants.size).toBe(3)
    expect([...after.partners.keys()]).toEqual(['P'])
  })

  test('one group that is held does not hold another', () => {
    const { after, held } = run(
      worldOf({ ours: 40, theirs: 0, assets: 10 }),
      worldOf({ ours: 38, theirs: 0, assets: 1 }),
    )
    expect(held.map((h) => h.group)).toEqual(['assets'])
    expect(after.principals.size).toBe(38)
  })
})
