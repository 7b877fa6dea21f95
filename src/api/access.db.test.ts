// Who may do what over HTTP, walked from the table of routes: every route by every kind of caller, and every id of another workspace.
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { KEY_START, keyScopes, scopesGive } from '../model/api-key.ts'
import { can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import { roles } from '../model/member.ts'
import type { Role } from '../model/member.ts'
import { keyHash } from '../store/api-keys.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp, routes } from './app.ts'
import type { Route } from './route.ts'
import { testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { addPrincipal, filled, fullWorkspace } from './testing/two-workspaces.ts'
import type { Full } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t)
const table: readonly Route[] = routes
const nameOf = (route: Route) => `${route.method} ${route.path}`

const people = new Map<string, TestPerson>()
for (const name of [...roles, 'former member', 'past the end', 'invited', 'outsider'])
  people.set(name, await a.person())
const who = (name: string) => people.get(name) ?? expect.fail(name)

const mine = await fullWorkspace(t, who('member').id)
await t.root.query('update invitations set email = $1 where id = $2', [who('invited').email, mine.invitation])
const theirs = await fullWorkspace(t, who('member').id)
for (const role of roles) await a.join(mine.workspace, who(role), role)
for (const role of roles)
  await t.root.query(
    `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) values ($1, $2, $3, 'collaborator', $3)`,
    [mine.workspace, mine.secret, who(role).id],
  )
await a.join(mine.workspace, who('former member'), 'admin', 'removed')
await a.join(mine.workspace, who('past the end'), 'member', 'active', new Date(Date.now() - 1_000))

/** Bodies that pass the schemas, so that a request reaches what its ids name. */
const bodies: Record<string, unknown> = {
  'patch /workspaces/:workspace/connections/:connection': { label: 'Taken over' },
  'delete /workspaces/:workspace/connections/:connection': { name: 'Not its name', atOnce: true },
  'post /workspaces/:workspace/connections/:connection/credential': {
    fields: { token: 'EAAB' },
    confirm: true,
  },
  'post /workspaces/:workspace/connections/:connection/check-for-updates': {},
  'patch /workspaces/:workspace/connections/:connection/automation': { enabled: true, understood: true },
  'post /workspaces/:workspace/connections/:connection/automation/reading': { reading: 'refused' },
  'post /workspaces/:workspace/connections/:connection/automation/login': {
    email: 'a@b.example',
    password: 'x',
  },
  'post /workspaces/:workspace/connections/:connection/automation/answer-requests': { dryRun: true },
  'post /workspaces/:workspace/connections/:connection/automation/requests/:appRequest': {
    decision: 'approve',
  },
  'post /workspaces/:workspace/jobs/:job/answer': { question: randomUUID(), answer: '123456' },
  'patch /workspaces/:workspace/partners/:partner': { sharedOnly: true },
  'patch /workspaces/:workspace/members/:member': { role: 'guest' },
  'post /workspaces/:workspace/members/:member/extend': {
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
  },
  'post /workspaces/:workspace/partners/:partner/confirm-token': {},
  'post /workspaces/:workspace/partners/:partner/connect': { token: 'EAAB', confirm: true, replace: true },
  'patch /workspaces/:workspace/secrets/:secret': { expiresAt: null },
  'delete /workspaces/:workspace/secrets/:secret': { label: 'A secret' },
  'post /workspaces/:workspace/secrets/:secret/open': {},
  'post /workspaces/:workspace/secrets/:secret/leave': { label: 'A secret' },
  'post /workspaces/:workspace/secrets/:secret/versions': {
    label: 'A secret',
    kind: 'note',
    sealed: '-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n',
    members: [{ userId: 'x', role: 'owner', vaultId: null }],
    base: 1,
  },
  'post /workspaces/:workspace/connections/:connection/token-requests': {
    requests: [{ partnerId: randomUUID(), to: { by: 'link' } }],
  },
  'post /workspaces/:workspace/my-requests/:request/hand-over': { token: 'EAAB', anyway: true },
}

let asked = 0
/** Requests whose answer was looked at. */
let cells = 0
afterAll(() => process.stdout.write(`${String(cells)} cells: routes by callers and ids\n`))

/** Status only; a stream is let go of at once. `as`: a person with a cookie, or the text of an API key. */
async function statusOf(
  route: Route,
  ids: Full,
  as: TestPerson | string | undefined,
  body: unknown,
): Promise<number> {
  // Wrong keys are counted per address.
  const address = typeof as === 'string' ? `10.9.${String(asked >> 8)}.${String(asked++ & 255)}` : undefined
  const init = {
    method: route.method.toUpperCase(),
    headers: {
      host: 'localhost:4400',
      origin: 'http://localhost:4400',
      ...(typeof as === 'string' ? { authorization: `Bearer ${as}` } : {}),
      ...(typeof as === 'object' ? { cookie: as.cookie } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  cells += 1
  const response = await a.raw(`/api/v1${filled(route.path, ids)}`, init, address)
  await response.body?.cancel()
  return response.status
}

/** A body that no schema takes, so that nothing is done where the right is there; nothing where the route takes none. */
const harmless = (route: Route) => (route.endpoint.body === null ? undefined : [])

describe('Without a right nothing is reached', () => {
  test('The routes that take no right are these, by name', () => {
    const without = table.filter((route) => route.right === 'open' || route.right === 'signed-in')
    expect(without.map((route) => `${nameOf(route)}: ${route.right}`)).toEqual([
      'get /setup: open',
      'post /setup: open',
      'post /sign-in/second-factor: open',
      'post /sign-in/passkey/options: open',
      'post /sign-in/passkey: open',
      'post /forgotten-password: open',
      'post /password-links/look: open',
      'post /password-links/redeem: open',
      'post /invitations/look: open',
      'post /invitations/redeem: open',
      'post /token-requests/look: open',
      'post /token-requests/live-check: open',
      'post /token-requests/hand-over: open',
      'get /me: signed-in',
      'get /me/settings: signed-in',
      'patch /me/settings: signed-in',
      'get /me/security: signed-in',
      'delete /me/news/:news: signed-in',
      'post /me/two-factor/start: signed-in',
      'post /me/two-factor/confirm: signed-in',
      'post /me/two-factor/backup-codes: signed-in',
      'post /me/two-factor/stop: signed-in',
      'post /me/passkeys/options: signed-in',
      'post /me/passkeys: signed-in',
      'patch /me/passkeys/:passkey: signed-in',
      'delete /me/passkeys/:passkey: signed-in',
      'get /sessions: signed-in',
      'delete /sessions: signed-in',
      'delete /sessions/:session: signed-in',
      'post /simulator: signed-in',
      'post /workspaces: signed-in',
    ])
  })

  test('Nothing is served but the table, sign-in, the description, health and the console', () => {
    const served = createApp(a.parts).routes.filter(
      (route) => route.method !== 'ALL' || !route.path.endsWith('/*'),
    )
    const named = new Set(served.map((route) => `${route.method.toLowerCase()} ${route.path}`))
    const expected = new Set([
      ...table.map((route) => `${route.method} /api/v1${route.path}`),
      'get /api/v1/openapi.json',
      'get /api/docs',
      'get /api/docs.css',
      'get /healthz',
      'get /readyz',
      'get /metrics',
    ])
    expect([...named].filter((name) => !expected.has(name))).toEqual([])
    expect([...expected].filter((name) => !named.has(name))).toEqual([])
  })

  test('Signed out, every route but the open ones answers 401', async () => {
    const found: string[] = []
    for (const route of table) {
      const status = await statusOf(route, mine, undefined, harmless(route))
      if ((status === 401) === (route.right === 'open')) found.push(`${nameOf(route)} ${String(status)}`)
    }
    expect(found).toEqual([])
  })

  const inside = table.filter((route) => route.right !== 'open' && route.right !== 'signed-in')

  /** The routes that do not answer with the status, asked several at a time: nothing is reached, so the order tells nothing. */
  async function unlike(status: number, asked: readonly Route[], as: TestPerson | string | undefined) {
    const found: string[] = []
    const left = [...asked]
    const next = async () => {
      for (let route = left.pop(); route !== undefined; route = left.pop()) {
        const got = await statusOf(route, mine, as, harmless(route))
        if (got !== status) found.push(`${nameOf(route)} ${String(got)}`)
      }
    }
    await Promise.all([next(), next(), next(), next()])
    return found.sort()
  }
  const ending = roles.filter((role) => role !== 'owner')
  const nobody: [string, Role | null][] = [
    ...ending.map((role): [string, Role] => ['invited', role]),
    ['outsider', null],
    ...roles.map((role): [string, Role] => ['former member', role]),
    // An owner has no end.
    ...ending.map((role): [string, Role] => ['past the end', role]),
  ]

  test.each(nobody)('For a %s (%s) the workspace is not there', async (name, role) => {
    if (name === 'invited')
      await t.root.query(
        `update invitations set role = $1, ends_at = case when $1 = 'guest' then now() + interval '90 days' end where id = $2`,
        [role, mine.invitation],
      )
    else if (role !== null)
      await t.root.query('update members set role = $1 where user_id = $2', [role, who(name).id])
    const unknown = await a.ask('GET', `/workspaces/${randomUUID()}`, { as: who(name) })
    expect(unknown.status).toBe(404)
    expect(await unlike(404, inside, who(name))).toEqual([])
  })

  /** A key with every scope. */
  async function keyOf(person: TestPerson, more: { endsAt?: Date; revokedAt?: Date } = {}): Promise<string> {
    const text = `${KEY_START}${randomUUID()}`
    await t.root.query(
      `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by, expires_at, revoked_at)
        values (gen_random_uuid(), $1, 'A key', 'glk_test', $2, $3, $4, $5, $6)`,
      [mine.workspace, keyHash(text), keyScopes, person.id, more.endsAt ?? null, more.revokedAt ?? null],
    )
    return text
  }

  const past = () => new Date(Date.now() - 1_000)
  test.each([
    ...roles.map((role) => [`of a former ${role}`, 'former member', role, {}] as const),
    ...ending.map((role) => [`of a ${role} past the end`, 'past the end', role, {}] as const),
    ['of an outsider', 'outsider', null, {}] as const,
    ['that is past its end', 'owner', null, { endsAt: past() }] as const,
    ['that was revoked', 'owner', null, { revokedAt: past() }] as const,
  ])('A key %s opens nothing', async (_, name, role, more) => {
    if (role !== null)
      await t.root.query('update members set role = $1 where user_id = $2', [role, who(name).id])
    expect(await unlike(401, table, await keyOf(who(name), more))).toEqual([])
  })

  // Roles with most rights last: what they may do changes things.
  test.each(['guest', 'auditor', 'member', 'admin', 'owner'] satisfies Role[])(
    'What %s may do, and nothing else',
    async (role) => {
      const found: string[] = []
      // What is each person's own alone: a request to them, and a business whose token they brought.
      await t.root.query('update token_requests set email = $1 where id = $2', [
        who(role).email,
        mine.request,
      ])
      await t.root.query('insert into hand_overs values ($1, $2, $3, $4)', [
        randomUUID(),
        mine.workspace,
        mine.partner,
        who(role).id,
      ])
      for (const route of inside) {
        // Whoever may erase a person has done so.
        if (route.path.includes(':principal')) await addPrincipal(t, mine)
        const status = await statusOf(route, mine, who(role), harmless(route))
        const allowed = can({ role, userId: who(role).id }, route.right as Action, {
          startedBy: who('member').id,
        })
        const passed = ![401, 403, 404].includes(status)
        if (status >= 500 || passed !== allowed || (!allowed && status !== 403))
          found.push(`${nameOf(route)} ${String(status)}`)
      }
      expect(found).toEqual([])
    },
  )

  test.each(['guest', 'auditor', 'member', 'admin', 'owner'] satisfies Role[])(
    'What a key with every scope may do, made by %s, and nothing else',
    async (role) => {
      const key = await keyOf(who(role))
      const found: string[] = []
      for (const route of table) {
        const status = await statusOf(route, mine, key, harmless(route))
        const { right } = route
        const allowed =
          right !== 'open' &&
          right !== 'signed-in' &&
          route.scope !== null &&
          scopesGive(keyScopes, right) &&
          can({ role, userId: who(role).id }, right, { startedBy: who('member').id })
        // What an earlier caller took away is not there any more, which is no refusal: the body or the state is.
        const passed = ![401, 403].includes(status)
        if (status >= 500 || passed !== allowed || (!allowed && status !== 403))
          found.push(`${nameOf(route)} ${String(status)}`)
      }
      expect(found).toEqual([])
    },
  )

  test('A role that must have a second factor reaches nothing without one', async () => {
    await t.root.query('update workspaces set two_factor_roles = $1 where id = $2', [
      ['admin', 'auditor', 'member', 'guest'],
      mine.workspace,
    ])
    for (const role of ending) expect(await unlike(403, inside, who(role))).toEqual([])
    const answer = await a.ask('GET', `/workspaces/${mine.workspace}`, { as: who('admin') })
    expect(answer.body).toMatchObject({ error: { code: 'second_factor_needed' } })
    expect((await a.ask('GET', `/workspaces/${mine.workspace}`, { as: who('owner') })).status).toBe(200)
    const me = await a.ask('GET', '/me', { as: who('admin') })
    expect(me.body).toMatchObject({ workspaces: [{ id: mine.workspace, secondFactorNeeded: true }] })
    await t.root.query(`update workspaces set two_factor_roles = '{}'`)
  })

  test("A member may not stop somebody else's job", async () => {
    await t.root.query('update jobs set actor_id = $1 where id = $2', [who('owner').id, mine.job])
    for (const verb of ['cancel', 'retry']) {
      const path = `/workspaces/${mine.workspace}/jobs/${mine.job}/${verb}`
      expect((await a.ask('POST', path, { as: who('member') })).status).toBe(403)
      expect([200, 409]).toContain((await a.ask('POST', path, { as: who('admin') })).status)
    }
  })

  test('Only an owner may make another workspace, or the one with the simulator', async () => {
    for (const name of ['admin', 'auditor', 'member', 'guest', 'former member', 'invited', 'outsider']) {
      expect((await a.ask('POST', '/simulator', { as: who(name) })).status).toBe(403)
      expect((await a.ask('POST', '/workspaces', { as: who(name), body: { name: 'x' } })).status).toBe(403)
    }
  })
})

describe('An id of another workspace is an unknown id', () => {
  const withIds = table.filter((route) => /:workspace\/.*:/.test(route.path))
  const answerOf = async (route: Route, ids: Full, role: Role) => {
    cells += 1
    const name = nameOf(route)
    const body =
      route.endpoint.body === null
        ? undefined
        : (bodies[name] ?? (withIds.includes(route) ? expect.fail(`no body for ${name}`) : []))
    const { status, body: answer } = await a.ask(route.method.toUpperCase(), filled(route.path, ids), {
      as: who(role),
      body,
    })
    return { status, answer: JSON.stringify(answer).replace(/"reference":"[^"]*"/, '') }
  }

  test.each(roles)('Asked by %s: each route with each id', async (role) => {
    const found: string[] = []
    for (const route of withIds) {
      const ask = (ids: Partial<Full>) => answerOf(route, { ...ids, workspace: mine.workspace } as Full, role)
      const allowed = can({ role, userId: who(role).id }, route.right as Action)
      const answer = await ask(theirs)
      for (const [what, other] of [
        ['unknown', await ask({})],
        ['nonsense', await ask(nonsense)],
      ] as const) {
        // Some nonsense is another address altogether.
        const same = what === 'nonsense' ? [403, 404].includes(other.status) : isEqual(other, answer)
        if (answer.status !== (allowed ? 404 : 403) || !same)
          found.push(`${nameOf(route)}: ${JSON.stringify(answer)}, ${what}: ${JSON.stringify(other)}`)
      }
    }
    expect(found).toEqual([])
  })

  test('The whole other workspace is as unknown as one that never was', async () => {
    const found: string[] = []
    for (const route of table.filter(({ path }) => path.startsWith('/workspaces/:workspace'))) {
      const foreign = await answerOf(route, theirs, 'owner')
      const unknown = await answerOf(route, { workspace: randomUUID() } as Full, 'owner')
      if (foreign.status !== 404 || !isEqual(foreign, unknown))
        found.push(`${nameOf(route)}: ${JSON.stringify(foreign)}, unknown: ${JSON.stringify(unknown)}`)
    }
    expect(found).toEqual([])
  })

  test("Another person's session, passkey and news are as unknown as those that never were", async () => {
    const theirsOnly = who('admin')
    const sessions = await a.ask('GET', '/sessions', { as: theirsOnly })
    const [session] = (sessions.body as { rows: { id: string }[] }).rows
    const [passkey, news] = [randomUUID(), randomUUID()]
    await t.root.query(
      `insert into auth_passkey (id, name, public_key, user_id, credential_id, counter, device_type, backed_up) values ($1, 'Key', 'k', $2, $1, 0, 'x', false)`,
      [passkey, theirsOnly.id],
    )
    await t.root.query(`insert into person_news (id, user_id, sentence) values ($1, $2, 'News.')`, [
      news,
      theirsOnly.id,
    ])
    for (const [method, path, id, body] of [
      ['DELETE', '/sessions', session?.id ?? '', undefined],
      ['DELETE', '/me/passkeys', passkey, undefined],
      ['PATCH', '/me/passkeys', passkey, { name: 'Mine' }],
      ['DELETE', '/me/news', news, undefined],
    ] as const) {
      const ask = async (one: string) => {
        cells += 1
        const { status, body: answer } = await a.ask(method, `${path}/${one}`, { as: who('member'), body })
        return { status, answer: JSON.stringify(answer).replace(/"reference":"[^"]*"/, '') }
      }
      const foreign = await ask(id)
      expect(foreign.status).toBe(404)
      expect(foreign).toEqual(await ask(randomUUID()))
    }
    expect((await a.ask('GET', '/sessions', { as: theirsOnly })).body).toEqual(sessions.body)
  })

  test('Ids inside a body or a query are no way around', async () => {
    const path = `/workspaces/${mine.workspace}/connections/${mine.connection}`
    const started = await a.ask('POST', `${path}/check-for-updates`, {
      as: who('owner'),
      body: { partnerId: theirs.partner },
    })
    expect(started.status).toBe(404)
    for (const [list, filter] of [
      ['resources', 'partner'],
      ['principals', 'partner'],
      ['changes', 'partner'],
    ]) {
      const foreign = await a.ask('GET', `${path}/${list ?? ''}?${filter ?? ''}=${theirs.partner}`, {
        as: who('owner'),
      })
      expect(foreign.status).toBe(404)
    }
    for (const filter of [
      `jobs?connection=${theirs.connection}`,
      `identities?connection=${theirs.connection}`,
      `resources?connection=${theirs.connection}`,
      `resources?partner=${theirs.partner}`,
    ]) {
      const foreign = await a.ask('GET', `/workspaces/${mine.workspace}/${filter}`, { as: who('owner') })
      expect(foreign.status, filter).toBe(404)
    }
  })

  test('Nothing of the other workspace was touched', async () => {
    // What it was filled with.
    expect((await a.audit(theirs.workspace)).map(({ actor_id }) => actor_id)).toEqual(['a test'])
    const { rows } = await t.root.query(
      `select c.label, c.removed_at, p.shared_only, (select count(*)::int from credentials k where k.partner_id = p.id) as tokens,
        (select status from proposals where id = $2) as proposal from connections c join partners p on p.connection_id = c.id where c.id = $1`,
      [theirs.connection, theirs.proposal],
    )
    expect(rows).toEqual([
      {
        label: 'A connection of the test',
        removed_at: null,
        shared_only: false,
        tokens: 1,
        proposal: 'open',
      },
    ])
  })
})

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

const nonsense: Full = {
  workspace: '',
  connection: 'x',
  partner: '../..',
  principal: '0',
  resource: "';--",
  job: '%00',
  proposal: 'null',
  member: "';--",
  key: '%2e%2e',
  invitation: 'null',
  secret: "';--",
  request: '0',
  appRequest: 'nonsense',
  picture: 'nonsense',
  event: 'x',
}
