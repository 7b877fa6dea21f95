// What leaves one list while a business is read may have come to another one that was read before.
import { describe, expect, test } from 'vitest'
import { assignedScope } from '../model/snapshot.ts'
import type { Observation } from '../model/snapshot.ts'
import { testDb } from '../store/testing/test-db.ts'
import { bench } from './testing/runs.ts'
import { smallWorld as world } from './testing/world.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()
const script = (more: Partial<Script> = {}): Script => ({ world, asked: [], ...more })

describe('an asset that goes from one list to another while both are read', () => {
  const [owned, client] = ['B/owned_pages', 'B/owned_ad_accounts']
  const one = { world, beside: (scope: string) => (scope === owned ? client : null) }
  const from = (first: number) => (time: number) => time >= first
  /** From the list that is read last it is gone; the one before tells of it at these times of asking. */
  const moves = (told: (time: number) => boolean, more: Partial<Script> = {}) =>
    script({
      ...one,
      ...more,
      tells: (scope, time, rows) => {
        const theirs = (o: Observation) => o.of === 'resource' && o.externalId === '2'
        if (scope === owned) return rows.filter((o) => !theirs(o))
        return scope === client && told(time) ? [...rows, { ...page, scope: client }] : rows
      },
    })
  const page: Observation = {
    ...{ of: 'resource', scope: owned, type: 'page', externalId: '2', name: 'Asset 2', relation: 'client' },
    ...{ ownerBusiness: 'P', facts: {} },
  }

  test('ended with everybody who uses it, since each list was read when it stood in the other', async () => {
    const b = await bench(t)
    await b.check(script(one))
    await b.check(moves(from(2)))
    const after = await b.stored()
    expect(after.resources.get('page|2')).toMatchObject({
      relation: 'client',
      scope: client,
      confirmed: true,
    })
    expect(after.grants.has('bo|page|2|direct|')).toBe(true)
  })

  test('that came there only while both were read again ended by the one answer that left it out', async () => {
    const b = await bench(t)
    await b.check(script(one))
    await b.check(moves((time) => time > 2))
    expect((await b.stored()).grants.has('bo|page|2|direct|')).toBe(true)
  })

  test('is looked for there twice more, and ends where it is not', async () => {
    const b = await bench(t)
    await b.check(script(one))
    const gone = moves(from(9))
    await b.check(gone)
    expect([owned, client].map((scope) => gone.asked.filter((asked) => asked === scope).length)).toEqual([
      2, 3,
    ])
    expect((await b.stored()).resources.has('page|2')).toBe(false)
  })

  test.each([2, 3])(
    'ended by a list that was read, while the one that it had come to could not be read the time after (%i)',
    async (at) => {
      const b = await bench(t)
      await b.check(script(one))
      const told = moves(from(2))
      const broken = { kind: 'changed' } as const
      const times = () => told.asked.filter((asked) => asked === client).length
      const away = { ...told, fails: (scope: string) => (scope === client && times() === at ? broken : null) }
      const { failures } = await b.collect(away, await b.newJob(), null)
      expect(failures.flatMap(({ scopes }) => scopes).sort()).toEqual([client, owned])
      told.asked.length = 0
      await b.check(away)
      expect((await b.stored()).grants.has('bo|page|2|direct|')).toBe(true)
    },
  )

  test('that is the last of its list ended before the other list was read a second time', async () => {
    const b = await bench(t)
    const last = { ...world, assets: [...world.assets, { id: '7', type: 'ad_account' }] }
    const all = {
      world: { ...last, grants: [...world.grants, { person: 'bo', asset: '7', rights: ['MANAGE'] }] },
      rowsPerPage: 20,
      beside: (scope: string) => (scope === client ? owned : null),
    }
    await b.check(script(all))
    const theirs: Observation = {
      ...{ of: 'resource', scope: owned, type: 'ad_account', externalId: '7', name: 'Asset 7' },
      ...{ relation: 'client', ownerBusiness: 'P', facts: {} },
    }
    await b.check(
      script({
        ...all,
        tells: (scope, time, rows) =>
          scope === client ? [] : scope === owned && time > 1 ? [...rows, theirs] : rows,
      }),
    )
    expect((await b.stored()).grants.has('bo|ad_account|7|direct|')).toBe(true)
  })

  test('is not believed of one answer of that list', async () => {
    const b = await bench(t)
    await b.check(script(one))
    await b.check(moves((time) => time === 2))
    expect((await b.stored()).resources.has('page|2')).toBe(false)
  })

  test.each([
    ['ended where that list could not be read', 'changed', false, true],
    ['ended where that list is refused and told of something before: it is missed', 'denied', false, true],
    ['ends where that list was refused all along: nobody reads it', 'denied', true, false],
    [
      'ended where that list is refused now and was answered before: that it had told of nothing says nothing',
      'denied',
      true,
      true,
    ],
  ] as const)('%s', async (_, kind, before, stays) => {
    const b = await bench(t)
    const refused: Partial<Script> = {
      fails: (scope) => (scope === client ? { kind } : null),
      answered: () => before && stays,
    }
    const other: Observation = { ...page, scope: client, externalId: '9' }
    const tells: Script['tells'] = (scope, _time, rows) => (scope === client ? [...rows, other] : rows)
    await b.check(script({ ...one, ...(before ? refused : { tells }) }))
    const away = moves(from(1), refused)
    const { failures } = await b.collect(away, await b.newJob(), null)
    expect(failures.flatMap(({ scopes }) => scopes).sort()).toEqual(stays ? [client, owned] : [client])
    await b.check(away)
    expect((await b.stored()).grants.has('bo|page|2|direct|')).toBe(stays)
  })
})

test('an asset that is shared with nobody any more is looked for among those of others: it is the partner’s by now', async () => {
  const b = await bench(t)
  const [partners, client] = [assignedScope('B', 'page', '2'), 'B/owned_pages']
  const share: Observation = {
    ...{ of: 'share', scope: partners, partner: 'P', type: 'page', resource: '2', direction: 'out' },
    ...{ entitlements: ['ADVERTISE'], status: null },
  }
  const one = { rowsPerPage: 20, beside: (scope: string) => (scope === partners ? client : null) }
  await b.check(script({ ...one, tells: (scope, _, rows) => (scope === partners ? [...rows, share] : rows) }))
  expect((await b.stored()).shares.has('P|page|2|out')).toBe(true)
  const gone = script({
    ...one,
    tells: (scope, time, rows) =>
      scope === client && time > 1
        ? rows.map((o) =>
            o.of === 'resource' && o.externalId === '2'
              ? { ...o, relation: 'client', ownerBusiness: 'P' }
              : o,
          )
        : rows,
  })
  await b.check(gone)
  expect(gone.asked.filter((asked) => asked === client)).toHaveLength(3)
  expect((await b.stored()).shares.has('P|page|2|out')).toBe(false)
})
