// Connecting, replacing, disconnecting and removing: request → answer, rows, the activity log, and no token anywhere it should not be.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../model/connection.ts'
import type { List } from '../model/list.ts'
import { tablesWith } from '../jobs/testing/canary.ts'
import type { Partner } from '../model/partner.ts'
import type { Principal } from '../model/principal.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, {
  simulator: {
    world: { ownAssets: 20, ownPeople: 8, partners: 3, peoplePerPartner: 8, sharedPerPartner: 6 },
  },
})
const workspaceId = await t.makeWorkspace()
const owner = await a.person()
await a.join(workspaceId, owner, 'owner')
const ws = `/workspaces/${workspaceId}`

const wizard = (fields: Record<string, string> = {}, more: Record<string, unknown> = {}) => {
  const base = a.wizard()
  return { ...base, ...more, fields: { ...base.fields, ...fields } }
}
const connect = (body: unknown) => a.ask('POST', `${ws}/connections`, { as: owner, body })
const counts = async () =>
  (
    await t.root.query(
      'select (select count(*)::int from connections) as connections, (select count(*)::int from credentials) as credentials',
    )
  ).rows[0] as unknown

describe('Our own token in the wizard', () => {
  const own = () => a.sim.tokens.ownKinds
  test.each([
    ['nothing', () => wizard({ token: ' \n"" ' }), { token: 'System user token is needed.' }],
    [
      'an App ID that is no number',
      () => wizard({ app_id: 'my app' }),
      { app_id: 'An App ID is a number of 5 to 20 digits.' },
    ],
    [
      'a field that is not known',
      () => wizard({ address: 'http://evil.example' }),
      { address: 'There is no such field.' },
    ],
    ['no business', () => wizard({}, { business: ' ' }), { business: 'Business ID is needed.' }],
    ['no label', () => wizard({}, { label: '  ' }), { label: 'This is needed.' }],
  ])('%s is told by its field', async (_, body, fields) => {
    expect(await connect(body())).toMatchObject({ status: 400, body: { error: { code: 'invalid', fields } } })
  })

  test.each([
    ['garbage', () => wizard({ token: a.sim.tokens.garbage })],
    ['expired', () => wizard({ token: own().expired })],
    ['of another app', () => wizard({ token: own().otherApp })],
    ['of another business', () => wizard({ token: a.sim.tokens.stranger })],
    ["a person's", () => wizard({ token: own().person })],
    ['with a wrong app secret', () => wizard({ app_secret: '0123456789abcdef0123456789abcdef' })],
  ])('%s never connects, confirmed or not, and nothing is stored', async (_, body) => {
    const answer = await connect(body())
    expect(answer).toMatchObject({
      status: 200,
      body: { created: false, connection: null, jobId: null, verdict: { outcome: 'refused' } },
    })
    const checked = await a.ask('POST', `${ws}/connections/check`, { as: owner, body: body() })
    expect(checked).toMatchObject({ status: 200, body: { verdict: { outcome: 'refused' } } })
    expect(await counts()).toEqual({ connections: 0, credentials: 0 })
    expect(await a.audit(workspaceId)).toEqual(
      [expect.objectContaining({ action: 'session.start' })].slice(1),
    )
  })
})

describe('With the business connected', () => {
  let connectionId = ''
  let partners: Partner[] = []
  const app = () => `${ws}/connections/${connectionId}`
  const partnerOf = (n: number) => partners[n] ?? expect.fail('too few partners')
  const kindsOf = (partner: Partner) => a.sim.tokens.partners[partner.externalId] ?? expect.fail('no tokens')
  const join = (partner: Partner, token: string, more: { confirm?: boolean; replace?: boolean } = {}) =>
    a.ask('POST', `${ws}/partners/${partner.id}/connect`, {
      as: owner,
      body: { token, confirm: false, replace: false, ...more },
    })
  const tokenOf = async (partner: Partner) =>
    (
      await t.root.query(
        `select state, last_four, fingerprint, confirmed, sealed from credentials where partner_id = $1`,
        [partner.id],
      )
    ).rows[0] as
      | { state: string; last_four: string; fingerprint: string; confirmed: unknown; sealed: Buffer }
      | undefined

  beforeAll(async () => {
    connectionId = await a.connected(workspaceId, owner)
    partners = ((await a.ask('GET', `${app()}/partners`, { as: owner })).body as List<Partner>).rows
  })

  test('It cannot be connected twice', async () => {
    expect(await connect(wizard())).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
  })

  test('Its secrets are sealed: only the last four and a fingerprint are told', async () => {
    const { body } = await a.ask('GET', app(), { as: owner })
    expect(body).toMatchObject({
      credential: {
        lastFour: a.sim.token.slice(-4),
        fingerprint: expect.stringMatching(/^[0-9a-f]{4}( |-)[0-9a-f]{4}\1[0-9a-f]{4}$/) as string,
      },
    })
    const { rows } = await t.root.query<{ kind: string; text: string }>(
      `select kind, credentials::text || encode(sealed, 'escape') as text from credentials order by kind`,
    )
    expect(rows.map((row) => row.kind)).toEqual(['app_secret', 'token'])
    for (const { text } of rows)
      for (const secret of [a.sim.token, a.sim.appSecret]) expect(text).not.toContain(secret)
    expect((body as Connection).settings).toEqual({ app_id: a.sim.appId })
  })

  test.each([
    ['our own token', () => a.sim.token, 'own-token'],
    ['our own token in quotes', () => ` "${a.sim.token}"\n`, 'own-token'],
    ['garbage', () => a.sim.tokens.garbage, null],
    ['a token of another partner', () => kindsOf(partnerOf(1)).admin, null],
    ['a token for another app', () => kindsOf(partnerOf(0)).otherApp, null],
    ["a person's token", () => kindsOf(partnerOf(0)).person, null],
    ['an employee system user', () => kindsOf(partnerOf(0)).employee, null],
    ['a revoked one', () => kindsOf(partnerOf(0)).revoked, null],
  ])('%s never connects a partner, even confirmed', async (_, token, claim) => {
    const answer = await join(partnerOf(0), token(), { confirm: true, replace: true })
    expect(answer).toMatchObject({
      status: 200,
      body: {
        connected: false,
        needs: null,
        verdict: { outcome: 'refused' },
        partner: { status: 'pending' },
      },
    })
    if (claim !== null)
      expect(answer.body).toMatchObject({ verdict: { claims: [{ id: claim, state: 'refuted' }] } })
    expect(await tokenOf(partnerOf(0))).toBeUndefined()
  })

  test.each([
    ['nothing', ''],
    ['quotes around nothing', ' "\u200b" '],
  ])('%s asks for the token', async (_, token) => {
    expect(await join(partnerOf(0), token)).toMatchObject({
      status: 400,
      body: { error: { fields: { token: 'Paste the token.' } } },
    })
  })

  test('The good one connects; the row, the status and the log tell it, and nothing tells the token', async () => {
    const partner = partnerOf(0)
    const { admin } = kindsOf(partner)
    const answer = await join(partner, `\n“${admin}”  `)
    expect(answer).toMatchObject({
      status: 200,
      body: { connected: true, needs: null, verdict: { outcome: 'ok' }, partner: { status: 'onboarded' } },
    })
    expect(await tokenOf(partner)).toMatchObject({
      state: 'good',
      last_four: admin.slice(-4),
      confirmed: null,
    })
    const event = (await a.audit(workspaceId)).find((one) => one.action === 'partner.connect')
    expect(event).toMatchObject({ actor_id: owner.id, subject_id: partner.id, address: '127.0.0.1' })
    for (const text of [JSON.stringify(answer.body), JSON.stringify(event), a.logged.join('\n')])
      expect(text).not.toContain(admin)
  })

  test('A second token asks whether to replace, telling the old fingerprint', async () => {
    const partner = partnerOf(0)
    const before = await tokenOf(partner)
    const asked = await join(partner, kindsOf(partner).sixtyDays)
    expect(asked).toMatchObject({
      body: { connected: false, needs: 'replace', partner: { status: 'onboarded' } },
    })
    expect(JSON.stringify(asked.body)).toContain(before?.fingerprint)
    expect((await tokenOf(partner))?.fingerprint).toBe(before?.fingerprint)
    const replaced = await join(partner, kindsOf(partner).sixtyDays, { replace: true })
    expect(replaced).toMatchObject({
      body: { connected: true, partner: { credential: { expiresAt: expect.any(String) as string } } },
    })
    expect((await tokenOf(partner))?.fingerprint).not.toBe(before?.fingerprint)
    expect((await a.audit(workspaceId)).at(-1)).toMatchObject({
      action: 'partner.replace',
      subject_id: partner.id,
    })
  })

  test('A token that ends within 14 days connects and says so', async () => {
    const partner = partnerOf(0)
    const answer = await join(partner, kindsOf(partner).endsSoon, { replace: true })
    expect(answer).toMatchObject({ body: { connected: true, partner: { status: 'expires_soon' } } })
  })

  /** Holds the partner's row until all the requests have judged their token and wait for it. */
  async function bothBefore(partner: Partner, requests: ReturnType<typeof join>[]) {
    const client = await t.root.connect()
    try {
      await client.query('begin')
      await client.query('select from partners where id = $1 for update', [partner.id])
      await expect
        .poll(
          async () =>
            (
              await t.root.query(
                `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
              )
            ).rowCount,
          { timeout: 30_000 },
        )
        .toBe(requests.length)
    } finally {
      await client.query('rollback')
      client.release()
    }
    return Promise.all(requests)
  }

  test('Two at once with different tokens: one is told that the other was faster', async () => {
    const partner = partnerOf(1)
    const { admin, sixtyDays } = kindsOf(partner)
    const answers = await bothBefore(partner, [join(partner, admin), join(partner, sixtyDays)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409])
    expect((await a.audit(workspaceId)).filter((event) => event.subject_id === partner.id)).toHaveLength(1)
  })

  test('While the provider cannot be reached nothing is lost: sealed, checking, decided later; a working token is kept', async () => {
    const [, working, partner] = [partnerOf(0), partnerOf(1), partnerOf(2)]
    const kept = await tokenOf(working)
    a.sim.control.addFault({ match: {}, do: { raw: { status: 503, body: 'busy' } }, times: 1_000 })
    const answer = await join(partner, kindsOf(partner).admin)
    expect(answer).toMatchObject({
      status: 200,
      body: { connected: false, needs: null, verdict: { outcome: 'later' }, partner: { status: 'checking' } },
    })
    expect(await tokenOf(partner)).toMatchObject({ state: 'checking' })
    const refused = await join(working, kindsOf(working).sixtyDays, { replace: true })
    expect(refused).toMatchObject({
      body: {
        connected: false,
        verdict: {
          outcome: 'later',
          claims: expect.arrayContaining([expect.objectContaining({ id: 'kept' })]) as unknown[],
        },
      },
    })
    expect((await tokenOf(working))?.fingerprint).toBe(kept?.fingerprint)
    a.sim.control.clearFaults()
    const deadline = Date.now() + 45_000
    let status = ''
    while (status !== 'onboarded' && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 200))
      status = ((await a.ask('GET', `${ws}/partners/${partner.id}`, { as: owner })).body as Partner).status
    }
    expect(status).toBe('onboarded')
  })

  test('Disconnecting destroys the sealed token; people stay, not confirmed any more', async () => {
    const partner = partnerOf(2)
    const { jobId } = (await a.ask('POST', `${app()}/check-for-updates`, { as: owner, body: {} })).body as {
      jobId: string
    }
    await a.finished(workspaceId, owner, jobId)
    const people = () =>
      a
        .ask('GET', `${app()}/principals?tab=guests&partner=${partner.id}`, { as: owner })
        .then((r) => r.body as List<{ notConfirmedSince: string | null }>)
    const before = await people()
    expect(before.total).toBeGreaterThan(0)
    const answer = await a.ask('POST', `${ws}/partners/${partner.id}/disconnect`, { as: owner })
    expect(answer).toMatchObject({ status: 200, body: { status: 'disconnected', credential: null } })
    expect(await tokenOf(partner)).toBeUndefined()
    const after = await people()
    expect(after.total).toBe(before.total)
    expect(after.rows.every((row) => row.notConfirmedSince !== null)).toBe(true)
    expect(after.facets['confirmed']).toEqual([{ value: 'no', label: 'no', count: after.total }])
    expect((await a.audit(workspaceId)).slice(-2)).toMatchObject([
      { action: 'partner.disconnect', subject_id: partner.id },
      { action: 'credential.revoke', subject_id: partner.id, data: { revoked: true } },
    ])
    expect((await a.ask('POST', `${ws}/partners/${partner.id}/disconnect`, { as: owner })).status).toBe(409)
  })

  test('A person’s data is erased on request, everywhere but for ids in the log; the next check stores who is still there', async () => {
    const own = async () =>
      (await a.ask('GET', `${app()}/principals?tab=own`, { as: owner })).body as List<Principal>
    const before = await own()
    const person = before.rows.find((row) => row.email !== null) ?? expect.fail('nobody has an e-mail')
    const email = person.email ?? ''
    // The same human in another place.
    const { rows } = await t.root.query<{ columns: string }>(
      `select string_agg(column_name, ', ') as columns from information_schema.columns
       where table_name = 'principals' and table_schema = 'public' and is_generated = 'NEVER'`,
    )
    const columns = rows[0]?.columns ?? ''
    await t.root.query(
      `insert into principals (${columns}) select ${columns} from (select (jsonb_populate_record(p,
         jsonb_build_object('id', gen_random_uuid(), 'external_id', '77', 'email', upper(email)))).* from principals p where id = $1) x`,
      [person.id],
    )
    expect(await tablesWith(t, [email])).not.toEqual([])
    const erased = await a.ask('DELETE', `${ws}/principals/${person.id}`, { as: owner })
    expect(erased).toMatchObject({ status: 200, body: { erased: 2 } })
    expect(await tablesWith(t, [email, email.toUpperCase()])).toEqual([])
    expect((await a.audit(workspaceId)).slice(-2)).toMatchObject([
      { action: 'principal.erase', data: {} },
      { action: 'principal.erase', data: {} },
    ])
    expect((await a.ask('DELETE', `${ws}/principals/${person.id}`, { as: owner })).status).toBe(404)
    const { jobId } = (await a.ask('POST', `${app()}/check-for-updates`, { as: owner, body: {} })).body as {
      jobId: string
    }
    await a.finished(workspaceId, owner, jobId)
    expect((await own()).total).toBe(before.total)
  })

  test('Our own token is replaced only by one that is ours; label, schedule and narrowing are recorded', async () => {
    const credential = (fields: Record<string, string>) =>
      a.ask('POST', `${app()}/credential`, { as: owner, body: { fields, confirm: false } })
    expect(await credential({ token: kindsOf(partnerOf(0)).admin })).toMatchObject({
      body: { replaced: false, verdict: { outcome: 'refused' } },
    })
    expect(await credential({ token: a.sim.tokens.ownKinds.sixtyDays })).toMatchObject({
      body: { replaced: true },
    })
    expect((await a.ask('GET', app(), { as: owner })).body).toMatchObject({
      credential: { lastFour: a.sim.tokens.ownKinds.sixtyDays.slice(-4) },
    })
    expect(
      await a.ask('PATCH', app(), { as: owner, body: { label: ' New name ', schedule: 'hourly' } }),
    ).toMatchObject({ body: { label: 'New name', schedule: 'hourly' } })
    expect(
      await a.ask('PATCH', `${ws}/partners/${partnerOf(0).id}`, { as: owner, body: { sharedOnly: true } }),
    ).toMatchObject({ body: { sharedOnly: true } })
    expect((await a.audit(workspaceId)).map((event) => event.action)).toEqual(
      expect.arrayContaining(['credential.replace', 'connection.change', 'partner.change']),
    )
  })

  test('Two who replace credentials at once: one is done, the other is told, and neither undoes the other', async () => {
    const credential = (fields: Record<string, string>) =>
      a.ask('POST', `${app()}/credential`, { as: owner, body: { fields, confirm: false } })
    const before = await a.ask('GET', app(), { as: owner })
    // Both are judged while the other is.
    a.sim.control.addFault({ match: {}, do: { delay: 200 }, times: 4 })
    const answers = await Promise.all([
      credential({ token: a.sim.token }),
      credential({ app_secret: a.sim.appSecret }),
    ])
    a.sim.control.clearFaults()
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(before.body).toMatchObject({ credential: { lastFour: a.sim.tokens.ownKinds.sixtyDays.slice(-4) } })
    // The one that was told does it again.
    if (answers[0].status === 409) await credential({ token: a.sim.token })
    expect((await a.ask('GET', app(), { as: owner })).body).toMatchObject({
      credential: { lastFour: a.sim.token.slice(-4) },
    })
  })

  test('Removing asks for the name, destroys every token at once and hides the rest', async () => {
    const remove = (name: string, atOnce: boolean) =>
      a.ask('DELETE', app(), { as: owner, body: { name, atOnce } })
    expect(await remove('The brand', false)).toMatchObject({
      status: 400,
      body: { error: { fields: { name: expect.any(String) as string } } },
    })
    expect((await remove('New name', false)).status).toBe(204)
    const { rows } = await t.root.query(
      'select (select count(*)::int from credentials) as credentials, (select count(*)::int from connections where removed_at is null) as live, (select count(*)::int from principals) > 0 as data',
    )
    expect(rows).toEqual([{ credentials: 0, live: 0, data: true }])
    for (const path of [
      app(),
      `${app()}/partners`,
      `${ws}/partners/${partnerOf(0).id}`,
      `${app()}/partners.csv`,
    ]) {
      expect((await a.ask('GET', path, { as: owner })).status).toBe(404)
    }
    expect((await a.ask('GET', `${ws}/connections`, { as: owner })).body).toEqual([])
    expect((await a.ask('GET', `${ws}/search?q=${partnerOf(0).externalId}`, { as: owner })).body).toEqual({
      results: [],
    })
  })

  test('Removed at once, nothing of it stays but the log', async () => {
    const again = await a.connected(workspaceId, owner)
    expect(
      (
        await a.ask('DELETE', `${ws}/connections/${again}`, {
          as: owner,
          body: { name: 'The brand', atOnce: true },
        })
      ).status,
    ).toBe(204)
    const { rows } = await t.root.query(
      'select count(*)::int as count from principals where connection_id = $1',
      [again],
    )
    expect(rows).toEqual([{ count: 0 }])
    expect(
      (await a.audit(workspaceId)).filter((event) => event.subject_id === again).map((event) => event.action),
    ).toEqual(['connection.add', 'sync.apply', 'connection.remove', 'connection.delete'])
  })
})

test('The simulator makes one workspace of its own, once, and checks it', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => a.ask('POST', '/simulator', { as: owner })))
  expect([one?.status, two?.status]).toEqual([200, 200])
  const made = one?.body as { workspaceId: string; connectionId: string }
  expect(two?.body).toMatchObject({ workspaceId: made.workspaceId, connectionId: made.connectionId })
  const { body } = await a.ask('GET', `/workspaces/${made.workspaceId}`, { as: owner })
  expect(body).toMatchObject({ workspace: { environment: 'simulator', role: 'owner' } })
  expect((await a.audit(made.workspaceId)).map((event) => event.action).slice(0, 2)).toEqual([
    'workspace.make',
    'connection.add',
  ])
})

test('No token and no app secret was ever logged', () => {
  const log = a.logged.join('\n')
  const all = [
    a.sim.token,
    a.sim.appSecret,
    ...Object.values(a.sim.tokens.partners).flatMap((kinds) => [
      kinds.admin,
      kinds.sixtyDays,
      kinds.endsSoon,
    ]),
  ]
  for (const secret of all) expect(log).not.toContain(secret)
})
