// What opens the door ends within a second on every process: two programs on one database, each asked again and again, with a stream
// open on each, while the session, the key or the membership behind it ends on the other one.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { KEY_START } from '../model/api-key.ts'
import type { Role } from '../model/member.ts'
import { keyHash } from '../store/api-keys.ts'
import { openPool } from '../store/db.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { resetPassword, transferOwnership } from './break-glass.ts'
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
  /** Of the second factor, where there is one. */
  secret?: string
  /** The workspace, where it is not the one of all. */
  place?: string
  headers: Record<string, string>
  /** Who stands behind it. */
  person: TestPerson
  /** The key's id, where it is one. */
  key?: string
  /** What is asked for and watched, where it is not the apps and what happens. */
  asks?: string
  watches?: string
}
const cookie = (person: TestPerson): Door => ({ headers: { cookie: person.cookie }, person })

async function session(role: Role = 'member', place = workspace): Promise<Door> {
  const person = await a.person()
  await a.join(place, person, role)
  return cookie(person)
}

async function keyOf(person: TestPerson, place = workspace): Promise<Door> {
  const [id, text] = [randomUUID(), `${KEY_START}${randomUUID()}`]
  await t.root.query(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by) values ($1, $2, 'k', 'glk_test', $3, '{read}', $4)`,
    [id, place, keyHash(text), person.id],
  )
  return { headers: { authorization: `Bearer ${text}` }, person, key: id }
}

const key = async (role: Role = 'member') => keyOf((await session(role)).person)

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

/** A door to a workspace of its own. */
async function elsewhere(role: Role): Promise<Door> {
  const place = await t.makeWorkspace()
  const at = `/workspaces/${place}`
  return { ...(await session(role, place)), place, asks: `${at}/connections`, watches: `${at}/events` }
}

/** What is told of a task that goes on. */
async function watchedJob(): Promise<string> {
  const [job, connection] = [randomUUID(), await t.makeConnection(workspace)]
  await t.root.query(
    `insert into jobs (id, workspace_id, connection_id, kind, trigger, status) values ($1, $2, $3, 'check-for-updates', 'person', 'running')`,
    [job, workspace, connection],
  )
  return `${ws}/jobs/${job}/events`
}

const done = (status: number) => expect([200, 204]).toContain(status)
const asOwner = async (method: string, path: string, body?: unknown) =>
  done((await a.ask(method, `${ws}${path}`, { as: owner, body })).status)

type Way = [name: string, make: () => Promise<Door>, end: (door: Door) => Promise<unknown>]
const demandSecondFactor = async ({ place = '' }: Door) => {
  await a.join(place, owner, 'owner')
  const body = { twoFactor: { member: true } }
  // The owner has none either, and is asked for none.
  done((await a.ask('PATCH', `/workspaces/${place}`, { as: owner, body })).status)
}

const ways: Way[] = [
  [
    'A session that signs out',
    () => session(),
    async ({ person }) => done((await a.ask('POST', '/api/auth/sign-out', { as: person, body: {} })).status),
  ],
  [
    'A session that is ended from another device',
    () => session(),
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
    () => session(),
    async ({ person }) => {
      const there = { ...person, cookie: (await a.signIn(person.email)).cookie }
      const body = { currentPassword: PASSWORD, newPassword: 'another long enough password' }
      done((await a.ask('POST', '/api/auth/change-password', { as: there, body })).status)
    },
  ],
  [
    'A session of somebody who forgot the password and took a link',
    () => session(),
    async ({ person }) => {
      const made = await a.ask('POST', `${ws}/members/${person.id}/password-link`, { as: owner })
      const secret = new URL((made.body as { link: string }).link).hash.slice(1)
      const body = { secret, password: 'another long enough password' }
      done((await a.ask('POST', '/password-links/redeem', { body })).status)
    },
  ],
  [
    'A session elsewhere, once a second factor is set up',
    () => session(),
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
  ['A removed member', () => session(), ({ person }) => asOwner('DELETE', `/members/${person.id}`)],
  [
    'A session that is ended with all others from another device',
    () => session(),
    async ({ person }) => {
      const there = { ...person, cookie: (await a.signIn(person.email)).cookie }
      done((await a.ask('DELETE', '/sessions', { as: there })).status)
    },
  ],
  [
    'A session that ends itself in its own list',
    () => session(),
    async ({ person }) => {
      const { rows } = (await a.ask('GET', '/sessions', { as: person })).body as { rows: { id: string }[] }
      done((await a.ask('DELETE', `/sessions/${rows[0]?.id ?? ''}`, { as: person })).status)
    },
  ],
  [
    'A session past its time',
    () => session(),
    ({ person }) =>
      t.root.query('update auth_session set expires_at = now() where user_id = $1', [person.id]),
  ],
  [
    'A session elsewhere, once the second factor is stopped',
    withSecondFactor,
    async ({ person, secret }) => {
      const challenge = (await a.signIn(person.email)).cookie
      // A code counts once, and one of them set it up.
      const entered = await a.ask('POST', '/sign-in/second-factor', {
        headers: { cookie: challenge },
        body: { code: codeOf(secret ?? '', 1) },
      })
      done(entered.status)
      const headers = { cookie: cookiesOf(entered.headers) }
      done((await a.ask('POST', '/me/two-factor/stop', { headers, body: { password: PASSWORD } })).status)
    },
  ],
  [
    'A session, once the password is set on the command line',
    () => session(),
    ({ person }) => resetPassword(a.parts, person.email, { dropSecondFactor: false }),
  ],
  [
    'A session with a second factor that the command line takes away',
    withSecondFactor,
    ({ person }) => resetPassword(a.parts, person.email, { dropSecondFactor: true }),
  ],
  [
    'A session of who is made the owner on the command line',
    () => elsewhere('member'),
    ({ person, place }) => transferOwnership(t.db, place ?? '', person.email, { dropSecondFactor: false }),
  ],
  [
    'A session of who was the owner before that',
    () => elsewhere('owner'),
    async ({ place }) => {
      const next = await a.person()
      await transferOwnership(t.db, place ?? '', next.email, { dropSecondFactor: false })
    },
  ],
  [
    'A session in a workspace that is deleted',
    () => elsewhere('member'),
    async ({ place }) => {
      await a.join(place ?? '', owner, 'owner')
      const body = { name: 'A workspace of the test' }
      done((await a.ask('DELETE', `/workspaces/${place ?? ''}`, { as: owner, body })).status)
    },
  ],
  [
    'A removed member who watches a task',
    async () => ({ ...(await session()), watches: await watchedJob() }),
    ({ person }) => asOwner('DELETE', `/members/${person.id}`),
  ],
  [
    'An auditor of the log who became a member',
    async () => ({ ...(await session('auditor')), asks: `${ws}/audit`, watches: '' }),
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'member' }),
  ],
  [
    'An admin among the keys who became a member',
    async () => ({ ...(await session('admin')), asks: `${ws}/api-keys`, watches: '' }),
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'member' }),
  ],
  [
    'A key whose maker became a guest',
    () => key(),
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'guest' }),
  ],
  [
    'A key for the log whose maker may no longer read it',
    async () => ({ ...(await key('auditor')), asks: `${ws}/audit`, watches: '' }),
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'member' }),
  ],
  [
    'A key whose maker must now have a second factor',
    async () => {
      const door = await elsewhere('member')
      return { ...door, ...(await keyOf(door.person, door.place)) }
    },
    (door) => demandSecondFactor(door),
  ],
  [
    'A key whose maker is past the end of their stay',
    () => key(),
    ({ person }) => t.root.query('update members set ends_at = now() where user_id = $1', [person.id]),
  ],
  [
    'A guest whose time is over',
    () => session(),
    ({ person }) => t.root.query('update members set ends_at = now() where user_id = $1', [person.id]),
  ],
  [
    'A member who became a guest',
    () => session(),
    ({ person }) => asOwner('PATCH', `/members/${person.id}`, { role: 'guest' }),
  ],
  [
    'A member of whom a second factor is now asked',
    () => elsewhere('member'),
    (door) => demandSecondFactor(door),
  ],
  ['A revoked key', () => key(), (door) => asOwner('POST', `/api-keys/${door.key ?? ''}/revoke`)],
  [
    'A key past its end',
    () => key(),
    (door) => t.root.query('update api_keys set expires_at = now() where id = $1', [door.key]),
  ],
  ['A key of a removed member', () => key(), ({ person }) => asOwner('DELETE', `/members/${person.id}`)],
]

/** Ends when the stream does. */
async function drained(response: Response): Promise<void> {
  const reader = response.body?.getReader() ?? expect.fail('no stream')
  while (!(await reader.read()).done);
}

describe('Within a second, on both programs', () => {
  // Side by side: each waits for its streams.
  test.concurrent.each(ways)('%s', async (_, make, end) => {
    await t.root.query('truncate auth_tries, auth_rate_limit')
    const door = await make()
    const headers = { host: publicUrl.host, ...door.headers }
    const ask = (at: number, path: string) =>
      programs[at]?.(`/api/v1${path}`, { headers }) ?? expect.fail('no program')
    const { asks = `${ws}/connections`, watches = `${ws}/events` } = door
    const streams = watches === '' ? [] : await Promise.all([0, 1].map((at) => ask(at, watches)))
    expect(streams.filter(({ status }) => status !== 200)).toEqual([])
    const ended = streams.map(drained)
    for (const at of [0, 1]) expect((await ask(at, asks)).status).toBe(200)
    await end(door)
    // Each request looks at the database, so there is nothing to wait for; what is open looks by itself.
    for (const at of [0, 1]) expect([401, 403, 404]).toContain((await ask(at, asks)).status)
    const over = Promise.all(ended).then(() => 'over')
    expect(await Promise.race([over, sleep(WITHIN_MS, 'still open')])).toBe('over')
  })
})

// Within the millisecond in which it ended, too: the program's clock tells no shorter time.
test('A guest whose time is over stays outside where the clock of the program is behind', async () => {
  const door = await session()
  const headers = { host: publicUrl.host, ...door.headers }
  const ask = async () => (await programs[0]?.(`/api/v1${ws}/connections`, { headers }))?.status
  expect(await ask()).toBe(200)
  await t.root.query('update members set ends_at = now() where user_id = $1', [door.person.id])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 })
  try {
    expect([401, 403, 404]).toContain(await ask())
  } finally {
    vi.useRealTimers()
  }
})

test.each<[string, (person: TestPerson) => Promise<unknown>]>([
  [
    'a new password',
    async (person) => {
      const body = { currentPassword: PASSWORD, newPassword: 'another long enough password' }
      done((await a.ask('POST', '/api/auth/change-password', { as: person, body })).status)
    },
  ],
  [
    'the end of all other sessions',
    async (person) => done((await a.ask('DELETE', '/sessions', { as: person })).status),
  ],
])('A sign-in that waits for its code does not outlive %s', async (_, end) => {
  await t.root.query('truncate auth_tries, auth_rate_limit')
  const { person, secret } = await withSecondFactor()
  const waiting = (await a.signIn(person.email)).cookie
  await end(person)
  const body = { code: codeOf(secret, 1) }
  const answer = await a.ask('POST', '/sign-in/second-factor', { headers: { cookie: waiting }, body })
  expect([answer.status, cookiesOf(answer.headers)]).toEqual([401, ''])
})

/** The second, and room for a machine that is busy with other tests: a look takes a moment itself. */
const WITHIN_MS = 10_000
