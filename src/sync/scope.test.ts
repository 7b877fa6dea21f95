// What touches our assets, and what roles give: each rule by one example.
import { describe, expect, test } from 'vitest'
import type { PrincipalRow, ResourceRow, ShareRow } from '../model/inventory.ts'
import { resourceKey, shareKey } from '../model/inventory.ts'
import type { PrincipalObservation } from '../model/snapshot.ts'
import { principalTouches, rankBy, roleGrants } from './scope.ts'
import { noFacts, OURS, types } from './testing/world.ts'

const asset = (externalId: string, relation: 'owned' | 'client' = 'owned'): ResourceRow => ({
  id: null,
  confirmed: true,
  type: 'page',
  externalId,
  name: null,
  relation,
  ownerBusiness: null,
  facts: {},
  scope: 's',
})
const share = (resource: string, more: Partial<ShareRow> = {}): ShareRow => ({
  id: null,
  confirmed: true,
  partner: 'P',
  type: 'page',
  resource,
  direction: 'out',
  entitlements: [],
  rank: 'edit',
  status: 'CONFIRMED',
  scope: 's',
  ...more,
})
const admin = (more: Partial<PrincipalRow> = {}): PrincipalRow => ({
  id: null,
  confirmed: true,
  externalId: 'x',
  kind: 'person',
  partner: 'P',
  business: 'P',
  name: null,
  email: null,
  role: 'ADMIN',
  reachesAll: true,
  source: 'list',
  facts: noFacts,
  scope: 'P/people',
  ...more,
})
function grantsOf(resources: ResourceRow[], shares: ShareRow[], who: PrincipalRow) {
  const grants = roleGrants({
    resources: new Map(resources.map((r) => [resourceKey(r), r])),
    shares: new Map(shares.map((s) => [shareKey(s), s])),
    principals: new Map([[who.externalId, who]]),
  })
  return grants.map((g) => [g.resource, g.how, g.rank, g.entitlements, g.scope])
}

describe('grants that follow from a role', () => {
  test("a partner's admin reaches what is shared, as far as the share goes", () => {
    expect(grantsOf([asset('1'), asset('2')], [share('1')], admin())).toEqual([
      ['1', 'role', 'edit', ['ADMIN'], 'P/people'],
    ])
  })
  test('what the partner owns and shares with us, its admin holds fully', () => {
    expect(
      grantsOf([asset('1', 'client')], [share('1', { direction: 'in', rank: 'view' })], admin()),
    ).toEqual([['1', 'role', 'full', ['ADMIN'], 'P/people']])
  })
  test('a share that waits for an answer gives nothing', () => {
    expect(grantsOf([asset('1')], [share('1', { status: 'CLIENT_RESPONSE_PENDING' })], admin())).toEqual([])
    expect(grantsOf([asset('1')], [share('1', { status: null })], admin())).toHaveLength(1)
  })
  test('our own admin holds what we own fully, and what is shared with us as far as that goes', () => {
    const shares = [share('2', { direction: 'in', rank: 'view' }), share('1')]
    const ours = admin({ partner: null, business: OURS, scope: 'B/people' })
    expect(grantsOf([asset('1'), asset('2', 'client'), asset('3', 'client')], shares, ours)).toEqual([
      ['1', 'role', 'full', ['ADMIN'], 'B/people'],
      ['2', 'role', 'view', ['ADMIN'], 'B/people'],
    ])
  })
  test('an invitation to be admin gives nothing yet, and neither does an ordinary role', () => {
    expect(grantsOf([asset('1')], [share('1')], admin({ kind: 'invitation' }))).toEqual([])
    expect(grantsOf([asset('1')], [share('1')], admin({ reachesAll: false }))).toEqual([])
  })
})

test("a partner's person touches our assets by a grant, by reach, or by being stored already", () => {
  const person = (more: Partial<PrincipalObservation> = {}): PrincipalObservation => ({
    of: 'principal',
    scope: 'P/people',
    externalId: 'x',
    kind: 'person',
    business: 'P',
    name: null,
    email: null,
    role: null,
    reachesAll: false,
    source: 'list',
    facts: noFacts,
    ...more,
  })
  const nothing = { shared: new Set(['page|1']), stored: new Set<string>(), holders: new Set<string>() }
  expect(principalTouches(person(), nothing)).toBe(false)
  expect(principalTouches(person(), { ...nothing, holders: new Set(['x']) })).toBe(true)
  expect(principalTouches(person(), { ...nothing, stored: new Set(['x']) })).toBe(true)
  expect(principalTouches(person({ reachesAll: true }), nothing)).toBe(true)
  expect(principalTouches(person({ reachesAll: true }), { ...nothing, shared: new Set() })).toBe(false)
  expect(principalTouches(person({ reachesAll: true, kind: 'invitation' }), nothing)).toBe(false)
})

test('the rank of a set of rights is its strongest, an unknown right counts as its type says, none is none', () => {
  const rank = rankBy(types)
  expect(rank('page', ['ANALYZE', 'MANAGE'])).toBe('full')
  expect(rank('page', ['SOMETHING_NEW'])).toBe('view')
  expect(rank('page', [])).toBe('none')
})
