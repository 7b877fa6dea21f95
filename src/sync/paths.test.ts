// What the API and the pages told of the same things: whose word is taken, and what is told as different.
import { describe, expect, test } from 'vitest'
import { assignedScope } from '../model/snapshot.ts'
import type { GrantObservation, Observation, ShareObservation } from '../model/snapshot.ts'
import { settlePaths } from './paths.ts'

const scope = assignedScope('B', 'page', '1')
const grant: GrantObservation = {
  of: 'grant',
  scope,
  business: 'B',
  principal: 'ada',
  type: 'page',
  resource: '1',
  how: 'direct',
  through: null,
  entitlements: ['ANALYZE', 'ADVERTISE'],
}
const share: ShareObservation = {
  of: 'share',
  scope: 'B/agencies',
  partner: 'P',
  type: 'page',
  resource: '1',
  direction: 'out',
  entitlements: ['ADVERTISE'],
  status: 'CONFIRMED',
}
const shown = <O extends Observation>(o: O, more: Partial<O> = {}): O => ({ ...o, path: 'browser', ...more })

function settle(api: Observation[], pages: Observation[], sealed: { api?: string[]; pages?: string[] } = {}) {
  return settlePaths({
    api,
    pages,
    sealed: { api: new Set(sealed.api), pages: new Set(sealed.pages ?? [scope, 'B/agencies']) },
  })
}
const about = { noun: 'grant', externalId: 'ada', type: 'page', resource: '1' }

describe('a right', () => {
  test('that both tell alike, in whatever order, is told once and is no difference', () => {
    const pages = [shown(grant, { entitlements: ['ADVERTISE', 'ANALYZE'] })]
    expect(settle([grant], pages, { api: [scope] })).toEqual({ superseded: pages, differences: [] })
    // Told by a list that was not read to its end, too.
    expect(settle([grant], pages)).toEqual({ superseded: pages, differences: [] })
  })
  test('with other permissions is the API’s, and the difference is told', () => {
    const pages = [shown(grant, { entitlements: ['MANAGE'] })]
    expect(settle([grant], pages)).toEqual({
      superseded: pages,
      differences: [{ ...about, field: 'permissions', api: 'ADVERTISE, ANALYZE', browser: 'MANAGE' }],
    })
  })
  test('that the pages tell alone stays where the API did not read the list, and is a difference where it did', () => {
    expect(settle([], [shown(grant)])).toEqual({ superseded: [], differences: [] })
    expect(settle([], [shown(grant)], { api: [scope] })).toEqual({
      superseded: [shown(grant)],
      differences: [{ ...about, field: null, api: null, browser: 'seen' }],
    })
  })
  test('that the API tells alone is a difference where the pages were read to their end, unless they never show it', () => {
    const only = [{ ...about, field: null, api: 'seen', browser: null }]
    expect(settle([grant], []).differences).toEqual(only)
    expect(settle([grant], [], { pages: [] }).differences).toEqual([])
    expect(settle([{ ...grant, how: 'group', through: 'g' }], []).differences).toEqual([])
  })
})

describe('a share', () => {
  test('that waits in the one and not in the other is a difference', () => {
    const pages = [shown(share, { status: 'CLIENT_RESPONSE_PENDING' })]
    expect(settle([share], pages).differences).toEqual([
      {
        ...about,
        noun: 'share',
        externalId: 'P',
        field: 'status',
        api: 'CONFIRMED',
        browser: 'CLIENT_RESPONSE_PENDING',
      },
    ])
  })
  test('that waits is looked for on the pages like any other', () => {
    const waiting = { ...share, status: 'CLIENT_RESPONSE_PENDING' }
    expect(settle([waiting], [])).toMatchObject({
      differences: [{ field: null, api: 'seen', browser: null }],
    })
  })
})
