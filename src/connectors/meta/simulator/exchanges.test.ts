// Exchanges as they were recorded from the real API, written down as what must come back: status, error, shape.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, at, codeOf, rowsOf, textAt } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import { idsOf } from './world.ts'
import type { AssetKind } from './world.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ seed: 7 })
})
afterAll(() => sim.stop())

const own = (kind: AssetKind): string => {
  const business = sim.control.world.businesses.get(sim.businessId)
  return (business && idsOf(business.owned, kind)[0]) ?? ''
}
const proof = (token: string): string => createHmac('sha256', sim.appSecret).update(token).digest('hex')

type Row = [
  what: string,
  path: () => string,
  token: () => string | null,
  code: string,
  message: string | RegExp,
]
const refused: Row[] = [
  ['no token', () => '/v26.0/me', () => null, '104', 'An access token is required to request this resource.'],
  [
    'a token that is none',
    () => '/v26.0/me',
    () => sim.tokens.unknown,
    '190',
    'The access token could not be decrypted',
  ],
  [
    'garbage',
    () => '/v26.0/me',
    () => sim.tokens.garbage,
    '190',
    'Invalid OAuth access token - Cannot parse access token',
  ],
  [
    'expired',
    () => '/v26.0/me',
    () => sim.tokens.ownKinds.expired,
    '190/463',
    /^Error validating access token: Session has expired on \w+, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d PDT\. The current time is /,
  ],
  [
    'revoked',
    () => '/v26.0/me',
    () => sim.tokens.ownKinds.revoked,
    '190/466',
    'Error validating access token: The session was invalidated explicitly using an API call.',
  ],
  [
    'logged out',
    () => '/v26.0/me',
    () => sim.tokens.ownKinds.loggedOut,
    '190/467',
    'Error validating access token: The session is invalid because the user logged out.',
  ],
  ['password changed', () => '/v26.0/me', () => sim.tokens.ownKinds.passwordChanged, '190/460', /password/],
  [
    'checkpoint',
    () => '/v26.0/me',
    () => sim.tokens.ownKinds.checkpoint,
    '190/459',
    /log in to www\.facebook\.com/,
  ],
  [
    'app not installed',
    () => '/v26.0/me',
    () => sim.tokens.ownKinds.uninstalled,
    '190/458',
    /has not authorized application/,
  ],
  [
    'me with an app token',
    () => '/v26.0/me',
    () => sim.tokens.app,
    '2500',
    'An active access token must be used to query information about the current user.',
  ],
  [
    'an edge that me has not',
    () => '/v26.0/me/bogus',
    () => sim.token,
    '2500',
    'Unknown path components: /bogus',
  ],
  [
    'a version that is none',
    () => '/v99.0/me/permissions',
    () => sim.token,
    '2500',
    'Unknown path components: /me/permissions',
  ],
  [
    'an edge that Business has not',
    () => `/v26.0/${sim.businessId}/client_instagram_accounts`,
    () => sim.token,
    '100',
    '(#100) Tried accessing nonexisting field (client_instagram_accounts)',
  ],
  [
    'a field that a node has not',
    () => `/v26.0/${sim.businessId}?fields=id,colour`,
    () => sim.token,
    '100',
    '(#100) Tried accessing nonexisting field (colour) on node type (Business)',
  ],
  [
    'the same in an expansion',
    () => `/v26.0/${sim.businessId}?fields=owned_pages{colour}`,
    () => sim.token,
    '100',
    '(#100) Tried accessing nonexisting field (colour) on node type (Page)',
  ],
  [
    'no business',
    () => `/v26.0/${own('ad_account')}/assigned_users`,
    () => sim.token,
    '100',
    '(#100) The parameter business is required',
  ],
  [
    'no business in an expansion',
    () => `/v26.0/${sim.businessId}/owned_ad_accounts?fields=id,assigned_users{id}`,
    () => sim.token,
    '100',
    '(#100) The parameter business is required',
  ],
  [
    'an object that is not there',
    () => '/v26.0/1636432709410719',
    () => sim.token,
    '100/33',
    /^Unsupported get request\. Object with ID '1636432709410719' does not exist, cannot be loaded due to missing permissions/,
  ],
  [
    'a name',
    () => '/v26.0/sfdsafdasf',
    () => sim.token,
    '803',
    '(#803) Cannot query users by their username (sfdsafdasf)',
  ],
  [
    'a wrong proof',
    () => `/v26.0/me?appsecret_proof=${proof('x')}`,
    () => sim.token,
    '100',
    'Invalid appsecret_proof provided in the API argument',
  ],
  ['several ids', () => `/v26.0/?ids=${sim.businessId},1`, () => sim.token, '12', /deprecated/],
  ['a date format', () => '/v26.0/me?date_format=U', () => sim.token, '12', /deprecated/],
  [
    'page people without their scope',
    () => `/v26.0/${own('page')}/assigned_users?business=${sim.businessId}`,
    () => sim.tokens.ownKinds.without.pages_manage_metadata,
    '10',
    /pages_manage_metadata/,
  ],
  [
    'page partners without a page token',
    () => `/v26.0/${own('page')}/agencies`,
    () => sim.token,
    '210',
    /page access token/,
  ],
  [
    'page fields without their scope',
    () => `/v26.0/${own('page')}?fields=fan_count`,
    () => sim.tokens.ownKinds.without.pages_read_engagement,
    '100',
    /This endpoint requires the 'pages_read_engagement' permission/,
  ],
  [
    'a business without its scope',
    () => `/v26.0/${sim.businessId}/client_pages`,
    () => sim.tokens.ownKinds.without.business_management,
    '200',
    '(#200) Requires business_management permission to manage the object.',
  ],
  [
    'ad accounts without their scope',
    () => `/v26.0/${sim.businessId}/owned_ad_accounts`,
    () => sim.tokens.ownKinds.without.ads_management,
    '200',
    /ads_management/,
  ],
  [
    'pixel people without their scope',
    () => `/v26.0/${own('pixel')}/assigned_users?business=${sim.businessId}`,
    () => sim.tokens.ownKinds.without.ads_management,
    '200',
    /ads_management/,
  ],
  [
    'catalogs without their scope',
    () => `/v26.0/${sim.businessId}/owned_product_catalogs`,
    () => sim.tokens.ownKinds.without.catalog_management,
    '200',
    /catalog_management/,
  ],
  [
    'pages without their scope',
    () => `/v26.0/${sim.businessId}/owned_pages`,
    () => sim.tokens.ownKinds.without.pages_show_list,
    '200',
    /pages_show_list/,
  ],
  [
    'WhatsApp with the six scopes',
    () => `/v26.0/${sim.partners[0]?.id ?? ''}/client_whatsapp_business_accounts`,
    () => sim.partners[0]?.token ?? '',
    '200',
    /whatsapp_business_management/,
  ],
  [
    'another business',
    () => `/v26.0/${sim.businessId}?fields=id,name,system_users{id}`,
    () => sim.tokens.stranger,
    '100/33',
    /^Unsupported get request/,
  ],
  [
    'too many rows at once',
    () => `/v26.0/${sim.businessId}/business_users?limit=501`,
    () => sim.token,
    '1',
    "Please reduce the amount of data you're asking for, then retry your request",
  ],
  ['a mistake in fields', () => '/v26.0/me?fields=id,name{', () => sim.token, '2500', /^Syntax error/],
]

describe('refusals', () => {
  it.each(refused)('%s', async (_what, path, token, code, message) => {
    const { status, body, headers } = await ask(sim.url, path(), token())
    expect(codeOf(body)).toBe(code)
    const text = at(body, 'error', 'message')
    if (typeof message === 'string') expect(text).toBe(message)
    else expect(text).toMatch(message)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers.get('facebook-api-version')).toBe('v26.0')
    expect(at(body, 'error', 'fbtrace_id')).toMatch(/^A/)
  })

  it('the class of an error is what clients dispatch on', async () => {
    const type = async (path: string, token: string | null): Promise<unknown> =>
      at((await ask(sim.url, path, token)).body, 'error', 'type')
    expect(await type('/v26.0/1', sim.token)).toBe('GraphMethodException')
    expect(await type('/v26.0/me?appsecret_proof=00', sim.token)).toBe('GraphMethodException')
    expect(await type('/v26.0/me', null)).toBe('OAuthException')
  })
})

describe('answers', () => {
  it('ad accounts carry who is assigned, with tasks, and pages of their own', async () => {
    const fields = `id,account_id,name,currency,assigned_users.business(${sim.businessId}).limit(1){id,tasks,permitted_tasks}`
    const { status, body } = await ask(
      sim.url,
      `/v26.0/${sim.businessId}/owned_ad_accounts?fields=${fields}`,
      sim.token,
    )
    expect(status).toBe(200)
    const [first] = rowsOf(body)
    expect(first?.['id']).toBe(`act_${textAt(first, 'account_id')}`)
    expect(at(first, 'assigned_users', 'data', 0, 'id')).toMatch(/^1\d{14,17}$/)
    expect(at(first, 'assigned_users', 'data', 0, 'permitted_tasks')).toContain('AA_ANALYZE')
    expect(at(first, 'assigned_users', 'paging', 'next')).toMatch(
      new RegExp(
        `^${sim.url}/v26.0/${textAt(first, 'id')}/assigned_users\\?access_token=EAA.*business=${sim.businessId}`,
      ),
    )
  })

  it('Instagram assets never tell permitted tasks, have two ids, and leave out an empty list of people', async () => {
    const asset = own('instagram_asset')
    for (const user of [...(sim.control.world.assets.get(asset)?.assigned.get(sim.businessId)?.keys() ?? [])])
      sim.control.change({ op: 'unassign', asset, user })
    const fields = `id,ig_user_id,ig_username,assigned_users.business(${sim.businessId}){id,tasks,permitted_tasks}`
    const { body } = await ask(
      sim.url,
      `/v26.0/${sim.businessId}/owned_instagram_assets?limit=100&fields=${fields}`,
      sim.token,
    )
    const [first, ...others] = rowsOf(body)
    expect(Object.keys(first ?? {})).toEqual(['id', 'ig_user_id', 'ig_username'])
    expect(first?.['ig_user_id']).not.toBe(first?.['id'])
    const withPeople = others.find((row) => 'assigned_users' in row)
    expect(Object.keys(at(withPeople, 'assigned_users', 'data', 0) as object)).toEqual(['id', 'tasks'])
    expect(
      (await ask(sim.url, `/v26.0/${asset}/assigned_users?business=${sim.businessId}`, sim.token)).body,
    ).toEqual({ data: [] })
  })

  it('a business that has nothing to do with an asset gives an empty list', async () => {
    for (const business of ['1', sim.partners[0]?.id ?? '']) {
      const { status, body } = await ask(
        sim.url,
        `/v26.0/${own('ad_account')}/assigned_users?business=${business}`,
        sim.token,
      )
      expect([status, body]).toEqual([200, { data: [] }])
    }
  })

  it('only default fields come where none are asked for', async () => {
    const people = await ask(
      sim.url,
      `/v26.0/${sim.businessId}/business_users?limit=1&summary=true`,
      sim.token,
    )
    expect(Object.keys(rowsOf(people.body)[0] ?? {})).toEqual(['id', 'name', 'business', 'role'])
    expect(at(people.body, 'summary', 'total_count')).toBe(25)
    expect((await ask(sim.url, `/v26.0/${sim.businessId}`, sim.token)).body).toEqual({
      id: sim.businessId,
      name: sim.businessName,
    })
    const accounts = await ask(sim.url, `/v26.0/${sim.businessId}/owned_ad_accounts?limit=1`, sim.token)
    expect(Object.keys(rowsOf(accounts.body)[0] ?? {})).toEqual(['account_id', 'id'])
  })

  it('partners carry their permission lists, waiting ones too', async () => {
    const { body } = await ask(sim.url, `/v26.0/${sim.businessId}/agencies?summary=total_count`, sim.token)
    expect(at(body, 'summary', 'total_count')).toBe(5)
    const row = rowsOf(body)[0]
    expect(Object.keys(at(row, 'adaccount_permissions', 0) as object)).toEqual([
      'id',
      'permitted_tasks',
      'access_status',
      'access_requested_time',
      'access_updated_time',
    ])
    expect(JSON.stringify(body).includes('CLIENT_RESPONSE_PENDING')).toBe(true)
    expect(rowsOf((await ask(sim.url, `/v26.0/${sim.businessId}/clients`, sim.token)).body)).toHaveLength(2)
  })

  it('page partners are read with the page’s own token', async () => {
    const { body } = await ask(
      sim.url,
      `/v26.0/${sim.businessId}/owned_pages?fields=id,access_token&limit=100`,
      sim.token,
    )
    const page = rowsOf(body).find(
      (row) =>
        (sim.control.world.assets.get(textAt(row, 'id'))?.shares.size ?? 0) > 0 && 'access_token' in row,
    )
    const answer = await ask(
      sim.url,
      `/v26.0/${textAt(page, 'id')}/agencies?fields=id,name,permitted_tasks,access_status`,
      textAt(page, 'access_token'),
    )
    expect(Object.keys(rowsOf(answer.body)[0] ?? {})).toEqual([
      'id',
      'name',
      'permitted_tasks',
      'access_status',
    ])
  })

  it('debug_token judges every kind of token with HTTP 200', async () => {
    const inspect = async (token: string): Promise<unknown> =>
      at((await ask(sim.url, `/v26.0/debug_token?input_token=${token}`, sim.tokens.app)).body, 'data')
    expect(await inspect(sim.token)).toMatchObject({
      app_id: sim.appId,
      type: 'SYSTEM_USER',
      expires_at: 0,
      is_valid: true,
      user_id: expect.stringMatching(/^\d+$/) as unknown,
    })
    expect(await inspect(sim.tokens.ownKinds.revoked)).toMatchObject({
      is_valid: false,
      error: { code: 190, subcode: 466 },
    })
    expect(await inspect(sim.tokens.unknown)).toMatchObject({ is_valid: false, error: { code: 190 } })
    expect(await inspect(sim.tokens.ownKinds.person)).toMatchObject({ type: 'USER' })
    expect(await inspect(sim.tokens.ownKinds.page)).toMatchObject({
      type: 'PAGE',
      profile_id: expect.stringMatching(/^\d+$/) as unknown,
    })
    expect(await inspect(sim.tokens.ownKinds.limited)).toMatchObject({
      granular_scopes: expect.arrayContaining([
        { scope: 'ads_management', target_ids: expect.any(Array) as unknown },
        { scope: 'catalog_management' },
      ]) as unknown,
    })
    const other = await ask(
      sim.url,
      `/v26.0/debug_token?input_token=${sim.tokens.ownKinds.otherApp}`,
      sim.tokens.app,
    )
    expect(codeOf(other.body)).toBe('100')
    const itself = await ask(
      sim.url,
      `/v26.0/debug_token?input_token=${sim.tokens.ownKinds.otherApp}`,
      sim.tokens.ownKinds.otherApp,
    )
    expect(at(itself.body, 'data', 'app_id')).not.toBe(sim.appId)
  })

  it('an expired version is served by the next usable one, and says so', async () => {
    expect((await ask(sim.url, '/v19.0/me', sim.token)).headers.get('facebook-api-version')).toBe('v21.0')
    expect((await ask(sim.url, '/v25.0/me', sim.token)).headers.get('facebook-api-version')).toBe('v25.0')
    expect((await ask(sim.url, '/me', sim.token)).headers.get('facebook-api-version')).toBe('v26.0')
  })

  it('takes tokens and proofs in every way that clients send them', async () => {
    const right = { id: expect.any(String) as unknown, name: 'Access review' }
    expect((await ask(sim.url, `/v26.0/me?access_token=${sim.token}`, null)).body).toEqual(right)
    expect(
      (await ask(sim.url, '/v26.0/me', null, { headers: { authorization: `OAuth ${sim.token}` } })).body,
    ).toEqual(right)
    expect((await ask(sim.url, `/v26.0/me?appsecret_proof=${proof(sim.token)}`, sim.token)).body).toEqual(
      right,
    )
    expect(
      (await ask(sim.url, '/v26.0/me', null, { form: { method: 'get', access_token: sim.token } })).body,
    ).toEqual(right)
    expect(
      (
        await ask(sim.url, '/v26.0/me', null, {
          json: { method: 'GET', access_token: sim.token, fields: ['id', 'name'] },
        })
      ).body,
    ).toEqual(right)
  })

  it('refreshes and revokes', async () => {
    const query = `client_id=${sim.appId}&client_secret=${sim.appSecret}`
    const fresh = await ask(
      sim.url,
      `/v26.0/oauth/access_token?grant_type=fb_exchange_token&${query}&set_token_expires_in_60_days=true&fb_exchange_token=${sim.tokens.ownKinds.endsSoon}`,
      null,
    )
    expect(fresh.body).toMatchObject({ token_type: 'bearer', expires_in: 5_184_000 })
    const token = textAt(fresh.body, 'access_token')
    expect((await ask(sim.url, '/v26.0/me', token)).status).toBe(200)
    expect(
      (await ask(sim.url, `/v26.0/oauth/revoke?${query}&revoke_token=${token}`, sim.token)).body,
    ).toEqual({ success: true })
    expect(codeOf((await ask(sim.url, '/v26.0/me', token)).body)).toBe('190/466')
    expect((await ask(sim.url, '/v26.0/me', sim.tokens.ownKinds.endsSoon)).status).toBe(200)
  })
})
