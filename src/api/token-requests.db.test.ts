// Token requests: sent, answered once by whoever has the link or by the guest, refused in plain words, judged by the admins' door; and what a
// guest sees and takes back afterwards. The token is in one request alone, and in no table and no line of the log.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { tablesWith } from '../jobs/testing/canary.ts'
import type { List } from '../model/list.ts'
import type { OwnBusiness, OwnPerson } from '../model/own-data.ts'
import type { Partner } from '../model/partner.ts'
import type { HandOver, LiveCheck, OpenedRequest, TokenRequest } from '../model/token-request.ts'
import { work } from '../store/db.ts'
import { lapseRequests } from '../store/token-requests.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, { simulator: { world: { partners: 9 } } })
const owner = await a.person()
const guest = await a.person()
const otherGuest = await a.person()
const workspaceId = await t.makeWorkspace()
await a.join(workspaceId, owner, 'owner')
for (const one of [guest, otherGuest]) await a.join(workspaceId, one, 'guest')
const ws = `/workspaces/${workspaceId}`
let connection = ''
let partners: Partner[] = []

interface Sent {
  request: TokenRequest
  link: string
  mailed: boolean
}

beforeAll(async () => {
  connection = await a.connected(workspaceId, owner)
  const list = await a.ask('GET', `${ws}/connections/${connection}/partners?limit=100`, { as: owner })
  partners = (list.body as List<Partner>).rows
}, 120_000)

const partnerAt = (at: number) => partners[at] ?? expect.fail(`no partner ${String(at)}`)
const tokensOf = (at: number) =>
  a.sim.tokens.partners[partnerAt(at).externalId] ?? expect.fail('a partner without tokens')
const partnerNow = async (at: number) =>
  (await a.ask('GET', `${ws}/partners/${partnerAt(at).id}`, { as: owner })).body as Partner

async function send(at: number, to: object = { by: 'link' }): Promise<Sent & { secret: string }> {
  const answer = await a.ask('POST', `${ws}/connections/${connection}/token-requests`, {
    as: owner,
    body: { requests: [{ partnerId: partnerAt(at).id, to }] },
  })
  expect(answer.status).toBe(200)
  const [sent] = (answer.body as { sent: Sent[] }).sent
  if (sent === undefined) return expect.fail('nothing was sent')
  return { ...sent, secret: sent.link.split('#')[1] ?? '' }
}
const verb = (request: TokenRequest, what: string) =>
  a.ask('POST', `${ws}/token-requests/${request.id}/${what}`, { as: owner })
/** What the owner was told of a partner. */
const toldOf = async (at: number) => {
  const { rows } = await t.root.query<{ kind: string; data: object }>(
    'select kind, data from notices where partner_id = $1 and user_id = $2 order by at',
    [partnerAt(at).id, owner.id],
  )
  return rows.map(({ kind, data }) => `${kind} ${JSON.stringify(data)}`)
}
const look = async (secret: string, from?: string) =>
  (await a.ask('POST', '/token-requests/look', { body: { secret }, ...(from === undefined ? {} : { from }) }))
    .body as OpenedRequest
const handOver = (secret: string, token: string, more: { anyway?: boolean; from?: string } = {}) =>
  a.ask('POST', '/token-requests/hand-over', {
    body: { secret, token, anyway: more.anyway ?? false },
    ...(more.from === undefined ? {} : { from: more.from }),
  })
const sentenceOf = (answer: { body: unknown }) =>
  (answer.body as { error: { sentence: string } }).error.sentence

describe('By link', () => {
  test('The partner is asked, and the page tells everything that its admin needs', async () => {
    const { link, request, secret } = await send(0)
    expect(link).toMatch(/^http:\/\/localhost:4400\/request#[\w-]{43}$/)
    expect(request).toMatchObject({ state: 'open', by: 'link', triesLeft: 20, openedAt: null })
    expect(await partnerNow(0)).toMatchObject({ status: 'requested', request: { id: request.id } })
    const page = await look(secret)
    expect(page).toMatchObject({
      state: 'open',
      sentence: null,
      request: { partner: { id: partnerAt(0).externalId }, business: { id: a.sim.businessId } },
      guide: { values: [{ name: 'app_id', label: 'App ID', value: a.sim.appId }] },
    })
    expect(page.guide?.permissions.map((one) => one.name)).toHaveLength(6)
    expect((await partnerNow(0)).request?.openedAt).not.toBeNull()
    // Nothing of the connection but what the guide names: no secret, no other setting.
    expect(JSON.stringify(page)).not.toContain(a.sim.appSecret)
  })

  test('A second request to the same partner is refused; a new secret kills the old link', async () => {
    const { request, secret } = await send(1)
    const again = await a.ask('POST', `${ws}/connections/${connection}/token-requests`, {
      as: owner,
      body: { requests: [{ partnerId: partnerAt(1).id, to: { by: 'link' } }] },
    })
    expect(again.status).toBe(409)
    const renewed = (await verb(request, 'send-again')).body as Sent
    expect(await look(secret)).toMatchObject({ state: 'unknown', request: null })
    expect(await look(renewed.link.split('#')[1] ?? '')).toMatchObject({ state: 'open' })
    expect((await verb(request, 'revoke')).status).toBe(200)
    expect(await look(renewed.link.split('#')[1] ?? '')).toMatchObject({ state: 'revoked', guide: null })
    expect((await partnerNow(1)).status).toBe('pending')
    expect((await verb(request, 'send-again')).status).toBe(409)
  })

  test('A bad token leaves it open and says what to change; a good one makes the partner Onboarded, once', async () => {
    const { request, secret } = await send(2)
    const bad: [string, string][] = [
      ['this is not a token', 'format'],
      [tokensOf(0).admin, 'business'],
      [tokensOf(2).person, 'system_user'],
      [tokensOf(2).employee, 'system_user'],
      [tokensOf(2).otherApp, 'app'],
      [tokensOf(2).expired, 'format'],
      [a.sim.token, 'own-token'],
    ]
    for (const [token, claim] of bad) {
      const { status, body } = await handOver(secret, token)
      expect(status).toBe(200)
      const { taken, verdict } = body as HandOver
      expect(taken).toBe(false)
      expect(verdict.claims.find((one) => one.state === 'refuted')).toMatchObject({ id: claim })
      expect(JSON.stringify(body)).not.toContain(token)
    }
    expect(await look(secret)).toMatchObject({ state: 'open', request: { triesLeft: 20 - bad.length } })
    expect((await partnerNow(2)).status).toBe('requested')
    const good = await handOver(secret, `  "${tokensOf(2).admin}"\n`)
    expect(good.body).toMatchObject({ taken: true, became: 'connected' })
    expect(await partnerNow(2)).toMatchObject({ status: 'onboarded', request: { state: 'spent' } })
    expect(await look(secret)).toMatchObject({
      state: 'spent',
      guide: null,
      request: { became: 'connected' },
    })
    const second = await handOver(secret, tokensOf(2).admin)
    expect(second.status).toBe(409)
    expect(sentenceOf(second)).toContain('answered already')
    const told = (await a.audit(workspaceId)).filter((row) => row.subject_id === partnerAt(2).id)
    expect(told.map((row) => row.action)).toEqual([
      'token-request.send',
      ...bad.map(() => 'token-request.refuse'),
      'partner.connect',
      'token-request.answer',
    ])
    expect(told.at(-1)).toMatchObject({ actor_id: `request:${request.id}` })
    const { rows } = await t.root.query('select user_id from notices where kind = $1 and partner_id = $2', [
      'partner-onboarded',
      partnerAt(2).id,
    ])
    expect(rows).toEqual([{ user_id: owner.id }])
  })

  test('Unknown, expired, too many tries: each has its sentence, and none of them judges a token', async () => {
    a.sim.control.reset()
    expect(sentenceOf(await handOver('a'.repeat(43), tokensOf(3).admin))).toContain('leads nowhere')
    const { request, secret } = await send(3)
    await t.root.query('update token_requests set tries = 20 where id = $1', [request.id])
    expect(sentenceOf(await handOver(secret, tokensOf(3).admin))).toContain('Too many tokens')
    expect((await partnerNow(3)).request?.state).toBe('exhausted')
    await t.root.query(`update token_requests set expires_at = now() - interval '1 second' where id = $1`, [
      request.id,
    ])
    expect(sentenceOf(await handOver(secret, tokensOf(3).admin))).toContain('expired')
    expect(a.sim.control.counts().http).toBe(0)
    await work(t.db, workspaceId, lapseRequests)
    expect(await partnerNow(3)).toMatchObject({ status: 'pending', request: { state: 'expired' } })
    const renewed = (await verb(request, 'send-again')).body as Sent
    expect(renewed.request).toMatchObject({ state: 'open', triesLeft: 20 })
    expect((await partnerNow(3)).status).toBe('requested')
  })

  test('Two hundred at once: exactly one wins, and no more than twenty are tried', async () => {
    const { secret } = await send(4)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        handOver(secret, tokensOf(4).admin, { from: `10.1.0.${String(at)}` }),
      ),
    )
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
    expect(answers.filter((one) => ![200, 409].includes(one.status)).map((one) => one.body)).toEqual([])
    const { rows } = await t.root.query<{ tokens: number; tries: number }>(
      `select (select count(*)::int from credentials where partner_id = $1) as tokens, tries from token_requests where partner_id = $1`,
      [partnerAt(4).id],
    )
    expect(rows[0]?.tokens).toBe(1)
    expect(rows[0]?.tries).toBeLessThanOrEqual(20)
  }, 60_000)

  test('While the provider cannot be reached nothing is lost; judged bad later, the request takes a better one', async () => {
    const { secret } = await send(5)
    a.sim.control.addFault({ match: {}, do: { raw: { status: 503, body: 'busy' } }, times: 1_000 })
    const answer = await handOver(secret, tokensOf(5).employee)
    expect(answer.body).toMatchObject({ taken: true, became: 'checking' })
    expect(await look(secret)).toMatchObject({ state: 'spent', request: { became: 'checking' } })
    expect((await partnerNow(5)).status).toBe('checking')
    a.sim.control.clearFaults()
    for (let turn = 0; turn < 200 && (await look(secret, '10.2.0.1')).state !== 'open'; turn++)
      await sleep(200)
    expect(await look(secret)).toMatchObject({ state: 'open' })
    expect((await partnerNow(5)).status).toBe('attention')
    expect((await handOver(secret, tokensOf(5).admin)).body).toMatchObject({
      taken: true,
      became: 'connected',
    })
    expect((await partnerNow(5)).status).toBe('onboarded')
  }, 60_000)

  test('What cannot be told waits for an admin to confirm it, and is not used before', async () => {
    const { secret } = await send(6)
    a.sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'permissions' }, times: 50 })
    const first = (await handOver(secret, tokensOf(6).admin)).body as HandOver
    expect(first).toMatchObject({ taken: false, needsConfirm: true })
    expect(await look(secret)).toMatchObject({ state: 'open' })
    const second = (await handOver(secret, tokensOf(6).admin, { anyway: true })).body as HandOver
    a.sim.control.clearFaults()
    expect(second).toMatchObject({ taken: true, became: 'confirm' })
    expect(await partnerNow(6)).toMatchObject({ status: 'attention', credential: { confirmed: null } })
    const confirm = `${ws}/partners/${partnerAt(6).id}/confirm-token`
    const { credential } = await partnerNow(6)
    const fingerprint = credential?.fingerprint ?? ''
    const claims = credential?.verdict?.claims.filter(({ state }) => state === 'unknown').map(({ id }) => id)
    // Nobody vouches for a token that took the place of the one that they looked at, nor for what they were not told of it.
    for (const seen of [
      { fingerprint: '1111 2222 3333', claims },
      { fingerprint, claims: claims?.slice(1) },
    ])
      expect((await a.ask('POST', confirm, { as: owner, body: { seen } })).status).toBe(409)
    expect(await partnerNow(6)).toMatchObject({ status: 'attention', credential: { confirmed: null } })
    const confirmed = await a.ask('POST', confirm, { as: owner, body: { seen: { fingerprint, claims } } })
    expect(confirmed.body).toMatchObject({ status: 'onboarded', credential: { confirmed: {} } })
    const again = await a.ask('POST', confirm, { as: owner })
    expect(again.status).toBe(409)
    expect(await toldOf(6)).toEqual(['token-handed-over {}', 'partner-onboarded {"answered":true}'])
  })

  test('Live checks ask the provider once in five minutes, whoever asks', async () => {
    const { secret } = await send(1)
    a.sim.control.reset()
    const ask = async (at = 0) =>
      (await a.ask('POST', '/token-requests/live-check', { body: { secret }, from: `10.3.0.${String(at)}` }))
        .body as LiveCheck
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at)))
    expect(a.sim.control.counts().http).toBeLessThanOrEqual(2)
    const last = await ask()
    expect(last.lines.map((line) => line.state)).toEqual(['done', 'done'])
    expect(answers.every((one) => one.lines.length === 0 || one.toldAt !== null)).toBe(true)
    a.sim.control.change({ op: 'unshare', asset: a.sim.appId, partner: partnerAt(1).externalId })
    expect((await ask()).lines).toEqual(last.lines)
    await t.root.query(`update live_checks set asked_at = now() - interval '6 minutes'`)
    expect((await ask()).lines.map((line) => line.state)).toEqual(['unknown', 'waiting'])
  })
})

describe('To a guest', () => {
  const mine = (who: TestPerson, path = '', method = 'GET', body?: unknown) =>
    a.ask(method, `${ws}/my-requests${path}`, { as: who, body })

  test('Only somebody who is there, or invited, can be asked', async () => {
    const answer = await a.ask('POST', `${ws}/connections/${connection}/token-requests`, {
      as: owner,
      body: { requests: [{ partnerId: partnerAt(0).id, to: { by: 'guest', email: 'nobody@example.test' } }] },
    })
    expect(answer.status).toBe(400)
  })

  test('The guest answers; another guest sees nothing of it', async () => {
    const { request, link } = await send(7, { by: 'guest', email: guest.email.toUpperCase() })
    expect(link).toBe(`http://localhost:4400/w/${workspaceId}/requests/${request.id}`)
    expect((await mine(guest)).body).toMatchObject({ rows: [{ state: 'open', request: { id: request.id } }] })
    expect((await mine(otherGuest)).body).toEqual({ rows: [] })
    for (const [path, method, body] of [
      ['', 'GET', undefined],
      ['/live-check', 'POST', undefined],
      ['/hand-over', 'POST', { token: tokensOf(7).admin, anyway: false }],
    ] as const) {
      expect((await mine(otherGuest, `/${request.id}${path}`, method, body)).status).toBe(404)
    }
    const answer = await mine(guest, `/${request.id}/hand-over`, 'POST', {
      token: tokensOf(7).admin,
      anyway: false,
    })
    expect(answer.body).toMatchObject({ taken: true, became: 'connected' })
    expect((await partnerNow(7)).status).toBe('onboarded')
    expect(await toldOf(7)).toEqual(['partner-onboarded {"answered":true}'])
  })

  test('The guest sees exactly what was taken of their business, and nobody else does', async () => {
    const started = await a.ask('POST', `${ws}/connections/${connection}/check-for-updates`, {
      as: owner,
      body: { partnerId: partnerAt(7).id },
    })
    await a.finished(workspaceId, owner, (started.body as { jobId: string }).jobId)
    const own = (await a.ask('GET', `${ws}/own-data`, { as: guest })).body as { rows: OwnBusiness[] }
    expect(own.rows.map((row) => row.partnerId)).toEqual([partnerAt(7).id])
    const people = (await a.ask('GET', `${ws}/own-data/${partnerAt(7).id}/people?limit=200`, { as: guest }))
      .body as { rows: OwnPerson[]; total: number }
    const { rows } = await t.root.query<{ id: string }>(
      'select id from principals where partner_id = $1 and ended_at is null',
      [partnerAt(7).id],
    )
    expect(people.rows.map((row) => row.id).toSorted()).toEqual(rows.map((row) => row.id).toSorted())
    expect(people.rows.some((row) => row.access.length > 0)).toBe(true)
    const persons = people.rows.filter((row) => row.kind === 'person')
    expect(own.rows[0]?.people).toBe(persons.length)
    for (const at of [2, 4]) {
      const foreign = await a.ask('GET', `${ws}/own-data/${partnerAt(at).id}/people`, { as: guest })
      expect(foreign.status).toBe(404)
    }
    expect((await a.ask('GET', `${ws}/own-data`, { as: otherGuest })).body).toEqual({ rows: [] })
    const path = `${ws}/own-data/${partnerAt(7).id}`
    expect((await a.ask('GET', `${path}/people`, { as: otherGuest })).status).toBe(404)
    expect((await a.ask('POST', `${path}/withdraw`, { as: otherGuest })).status).toBe(404)
  }, 60_000)

  test('Withdraw my token destroys it; what was taken stays to be seen, unconfirmed', async () => {
    const path = `${ws}/own-data/${partnerAt(7).id}/withdraw`
    const answer = await a.ask('POST', path, { as: guest })
    expect(answer.body).toMatchObject({ rows: [{ token: null, status: 'disconnected' }] })
    const { rows } = await t.root.query('select 1 from credentials where partner_id = $1', [partnerAt(7).id])
    expect(rows).toEqual([])
    expect((await a.audit(workspaceId)).at(-2)).toMatchObject({
      action: 'partner.withdraw',
      actor_id: guest.id,
      subject_id: partnerAt(7).id,
    })
    expect((await a.ask('POST', path, { as: guest })).status).toBe(409)
    const told = await t.root.query(`select user_id from notices where kind = 'token-withdrawn'`)
    expect(told.rows).toEqual([{ user_id: owner.id }])
  })
})

test('A token that is confirmed, withdrawn and disconnected by 200 at once is destroyed once', async () => {
  const { request } = await send(8, { by: 'guest', email: guest.email })
  a.sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'permissions' }, times: 50 })
  const handed = await a.ask('POST', `${ws}/my-requests/${request.id}/hand-over`, {
    as: guest,
    body: { token: tokensOf(8).admin, anyway: true },
  })
  a.sim.control.clearFaults()
  expect(handed.body).toMatchObject({ taken: true, became: 'confirm' })
  const partner = partnerAt(8).id
  const ways = [
    [`${ws}/partners/${partner}/confirm-token`, owner],
    [`${ws}/own-data/${partner}/withdraw`, guest],
    [`${ws}/partners/${partner}/disconnect`, owner],
  ] as const
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const [path, as] = ways[n % 3] ?? expect.fail()
      return { way: n % 3, status: (await a.ask('POST', path, { as })).status }
    }),
  )
  const won = (way: number) => answers.filter((one) => one.way === way && one.status === 200).length
  expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
  expect(won(1) + won(2)).toBe(1)
  // Confirmed before it was destroyed, once, or not at all.
  expect(won(0)).toBeLessThanOrEqual(1)
  expect(await partnerNow(8)).toMatchObject({ status: 'disconnected', credential: null })
  const { rows } = await t.root.query('select from credentials where partner_id = $1', [partner])
  expect(rows).toEqual([])
  const told = (await a.audit(workspaceId)).filter((event) => event.subject_id === partner)
  const times = (action: string) => told.filter((event) => event.action === action).length
  expect([times('partner.withdraw'), times('partner.disconnect'), times('partner.confirm')]).toEqual([
    won(1),
    won(2),
    won(0),
  ])
  expect(times('credential.revoke')).toBe(1)
}, 60_000)

test('No token that was handed over, good or bad, is in a table or in the log, and no link is', async () => {
  const handed = [2, 3, 4, 5, 6, 7].flatMap((at) => [tokensOf(at).admin, tokensOf(at).employee])
  expect(await tablesWith(t, handed)).toEqual([])
  const logged = a.logged.join('\n')
  expect(handed.filter((token) => logged.includes(token))).toEqual([])
})
