// Single cases of merging that properties do not name: sources that know less, and rows that move between scopes.
import { describe, expect, test } from 'vitest'
import type { Inventory } from '../model/inventory.ts'
import { assignedScope } from '../model/snapshot.ts'
import type {
  GrantObservation,
  Observation,
  PrincipalObservation,
  ShareObservation,
} from '../model/snapshot.ts'
import { diff } from './diff.ts'
import { merge } from './merge.ts'
import { rankBy } from './scope.ts'
import { emptyInventory, noFacts, OURS, types } from './testing/world.ts'

const rules = { business: OURS, rankOf: rankBy(types) }
const page: Observation = {
  of: 'resource',
  scope: 'B/owned_pages',
  type: 'page',
  externalId: '1',
  name: 'One',
  relation: 'owned',
  ownerBusiness: null,
  facts: {},
}
const assigned = assignedScope(OURS, 'page', '1')
const ada: PrincipalObservation = {
  of: 'principal',
  scope: 'B/people',
  externalId: 'ada',
  kind: 'person',
  business: OURS,
  name: 'Ada',
  email: 'ada@b.example',
  role: 'ADMIN',
  reachesAll: true,
  source: 'list',
  facts: { ...noFacts, title: 'Lead' },
}
const adaOnPage: PrincipalObservation = {
  ...ada,
  scope: assigned,
  source: 'assigned',
  email: null,
  role: null,
  reachesAll: false,
  facts: noFacts,
}
const grant: GrantObservation = {
  of: 'grant',
  scope: assigned,
  business: OURS,
  principal: 'ada',
  type: 'page',
  resource: '1',
  how: 'direct',
  through: null,
  entitlements: ['ADVERTISE'],
}
const share = (more: Partial<ShareObservation>): ShareObservation => ({
  of: 'share',
  scope: 'B/agencies',
  partner: 'P',
  type: 'page',
  resource: '1',
  direction: 'out',
  entitlements: ['ADVERTISE'],
  status: null,
  ...more,
})

function run(before: Inventory, observations: Observation[], sealed: string[], failed: string[] = []) {
  return merge(
    before,
    { observations, sealed: new Set(sealed), open: (s) => failed.includes(s), readers: new Set([null]) },
    rules,
  ).after
}
const all = ['B/people', 'B/owned_pages', 'B/agencies', assigned]

describe('a person in the list and on an asset', () => {
  const before = run(emptyInventory, [page, ada, adaOnPage, grant], all)

  test('is one row, told by the list', () => {
    expect([...before.principals.values()]).toMatchObject([
      { email: 'ada@b.example', role: 'ADMIN', scope: 'B/people' },
    ])
    expect([...before.grants.keys()].sort()).toEqual(['ada|page|1|direct|', 'ada|page|1|role|'])
  })
  test('keeps what the list told while the list cannot be read', () => {
    const after = run(before, [page, adaOnPage, grant], ['B/owned_pages', assigned], ['B/people'])
    expect(diff(before, after)).toMatchObject({
      principals: { changed: [], touched: [], ended: [] },
      grants: { ended: [] },
    })
  })
  test('loses the role when the list no longer names them, and keeps name, address and the direct right', () => {
    const after = run(before, [page, adaOnPage, grant], all)
    expect(after.principals.get('ada')).toMatchObject({
      name: 'Ada',
      email: 'ada@b.example',
      role: null,
      reachesAll: false,
      source: 'assigned',
      scope: assigned,
      confirmed: true,
    })
    expect([...after.grants.keys()]).toEqual(['ada|page|1|direct|'])
  })
  test('stays, not confirmed, while the asset that they hold cannot be read', () => {
    const after = run(before, [page], ['B/people', 'B/owned_pages'], [assigned])
    expect(after.principals.get('ada')).toMatchObject({ confirmed: false, role: null })
    expect(after.grants.get('ada|page|1|direct|')).toMatchObject({ confirmed: false })
  })
  test('that the list tells nothing more of, has changed', () => {
    const after = run(before, [page, { ...ada, email: null }, grant], all)
    expect(diff(before, after).principals.changed[0]?.fields).toEqual({
      before: { email: 'ada@b.example' },
      after: { email: null },
    })
  })
  test('whose role the list leaves out keeps it, and what it reaches', () => {
    const after = run(before, [page, { ...ada, role: null, reachesAll: false }, adaOnPage, grant], all)
    expect(after.principals.get('ada')).toMatchObject({ role: 'ADMIN', reachesAll: true, confirmed: true })
    expect(diff(before, after)).toMatchObject({ principals: { changed: [] }, grants: { ended: [] } })
    const demoted = run(
      before,
      [page, { ...ada, role: 'EMPLOYEE', reachesAll: false }, adaOnPage, grant],
      all,
    )
    expect([...demoted.grants.keys()]).toEqual(['ada|page|1|direct|'])
  })
  test('is a person again where a list of invitations had named them that is wrong', () => {
    const invited = run(
      before,
      [page, { ...ada, scope: 'B/invited', kind: 'invitation' }, adaOnPage, grant],
      all,
    )
    expect(invited.principals.get('ada')?.kind).toBe('invitation')
    const after = run(invited, [page, adaOnPage, grant], [...all, 'B/invited'])
    expect(after.principals.get('ada')).toMatchObject({ kind: 'person', source: 'assigned' })
  })
  test('goes with everything when neither names them', () => {
    const after = run(before, [page], all)
    expect([after.principals.size, after.grants.size]).toEqual([0, 0])
  })
})

describe('a list that was not read to its end', () => {
  const known = share({ entitlements: ['ADVERTISE', 'ANALYZE'], status: 'CONFIRMED' })
  const both = { ...grant, entitlements: ['ADVERTISE', 'ANALYZE'] }
  const currency: Observation = { ...page, facts: { Currency: 'EUR' } }
  const before = run(emptyInventory, [currency, ada, adaOnPage, both, known], all)
  const poorer: Observation[] = [
    { ...page, name: null },
    { ...ada, name: null, email: null, role: 'EMPLOYEE', reachesAll: false, facts: noFacts },
    adaOnPage,
    { ...grant, entitlements: ['ANALYZE', 'MANAGE'] },
    { ...known, entitlements: [], status: 'PENDING' },
  ]

  test('adds to what it told before, and takes nothing away', () => {
    const after = run(before, poorer, [], all)
    const { resources, principals, shares, grants } = diff(before, after)
    for (const { ended, changed } of [resources, principals, shares])
      expect([ended, changed]).toEqual([[], []])
    expect(grants.ended).toEqual([])
    expect(grants.changed.map(({ fields }) => fields.after)).toEqual([
      { entitlements: ['ADVERTISE', 'ANALYZE', 'MANAGE'], rank: 'full' },
    ])
    // Nor does it by what another list tells of the same person.
    expect(diff(before, run(before, poorer, [assigned], ['B/people'])).principals.changed).toEqual([])
  })
  test('is believed in everything but names where it was', () => {
    const after = run(before, poorer, all)
    expect(after.resources.get('page|1')).toMatchObject({ name: 'One', facts: {} })
    expect(after.principals.get('ada')).toMatchObject({
      name: 'Ada',
      email: null,
      role: 'EMPLOYEE',
      facts: noFacts,
    })
    expect(after.grants.get('ada|page|1|direct|')?.entitlements).toEqual(['ANALYZE', 'MANAGE'])
    expect([...after.grants.keys()]).toEqual(['ada|page|1|direct|'])
    expect([...after.shares.values()]).toMatchObject([{ entitlements: [], status: 'PENDING' }])
  })
})

describe('a share that two sources tell', () => {
  test('is one row: the source with a status leads, rights are put together', () => {
    const told = [
      page,
      share({}),
      share({ scope: 'B/owned_pages', status: 'CONFIRMED', entitlements: ['MANAGE'] }),
    ]
    const [row] = run(emptyInventory, told, all).shares.values()
    expect(row).toMatchObject({ status: 'CONFIRMED', entitlements: ['ADVERTISE', 'MANAGE'], rank: 'full' })
  })
  test('keeps its scope while that reports it, and takes the other one when it does not', () => {
    const before = run(emptyInventory, [page, share({})], all)
    const both = run(before, [page, share({}), share({ scope: 'B/owned_pages' })], all)
    expect([...both.shares.values()][0]?.scope).toBe('B/agencies')
    const other = run(before, [page, share({ scope: 'B/owned_pages' })], all)
    expect([...other.shares.values()][0]?.scope).toBe('B/owned_pages')
    expect(diff(before, other).shares).toMatchObject({ changed: [], ended: [], touched: [{}] })
  })
  test('makes its partner known even where no list of partners names it', () => {
    const partners = run(emptyInventory, [page, share({})], all).partners
    expect([...partners.values()]).toMatchObject([
      { externalId: 'P', isAgency: true, isClient: false, name: null },
    ])
  })
})

describe('a partner', () => {
  const as = (scope: string, as: 'agency' | 'client'): Observation => ({
    of: 'partner',
    scope,
    externalId: 'P',
    name: 'Pe',
    as,
  })
  const before = run(
    emptyInventory,
    [as('B/agencies', 'agency'), as('B/clients', 'client')],
    [...all, 'B/clients'],
  )

  test('that both lists name is one row', () => {
    expect([...before.partners.values()]).toMatchObject([
      { isAgency: true, isClient: true, scopes: ['B/agencies', 'B/clients'] },
    ])
  })
  test('stays on both sides while one list cannot be read', () => {
    const after = run(before, [as('B/agencies', 'agency')], ['B/agencies'], ['B/clients'])
    expect(diff(before, after).partners).toEqual({ added: [], ended: [], changed: [], touched: [] })
    const neither = run(before, [], ['B/agencies'], ['B/clients'])
    expect(neither.partners.get('P')).toMatchObject({ confirmed: false, isAgency: true, isClient: true })
  })
  test('goes when both were read and nothing is shared, and stays while something is', () => {
    const sealed = ['B/agencies', 'B/clients', 'B/owned_pages']
    expect(run(before, [], sealed).partners.size).toBe(0)
    expect(run(before, [page, share({ scope: 'B/owned_pages' })], sealed).partners.get('P')).toMatchObject({
      isAgency: true,
      isClient: false,
    })
  })
})

test('rights through a group end with the group, which nobody asks about any more', () => {
  const groupScope = assignedScope(OURS, 'asset_group', 'g')
  const group: Observation = {
    ...page,
    type: 'asset_group',
    externalId: 'g',
    scope: 'B/groups',
  }
  const through: Observation = { ...grant, scope: groupScope, how: 'group', through: 'g' }
  const before = run(emptyInventory, [page, group, ada, through], [...all, 'B/groups', groupScope])
  expect(before.grants.has('ada|page|1|group|g')).toBe(true)
  const after = run(before, [page, ada], [...all, 'B/groups'])
  expect(after.grants.has('ada|page|1|group|g')).toBe(false)
})

describe('rights that pages tell', () => {
  const stranger = { ...adaOnPage, externalId: 'eve', name: 'Eve' }
  const theirs = { ...grant, principal: 'eve' }
  const before = run(emptyInventory, [page, ada, grant, stranger, theirs], all)
  const onPages = (observations: Observation[]) =>
    merge(
      before,
      {
        observations,
        sealed: new Set(all),
        onPages: new Set([assigned]),
        open: () => false,
        readers: new Set([null]),
      },
      rules,
    ).after.grants

  test('say that they were read there', () => {
    expect(onPages([page, ada, { ...grant, path: 'browser' }]).get('ada|page|1|direct|')).toMatchObject({
      path: 'browser',
      confirmed: true,
    })
  })
  test('end where nobody of the lists holds them any more, and stay where no list names the holder', () => {
    const after = onPages([page, ada])
    expect(after.has('ada|page|1|direct|')).toBe(false)
    expect(after.get('eve|page|1|direct|')).toMatchObject({ confirmed: false })
  })
})

describe('an asset that has become another’s', () => {
  const agencies = 'B/agencies-of/page/1'
  const out = share({ scope: agencies })
  const before = run(emptyInventory, [page, out], ['B/owned_pages', agencies])
  const theirs: Observation = { ...page, scope: 'B/client_pages', relation: 'client', ownerBusiness: 'P' }
  const back = share({ scope: 'B/client_pages', direction: 'in' })

  test('was shared with its owner for good: nobody asks it any more', () => {
    const after = run(before, [theirs, back], ['B/owned_pages', 'B/client_pages'])
    expect(Array.from(after.shares.values(), ({ direction }) => direction)).toEqual(['in'])
    // Ours again.
    const again = run(after, [page, out], ['B/owned_pages', agencies], [])
    expect(Array.from(again.shares.values(), ({ direction }) => direction)).toEqual(['out'])
  })
  test('is ours, and is shared, while our own list cannot be read or the asset cannot be asked', () => {
    for (const failed of [['B/owned_pages'], ['B/owned_pages', agencies]]) {
      const once = run(before, [theirs], ['B/client_pages'], failed)
      const twice = run(once, [theirs], ['B/client_pages'], failed)
      for (const { resources, shares } of [once, twice]) {
        expect(resources.get('page|1')).toMatchObject({ relation: 'owned', scope: 'B/owned_pages' })
        expect(Array.from(shares.values(), ({ direction }) => direction)).toEqual(['out'])
      }
    }
    const unasked = run(before, [theirs], ['B/owned_pages', 'B/client_pages'], [agencies])
    expect(Array.from(unasked.shares.values(), ({ direction }) => direction)).toEqual(['out'])
  })

  test('lost what it is shared for by the list of partners alone, while nobody could tell in which list it stands', () => {
    const client = run(
      emptyInventory,
      [theirs, share({ scope: 'B/clients', direction: 'in' })],
      ['B/client_pages', 'B/clients'],
    )
    const unseen = run(client, [], ['B/clients'], ['B/owned_pages', 'B/client_pages'])
    expect(Array.from(unseen.shares.values(), ({ confirmed }) => confirmed)).toEqual([false])
    const seen = run(unseen, [theirs], ['B/clients', 'B/client_pages'])
    expect(seen.shares.size).toBe(0)
  })
})

test('what an invitation will give was a change where it became known after the invitation', () => {
  const invited = (will: object) =>
    run(emptyInventory, [{ ...ada, kind: 'invitation', facts: { ...noFacts, ...will } }], ['B/people'])
  const [unknown, one, other] = [invited({}), invited({ willGet: 'One' }), invited({ willGet: 'Other' })]
  expect(diff(unknown, one).principals).toMatchObject({ changed: [], touched: [{}] })
  expect(diff(one, other).principals).toMatchObject({ changed: [{}], touched: [] })
})
