// The lines of the emulator's checklist (contract, section 15) that no other test is about: the host in `next`, missing permissions, and
// what waits for an answer. The other lines: 2-8 and 13-17 in exchanges, batch, switches and writes; 9 and 10 in truth; 12 in faults.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRows, ask, at, codeOf, rowsOf, textAt } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import { defaultSwitches } from './switches.ts'
import { businessOf, idsOf } from './world.ts'
import type { AssetKind } from './world.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ seed: 15, world: { ownAssets: 40, ownPeople: 12, partners: 2 } })
})
afterAll(() => sim.stop())

const get = (path: string, token = sim.token) => ask(sim.url, `/v26.0/${path}`, token)

describe('line 1: the host in paging.next is its own', () => {
  it.each([
    ['a list', (limit: number) => `${sim.businessId}/owned_ad_accounts?fields=id&limit=${limit}`, []],
    [
      'a list inside a node',
      (limit: number) => `${sim.businessId}?fields=business_users.limit(${limit}){id}`,
      ['business_users'],
    ],
  ])('%s, under whatever name it was asked, and it leads on', async (_what, path, inside) => {
    const { port } = new URL(sim.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { body } = await ask(`http://${host}`, `/v26.0/${path(2)}`, sim.token)
      const next = new URL(textAt(body, ...inside, 'paging', 'next'))
      expect([next.protocol, next.host]).toEqual(['http:', host])
      expect(next.pathname).toMatch(/^\/v26\.0\/\d+\/\w+$/)
      const first = rowsOf(at(body, ...inside)).map((row) => row['id'])
      const second = rowsOf((await ask('', next.href, null)).body).map((row) => row['id'])
      expect(second.length).toBeGreaterThan(0)
      expect(second.filter((id) => first.includes(id))).toEqual([])
    }
  })

  it('in a batch’s answer too', async () => {
    const item = { method: 'GET', relative_url: `${sim.businessId}/business_users?fields=id&limit=1` }
    const { body } = await ask(sim.url, '/', sim.token, { json: { batch: [item] } })
    const inner: unknown = JSON.parse(textAt(body, 0, 'body'))
    expect(textAt(inner as never, 'paging', 'next')).toMatch(new RegExp(`^${sim.url}/v26\\.0/`))
  })
})

describe('line 11: a missing scope gives the errors of its kind, not an empty list', () => {
  const list = (kind: AssetKind) => `${sim.businessId}/owned_${edges[kind]}?fields=id`
  const edges: Record<AssetKind, string> = {
    ad_account: 'ad_accounts',
    page: 'pages',
    pixel: 'pixels',
    product_catalog: 'product_catalogs',
    instagram_asset: 'instagram_assets',
    whatsapp_account: 'whatsapp_business_accounts',
    app: 'apps',
  }
  const own = (kind: AssetKind): string =>
    idsOf(businessOf(sim.control.world, sim.businessId).owned, kind)[0] ?? ''
  const people = (kind: AssetKind) => `${own(kind)}/assigned_users?business=${sim.businessId}`
  const lacks = (scope: keyof Simulator['tokens']['ownKinds']['without']) =>
    sim.tokens.ownKinds.without[scope]
  const rows: [string, () => string, () => string, string][] = [
    ['the business', () => `${sim.businessId}?fields=id`, () => lacks('business_management'), '200'],
    ['people', () => `${sim.businessId}/business_users`, () => lacks('business_management'), '200'],
    ['partners', () => `${sim.businessId}/agencies`, () => lacks('business_management'), '200'],
    ['ad accounts', () => list('ad_account'), () => lacks('ads_management'), '200'],
    ['people of an ad account', () => people('ad_account'), () => lacks('ads_management'), '200'],
    ['pixels', () => list('pixel'), () => lacks('ads_management'), '200'],
    ['people of a pixel', () => people('pixel'), () => lacks('ads_management'), '200'],
    ['catalogs', () => list('product_catalog'), () => lacks('catalog_management'), '200'],
    ['people of a catalog', () => people('product_catalog'), () => lacks('catalog_management'), '200'],
    ['Pages', () => list('page'), () => lacks('pages_show_list'), '200'],
    ['people of a Page', () => people('page'), () => lacks('pages_manage_metadata'), '10'],
    ['facts of a Page', () => `${own('page')}?fields=link`, () => lacks('pages_read_engagement'), '100'],
  ]
  it.each(rows)('%s', async (_what, path, token, code) => {
    const refused = await get(path(), token())
    expect(codeOf(refused.body)).toBe(code)
    expect(refused.body).not.toHaveProperty('data')
    const good = await get(path(), sim.tokens.ownKinds.manyScopes)
    expect(codeOf(good.body)).toBeNull()
  })

  it('WhatsApp accounts, which none of the six scopes shows', async () => {
    const { id = '' } = sim.partners[0] ?? {}
    const tokens = sim.tokens.partners[id]
    const path = `${id}/owned_whatsapp_business_accounts`
    expect(codeOf((await get(path, tokens?.admin)).body)).toBe('200')
    expect(codeOf((await get(path, tokens?.manyScopes)).body)).toBeNull()
  })

  it('but for lists of Pages, which a switch makes empty', async () => {
    sim.control.switches.pageListMissing = 'empty'
    expect((await get(list('page'), lacks('pages_show_list'))).body).toEqual({ data: [] })
    Object.assign(sim.control.switches, defaultSwitches)
  })
})

describe('line 16: what waits for an answer', () => {
  const partner = () => sim.partners[0]?.id ?? ''
  const theirs = () => sim.tokens.partners[partner()]?.admin ?? ''

  it('an app request shows to whom asked, and to the owner where a switch says', async () => {
    sim.control.change({ op: 'unshare', asset: sim.appId, partner: partner() })
    const asks = { method: 'POST', form: { app_id: sim.appId } }
    expect((await ask(sim.url, `/v26.0/${partner()}/client_apps`, theirs(), asks)).body).toEqual({
      access_status: 'PENDING',
    })
    const [waiting] = await allRows(sim.url, `/v26.0/${partner()}/pending_client_apps`, theirs())
    expect(textAt(waiting, 'application', 'id')).toBe(sim.appId)
    const shown = async (): Promise<string[]> => {
      const rows = await allRows(
        sim.url,
        `/v26.0/${sim.appId}/agencies?fields=id,access_status&limit=100`,
        sim.token,
      )
      return rows.filter((row) => row['id'] === partner()).map((row) => textAt(row, 'access_status'))
    }
    sim.control.switches.waitingAppRequest = 'app'
    expect(await shown()).toEqual(['CLIENT_RESPONSE_PENDING'])
    sim.control.switches.waitingAppRequest = 'neither'
    expect(await shown()).toEqual([])
    Object.assign(sim.control.switches, defaultSwitches)
  })

  it('an invited person is listed with status and end, and found by e-mail', async () => {
    const invite = { method: 'POST', form: { email: 'New.Person@brand.example', role: 'EMPLOYEE' } }
    const { body } = await ask(sim.url, `/v26.0/${sim.businessId}/business_users`, sim.token, invite)
    const path = `/v26.0/${sim.businessId}/pending_users?fields=id,email,role,status,expiration_time&limit=100`
    const rows = await allRows(sim.url, path, sim.token)
    expect(rows.find((row) => row['id'] === at(body, 'id'))).toMatchObject({
      email: 'New.Person@brand.example',
      role: 'EMPLOYEE',
      status: 'PENDING',
      expiration_time: expect.stringMatching(/^\d{4}-/) as string,
    })
    const one = await allRows(sim.url, `${path}&email=new.person@brand.example`, sim.token)
    expect(one.map((row) => row['id'])).toEqual([at(body, 'id')])
  })

  it.each([
    ['ad_account', 'pending_client_ad_accounts', 'ad_account'],
    ['page', 'pending_client_pages', 'page'],
  ] as const)(
    'a request for a client’s %s is pending, not an asset, until it is confirmed',
    async (kind, edge, field) => {
      const { world } = sim.control
      const asset = [...world.assets.values()].find(
        (a) => a.kind === kind && a.owner === partner() && !a.shares.has(sim.businessId),
      )
      if (asset === undefined) throw new Error(`the partner owns no ${kind}`)
      const share = { op: 'share' as const, asset: asset.id, partner: sim.businessId, tasks: ['ANALYZE'] }
      const listed = async (path: string) =>
        (await allRows(sim.url, `/v26.0/${sim.businessId}/${path}?limit=100`, sim.token)).map((row) => row)
      const clients = kind === 'page' ? 'client_pages' : 'client_ad_accounts'
      sim.control.change({ ...share, status: 'CLIENT_RESPONSE_PENDING' })
      expect((await listed(edge)).map((row) => at(row, field, 'id'))).toContain(asset.id)
      expect((await listed(clients)).map((row) => row['id'])).not.toContain(asset.id)
      sim.control.change({ ...share, status: 'CONFIRMED' })
      expect((await listed(edge)).map((row) => at(row, field, 'id'))).not.toContain(asset.id)
      expect((await listed(clients)).map((row) => row['id'])).toContain(asset.id)
    },
  )
})
