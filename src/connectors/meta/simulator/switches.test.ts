import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allRows, ask, at, codeOf, rowsOf } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import type { Switches } from './switches.ts'
import { defaultSwitches } from './switches.ts'
import { idsOf } from './world.ts'

let sim: Simulator
beforeEach(async () => {
  sim = await startSimulator({ seed: 11, world: { partners: 1 } })
})
afterEach(() => sim.stop())

const sharedAccount = (): string => {
  const partner = sim.control.world.businesses.get(sim.partners[0]?.id ?? '')
  return (partner && idsOf(partner.client, 'ad_account')[0]) ?? ''
}
const partner = (): { id: string; token: string } => sim.partners[0] ?? { id: '', token: '' }

type Row = [
  switches: Partial<Switches>,
  path: () => string,
  token: () => string,
  before: string | null,
  after: string | null,
]
const rows: Row[] = [
  [{ proofRequired: true }, () => '/v26.0/me', () => sim.token, null, '100'],
  [{ wrongProof: '104' }, () => '/v26.0/me?appsecret_proof=00', () => sim.token, '100', '104'],
  [{ accessTier: 'limited' }, () => `/v26.0/${sim.businessId}/business_users`, () => sim.token, null, '3'],
  [{ accessTier: 'limited' }, () => `/v26.0/${sim.businessId}/owned_pages`, () => sim.token, null, '3'],
  [
    { accessTier: 'limited' },
    () => `/v26.0/${sim.businessId}/owned_product_catalogs`,
    () => sim.token,
    null,
    null,
  ],
  [
    { accessVerified: false },
    () => `/v26.0/${partner().id}/business_users`,
    () => partner().token,
    null,
    '100/33',
  ],
  [{ accessVerified: false }, () => `/v26.0/${sim.businessId}/business_users`, () => sim.token, null, null],
  [
    { foreignBusiness: 'basic' },
    () => `/v26.0/${sim.businessId}?fields=id,name`,
    () => partner().token,
    '100/33',
    null,
  ],
  [
    { foreignBusiness: 'basic' },
    () => `/v26.0/${sim.businessId}?fields=system_users{id}`,
    () => partner().token,
    '100/33',
    '100/33',
  ],
  [
    { ownerAsksForPartner: '200' },
    () => `/v26.0/${sharedAccount()}/assigned_users?business=${partner().id}`,
    () => sim.token,
    null,
    '200',
  ],
  [
    { ownerAsksForPartner: '100/33' },
    () => `/v26.0/${sharedAccount()}/assigned_users?business=${partner().id}`,
    () => sim.token,
    null,
    '100/33',
  ],
  [
    { partnerAsksForOwner: '200' },
    () => `/v26.0/${sharedAccount()}/assigned_users?business=${sim.businessId}`,
    () => partner().token,
    null,
    '200',
  ],
  [
    { refusedExpansions: ['AdAccount.assigned_users'] },
    () => `/v26.0/${sim.businessId}/owned_ad_accounts?fields=assigned_users.business(${sim.businessId})`,
    () => sim.token,
    null,
    '100',
  ],
  [
    { complexity: 100 },
    () => `/v26.0/${sim.businessId}?fields=owned_pages.limit(50){id},owned_pixels.limit(51){id}`,
    () => sim.token,
    null,
    '1',
  ],
  [
    { complexity: 101 },
    () => `/v26.0/${sim.businessId}?fields=owned_pages.limit(50){id},owned_pixels.limit(51){id}`,
    () => sim.token,
    null,
    null,
  ],
  [
    { maxLimits: { business_users: 50 } },
    () => `/v26.0/${sim.businessId}/business_users?limit=51`,
    () => sim.token,
    null,
    '1',
  ],
  [
    { instagramBasicNeeded: true },
    () => `/v26.0/${sim.businessId}/owned_instagram_assets`,
    () => sim.token,
    null,
    '10',
  ],
  [
    { adsScopeMissing: '100/33' },
    () => `/v26.0/${sharedAccount()}`,
    () => sim.tokens.ownKinds.without.ads_management,
    '200',
    '100/33',
  ],
  [
    { pageListMissing: 'empty' },
    () => `/v26.0/${sim.businessId}/owned_pages`,
    () => sim.tokens.ownKinds.without.pages_show_list,
    '200',
    null,
  ],
  [
    { employeeSeesPeople: false },
    () => `/v26.0/${sim.businessId}/business_users`,
    () => sim.tokens.ownKinds.employee,
    null,
    '200',
  ],
  [{ systemUserBusinesses: 'error' }, () => '/v26.0/me/businesses', () => sim.token, null, '100'],
  [
    { inspectOtherApp: 'data' },
    () => `/v26.0/debug_token?input_token=${sim.tokens.ownKinds.otherApp}`,
    () => sim.tokens.app,
    '100',
    null,
  ],
  [
    { pageAgenciesNeedPageToken: false },
    () => `/v26.0/${sim.businessId}/owned_pages?fields=agencies{id,permitted_tasks}`,
    () => sim.token,
    '210',
    null,
  ],
  [{ multiRead: true }, () => `/v25.0/?ids=${sim.businessId}`, () => sim.token, '12', null],
]

describe('open facts are switches', () => {
  it.each(rows)('%j', async (switches, path, token, before, after) => {
    expect(codeOf((await ask(sim.url, path(), token())).body)).toBe(before)
    Object.assign(sim.control.switches, switches)
    expect(codeOf((await ask(sim.url, path(), token())).body)).toBe(after)
  })

  it('the partner’s people come to the owner only where a switch says so', async () => {
    const path = `/v26.0/${sharedAccount()}/assigned_users?business=${partner().id}`
    expect(rowsOf((await ask(sim.url, path, sim.token)).body)).toEqual([])
    sim.control.switches.ownerAsksForPartner = 'people'
    expect(rowsOf((await ask(sim.url, path, sim.token)).body).length).toBeGreaterThan(0)
    expect(rowsOf((await ask(sim.url, path, partner().token)).body).length).toBeGreaterThan(0)
  })

  it('admins and groups show in direct lists as told', async () => {
    const { world, switches } = sim.control
    const count = async (): Promise<number> => {
      let sum = 0
      for (const account of idsOf(world.businesses.get(sim.businessId)?.owned ?? new Map(), 'ad_account')) {
        sum += rowsOf(
          (
            await ask(
              sim.url,
              `/v26.0/${account}/assigned_users?business=${sim.businessId}&limit=100`,
              sim.token,
            )
          ).body,
        ).length
      }
      return sum
    }
    const usual = await count()
    switches.adminsInDirectLists = 'none'
    const without = await count()
    switches.adminsInDirectLists = 'all'
    const all = await count()
    Object.assign(switches, { adminsInDirectLists: 'assigned', groupsInDirectLists: true })
    const grouped = await count()
    expect(without).toBeLessThan(usual)
    expect(all).toBeGreaterThan(usual)
    expect(grouped).toBeGreaterThan(usual)
  })

  it('a system user may have another id in each app', async () => {
    const { system_users: users } = (
      await ask(sim.url, `/v26.0/${sim.businessId}?fields=system_users{id}`, sim.token)
    ).body as { system_users: { data: { id: string }[] } }
    const me = async (): Promise<unknown> => at((await ask(sim.url, '/v26.0/me', sim.token)).body, 'id')
    expect(await me()).toBe(users.data[0]?.id)
    sim.control.switches.systemUserId = 'app_scoped'
    const other = await me()
    expect(users.data.map((user) => user.id)).not.toContain(other)
    expect(
      at(
        (await ask(sim.url, `/v26.0/debug_token?input_token=${sim.token}`, sim.tokens.app)).body,
        'data',
        'user_id',
      ),
    ).toBe(other)
  })

  it('answers 304 for an unchanged body where ETags still work', async () => {
    expect((await ask(sim.url, '/v25.0/me', sim.token)).headers.get('etag')).toBeNull()
    sim.control.switches.etags = true
    const etag = (await ask(sim.url, '/v25.0/me', sim.token)).headers.get('etag') ?? ''
    const response = await fetch(`${sim.url}/v25.0/me`, {
      headers: { authorization: `Bearer ${sim.token}`, 'if-none-match': etag },
    })
    expect(response.status).toBe(304)
  })

  it('a system user is told of all people, of some, or of none', async () => {
    const people = async (): Promise<number> =>
      (await allRows(sim.url, `/v26.0/${sim.businessId}/business_users`, sim.token)).length
    const all = await people()
    sim.control.switches.businessUsers = 'some'
    const some = await people()
    sim.control.switches.businessUsers = 'none'
    expect([some > 0 && some < all, await people()]).toEqual([true, 0])
  })

  it('a page has as many rows as are told where no limit is asked, and a version answers where none is', async () => {
    const path = `/v26.0/${sim.businessId}/business_users`
    sim.control.switches.defaultLimit = 2
    expect(rowsOf((await ask(sim.url, path, sim.token)).body)).toHaveLength(2)
    expect(rowsOf((await ask(sim.url, `${path}?limit=3`, sim.token)).body)).toHaveLength(3)
    const version = async (): Promise<string | null> =>
      (await ask(sim.url, '/me', sim.token)).headers.get('facebook-api-version')
    expect(await version()).toBe('v26.0')
    sim.control.switches.defaultVersion = 'v25.0'
    expect(await version()).toBe('v25.0')
  })

  it('a business that holds nothing but our app is among our agencies only where a switch says so', async () => {
    const agencies = async (): Promise<unknown[]> =>
      (await allRows(sim.url, `/v26.0/${sim.businessId}/agencies`, sim.token)).map((row) => row.id)
    const { world, switches } = sim.control
    const other =
      [...world.businesses.keys()].find((id) => id !== sim.businessId && id !== partner().id) ?? ''
    const app = world.assets.get(sim.appId)
    const when = '2026-01-01T00:00:00+0000'
    app?.shares.set(other, {
      partner: other,
      tasks: [],
      status: 'CONFIRMED',
      requestId: '1',
      requestedTime: when,
      updatedTime: when,
    })
    expect(await agencies()).not.toContain(other)
    switches.appOnlyAgencies = true
    expect(await agencies()).toContain(other)
  })

  it('taking somebody off needs the business, and works on pixels, only where a switch says so', async () => {
    const { world, switches } = sim.control
    const off = async (kind: 'ad_account' | 'pixel'): Promise<string | null> => {
      const asset = [...world.assets.values()].find(
        (a) =>
          a.kind === kind && a.owner === sim.businessId && (a.assigned.get(sim.businessId)?.size ?? 0) > 0,
      )
      const [user = ''] = asset?.assigned.get(sim.businessId)?.keys() ?? []
      const path = `/v26.0/${asset?.id}/assigned_users?user=${user}`
      return codeOf((await ask(sim.url, path, sim.token, { method: 'DELETE' })).body)
    }
    expect(await off('ad_account')).toBe(null)
    switches.deleteNeedsBusiness = true
    expect(await off('ad_account')).toBe('100')
    switches.deleteNeedsBusiness = false
    expect(await off('pixel')).not.toBe(null)
    switches.pixelDelete = true
    expect(await off('pixel')).toBe(null)
  })

  it('keeps its defaults for the next simulator', () => {
    expect(sim.control.switches).not.toBe(defaultSwitches)
    expect(defaultSwitches.accessTier).toBe('full')
  })
})
