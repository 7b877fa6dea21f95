// API keys from end to end: told once and hashed, scopes within the maker's present role, every way that a key ends, who did what with
// it in the activity log, and the example of docs/api.md run as a program against the real server.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { keyScopes, scopeOf, scopesGive } from '../model/api-key.ts'
import type { KeyScope } from '../model/api-key.ts'
import { actions, can } from '../model/can.ts'
import type { Role } from '../model/member.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp, routes } from './app.ts'
import type { Route } from './route.ts'
import { listening } from './testing/listening.ts'
import { testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { filled, fullWorkspace } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t)
const table: readonly Route[] = routes
const [owner, admin, second] = [await a.person(), await a.person(), await a.person()]
const mine = await fullWorkspace(t, owner.id)
const { workspace } = mine
await a.join(workspace, owner, 'owner')
await a.join(workspace, admin, 'admin')
await a.join(workspace, second, 'admin')

interface Made {
  key: { id: string; prefix: string; scopes: KeyScope[]; state: string }
  text: string
}

async function make(as: TestPerson, scopes: readonly KeyScope[], more: object = {}): Promise<Made> {
  const answer = await a.ask('POST', `/workspaces/${workspace}/api-keys`, {
    as,
    body: { name: 'A program', scopes, expiresAt: null, ...more },
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Made
}

/** A request as a program sends it: no cookie, no origin. */
async function program(text: string, path: string, method = 'GET', body?: unknown, headers = {}) {
  const response = await a.raw(`/api/v1${path}`, {
    method,
    headers: {
      host: 'localhost:4400',
      authorization: `Bearer ${text}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const isJson = /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '')
  if (isJson) return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  await response.body?.cancel()
  return { status: response.status, body: {} }
}
const see = async (text: string) => (await program(text, `/workspaces/${workspace}`)).status

describe('A key', () => {
  test('is told once, has 256 bits, and is nowhere in the database, the log or an answer but the first', async () => {
    const { key, text } = await make(owner, ['read'])
    expect(text).toMatch(/^glk_[\w-]{43}$/)
    expect(key).toMatchObject({
      prefix: text.slice(0, 8),
      scopes: ['read'],
      state: 'active',
      lastUsedAt: null,
    })
    expect(await see(text)).toBe(200)
    const list = await a.ask('GET', `/workspaces/${workspace}/api-keys`, { as: owner })
    const found = (list.body as { rows: Made['key'][] }).rows.find((row) => row.id === key.id)
    const one = await a.ask('GET', `/workspaces/${workspace}/api-keys/${key.id}`, { as: owner })
    expect(one.body).toEqual(found)
    expect(found).toMatchObject({
      lastUsedAt: expect.stringMatching(/^\d{4}-/) as string,
      madeBy: { id: owner.id },
    })
    const { rows } = await t.root.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    )
    const everything = await Promise.all(
      rows.map(async ({ name }) =>
        JSON.stringify((await t.root.query(`select to_jsonb(x) from "${name}" x`)).rows),
      ),
    )
    for (const dump of [...everything, JSON.stringify(list.body), a.logged.join('\n')])
      expect(dump).not.toContain(text.slice(4))
    expect(new Set([(await make(owner, ['read'])).text, (await make(owner, ['read'])).text, text]).size).toBe(
      3,
    )
  })

  test.each([
    ['no scope', { scopes: [] }],
    ['an unknown scope', { scopes: ['owner'] }],
    ['no name', { name: ' ' }],
    ['an end that is over', { expiresAt: new Date(Date.now() - 1_000).toISOString() }],
    ['an end beyond a year', { expiresAt: new Date(Date.now() + 367 * 86_400_000).toISOString() }],
  ])('is not made with %s', async (_, wrong) => {
    const body = { name: 'x', scopes: ['read'], expiresAt: null, ...wrong }
    expect((await a.ask('POST', `/workspaces/${workspace}/api-keys`, { as: owner, body })).status).toBe(400)
  })

  test('is one of a hundred at most, also where 200 are asked for at once', async () => {
    const other = await t.makeWorkspace()
    await a.join(other, second, 'owner')
    await t.root.query(
      `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by)
        select gen_random_uuid(), $1, 'k', 'glk_', sha256(n::text::bytea || $3::bytea), '{read}', $2 from generate_series(1, 99) n`,
      [other, second.id, Buffer.from(other)],
    )
    const body = { name: 'x', scopes: ['read'], expiresAt: null }
    const tries = Array.from({ length: 200 }, () =>
      a.ask('POST', `/workspaces/${other}/api-keys`, { as: second, body }),
    )
    const statuses = (await Promise.all(tries)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, ...Array<number>(199).fill(409)])
  })
})

describe('What a key reaches', () => {
  const inside = table.filter(({ path }) => path.startsWith('/workspaces/:workspace'))
  /** A body that no schema takes, so that nothing is done where the key passes. */
  const harmless = (route: Route) => (route.endpoint.body === null ? undefined : [])
  // Last what changes most.
  const order = (route: Route) => (route.method === 'delete' ? 1 : 0)

  test.each(keyScopes)('with the scope %s alone: exactly the routes of that scope', async (scope) => {
    const { text } = await make(owner, [scope])
    const found: string[] = []
    for (const route of table.toSorted((x, y) => order(x) - order(y))) {
      const { status } = await program(
        text,
        filled(route.path, mine),
        route.method.toUpperCase(),
        harmless(route),
      )
      const reached = ![401, 403, 404].includes(status)
      // Without a scope it is refused, whatever the ids say: 403 before 404.
      const fits =
        route.scope === scope ? status < 500 && status !== 401 && status !== 403 : !reached && status === 403
      if (!fits) found.push(`${route.method} ${route.path} ${String(status)}`)
    }
    expect(found).toEqual([])
  })

  test('Identity, keys, roles, ownership, secrets and setup are out of reach of every key', () => {
    const unreachable = table.filter(({ scope }) => scope === null).map(({ path }) => path)
    for (const word of [
      '/members',
      '/invitations',
      '/hand-over',
      '/api-keys',
      '/secrets',
      '/vault',
      '/me',
      '/sessions',
      '/setup',
      '/notices',
    ]) {
      const named = table.filter(({ path }) => path.includes(word) || path === word)
      expect(named.length, word).toBeGreaterThan(0)
      for (const { path } of named) expect(unreachable).toContain(path)
    }
    for (const action of actions.filter(
      (one) => /^(member|key|workspace|secret|guest)\./.test(one) && one !== 'workspace.see',
    )) {
      expect(scopeOf(action), action).toBeNull()
    }
    // And everything else that the console does can be scripted.
    for (const route of inside.filter(({ right }) => scopeOf(right as (typeof actions)[number]) !== null)) {
      const forPeople =
        /\/(members|invitations|notices)(\/|$)/.test(route.path) || route.path.endsWith('/recipients')
      expect(route.scope === null, route.path).toBe(forPeople)
    }
  })

  test.each(['owner', 'admin', 'auditor', 'member', 'guest'] satisfies Role[])(
    'is never more than its maker may as %s, from the next request on',
    async (role) => {
      const maker = await a.person()
      await a.join(workspace, maker, 'admin')
      const { text } = await make(maker, keyScopes)
      if (role === 'owner')
        await t.root.query(`update members set role = 'admin' where workspace_id = $1 and role = 'owner'`, [
          workspace,
        ])
      await t.root.query('update members set role = $3 where workspace_id = $1 and user_id = $2', [
        workspace,
        maker.id,
        role,
      ])
      const found: string[] = []
      for (const route of inside.filter(({ scope, method }) => scope !== null && method !== 'delete')) {
        const { status } = await program(
          text,
          filled(route.path, mine),
          route.method.toUpperCase(),
          harmless(route),
        )
        const right = route.right as (typeof actions)[number]
        const allowed =
          can({ role, userId: maker.id }, right, { startedBy: owner.id }) && scopesGive(keyScopes, right)
        if (status >= 500 || (status === 403) === allowed)
          found.push(`${route.method} ${route.path} ${String(status)}`)
      }
      expect(found).toEqual([])
      await t.root.query('delete from members where workspace_id = $1 and user_id = $2', [
        workspace,
        maker.id,
      ])
      await a.join(workspace, owner, 'owner')
    },
  )

  test('Another workspace is not there, also one that its maker owns', async () => {
    const other = await fullWorkspace(t)
    await a.join(other.workspace, owner, 'owner')
    const { text } = await make(owner, keyScopes)
    for (const route of inside.filter(({ scope }) => scope !== null)) {
      const { status } = await program(
        text,
        filled(route.path, other),
        route.method.toUpperCase(),
        harmless(route),
      )
      expect(status, route.path).toBe(404)
    }
  })

  test('It is judged by the key alone: a cookie beside it adds nothing, and a wrong key is not saved by one', async () => {
    const { text } = await make(owner, ['read'])
    const make2 = { name: 'x', scopes: ['read'], expiresAt: null }
    expect(
      (await program(text, `/workspaces/${workspace}/api-keys`, 'POST', make2, { cookie: owner.cookie }))
        .status,
    ).toBe(403)
    for (const wrong of [
      'glk_wrong',
      '',
      'x'.repeat(5_000),
      text.slice(0, -1),
      `${text}x`,
      text.toUpperCase(),
    ]) {
      expect(
        (await program(wrong, `/workspaces/${workspace}`, 'GET', undefined, { cookie: owner.cookie })).status,
      ).toBe(401)
    }
    // Another site's page cannot send the header, and without it nothing of the rule for pages is lifted.
    const forged = await a.raw(`/api/v1/workspaces/${workspace}/connections`, {
      method: 'POST',
      headers: {
        host: 'localhost:4400',
        origin: 'https://evil.example',
        cookie: owner.cookie,
        'content-type': 'application/json',
        authorization: 'Basic eDp5',
      },
      body: '{}',
    })
    expect(forged.status).toBe(403)
  })
})

describe('A key ends', () => {
  test.each<[string, (made: Made, maker: TestPerson) => Promise<unknown>]>([
    [
      'when it is revoked',
      ({ key }) => a.ask('POST', `/workspaces/${workspace}/api-keys/${key.id}/revoke`, { as: second }),
    ],
    [
      'when its time is over',
      ({ key }) =>
        t.root.query(`update api_keys set expires_at = now() - interval '1 ms' where id = $1`, [key.id]),
    ],
    [
      'when its maker is removed',
      (_, maker) => a.ask('DELETE', `/workspaces/${workspace}/members/${maker.id}`, { as: owner }),
    ],
    [
      'for good when its maker was removed and came back',
      async (_, maker) => {
        await a.ask('DELETE', `/workspaces/${workspace}/members/${maker.id}`, { as: owner })
        await t.root.query(`update members set status = 'active', created_at = now() where user_id = $1`, [
          maker.id,
        ])
      },
    ],
    [
      "when its maker's account is deleted",
      (_, maker) => t.root.query('delete from auth_user where id = $1', [maker.id]),
    ],
    [
      'when its workspace is deleted',
      async ({ key }) => t.root.query('delete from api_keys where id = $1', [key.id]),
    ],
  ])('%s, at the next request', async (_, end) => {
    const maker = await a.person()
    await a.join(workspace, maker, 'admin')
    const made = await make(maker, ['read'])
    expect(await see(made.text)).toBe(200)
    await end(made, maker)
    expect(await see(made.text)).toBe(401)
  })

  test('Revoking it twice, or one of another workspace, is refused, and told in the log', async () => {
    const { key } = await make(owner, ['read'])
    const path = `/workspaces/${workspace}/api-keys/${key.id}/revoke`
    expect((await a.ask('POST', path, { as: admin })).body).toMatchObject({ state: 'revoked' })
    expect((await a.ask('POST', path, { as: admin })).status).toBe(409)
    const log = await a.audit(workspace)
    expect(log.filter((row) => row.subject_id === key.id).map((row) => [row.action, row.actor_id])).toEqual([
      ['api-key.make', owner.id],
      ['api-key.revoke', admin.id],
    ])
  })

  test('A stream that it watches ends with it', async () => {
    const { key, text } = await make(owner, ['read'])
    const response = await a.raw(`/api/v1/workspaces/${workspace}/events`, {
      headers: { host: 'localhost:4400', authorization: `Bearer ${text}` },
    })
    const reader = response.body?.getReader() ?? expect.fail('no stream')
    expect((await reader.read()).done).toBe(false)
    await a.ask('POST', `/workspaces/${workspace}/api-keys/${key.id}/revoke`, { as: owner })
    await t.root.query(`select pg_notify('guestlist_jobs', $1)`, [
      JSON.stringify({ workspaceId: workspace, jobId: mine.job }),
    ])
    expect((await reader.read()).done).toBe(true)
  })
})

test('Too many requests of one key, or too many wrong keys from one address, are refused', async () => {
  const { key, text } = await make(owner, ['read'])
  const results: number[] = []
  for (let n = 0; n < 605; n += 55) {
    const some = Array.from({ length: 55 }, () => see(text))
    results.push(...(await Promise.all(some)))
  }
  expect(results.filter((status) => status === 200)).toHaveLength(600)
  expect(results.filter((status) => status === 429)).toHaveLength(5)
  const wrong = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      a.raw(
        `/api/v1/workspaces/${workspace}`,
        { headers: { host: 'localhost:4400', authorization: `Bearer glk_${String(n)}` } },
        '198.51.100.9',
      ),
    ),
  )
  expect(wrong.filter(({ status }) => status === 429)).toHaveLength(10)
  expect(key.state).toBe('active')
})

test('The example of docs/api.md checks for updates and writes the lists, and the log names its key', async () => {
  const brand = await t.makeWorkspace()
  await a.join(brand, owner, 'owner')
  await a.connected(brand, owner)
  const { body } = await a.ask('POST', `/workspaces/${brand}/api-keys`, {
    as: owner,
    body: { name: 'The nightly export', scopes: ['read', 'check', 'export'], expiresAt: null },
  })
  const { key, text } = body as Made
  const folder = mkdtempSync(join(tmpdir(), 'guestlist-example-'))
  const { server, port } = await listening(createApp(a.parts).fetch)
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const env = {
    GUESTLIST_URL: `http://127.0.0.1:${String(port)}`,
    GUESTLIST_WORKSPACE: brand,
    GUESTLIST_KEY: text,
  }
  const run = await new Promise<{ code: number | null; out: string }>((done) => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../docs/examples/sync-and-export.mjs'), folder],
      { env },
    )
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.on('close', (code) => done({ code, out }))
  })
  expect(run, run.out).toMatchObject({ code: 0 })
  expect(run.out).toContain('The brand: complete')
  const files = readdirSync(folder)
  expect(files.map((file) => file.replace(/^.*-/, '')).sort()).toEqual([
    'changes.csv',
    'partners.csv',
    'principals.csv',
    'resources.csv',
  ])
  const partners = readFileSync(
    join(folder, files.find((file) => file.endsWith('partners.csv')) ?? ''),
    'utf8',
  )
  expect(partners.trim().split('\r\n').length).toBeGreaterThan(2)
  const log = await a.audit(brand)
  const withKey = log.filter((row) => (row.data as { key?: string }).key === key.id)
  expect(withKey.map((row) => row.action)).toEqual(expect.arrayContaining(['export.make']))
  expect(withKey.every((row) => row.actor_id === owner.id)).toBe(true)
  const { rows } = await t.root.query<{ trigger: string }>(
    `select trigger from jobs where workspace_id = $1 order by created_at desc limit 1`,
    [brand],
  )
  expect(rows).toEqual([{ trigger: 'api' }])
  const told = await a.ask('GET', `/workspaces/${brand}/audit?action=export.make`, { as: owner })
  expect(told.body).toMatchObject({
    rows: expect.arrayContaining([expect.objectContaining({ keyName: 'The nightly export' })]) as unknown,
  })
})
