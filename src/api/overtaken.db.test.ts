// While the provider is asked about a token, a person acts: they are removed, or disconnect, replace or confirm that token. What they did
// stands, and nothing is written in the name of who has left.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { judgeLeftTokens, tellUntoldRevocations } from '../jobs/cut-off.ts'
import type { Verdict } from '../model/credential.ts'
import type { JobDetails } from '../model/job.ts'
import type { List } from '../model/list.ts'
import { Redacted } from '../model/redacted.ts'
import type { Partner } from '../model/partner.ts'
import type { OpenedRequest, TokenRequest } from '../model/token-request.ts'
import { confirmCredential, destroyCredentials } from '../store/credentials.ts'
import { work } from '../store/db.ts'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import { waysTo } from '../store/testing/ways.ts'
import { partnerRow, presentPartner, storePartnerToken } from './partner-token.ts'
import { tokenEnder } from './revoke.ts'
import { testApp } from './testing/test-app.ts'
import type { Answer, TestPerson } from './testing/test-app.ts'
import { ownVerdict } from './token-guard.ts'

const t = await testDb()
const a = await testApp(t, { simulator: { world: { partners: 8 } } })
const owner = await a.person()
const workspaceId = await t.makeWorkspace()
await a.join(workspaceId, owner, 'owner')
const ws = `/workspaces/${workspaceId}`
let connection = ''
let partners: Partner[] = []
beforeAll(async () => {
  connection = await a.connected(workspaceId, owner)
  const list = await a.ask('GET', `${ws}/connections/${connection}/partners?limit=100`, { as: owner })
  partners = (list.body as List<Partner>).rows
}, 120_000)
afterEach(() => a.sim.control.clearFaults())

const partnerAt = (at: number) => partners[at] ?? expect.fail(`no partner ${String(at)}`)
const tokensOf = (at: number) =>
  a.sim.tokens.partners[partnerAt(at).externalId] ?? expect.fail('a partner without tokens')
const credentialOf = async (at: number) =>
  (
    await t.root.query<{ id: string; state: string; confirmed: object | null }>(
      'select id, state, confirmed from credentials where partner_id = $1',
      [partnerAt(at).id],
    )
  ).rows[0]

async function send(at: number, to: object): Promise<{ request: TokenRequest; secret: string }> {
  const answer = await a.ask('POST', `${ws}/connections/${connection}/token-requests`, {
    as: owner,
    body: { requests: [{ partnerId: partnerAt(at).id, to }] },
  })
  const [sent] = (answer.body as { sent: { request: TokenRequest; link: string }[] }).sent
  if (sent === undefined) return expect.fail('nothing was sent')
  return { request: sent.request, secret: sent.link.split('#')[1] ?? '' }
}
const look = async (secret: string) =>
  (await a.ask('POST', '/token-requests/look', { body: { secret } })).body as OpenedRequest
const handOver = (secret: string, token: string, anyway = false) =>
  a.ask('POST', '/token-requests/hand-over', { body: { secret, token, anyway } })

/** Removes the person while the provider is asked, and gives what they are answered a second later. */
async function removedWhile(person: TestPerson, asked: () => Promise<Answer>): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  a.sim.control.addFault({ match: { node: 'debug_token' }, do: { until: promise }, times: 1 })
  const answer = asked()
  await sleep(300)
  expect((await a.ask('DELETE', `${ws}/members/${person.id}`, { as: owner })).status).toBe(204)
  await sleep(1_000)
  resolve(undefined)
  return answer
}

test('Who is removed while their token is judged has brought none, as a guest or as an admin', async () => {
  const [guest, admin] = [await a.person(), await a.person()]
  await a.join(workspaceId, guest, 'guest')
  await a.join(workspaceId, admin, 'admin')
  const { request } = await send(0, { by: 'guest', email: guest.email })
  const brought = await removedWhile(guest, () =>
    a.ask('POST', `${ws}/my-requests/${request.id}/hand-over`, {
      as: guest,
      body: { token: tokensOf(0).admin, anyway: false },
    }),
  )
  const connected = await removedWhile(admin, () =>
    a.ask('POST', `${ws}/partners/${partnerAt(1).id}/connect`, {
      as: admin,
      body: { token: tokensOf(1).admin, confirm: false, replace: false },
    }),
  )
  expect([brought.status, connected.status]).toEqual([404, 404])
  expect([await credentialOf(0), await credentialOf(1)]).toEqual([undefined, undefined])
}, 30_000)

/** A request of which the body comes only when the function that it gives back is called, which gives the status of its answer. */
function trickling(as: TestPerson, path: string, json: object): () => Promise<number> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const body = new TextEncoder().encode(JSON.stringify(json))
  const { host, origin } = a.parts.publicUrl
  const headers = { host, origin, cookie: as.cookie, 'content-type': 'application/json' }
  const answer = a.raw(`/api/v1${path}`, {
    method: 'PATCH',
    headers: { ...headers, 'content-length': String(body.length) },
    body: readable,
    duplex: 'half',
  })
  return async () => {
    const writer = writable.getWriter()
    await writer.write(body)
    await writer.close()
    return (await answer).status
  }
}

test('Who is removed, or signed out, while a provider is asked for them or their request trickles in gets nothing and changes nothing', async () => {
  const [guest, admin, other] = [await a.person(), await a.person(), await a.person()]
  await a.join(workspaceId, guest, 'guest')
  await a.join(workspaceId, admin, 'admin')
  const { request } = await send(6, { by: 'guest', email: guest.email })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  a.sim.control.addFault({ match: {}, do: { until: promise }, times: 1 })
  const live = a.ask('POST', `${ws}/my-requests/${request.id}/live-check`, { as: guest })
  const changed = trickling(admin, `${ws}/partners/${partnerAt(6).id}`, { sharedOnly: true })
  const renamed = trickling(other, '/me/settings', { name: 'Another name' })
  await sleep(300)
  for (const { id } of [guest, admin])
    expect((await a.ask('DELETE', `${ws}/members/${id}`, { as: owner })).status).toBe(204)
  await t.root.query('delete from auth_session where user_id = $1', [other.id])
  await sleep(1_000)
  resolve(undefined)
  expect([(await live).status, await changed(), await renamed()]).toEqual([404, 404, 401])
  expect(await sharedOnly(6)).toBe(false)
}, 30_000)

const sharedOnly = async (at: number) =>
  (
    await t.root.query<{ shared_only: boolean }>('select shared_only from partners where id = $1', [
      partnerAt(at).id,
    ])
  ).rows[0]?.shared_only

/** The token of a partner that came by a link while the provider could not judge it, and the task that judges it again and again. */
async function waiting(at: number, token: string): Promise<{ secret: string; jobId: string }> {
  const { secret } = await send(at, { by: 'link' })
  a.sim.control.addFault({ match: {}, do: { raw: { status: 503, body: 'busy' } }, times: 10_000 })
  expect((await handOver(secret, token)).body).toMatchObject({ became: 'checking' })
  const { rows } = await t.root.query<{ id: string }>(
    `select id from jobs where partner_id = $1 and kind = 'check-token'`,
    [partnerAt(at).id],
  )
  return { secret, jobId: rows[0]?.id ?? '' }
}

test('A request whose token is disconnected while it is judged bad is not open again', async () => {
  const { secret, jobId } = await waiting(2, tokensOf(2).employee)
  await meanwhile(
    t,
    workspaceId,
    (tx) => destroyCredentials(tx, connection, partnerAt(2).id),
    () => {
      a.sim.control.clearFaults()
      return a.finished(workspaceId, owner, jobId)
    },
  )
  expect((await look(secret)).state).toBe('spent')
  const { rows } = await t.root.query(
    `select from audit_events where action = 'credential.check' and data ->> 'partner' = $1`,
    [partnerAt(2).id],
  )
  expect(rows).toEqual([])
}, 60_000)

test('A token that is confirmed while it is judged stays confirmed and in use', async () => {
  const { secret } = await send(3, { by: 'link' })
  a.sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'permissions' }, times: 10_000 })
  expect((await handOver(secret, tokensOf(3).admin, true)).body).toMatchObject({ became: 'confirm' })
  const before = await credentialOf(3)
  const claims = await claimsOf(3)
  await meanwhile(
    t,
    workspaceId,
    (tx) => confirmCredential(tx, before?.id ?? '', { by: owner.id, at: new Date().toISOString(), claims }),
    async () => {
      const path = `${ws}/connections/${connection}/check-for-updates`
      const { body } = await a.ask('POST', path, { as: owner, body: {} })
      return a.finished(workspaceId, owner, (body as { jobId: string }).jobId)
    },
  )
  expect(await credentialOf(3)).toMatchObject({ id: before?.id, state: 'good', confirmed: { by: owner.id } })
}, 120_000)

async function claimsOf(at: number): Promise<string[]> {
  const { rows } = await t.root.query<{ verdict: Verdict }>(
    'select verdict from credentials where partner_id = $1',
    [partnerAt(at).id],
  )
  return (rows[0]?.verdict.claims ?? []).filter(({ state }) => state === 'unknown').map(({ id }) => id)
}

test('A token that nobody judges, since the program ended between two steps, is judged', async () => {
  const later: Verdict = { ...ownVerdict([]), outcome: 'later' }
  await work(t.db, workspaceId, async (tx) => {
    const now = await presentPartner(tx, partnerAt(4).id)
    const row = partnerRow(a.parts, now, new Redacted(tokensOf(4).admin), later, owner.id)
    await storePartnerToken(a.parts, tx, () => Promise.resolve(), now, row)
  })
  await judgeLeftTokens(a.parts.engine)
  expect(await credentialOf(4)).toMatchObject({ state: 'checking' })
  await t.root.query(
    `update credentials set created_at = now() - interval '2 minutes' where partner_id = $1`,
    [partnerAt(4).id],
  )
  await judgeLeftTokens(a.parts.engine)
  const { rows } = await t.root.query<{ id: string }>(
    `select id from jobs where partner_id = $1 and kind = 'check-token'`,
    [partnerAt(4).id],
  )
  expect(rows).toHaveLength(1)
  expect(await a.finished(workspaceId, owner, rows[0]?.id ?? '')).toMatchObject({ status: 'complete' })
  expect(await credentialOf(4)).toMatchObject({ state: 'good' })
}, 60_000)

test('A check of a token that was disconnected meanwhile ended as not completed: it is cancelled, says why, and nobody is told of a failure', async () => {
  const { id } = partnerAt(7)
  a.sim.control.addFault({ match: {}, do: { raw: { status: 503, body: 'busy' } }, times: 10_000 })
  const connected = await a.ask('POST', `${ws}/partners/${id}/connect`, {
    as: owner,
    body: { token: tokensOf(7).admin, confirm: false, replace: false },
  })
  expect(connected.status).toBe(200)
  const { rows } = await t.root.query<{ id: string }>(
    `select id from jobs where partner_id = $1 and kind = 'check-token'`,
    [id],
  )
  const jobId = rows[0]?.id ?? expect.fail('no check of the token')
  const look = async () => (await a.ask('GET', `${ws}/jobs/${jobId}`, { as: owner })).body as JobDetails
  await expect.poll(async () => (await look()).status, { timeout: 20_000 }).toBe('retrying')
  expect((await a.ask('POST', `${ws}/partners/${id}/disconnect`, { as: owner })).status).toBe(200)
  expect(await a.finished(workspaceId, owner, jobId)).toMatchObject({ status: 'cancelled' })
  const problem = { sentence: expect.stringContaining('disconnected') as string, trace: null }
  const { steps, problems } = await look()
  expect(problems).toEqual([expect.objectContaining(problem)])
  expect(steps).toEqual([
    expect.objectContaining({ status: 'skipped', problem: expect.objectContaining(problem) as object }),
  ])
  expect((await t.root.query('select from notices where job_id = $1', [jobId])).rowCount).toBe(0)
}, 60_000)

test('A token whose end at the provider was never told is told of, once', async () => {
  const { id } = partnerAt(5)
  const connected = await a.ask('POST', `${ws}/partners/${id}/connect`, {
    as: owner,
    body: { token: tokensOf(5).admin, confirm: false, replace: false },
  })
  expect(connected.body).toMatchObject({ connected: true })
  const told = async () =>
    (await a.audit(workspaceId))
      .filter(({ action, subject_id }) => action === 'credential.revoke' && subject_id === id)
      .map(({ data }) => data)
  const asked = await work(t.db, workspaceId, (tx) => {
    const actor = { kind: 'person' as const, id: owner.id, address: null }
    return tokenEnder(a.parts, tx, { workspaceId, connectionId: connection, partnerId: id, actor })
  })
  // The program ends here. Another one that looks at once does not know whether it is still waited for.
  await tellUntoldRevocations(a.parts)
  expect(await told()).toEqual([])
  await t.root.query(`update revocations set asked_at = now() - interval '2 minutes'`)
  await Promise.all([1, 2, 3].map(() => tellUntoldRevocations(a.parts)))
  const unknown = { revoked: null, fingerprint: asked?.asked.fingerprint }
  expect(await told()).toEqual([unknown])

  expect((await a.ask('POST', `${ws}/partners/${id}/disconnect`, { as: owner })).status).toBe(200)
  expect(await told()).toEqual([unknown, { ...unknown, revoked: true }])
  expect((await t.root.query('select from revocations')).rowCount).toBe(0)
}, 60_000)

test('Each workspace was asked every half minute for tokens that were left: one question is for all of them', async () => {
  const ways = async () => [
    await waysTo(t.db, () => judgeLeftTokens(a.parts.engine)),
    await waysTo(t.db, () => tellUntoldRevocations(a.parts)),
  ]
  const before = await ways()
  for (let n = 0; n < 5; n += 1) await t.makeConnection(await t.makeWorkspace())
  expect(await ways()).toEqual(before)
})

test('A request that ends since the token came another way is told of as one that was revoked', async () => {
  const { request } = await send(1, { by: 'link' })
  const connected = await a.ask('POST', `${ws}/partners/${partnerAt(1).id}/connect`, {
    as: owner,
    body: { token: tokensOf(1).admin, confirm: false, replace: false },
  })
  expect(connected.body).toMatchObject({ connected: true })
  const told = (await a.audit(workspaceId)).filter(({ action }) => action === 'token-request.revoke')
  expect(told).toEqual([expect.objectContaining({ actor_id: owner.id, data: { request: request.id } })])
})
