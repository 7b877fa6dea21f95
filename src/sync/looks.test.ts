// When a list that tells less than stands is asked once more: by what its answers told, and not by how many rows they had alone.
import { expect, test } from 'vitest'
import type { Seal } from '../connectors/connector.ts'
import type { GrantObservation, Observation } from '../model/snapshot.ts'
import { claimsOf, lineOf, nameOf } from '../store/standing.ts'
import { secondLook } from './second-look.ts'

const right = (scope: string, principal: string): GrantObservation => ({
  of: 'grant',
  scope,
  business: 'B',
  principal,
  type: 'page',
  resource: scope,
  how: 'direct',
  through: null,
  entitlements: ['MANAGE'],
})
const lines = (rights: readonly GrantObservation[]) => rights.map((o) => lineOf(nameOf(o) ?? '', claimsOf(o)))
const seal = (scope: string, rows: number): Seal => ({ scope, rows, again: { unit: 'assets', query: null } })
const [ada, bo, eve] = ['ada', 'bo', 'eve'].map((who) => right('1', who)) as [
  GrantObservation,
  GrantObservation,
  GrantObservation,
]

test('two answers of as many rows that told different things are no two answers without a row', () => {
  const look = secondLook(new Map([['1', lines([ada, bo, eve])]]))
  // Another right than the one before is missing, and one is missing from both.
  look.see(ada)
  expect(look.waits(seal('1', 1))).toBe(true)
  expect(look.next().again).toHaveLength(1)
  look.see(bo)
  look.waits(seal('1', 1))
  expect(look.next().again).toHaveLength(1)
  look.see(ada)
  look.see(bo)
  look.see(eve)
  expect(look.waits(seal('1', 3))).toBe(false)
})

test('a second answer that leaves out what the first one told is not at rest, though it tells nothing new', () => {
  const look = secondLook(new Map([['1', lines([ada, bo, eve])]]))
  look.see(ada)
  // Somebody of whom nothing stands makes up for the number.
  expect([look.waits(seal('1', 1)), look.next().again.length]).toEqual([true, 1])
  look.see(right('1', 'new'))
  expect([look.waits(seal('1', 1)), look.next().again.length]).toEqual([true, 1])
})

test('a list that really lost something is asked twice and no more', () => {
  const look = secondLook(new Map([['1', lines([ada, bo, eve])]]))
  for (const again of [1, 0]) {
    look.see(ada)
    look.see(bo)
    look.waits(seal('1', 2))
    expect(look.next().again).toHaveLength(again)
  }
})

test('a list that came only while others were asked again was believed at once', () => {
  const standing = new Map([
    ['1', lines([ada])],
    ['2', lines([right('2', 'ada')])],
  ])
  const look = secondLook(standing)
  expect([look.waits(seal('1', 0)), look.next().again.length]).toEqual([true, 1])
  // What was asked again leads to it, as an asset that left one list and stands in another leads to its people.
  expect(look.waits(seal('1', 0))).toBe(false)
  expect(look.waits(seal('2', 0))).toBe(true)
  expect(look.next().again.map(({ scope }) => scope)).toEqual(['2'])
})

test('a share that another list had told of before was dropped with what one answer alone tells', () => {
  const share: Observation = {
    ...{ of: 'share', scope: 'B/clients', partner: 'P', type: 'page', resource: '1', direction: 'in' },
    ...{ entitlements: ['MANAGE'], status: null },
  }
  const page: Observation = {
    ...{ of: 'resource', scope: 'B/client_pages', type: 'page', externalId: '2', name: 'Two' },
    ...{ relation: 'client', ownerBusiness: null, facts: {} },
  }
  const lineFor = (o: Observation) => lineOf(nameOf(o) ?? '', claimsOf(o))
  const look = secondLook(
    new Map([
      [share.scope, [lineFor(share)]],
      [page.scope, [lineFor(page)]],
    ]),
  )
  const also = { ...share, scope: page.scope }
  const other = { ...also, resource: '3' }
  look.see(also)
  look.see(other)
  expect([look.waits(seal(page.scope, 1)), look.next().again.length]).toEqual([true, 1])
  // The second answer tells of the page that the first one had left out, and of neither share.
  look.see(page)
  look.waits(seal(page.scope, 1))
  expect(look.settle(page.scope).untrue).toEqual([other])
})
