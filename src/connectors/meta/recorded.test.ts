// Exchanges with the real API, replayed: the connector reads each as it says it does, and the simulator gives the same shape for the same
// request. META_EVIDENCE_DIR names the folder that holds them; without it these tests are skipped, and nothing of it is kept here.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextFor } from '../testing/drive.ts'
import type { Context } from '../connector.ts'
import type { FailureKind } from '../../model/error.ts'
import { isObject, page } from './answer.ts'
import type { Json } from './answer.ts'
import { partnerEdges, partnerRow, peopleEdges, principalOf } from './businesses.ts'
import { GraphError } from './failures.ts'
import { openGraph } from './graph.ts'
import { inspect } from './inspect.ts'
import { kindOf } from './kinds.ts'
import { ask, codeOf } from './simulator/ask.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import type { Switches } from './simulator/switches.ts'
import { idsOf } from './simulator/world.ts'

interface Exchange {
  request: { method: string; path: string; query: Record<string, string> | null; body?: Json }
  status: number
  headers: Record<string, string> | null
  body: Json
  kind: string
}

const evidence = process.env['META_EVIDENCE_DIR'] ?? ''
const folder = join(evidence, 'recorded')
const there = evidence !== '' && existsSync(folder)
const exchanges = new Map<string, Exchange>(
  (there ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Exchange]),
)
const some = (test: (name: string, exchange: Exchange) => boolean): [string, Exchange][] =>
  [...exchanges].filter(([name, exchange]) => test(name, exchange))
const isError = (exchange: Exchange): boolean => isObject(exchange.body) && isObject(exchange.body.error)

let sim: Simulator
let server: Server
let answering: Exchange | null = null
let ctx: Context
beforeAll(async () => {
  sim = await startSimulator({ seed: 7 })
  server = createServer((request, response) => {
    request.resume()
    response.writeHead(answering?.status ?? 500, {
      'content-type': 'application/json; charset=UTF-8',
      ...answering?.headers,
    })
    response.end(JSON.stringify(answering?.body ?? {}))
    // An item that was null is asked again by itself, and is not there a second time either.
    if (Array.isArray(answering?.body)) answering = { ...answering, status: 503, body: null }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await sim.stop()
  await new Promise((done) => server.close(done))
})

/** Asks with the connector's own client; the recorded answer comes back. */
async function replay(exchange: Exchange, calls = 1) {
  answering = exchange
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const place = { address, appId: sim.appId, appSecret: sim.appSecret }
  ctx = contextFor(place, sim.token, { kind: 'own', business: sim.businessId })
  const call = { path: 'me', params: {} }
  return openGraph(ctx).ask(Array.from({ length: calls }, () => call))
}

/** What the connector makes of each refusal; a code that is not here must still get a kind and a sentence. */
const kindsOfErrors: Record<string, FailureKind> = {
  '1': 'transient',
  '2': 'transient',
  '10': 'denied',
  '100/33': 'gone',
  '104': 'auth',
  '190': 'auth',
  '190/463': 'auth',
  '190/466': 'auth',
  '190/467': 'auth',
  '200': 'denied',
  '368': 'limited',
  '803': 'gone',
  '2500': 'changed',
}

describe.skipIf(!there)('recorded refusals', () => {
  const refusals = some((_name, exchange) => isError(exchange))
  it.skipIf(!there)('are at hand', () => expect(refusals.length).toBeGreaterThan(15))

  it.each(refusals)('%s has a kind, a sentence and a fix', async (_name, exchange) => {
    const [answer] = await replay(exchange)
    if (answer === undefined || answer.ok) throw new Error('the refusal was taken for an answer')
    const { kind, sentence, fix, code } = answer.error.failure
    const expected = codeOf(exchange.body as Parameters<typeof codeOf>[0]) ?? ''
    expect(code).toBe(expected)
    if (kindsOfErrors[expected] !== undefined) expect(kind).toBe(kindsOfErrors[expected])
    expect(sentence).toMatch(/^[A-Z].*\.$/)
    expect(fix).toMatch(/\.$/)
    const said = isObject(exchange.body) && isObject(exchange.body.error) ? exchange.body.error.message : ''
    expect(sentence).not.toContain(said)
  })

  it('a wrong or missing proof concerns the whole token', async () => {
    for (const name of ['error_100_appsecret_proof_invalid', 'error_100_appsecret_proof_missing']) {
      const exchange = exchanges.get(name)
      if (exchange === undefined) continue
      const [answer] = await replay(exchange)
      expect(answer?.ok === false && answer.error.failure.kind).toBe('auth')
      expect(answer?.ok === false && answer.error.proof).toBe(true)
    }
  })
})

describe.skipIf(!there)('recorded answers', () => {
  const lists = some(
    (_name, { body }) =>
      isObject(body) && Array.isArray(body.data) && body.data.every((row) => isObject(row)),
  )
  it.each(lists)('%s is read to its end as a list', async (name, exchange) => {
    const [answer] = await replay(exchange)
    if (answer?.ok !== true) throw new Error('not read')
    const found = page(answer.body, name)
    const { data, paging } = exchange.body as { data: Json[]; paging?: { next?: string } }
    expect(found.rows).toHaveLength(data.length)
    expect(found.next === null).toBe(paging?.next === undefined)
    if (found.next !== null) expect(Object.keys(found.next)).toEqual(['after'])
    expect(JSON.stringify(found.next)).not.toMatch(/EAA/)
  })

  it.each(
    some(
      (name, exchange) => exchange.request.path.endsWith('/assigned_users') && name.startsWith('assigned'),
    ),
  )('%s names users of one business, with tasks that are known', async (_name, exchange) => {
    const [answer] = await replay(exchange)
    if (answer?.ok !== true) throw new Error('not read')
    const type = exchange.request.path.includes('instagram') ? 'instagram_asset' : 'ad_account'
    const known = kindOf(type)?.tasks.map((task) => task.name)
    for (const row of page(answer.body, 'assigned_users').rows) {
      expect(row.id).toMatch(/^\d+$/)
      for (const task of row.tasks as string[]) expect(known).toContain(task)
    }
  })

  it('people and partners become what they are', async () => {
    const people = exchanges.get('business_users_sample')
    const edge = peopleEdges.find((one) => one.edge === 'business_users')
    if (people !== undefined && edge !== undefined) {
      const [answer] = await replay(people)
      const rows = answer?.ok === true ? page(answer.body, edge.edge).rows : []
      const seen = rows.map((row) => principalOf(edge, row, '1', 's'))
      expect(seen.length).toBeGreaterThan(0)
      for (const one of seen)
        expect([one.kind, one.reachesAll, one.email?.includes('@')]).toEqual(['person', false, true])
    }
    const clients = exchanges.get('clients_with_pending_page_permission')
    const side = partnerEdges.find((one) => one.edge === 'clients')
    if (clients !== undefined && side !== undefined) {
      const [answer] = await replay(clients)
      const rows = answer?.ok === true ? page(answer.body, side.edge).rows : []
      const seen = rows.flatMap((row) => partnerRow({ settings: {} }, side, row, 's'))
      expect(seen.map((one) => one.of)).toEqual(['partner', 'share'])
      expect(seen[1]).toMatchObject({ type: 'page', direction: 'in', status: 'CLIENT_RESPONSE_PENDING' })
    }
  })

  it.each(some((name) => name.startsWith('debug_token')))('%s is understood', async (_name, exchange) => {
    await replay(exchange)
    const found = await inspect(ctx)
    if (found instanceof GraphError) throw found
    const data = (exchange.body as { data: Record<string, Json> }).data
    expect(found.valid).toBe(data['is_valid'])
    expect(found.scopes === null).toBe(!('scopes' in data))
    const ends = [data['expires_at'], data['data_access_expires_at']].map(Number).filter((n) => n > 0)
    expect(found.expiresAt).toBe(ends.length === 0 ? null : Math.min(...ends) * 1000)
    const limited = (data['granular_scopes'] as { target_ids?: string[] }[] | undefined) ?? []
    expect(found.targets.size).toBe(limited.filter((entry) => entry.target_ids !== undefined).length)
  })

  it.each(some((_name, { body }) => Array.isArray(body)))(
    '%s is taken apart item by item',
    async (_name, exchange) => {
      const items = exchange.body as ({ code: number } | null)[]
      const answers = await replay(exchange, items.length)
      items.forEach((item, place) => {
        const answer = answers[place]
        expect(answer?.ok).toBe(item !== null && item.code === 200)
        if (item === null) expect(answer?.ok === false && answer.error.failure.kind).toBe('transient')
      })
    },
  )

  it('a usage header is heeded', async () => {
    const exchange = exchanges.get('header_x_business_use_case_usage')
    if (exchange === undefined) return
    await replay({ ...exchange, status: 400, body: { error: { code: 80004, message: 'limit' } } })
    const [answer] = await openGraph(ctx).ask([{ path: 'me', params: {} }])
    expect(answer?.ok === false && answer.error.failure.kind).toBe('limited')
    const wait = answer?.ok === false ? (answer.error.failure.retryAt ?? 0) - Date.now() : 0
    expect(wait).toBeGreaterThan(9 * 60_000)
    expect(wait).toBeLessThanOrEqual(10 * 60_000)
  })
})

/** The keys of an answer with the kinds of their values, rows of lists laid over each other. */
function shape(value: Json | undefined, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => shape(one, `${at}[]`)))]
  if (isObject(value))
    return Object.entries(value).flatMap(([key, one]) => shape(one, at === '' ? key : `${at}.${key}`))
  return [`${at}: ${value === null ? 'null' : typeof value}`]
}

/** The same request to the simulator, and what of the recorded answer this world cannot have. */
interface Asked {
  path: (sim: Simulator) => string
  token?: (sim: Simulator) => string | null
  init?: (sim: Simulator) => Parameters<typeof ask>[3]
  /** Keys that the recorded answer has and this request does not ask for, or that this world has nothing in. */
  without?: RegExp
  switches?: Partial<Switches>
}

const own =
  (kind: 'ad_account' | 'instagram_asset' | 'page') =>
  (s: Simulator): string => {
    const business = s.control.world.businesses.get(s.businessId)
    return (
      (business === undefined ? [] : idsOf(business.owned, kind)).find(
        (id) => (s.control.world.assets.get(id)?.assigned.get(s.businessId)?.size ?? 0) > 0,
      ) ?? ''
    )
  }
const account = own('ad_account')
const instagram = own('instagram_asset')

const asked: Record<string, Asked> = {
  assigned_users_ad_account: {
    path: (s) => `${account(s)}/assigned_users?business=${s.businessId}&fields=id,tasks,permitted_tasks`,
  },
  assigned_users_ad_account_single_admin: {
    path: (s) => `${account(s)}/assigned_users?business=${s.businessId}&fields=id,name,tasks,permitted_tasks`,
  },
  assigned_users_instagram_asset: {
    path: (s) => `${instagram(s)}/assigned_users?business=${s.businessId}&fields=id,tasks,permitted_tasks`,
  },
  assigned_users_empty: { path: (s) => `${instagram(s)}/assigned_users?business=1` },
  owned_ad_accounts_with_assigned_users_expansion: {
    path: (s) =>
      `${s.businessId}/owned_ad_accounts?fields=id,account_id,name,account_status,currency,timezone_name,disable_reason,assigned_users.business(${s.businessId}){id,tasks}`,
  },
  owned_instagram_assets_with_assigned_users_expansion: {
    path: (s) =>
      `${s.businessId}/owned_instagram_assets?limit=100&fields=id,ig_user_id,ig_username,assigned_users.business(${s.businessId}){id,tasks}`,
  },
  business_users_sample: { path: (s) => `${s.businessId}/business_users?fields=id,name,email,role` },
  clients_with_pending_page_permission: { path: (s) => `${s.businessId}/clients?limit=100` },
  business_node: {
    path: (s) =>
      `${s.businessId}?fields=block_offline_analytics,created_by,created_time,extended_updated_time,id,is_hidden,link,name,payment_account_id,profile_picture_uri,timezone_id,updated_time,verification_status,vertical,vertical_id`,
    without: /^(created_by|extended_updated_time|payment_account_id)\b/,
  },
  me_businesses: {
    path: () =>
      'me/businesses?fields=id,name,link,created_time,updated_time,verification_status,profile_picture_uri',
    token: (s) => s.tokens.ownKinds.person,
  },
  me_permissions_granted_and_declined: {
    path: () => 'me/permissions',
    token: (s) => s.tokens.ownKinds.person,
  },
  me_accounts_page_1_with_summary: {
    path: () => 'me/accounts?limit=4&summary=1&fields=id,name,access_token,category,category_list,tasks',
    without: /category_list|paging\.(next|previous)/,
  },
  debug_token_user_granular_scopes: {
    path: (s) => `debug_token?input_token=${s.tokens.ownKinds.person}`,
    token: (s) => s.tokens.app,
  },
  debug_token_user_target_ids: {
    path: (s) => `debug_token?input_token=${s.tokens.ownKinds.limited}`,
    token: (s) => s.tokens.app,
  },
  debug_token_business_management: {
    path: (s) => `debug_token?input_token=${s.tokens.ownKinds.person}`,
    token: (s) => s.tokens.app,
  },
  debug_token_app_token: {
    path: (s) => `debug_token?input_token=${s.tokens.app}`,
    token: (s) => s.tokens.app,
  },
  oauth_refresh_expiring_system_user_token: {
    path: (s) =>
      `oauth/access_token?grant_type=fb_exchange_token&client_id=${s.appId}&client_secret=${s.appSecret}&set_token_expires_in_60_days=true&fb_exchange_token=${s.tokens.ownKinds.endsSoon}`,
    token: () => null,
  },
  assign_user_success: {
    path: (s) => `${instagram(s)}/assigned_users`,
    init: (s) => ({
      json: {
        business: s.businessId,
        user:
          [...(s.control.world.assets.get(instagram(s))?.assigned.get(s.businessId)?.keys() ?? [])][0] ?? '',
        tasks: ['ADVERTISE'],
      },
    }),
  },
  ids_multi_read_businesses_removed_since_v26: {
    path: (s) =>
      `?ids=${s.businessId}&fields=id,name,link,created_time,updated_time,verification_status,profile_picture_uri`,
    switches: { multiRead: true },
  },
  paging_cursor_only_last_page: { path: (s) => `${s.businessId}/system_users?fields=id,name&limit=100` },
  error_100_business_parameter_required: { path: (s) => `${account(s)}/assigned_users` },
  error_100_nonexisting_edge_client_instagram_accounts: {
    path: (s) => `${s.businessId}/client_instagram_accounts`,
  },
  error_100_subcode_33_no_access_or_no_object: { path: () => '1636432709410719' },
  error_100_appsecret_proof_invalid: { path: () => 'me?appsecret_proof=00' },
  error_100_appsecret_proof_missing: { path: () => 'me', switches: { proofRequired: true } },
  error_100_missing_permission_named: {
    path: (s) => `${own('page')(s)}?fields=fan_count`,
    token: (s) => s.tokens.ownKinds.without.pages_read_engagement,
  },
  error_104_no_access_token: { path: (s) => s.businessId, token: () => null },
  error_190_could_not_be_decrypted: { path: () => 'me', token: (s) => s.tokens.unknown },
  error_190_subcode_463_expired: { path: () => 'me', token: (s) => s.tokens.ownKinds.expired },
  error_190_subcode_466_invalidated_by_api_call: {
    path: () => 'me',
    token: (s) => s.tokens.ownKinds.revoked,
  },
  error_190_subcode_467_logged_out: { path: () => 'me', token: (s) => s.tokens.ownKinds.loggedOut },
  error_200_requires_business_management: {
    path: (s) => `${s.businessId}/client_pages`,
    token: (s) => s.tokens.ownKinds.without.business_management,
  },
  error_2500_me_without_user_token: { path: () => 'me', token: (s) => s.tokens.app },
  error_2500_unknown_path: { path: () => 'me/bogus' },
  error_803_alias: { path: () => 'sfdsafdasf' },
}

/** Exchanges that the simulator has no like of: other parts of the API, other times, or faults that are made to order. */
const unlike: Record<string, string> = {
  ad_account_legacy_user_permissions: 'removed after v2.11',
  error_100_app_secret_proof_or_app_token: 'public Page content is not simulated',
  error_10_permission_denied: 'an edge of people’s friends',
  error_1_https_required: 'it listens on this machine alone',
  error_200_not_authorized: 'a write for a person',
  error_2654_subcode_1713140: 'audiences are not simulated',
  error_2_service_unavailable_transient: 'a planned fault',
  error_368_blocked: 'a planned fault',
  debug_token_page_never_expires: 'ids as numbers, of an old version',
  batch_two_ok: 'batch.test.ts has its like',
  batch_first_item_error: 'batch.test.ts has its like',
  batch_get_edge_post_delete: 'batch.test.ts has its like',
  batch_dependency_failed_null: 'batch.test.ts has its like',
  header_x_business_use_case_usage: 'switches.test.ts has its like',
}

/** Ids of the request are keys of a multi-read: only that there are such. */
const plain = (paths: readonly string[]): string[] =>
  [...new Set(paths.map((path) => path.replace(/^\d+\./, '{id}.')))].sort()

describe.skipIf(!there)('the simulator answers as the real API did', () => {
  const known = some((name) => asked[name] !== undefined)
  it('knows what to ask for every exchange that it has a like of', () => {
    expect(known.length).toBeGreaterThan(30)
    // More exchanges than are listed here may be at hand: they are read by the connector above.
    for (const name of Object.keys(asked)) expect(unlike[name]).toBeUndefined()
  })

  it.each(known)('%s', async (name, exchange) => {
    const what = asked[name]
    if (what === undefined) throw new Error('nothing to ask')
    const before = { ...sim.control.switches }
    Object.assign(sim.control.switches, what.switches)
    const token = what.token === undefined ? sim.token : what.token(sim)
    const answer = await ask(sim.url, `/v26.0/${what.path(sim)}`, token, what.init?.(sim))
    Object.assign(sim.control.switches, before)
    expect(answer.status).toBe(exchange.status)
    if (isError(exchange)) {
      expect(codeOf(answer.body)).toBe(codeOf(exchange.body as Parameters<typeof codeOf>[0]))
      const given = (answer.body as { error: Record<string, Json> }).error
      const { message, type } = (exchange.body as { error: Record<string, Json> }).error
      if (type !== undefined) expect(given['type']).toBe(type)
      expect(alike(given['message'])).toBe(alike(message))
      return
    }
    const recorded = plain(shape(exchange.body)).filter((path) => what.without?.test(path) !== true)
    const simulated = plain(shape(answer.body))
    expect(recorded.filter((path) => !simulated.includes(path))).toEqual([])
  })
})

/** A message without what differs from one request to the next: numbers, dates, the object's name, addresses. */
function alike(message: Json | undefined): string {
  if (typeof message !== 'string') throw new Error('an error without a message')
  return message
    .replace(/\w+day, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d \w{3}/g, '<time>')
    .replace(/https?:\/\/\S+/g, '<address>')
    .replace(/\d+/g, '#')
    .replace(/ Refer to .*$/, '')
    .trim()
}
