// A list that tells less than what is stored: asked a second time, and what one answer alone leaves out, narrows or blanks stays as it was.
import { describe, expect, test } from 'vitest'
import type { Observation } from '../model/snapshot.ts'
import { claimsOf, lineOf, nameOf } from '../store/standing.ts'
import { testDb } from '../store/testing/test-db.ts'
import { secondLook } from './second-look.ts'
import { bench } from './testing/runs.ts'
import type { Bench } from './testing/runs.ts'
import { noFacts, OURS, smallWorld } from './testing/world.ts'
import type { World } from './testing/world.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()

const world = smallWorld
const script = (more: Partial<Script> = {}): Script => ({ world, asked: [], ...more })

describe('a list that tells less than before', () => {
  const timesAsked = ({ asked }: Script, scope: string) => asked.filter((one) => one === scope).length
  const without = (id: string) => (rows: Observation[]) =>
    rows.filter((o) => !('externalId' in o) || o.externalId !== id)

  test('ended what one answer had left out: it is read again, and nothing ends', async () => {
    const b = await bench(t)
    await b.check(script())
    const before = await b.stored()
    const once = script({
      tells: (scope, time, rows) =>
        time > 1 || !['B/people', 'B/agencies', 'B/owned_pages', 'B/assigned/page/2'].includes(scope)
          ? rows
          : rows.slice(1),
    })
    await b.check(once)
    const after = await b.stored()
    for (const part of ['partners', 'principals', 'resources', 'shares', 'grants'] as const)
      expect([...after[part].keys()].sort(), part).toEqual([...before[part].keys()].sort())
    expect([...after.grants.values()].every(({ confirmed }) => confirmed)).toBe(true)
  })

  test('is believed when it does so twice, and one that tells more at once', async () => {
    const b = await bench(t)
    const clean = script()
    await b.check(clean)
    const gone = script({ tells: (scope, _, rows) => (scope === 'B/people' ? without('bo')(rows) : rows) })
    await b.check(gone)
    expect(timesAsked(gone, 'B/people')).toBe(2)
    expect(gone.asked).toHaveLength(clean.asked.length + 1)
    expect((await b.stored()).principals.get('bo')?.source).toBe('assigned')
    const back = script()
    await b.check(back)
    expect(back.asked).toEqual(clean.asked)
    expect((await b.stored()).principals.get('bo')?.source).toBe('list')
  })

  test('is asked on while each answer tells something that those before had left out, five times at most', async () => {
    const b = await bench(t)
    await b.check(script())
    const before = await b.stored()
    // Also what comes and is less than what stands is news.
    const some = (rows: Observation[], time: number) =>
      rows.slice(0, time - 1).map((o) => (o.of === 'principal' && time < 3 ? { ...o, role: 'OTHER' } : o))
    const slow = script({
      tells: (scope, time, rows) => (scope === 'B/people' ? some(rows, time) : rows),
    })
    await b.check(slow)
    expect([...(await b.stored()).principals.keys()]).toEqual([...before.principals.keys()])
    const asked = timesAsked(slow, 'B/people')
    expect(asked).toBeGreaterThan(2)
    expect(asked).toBeLessThanOrEqual(5)
  })

  test('ended what two answers had left out that told of nothing known, and not of as much', async () => {
    const b = await bench(t)
    await b.check(script())
    const before = await b.stored()
    const other = (rows: Observation[]) =>
      rows.slice(0, 1).map((o) => ({ ...o, externalId: 'new' }) as Observation)
    await b.check(
      script({
        tells: (scope, time, rows) =>
          scope !== 'B/people' || time > 2 ? rows : time === 1 ? [] : other(rows),
      }),
    )
    const after = await b.stored()
    for (const key of before.principals.keys()) expect(after.principals.has(key), key).toBe(true)
  })

  /** Each row as a list tells it that holds something back. */
  const poorer = (rows: Observation[]): Observation[] =>
    rows.map((o) =>
      o.of === 'grant'
        ? { ...o, entitlements: o.entitlements.slice(0, -1) }
        : o.of === 'share'
          ? { ...o, entitlements: [], status: 'PENDING' }
          : o.of === 'resource'
            ? { ...o, name: null, facts: {} }
            : o.of === 'principal'
              ? {
                  ...o,
                  name: null,
                  email: null,
                  role: o.role && 'EMPLOYEE',
                  reachesAll: false,
                  facts: noFacts,
                }
              : { ...o, name: null },
    )
  const rich: World = {
    ...world,
    grants: world.grants.map((g) => ({ ...g, rights: ['ADVERTISE', 'ANALYZE'] })),
  }
  const content = async (b: Bench) =>
    Object.entries(await b.stored()).flatMap(([part, rows]) =>
      Array.from(rows as Map<string, object>, ([key, row]) =>
        JSON.stringify({ part, key, ...row, confirmed: true }),
      ),
    )

  test('of any row in one answer takes nothing away, and what nobody asked a second time does neither', async () => {
    const b = await bench(t)
    const clean = script({ world: rich })
    await b.check(clean)
    const before = await content(b)
    await b.check(script({ world: rich, tells: (_, time, rows) => (time === 1 ? poorer(rows) : rows) }))
    expect(await content(b)).toEqual(before)
    const refused = new Set<string>()
    await b.check(
      script({
        world: rich,
        tells: (scope, time, rows) => {
          if (time > 1) refused.add(scope)
          return poorer(rows)
        },
        fails: (scope) => (refused.has(scope) ? {} : null),
      }),
    )
    expect([...refused].sort()).toContain('B/people')
    expect(await content(b)).toEqual(before)
    const after = script({ world: rich })
    await b.check(after)
    expect(after.asked).toHaveLength(clean.asked.length)
  })

  test('of a right in both answers is believed, and more rights at once', async () => {
    const b = await bench(t)
    const clean = script({ world: rich })
    await b.check(clean)
    const less = script({
      world: rich,
      tells: (scope, _, rows) => (scope === 'B/assigned/page/2' ? poorer(rows) : rows),
    })
    await b.check(less)
    expect(less.asked).toHaveLength(clean.asked.length + 1)
    expect((await b.stored()).grants.get('bo|page|2|direct|')?.entitlements).toEqual(['ADVERTISE'])
    const more = script({ world: rich })
    await b.check(more)
    expect(more.asked).toEqual(clean.asked)
    expect((await b.stored()).grants.get('bo|page|2|direct|')?.entitlements).toEqual(['ADVERTISE', 'ANALYZE'])
  })

  test('only in the second answer takes nothing away either', async () => {
    const b = await bench(t)
    await b.check(script({ world: rich }))
    const before = await content(b)
    // The first answer leaves a row out, the second one its rights.
    await b.check(
      script({
        world: rich,
        tells: (scope, time, rows) =>
          scope !== 'B/people'
            ? rows
            : time === 1
              ? rows.slice(1)
              : [...rows.slice(0, 1), ...poorer(rows.slice(1))],
      }),
    )
    expect(await content(b)).toEqual(before)
  })

  test('than another list of the same share costs no second look while both say what they said', async () => {
    const b = await bench(t)
    const told = (scope: string, entitlements: string[], status: string | null): Observation => ({
      of: 'share',
      scope,
      partner: 'P',
      type: 'page',
      resource: '2',
      direction: 'in',
      entitlements,
      status,
    })
    const twice = (also: string[] = ['MANAGE']) =>
      script({
        tells: (scope, _, rows) =>
          scope === 'B/agencies'
            ? [...rows, told(scope, ['ANALYZE'], 'CONFIRMED')]
            : scope === 'B/owned_pages'
              ? [...rows, told(scope, also, null)]
              : rows,
      })
    const first = twice()
    await b.check(first)
    const rights = async () => (await b.stored()).shares.get('P|page|2|in')?.entitlements
    expect(await rights()).toEqual(['ANALYZE', 'MANAGE'])
    const same = twice()
    await b.check(same)
    expect(same.asked).toEqual(first.asked)
    expect(await rights()).toEqual(['ANALYZE', 'MANAGE'])
    const less = twice([])
    await b.check(less)
    expect(less.asked).toHaveLength(first.asked.length + 1)
    expect(await rights()).toEqual(['ANALYZE'])
  })

  test('of an asset in two lists is read once where the second one makes up for the first', () => {
    const told: Observation = {
      of: 'grant',
      scope: 'B/assigned/page/1',
      business: OURS,
      principal: 'bo',
      type: 'page',
      resource: '1',
      how: 'direct',
      through: null,
      entitlements: ['MANAGE'],
    }
    const look = secondLook(new Map([[told.scope, [lineOf(nameOf(told) ?? '', claimsOf(told))]]]))
    const seal = { scope: told.scope, rows: 1, again: { unit: 'lists', query: null } }
    expect([look.see({ ...told, entitlements: [] }), look.waits(seal)]).toEqual([false, true])
    expect([look.see(told), look.waits(seal)]).toEqual([true, false])
    // It was read, and is not to be sealed a second time.
    expect(look.next()).toEqual({ again: [], believed: [] })
    expect(look.settle(told.scope)).toEqual({ untrue: [], less: [] })
  })

  test('but of somebody who stands in another list is read again, and what only one answer told is not kept', () => {
    const ada: Observation = {
      of: 'principal',
      scope: 'P/people',
      kind: 'person',
      business: 'P',
      externalId: 'ada',
      name: 'Ada',
      email: null,
      role: null,
      reachesAll: false,
      source: 'list',
      facts: noFacts,
    }
    const line = lineOf(nameOf(ada) ?? '', claimsOf(ada))
    const again = { unit: 'lists', query: null }
    const seal = { scope: 'P/invited', rows: 1, again }
    const stray: Observation = { ...ada, scope: seal.scope, kind: 'invitation' }
    // In a list of which nothing is stored, and in one of which something is.
    for (const [name, stored] of [
      ['bo', []],
      ['cy', [lineOf('principal|cy', '')]],
    ] as const) {
      const look = secondLook(
        new Map<string, readonly string[]>([
          ['P/people', [line]],
          ...(stored.length > 0 ? [[seal.scope, stored] as const] : []),
        ]),
      )
      const other: Observation = { ...stray, externalId: name }
      expect([look.see(other), look.see(stray), look.waits(seal)]).toEqual([true, true, true])
      expect(look.next()).toEqual({ again: [seal], believed: [] })
      expect([look.see(other), look.waits(seal)]).toEqual([true, false])
      expect(look.settle(seal.scope)).toEqual({ untrue: [stray], less: [] })
    }
  })

  test('but of what stands elsewhere leaves nothing where it is not read to its end', () => {
    const out: Observation = {
      of: 'share',
      scope: 'B/agencies',
      partner: 'P',
      type: 'page',
      resource: '1',
      direction: 'out',
      entitlements: ['MANAGE'],
      status: null,
    }
    const page: Observation = {
      of: 'resource',
      scope: 'B/owned_pages',
      type: 'page',
      externalId: '1',
      name: null,
      relation: 'owned',
      ownerBusiness: null,
      facts: {},
    }
    const standing = () =>
      new Map([out, page].map((o) => [o.scope, [lineOf(nameOf(o) ?? '', claimsOf(o))]] as const))
    const partner: Observation = {
      of: 'partner',
      scope: 'B/clients',
      externalId: 'P',
      name: null,
      as: 'client',
    }
    const strays: Observation[] = [
      { ...out, scope: 'B/clients', direction: 'in' },
      { ...page, scope: 'B/client_apps', type: 'app', relation: 'client' },
      { ...partner, externalId: '1' },
    ]
    for (const stray of strays) {
      const look = secondLook(standing())
      expect(look.see(stray)).toBe(true)
      expect(look.giveUp(stray.scope)).toEqual([stray])
    }
    // A partner in both directions, and the same share told by two lists, are what they are.
    const look = secondLook(standing())
    expect([partner, { ...out, scope: 'B/agencies-of/page/1' }].map((o) => look.see(o))).toEqual([true, true])
    expect(look.giveUp('B/clients')).toEqual([])
    expect(look.giveUp('B/agencies-of/page/1')).toEqual([])
  })

  test("that was another business's leaves none of its people, and ends none of ours", async () => {
    const b = await bench(t)
    await b.check(script())
    const other = script({
      tells: (scope, time, rows) =>
        scope === 'B/people' && time === 1
          ? rows.map((o) => (o.of === 'principal' ? { ...o, externalId: `not-${o.externalId}` } : o))
          : rows,
    })
    await b.check(other)
    expect([...(await b.stored()).principals.keys()].sort()).toEqual(['ada', 'bo'])
  })

  test('is asked again a few at first, and all where one of those had not told everything', async () => {
    const many: World = {
      ...world,
      assets: Array.from({ length: 60 }, (_, n) => ({ id: `${n}`, type: 'page' })),
      grants: Array.from({ length: 60 }, (_, n) => ({ person: 'bo', asset: `${n}`, rights: ['MANAGE'] })),
    }
    const again = ({ asked }: Script) =>
      asked.length - new Set(asked).size - asked.filter((one) => one === 'B/owned_pages').length + 1
    const assigned = (scope: string) => scope.startsWith('B/assigned/')
    const b = await bench(t)
    await b.check(script({ world: many, rowsPerPage: 100 }))
    const leaves = script({
      world: many,
      rowsPerPage: 100,
      tells: (scope, _, rows) => (assigned(scope) ? someone(rows) : rows),
    })
    await b.check(leaves)
    expect(again(leaves)).toBe(50)
    expect([...(await b.stored()).grants.keys()].filter((key) => key.startsWith('bo|'))).toEqual([])
    await b.check(script({ world: many, rowsPerPage: 100 }))
    const wrong = script({
      world: many,
      rowsPerPage: 100,
      tells: (scope, time, rows) => (assigned(scope) && time === 1 ? someone(rows) : rows),
    })
    await b.check(wrong)
    expect(again(wrong)).toBe(60)
    expect([...(await b.stored()).grants.keys()].filter((key) => key.startsWith('bo|'))).toHaveLength(60)
  })

  test('was believed where it came behind many others that had lost something else twice', async () => {
    const many: World = {
      ...world,
      assets: Array.from({ length: 60 }, (_, n) => ({ id: `${n}`, type: 'page' })),
      grants: Array.from({ length: 60 }, (_, n) => ({ person: 'bo', asset: `${n}`, rights: ['MANAGE'] })),
    }
    const b = await bench(t)
    const ofAda = many.grants.map((right) => ({ ...right, person: 'ada' }))
    await b.check(script({ world: { ...many, grants: [...many.grants, ...ofAda] }, rowsPerPage: 100 }))
    // Bo leaves; and one answer of the last list tells of neither.
    const leaves = { ...many, grants: ofAda }
    const told = script({
      world: leaves,
      rowsPerPage: 100,
      tells: (scope, time, rows) => (scope === 'B/assigned/page/59' && time === 1 ? [stranger(scope)] : rows),
    })
    await b.check(told)
    const direct = [...(await b.stored()).grants.keys()].filter((key) => key.endsWith('direct|'))
    expect(direct).toHaveLength(60)
    expect(direct).toContain('ada|page|59|direct|')
  })

  const stranger = (scope: string): Observation => ({
    ...{ of: 'grant', scope, business: OURS, principal: 'new', type: 'page', resource: '59' },
    ...{ how: 'direct', through: null, entitlements: ['MANAGE'] },
  })

  /** The same rights, of somebody else. */
  const someone = (rows: Observation[]): Observation[] =>
    rows.map((o) => (o.of === 'grant' ? { ...o, principal: 'ada' } : o))
})
