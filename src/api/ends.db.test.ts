// What opens the door ends within a second on every process: two programs on one database, each asked again and again, with a stream
// open on each, while the session, the key or the membership behind it ends on the other one.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { KEY_START } from '../model/api-key.ts'
import { keyHash } from '../store/api-keys.ts'
import { openPool } from '../store/db.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { cookiesOf, PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { codeOf } from './testing/totp.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const owner = await a.person()
await a.join(workspace, owner, 'owner')
const ws = `/workspaces/${workspace}`

/** The second program: its own pool and its own sign-in, with the secret that both have from the data folder. */
const db = openPool(t.appUrl, { onError: () => undefined })
afterAll(() => db.close())
const { publicUrl, log } = a.parts
const other = createApp({ ...a.parts, db, auth: createAuth({ db, secret: a.secret, publicUrl, log }) })
const programs = [
  (path: string, init: RequestInit) => a.raw(path, init),
  async (path: string, init: RequestInit) =>
    other.request(path, init, { incoming: { socket: { remoteAddress: '127.0.0.1' } } }),
]

interface Door {
  headers: Record<string, string>
  /** Who stands behind it. */
  person: TestPerson
  /** The key's id, where it is one. */
  key?: string
}
const cookie = (person: TestPerson): Door => ({ headers: { cookie: person.cookie }, person })

async function session(): Promise<Door> {
  const person = await a.person()
  await a.join(workspace, person, 'member')
  return cookie(person)
}

async function key(): Promise<Door> {
  const { person } = await session()
  const [id, text] = [randomUUID(), `${KEY_START}${randomUUID()}`]
  await t.root.query(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by) values ($1, $2, 'k', 'glk_test', $3, '{read}', $4)`,
    [id, workspace, keyHash(text), person.id],
  )
  return { headers: { authorization: `Bearer ${text}` }, person, key: id }
}

async function withSecondFactor(): Promise<Door & { secret: string }> {
  const door = await session()
  const started = await a.ask('POST', '/me/two-factor/start', {
    as: door.person,
    body: { password: PASSWORD },
  })
  const { secret } = started.body as { secret: string }
  const body = { code: codeOf(secret) }
  const confirmed = await a.ask('POST', '/me/two-factor/confirm', { as: door.person, body })
  return { ...cookie({ ...door.person, cookie: cookiesOf(confirmed.headers) }), secret }
}

const done = (status: number) => expect([200, 204]).toContain(status)
const asOwner = async (method: string, path: string, body?: unknown) =>
  done((await a.ask(method, `${ws}${path}`, { as: owner, body })).status)

const ways: [string, () => Promise<Door>, (door: Door) => Promise<unknown>][] = [
  [
    'A session that signs out',
    session,
    async ({ person }) => done((await a.ask('POST', '/api/auth/sign-out', { as: person, body: {} })).status),
  ],
  [
    'A session that is ended from another device',
    session,
    async ({ person }) => {
      const { rows } = await t.root.query<{ id: string }>('select id from auth_session where user_id = $1', [
        person.id,
      ])
      const there = { ...person, cookie: (await a.signIn(person.email)).cookie }
      done((await a.ask('DELETE', `/sessions/${rows[0]?.id ?? ''}`, { as: there })).status)
    },
  ],
  [
    'A session elsewhere, at a new password',
    session,
    async ({ person }) => {
      const there = { ...person, cookie: (await a.signIn(person.email)).cookie }
      const body = { currentPassword: PASSWORD, newPassword: 'another long enough password' }
      done((await a.ask('POST', '/api/auth/change-password', { as: there, body })).status)
    },
  ],
  [
    'A session of somebody who forgot the password and took a link',
    session,
    async ({ person }) => {
      const made = await a.ask('POST', `${ws}/members/${person.id}/password-link`, { as: owner })
      const secret = new URL((made.body as { link: string }).link).hash.slice(1)
      const body = { secret, password: 'another long enough password' }
      done((await a.ask('POST', '/password-links/redeem', { body })).status)
    },
  ],
  [
    'A session elsewhere, once a second factor is set up',
    session,
    async ({ person }) => {
      const there = { ...person, cookie: (await a.signIn(person.email)).cookie }
      const started = await a.ask('POST', '/me/two-factor/start', { as: there, body: { password: PASSWORD } })
      const body = { code: codeOf((started.body as { secret: string }).secret) }
      done((await a.ask('POST', '/me/two-factor/confirm', { as: there, body })).status)
    },
  ],
  [
    'A session, once the second factor is reset',
    withSecondFactor,
    ({ person }) => asOwner('POST', `/members/${person.id}/reset-second-factor`),
  ],
  ['A removed member', session, ({ person }) => asOwner('DELETE', `/members/${person.id}`)],
  [
    'A guest whose time is over',
    session,
    ({ person }) => t.root.query('update members set ends_at = now() where user_id = $1', [person.id]),
  ],
  [
    'A member who became a guest',
    session,
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'guest' }),
  ],
  [
    'A member of whom a second factor is now asked',
    session,
    () => asOwner('PATCH', '', { twoFactorRoles: ['member'] }),
  ],
  ['A revoked key', key, (door) => asOwner('POST', `/api-keys/${door.key ?? ''}/revoke`)],
  [
    'A key past its end',
    key,
    (door) => t.root.query('update api_keys set expires_at = now() where id = $1', [door.key]),
  ],
  ['A key of a removed member', key, ({ person }) => asOwner('DELETE', `/members/${person.id}`)],
]

/** Ends when the stream does. */
async function drained(response: Response): Promise<void> {
  const reader = response.body?.getReader() ?? expect.fail('no stream')
  while (!(await reader.read()).done);
}

describe('Within a second, on both programs', () => {
  test.each(ways)('%s', async (_, make, end) => {
    await t.root.query('truncate auth_tries, auth_rate_limit')
    await t.root.query(`update workspaces set two_factor_roles = '{}'`)
    const door = await make()
    const headers = { host: publicUrl.host, ...door.headers }
    const ask = (at: number, path: string) =>
      programs[at]?.(`/api/v1${path}`, { headers }) ?? expect.fail('no program')
    const streams = await Promise.all([0, 1].map((at) => ask(at, `${ws}/events`)))
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    const ended = streams.map(drained)
    for (const at of [0, 1]) expect((await ask(at, `${ws}/connections`)).status).toBe(200)
    await end(door)
    // Each request looks at the database, so there is nothing to wait for; what is open looks by itself.
    for (const at of [0, 1]) expect([401, 403, 404]).toContain((await ask(at, `${ws}/connections`)).status)
    const over = Promise.all(ended).then(() => 'over')
    expect(await Promise.race([over, sleep(WITHIN_MS, 'still open')])).toBe('over')
  })
})

/** The second, and room for a machine that is busy with other tests: a look takes a moment itself. */
const WITHIN_MS = 4_000
