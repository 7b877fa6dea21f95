// The token guard, row by row, against the simulator's tokens of every kind: what each verdict says, and that no bad token connects.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Verdict } from '../../model/credential.ts'
import type { Context, Target } from '../connector.ts'
import { contextFor } from '../testing/drive.ts'
import { guideScopes } from './manifest.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { defaultSwitches } from './simulator/switches.ts'
import type { TokenSet } from './simulator/seed-tokens.ts'
import { check } from './token.ts'

let sim: Simulator
let partner: Simulator['partners'][number]
let logged: string[]

beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 30, partners: 2, sharedPerPartner: 10 } })
  const first = sim.partners[0]
  if (first === undefined) throw new Error('a world without partners')
  partner = first
})
afterAll(() => sim.stop())

const shared = () =>
  [...sim.control.world.assets.values()]
    .filter((a) => a.kind !== 'app' && a.shares.get(partner.id)?.status === 'CONFIRMED')
    .map((a) => ({ type: a.kind, externalId: a.id, direction: 'out' as const }))

function partnerContext(token: string, more: Partial<Target & { kind: 'partner' }> = {}): Context {
  logged = []
  const target: Target = {
    kind: 'partner',
    business: sim.businessId,
    partner: partner.id,
    sharedOnly: false,
    shared: shared(),
    ...more,
  }
  return contextFor({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret }, token, target, {
    logged,
  })
}
function ownContext(token: string): Context {
  logged = []
  const target: Target = { kind: 'own', business: sim.businessId }
  return contextFor({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret }, token, target, {
    logged,
  })
}
const kinds = (): TokenSet => {
  const found = sim.tokens.partners[partner.id]
  if (found === undefined) throw new Error('a partner without tokens')
  return found
}
const states = (verdict: Verdict) => Object.fromEntries(verdict.claims.map((c) => [c.id, c.state]))
const said = (verdict: Verdict, id: string) => verdict.claims.find((c) => c.id === id)?.sentence ?? ''

async function judged(token: string, more?: Partial<Target & { kind: 'partner' }>): Promise<Verdict> {
  const verdict = await check(partnerContext(token, more))
  for (const text of [JSON.stringify(verdict), ...logged]) {
    if (token.trim() !== '') expect(text).not.toContain(token)
    expect(text).not.toContain(sim.appSecret)
  }
  for (const c of verdict.claims) {
    if (c.state === 'refuted' || c.state === 'unknown') expect(c.fix, c.sentence).not.toBe('')
  }
  return verdict
}

describe("a partner's good token", () => {
  it('is proven in every claim', async () => {
    const verdict = await judged(kinds().admin)
    expect(states(verdict)).toEqual({
      format: 'proven',
      app: 'proven',
      business: 'proven',
      system_user: 'proven',
      permissions: 'proven',
      shared: 'proven',
    })
    expect(verdict.claims.map((c) => c.label)).toEqual([
      'Format',
      'App',
      'Business',
      'System user',
      'Permissions',
      'Shared assets',
    ])
    expect(verdict.outcome).toBe('ok')
    expect(verdict.expiresAt).toBeNull()
    expect(verdict.business).toEqual({ id: partner.id, name: partner.name })
    expect(verdict.actsAs?.role).toBe('ADMIN')
    expect(verdict.scopes).toContain('business_management')
  })

  it('may be wrapped in spaces, quotes and line breaks', async () => {
    expect((await judged(`\n  "${kinds().admin}" \n`)).outcome).toBe('ok')
  })

  it('is not proven anew where it was before', async () => {
    const first = partnerContext(kinds().admin)
    const verdict = await check(first)
    expect(first.usage.httpCalls).toBe(2)
    const second: Context = { ...partnerContext(kinds().admin), lastVerdict: verdict }
    const again = await check(second)
    expect(second.usage).toEqual({ httpCalls: 1, logicalCalls: 1 })
    expect(again).toEqual(verdict)
  })

  it('of another principal is proven anew, whatever was proven before', async () => {
    const verdict = await check(partnerContext(kinds().admin))
    const stranger: Context = { ...partnerContext(sim.tokens.stranger), lastVerdict: verdict }
    expect((await check(stranger)).outcome).toBe('refused')
  })
})

describe('a refused token', () => {
  const rows: [string, () => string, string, RegExp][] = [
    ['nothing', () => '  ', 'format', /no token/],
    ['a sentence', () => sim.tokens.garbage, 'format', /not a Meta access token/],
    ['one that Meta does not know', () => sim.tokens.unknown, 'format', /not a Meta access token/],
    ['an app’s', () => sim.tokens.app, 'format', /an app/],
    ['expired', () => kinds().expired, 'format', /expired/],
    ['revoked', () => kinds().revoked, 'format', /revoked/],
    ['ended by a new password', () => kinds().passwordChanged, 'format', /password/],
    ['held at a checkpoint', () => kinds().checkpoint, 'format', /checkpoint/],
    ['of a removed app', () => kinds().uninstalled, 'format', /app was removed/],
    ['unconfirmed', () => kinds().unconfirmed, 'format', /not confirmed/],
    ['logged out', () => kinds().loggedOut, 'format', /no longer valid/],
    ['made for another app', () => kinds().otherApp, 'app', /another app/],
    ['our own', () => sim.token, 'business', /your own business/],
    ['of another business', () => sim.tokens.stranger, 'business', /belongs to/],
    ['a person’s', () => kinds().person, 'system_user', /person/],
    ['a Page’s', () => kinds().page, 'system_user', /Page/],
    ['an employee’s', () => kinds().employee, 'system_user', /employee/],
    [
      'without business_management',
      () => kinds().without.business_management,
      'permissions',
      /business_management/,
    ],
    ['without anything', () => kinds().noScopes, 'permissions', /business_management/],
  ]
  it.each(rows)('%s', async (_name, token, id, sentence) => {
    const verdict = await judged(token())
    expect(verdict.outcome).toBe('refused')
    expect(states(verdict)[id]).toBe('refuted')
    expect(said(verdict, id)).toMatch(sentence)
  })

  it('of a partner that shares nothing any more', async () => {
    const verdict = await judged(kinds().admin, { shared: [] })
    expect(verdict.outcome).toBe('refused')
    expect(said(verdict, 'shared')).toMatch(/no longer shares/)
  })

  it('names the business that it belongs to', async () => {
    const other = sim.partners[1]
    if (other === undefined) throw new Error('one partner only')
    const verdict = await judged(other.token)
    expect(said(verdict, 'business')).toContain(other.name)
  })
})

describe('a token with something to know', () => {
  const rows: [string, () => string, string, RegExp][] = [
    ['ends in 60 days', () => kinds().sixtyDays, 'format', /until \d{4}-\d\d-\d\d/],
    ...Object.entries(guideScopes)
      .filter(([scope]) => scope !== 'business_management')
      .map(([scope, unseen]): [string, () => string, string, RegExp] => [
        `lacks ${scope}`,
        () => kinds().without[scope as keyof TokenSet['without']],
        'permissions',
        new RegExp(`${scope} \\(without it: ${unseen}\\)`),
      ]),
    ['may do far more', () => kinds().manyScopes, 'permissions', /pages_manage_posts/],
    ['is limited to some assets', () => kinds().limited, 'shared', /cannot see \d+ of \d+/],
  ]
  it.each(rows)('%s', async (_name, token, id, sentence) => {
    const verdict = await judged(token())
    expect(verdict.outcome).toBe('ok')
    expect(states(verdict)[id]).toBe('warning')
    expect(said(verdict, id)).toMatch(sentence)
  })
})

describe('what cannot be told', () => {
  const withSwitches = async (
    switches: Partial<Simulator['control']['switches']>,
    fn: () => Promise<void>,
  ) => {
    Object.assign(sim.control.switches, switches)
    try {
      await fn()
    } finally {
      Object.assign(sim.control.switches, defaultSwitches)
      sim.control.clearFaults()
    }
  }

  it('is asked of an admin: whose the token is, where ids are the app’s own and nothing else tells', () =>
    withSwitches({ systemUserId: 'app_scoped', systemUserBusinesses: 'error' }, async () => {
      const verdict = await judged(kinds().admin)
      expect(verdict.outcome).toBe('confirm')
      expect(states(verdict).business).toBe('unknown')
      expect(verdict.business).toBeNull()
    }))

  it('is proven another way where Meta lists the businesses of the system user', () =>
    withSwitches({ systemUserId: 'app_scoped' }, async () => {
      const verdict = await judged(kinds().admin)
      expect(states(verdict).business).toBe('proven')
      expect(states(verdict).system_user).toBe('unknown')
    }))

  it('never hides that a token is our own', () =>
    withSwitches({ systemUserBusinesses: 'error' }, async () => {
      const verdict = await judged(sim.token)
      expect(said(verdict, 'business')).toMatch(/your own business/)
      const stranger = await judged(sim.tokens.stranger)
      expect(states(stranger).business).toBe('unknown')
    }))

  it('where Meta tells of foreign tokens too, the app is still named', () =>
    withSwitches({ inspectOtherApp: 'data' }, async () => {
      expect(said(await judged(kinds().otherApp), 'app')).toMatch(/another app: \d+/)
    }))

  it('is every claim of the inspection where that is refused, and reading still proves whose it is', () =>
    withSwitches({}, async () => {
      sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'permissions' }, times: 2 })
      const verdict = await judged(kinds().admin)
      expect(states(verdict)).toMatchObject({
        format: 'unknown',
        app: 'unknown',
        business: 'proven',
        system_user: 'proven',
        permissions: 'unknown',
      })
      expect(verdict.outcome).toBe('confirm')
    }))

  it('waits where Meta is away or limiting, and says nothing about the token', async () => {
    for (const error of ['unavailable', 'appLimit'] as const) {
      const name =
        error === 'appLimit'
          ? { status: 400, code: 4, message: '(#4)', type: 'OAuthException' as const }
          : error
      await withSwitches({}, async () => {
        sim.control.addFault({ match: { node: 'debug_token' }, do: { error: name }, times: 3 })
        expect((await judged(kinds().admin)).outcome).toBe('later')
      })
      await withSwitches({}, async () => {
        sim.control.addFault({ match: { node: 'me', edge: null }, do: { error: name }, times: 3 })
        expect((await judged(kinds().admin)).outcome).toBe('later')
      })
    }
  })
})

describe('our own token', () => {
  it('is proven line by line', async () => {
    const verdict = await check(ownContext(sim.token))
    expect(verdict.claims.map((c) => [c.label, c.state])).toEqual([
      ['Token valid', 'proven'],
      ['Made for this app', 'proven'],
      ['Belongs to this business', 'proven'],
      ['System user with the Admin role', 'proven'],
      ['Scopes present', 'proven'],
      ['Business readable', 'proven'],
      ['Partners readable', 'proven'],
      ['Access tier', 'proven'],
    ])
    expect(verdict.outcome).toBe('ok')
  })

  it('of a partner is refused, and the wrong Business ID with it', async () => {
    const verdict = await check(ownContext(partner.token))
    expect(verdict.outcome).toBe('refused')
    expect(said(verdict, 'business')).toContain(partner.name)
    expect(states(verdict).readable).toBe('refuted')
  })

  it('with a wrong app secret cannot be told to be good', async () => {
    const target: Target = { kind: 'own', business: sim.businessId }
    const world = { address: sim.url, appId: sim.appId, appSecret: 'not-the-secret-of-this-app' }
    const verdict = await check(contextFor(world, sim.token, target))
    expect(verdict.outcome).toBe('refused')
    expect(said(verdict, 'app')).toMatch(/app secret/)
  })

  it('of an app with limited access says so', async () => {
    sim.control.switches.accessTier = 'limited'
    const verdict = await check(ownContext(sim.token))
    sim.control.switches.accessTier = 'full'
    expect(states(verdict).tier).toBe('warning')
  })

  it('says where Meta answers with another version than was asked for, until it does not', async () => {
    const ctx = ownContext(sim.token)
    expect(states(await check(ctx))).not.toHaveProperty('version')
    for (const batch of [false, true])
      sim.control.addFault({ match: { batch }, do: { version: 'v27.0' }, times: 100 })
    const verdict = await check(ctx)
    expect(verdict.outcome).toBe('ok')
    expect(said(verdict, 'version')).toContain('v27.0')
    sim.control.clearFaults()
    expect(states(await check(ctx))).not.toHaveProperty('version')
  })
})

describe('what is no answer of Meta', () => {
  it.each(['{"data":[]}', '[]', 'null', '{}', '{"error":{"message":"Sorry"}}', '<html>Sorry</html>'])(
    'says nothing of a token: %s',
    async (body) => {
      const strange = createServer((_, response) => response.end(body))
      await new Promise<void>((done) => strange.listen(0, '127.0.0.1', done))
      const address = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`
      const own: Target = { kind: 'own', business: sim.businessId }
      const app = { address, appId: sim.appId, appSecret: sim.appSecret }
      const verdict = await check(contextFor(app, sim.token, own))
      strange.close()
      expect(verdict.outcome).toBe('later')
    },
  )
})

it('a good token could not be used where Meta gave system users in small pages alone', async () => {
  const message = "Please reduce the amount of data you're asking for, then retry your request"
  const error = { status: 500, code: 1, type: 'OAuthException' as const, message }
  sim.control.addFault({ match: { edge: 'system_users' }, do: { error }, times: 2 })
  const verdict = await check(partnerContext(partner.token))
  sim.control.clearFaults()
  expect(states(verdict)).toMatchObject({ business: 'proven', system_user: 'proven' })
})
