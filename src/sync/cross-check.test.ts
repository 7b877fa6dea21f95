// What is told of two lists that name the same share.
import { expect, test } from 'vitest'
import { resourceKey } from '../model/inventory.ts'
import type { ResourceRow } from '../model/inventory.ts'
import type { ShareObservation } from '../model/snapshot.ts'
import { unlikeShares } from './cross-check.ts'
import { rankBy } from './scope.ts'

const rankOf = rankBy([
  {
    type: 'page',
    label: 'Page',
    labelPlural: 'Pages',
    unknownRank: 'view',
    entitlements: [
      { name: 'MANAGE', label: 'Manage', rank: 'full' },
      { name: 'ADVERTISE', label: 'Advertise', rank: 'edit' },
      { name: 'ANALYZE', label: 'Analyze', rank: 'view' },
    ],
  },
])
const resource = (externalId: string, relation: ResourceRow['relation']): [string, ResourceRow] => [
  resourceKey({ type: 'page', externalId }),
  {
    id: null,
    confirmed: true,
    type: 'page',
    externalId,
    name: null,
    relation,
    ownerBusiness: null,
    facts: {},
    scope: 's',
  },
]
const resources = new Map([resource('1', 'client'), resource('2', 'owned')])
const share = (more: Partial<ShareObservation>): ShareObservation => ({
  of: 'share',
  scope: 'B/clients',
  partner: 'P',
  type: 'page',
  resource: '1',
  direction: 'in',
  entitlements: ['ADVERTISE'],
  status: null,
  ...more,
})
const unlike = (shares: ShareObservation[], complete = true) =>
  unlikeShares(shares, resources, rankOf, complete)

test.each<[string, Partial<ShareObservation>, number]>([
  ['the same rights', {}, 0],
  ['other names of the same rank', { entitlements: ['ADVERTISE', 'ANALYZE'] }, 0],
  ['no word on rights', { entitlements: [] }, 0],
  ['rights of another rank', { entitlements: ['MANAGE'] }, 1],
])('a list of assets beside a list of partners: %s', (_name, more, count) => {
  expect(unlike([share({}), share({ scope: 'B/client_pages', ...more })])).toBe(count)
})

test.each<[string, Partial<ShareObservation>, boolean, number]>([
  ['that no list of assets names', { resource: '9' }, true, 1],
  ['in a run that did not read everything', { resource: '9' }, false, 0],
  ['that waits for an answer', { resource: '9', status: 'CLIENT_RESPONSE_PENDING' }, true, 0],
  ['of a kind whose assets are not listed', { resource: '9', type: 'app' }, true, 0],
  ['that is listed', { resource: '2', direction: 'out' }, true, 0],
])('a share of an asset %s', (_name, more, complete, count) => {
  expect(unlike([share(more)], complete)).toBe(count)
})
