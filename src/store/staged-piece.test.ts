// What is packed comes out as it was, whatever names and rights it holds.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Observation, PrincipalFacts } from '../model/snapshot.ts'
import { pack, unpack } from './staged-piece.ts'

const facts = { title: 'Head', twoFactor: 'enabled' } as PrincipalFacts

const word = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('a', 'b', 'a\nb', '__proto__', '"'))
const grant = fc.record({
  of: fc.constant('grant' as const),
  scope: word,
  business: word,
  principal: word,
  type: word,
  resource: word,
  how: fc.constantFrom('direct' as const, 'role' as const, 'group' as const),
  through: fc.option(word, { nil: null }),
  entitlements: fc.array(word, { maxLength: 3 }),
})
const partner = fc.record({
  of: fc.constant('partner' as const),
  scope: word,
  externalId: word,
  name: fc.option(word, { nil: null }),
  as: fc.constantFrom('agency' as const, 'client' as const),
})

test('what an earlier release has packed is read', () => {
  const seen: Observation[] = [{ of: 'partner', scope: 's', externalId: '1', name: null, as: 'agency' }]
  const none = { scopes: [], resources: [], entitlements: [], businesses: [], grants: [] }
  expect(unpack(JSON.stringify({ ...none, others: seen }))).toEqual(seen)
})

test('what is told of the same one in many scopes takes hardly more than the scopes', () => {
  const told = (scope: string): Observation => ({
    ...{ of: 'principal', scope, externalId: '1', kind: 'person', business: '2', name: 'Ann Example' },
    ...{ email: 'ann@example.test', role: null, reachesAll: false, source: 'assigned', facts },
  })
  const scopes = Array.from({ length: 1_000 }, (_, n) => `2/assigned/page/${n}`)
  expect(pack(scopes.map(told)).data.length).toBeLessThan(2 * JSON.stringify(scopes).length)
  expect(unpack(pack(scopes.map(told)).data)).toEqual(scopes.map(told))
})

test('what is packed comes out as it was: rights first, each kind in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(grant, partner), { maxLength: 30 }), (seen: Observation[]) => {
      const ordered = [...seen.filter((o) => o.of === 'grant'), ...seen.filter((o) => o.of !== 'grant')]
      const { data, principals } = pack(seen)
      expect(unpack(data)).toEqual(ordered)
      expect(principals).toEqual([...new Set(seen.flatMap((o) => (o.of === 'grant' ? o.principal : [])))])
    }),
  )
})
