// What can be guessed, or taken in bulk, is counted: each door by each way around its count. Most tries are set in the table to where a
// test begins to look, since a wrong try costs a slow hash on purpose. Codes, and tries side by side of a sign-in, stand with those.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createMail } from '../lib/mail.ts'
import { KEY_START } from '../model/api-key.ts'
import { Redacted } from '../model/redacted.ts'
import { keyHash } from '../store/api-keys.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { fullWorkspace } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t, { offerSimulator: false })
const owner = await a.person()
const mine = await fullWorkspace(t, owner.id)
await a.join(mine.workspace, owner, 'owner')
const ws = `/workspaces/${mine.workspace}`

/** Opens the secret of the workspace, of which the person becomes an owner. */
async function holder(): Promise<TestPerson> {
  const person = await a.person()
  await a.join(mine.workspace, person, 'member')
  await t.root.query(
    `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) values ($1, $2, $3, 'owner', $3)`,
    [mine.workspace, mine.secret, person.id],
  )
  return person
}
async function key(): Promise<string> {
  const text = `${KEY_START}${randomUUID()}`
  await t.root.query(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by) values ($1, $2, 'k', 'glk_test', $3, '{read}', $4)`,
    [randomUUID(), mine.workspace, keyHash(text), owner.id],
  )
  return text
}

type Try = (
  n: number,
  from: string,
  headers?: Record<string, string>,
) => Promise<{ status: number; headers: Headers }>
interface Door {
  most: number
  /** Whose tries are counted together. */
  per: 'account' | 'address'
  seconds: number
  /** What a try that is not held up answers. */
  passes: number
  /** A new account for each test; different things are tried with `n`. */
  tries: () => Promise<Try>
}
const posted =
  (path: string, body: (n: number) => unknown): Try =>
  (n, from, headers = {}) =>
    a.ask('POST', path, { body: body(n), from, headers })
const byAddress = (most: number, passes: number, path: string, body: (n: number) => unknown): Door => ({
  most,
  per: 'address',
  seconds: 15 * 60,
  passes,
  tries: () => Promise.resolve(posted(path, body)),
})
const own =
  (person: TestPerson, method: string, path: string, body?: (n: number) => unknown): Try =>
  (n, from, headers = {}) =>
    a.ask(method, path, { as: person, from, headers, ...(body === undefined ? {} : { body: body(n) }) })

const doors: Record<string, Door> = {
  'the password of an account': {
    ...{ most: 10, per: 'account', seconds: 15 * 60, passes: 401 },
    tries: async () => {
      const { email } = await a.person()
      // The same address in other letters is the same account.
      const spelled = (n: number) => (n % 2 === 0 ? email : ` ${email.toUpperCase()}`)
      return posted('/api/auth/sign-in/email', (n) => ({ email: spelled(n), password: 'not the password' }))
    },
  },
  'the password, asked for again': {
    ...{ most: 10, per: 'account', seconds: 15 * 60, passes: 400 },
    tries: async () => {
      const person = await a.person()
      const paths = ['/me/two-factor/start', '/me/passkeys/options', '/me/two-factor/stop']
      const body = { password: 'not the password' }
      return (n, from, headers) => own(person, 'POST', paths[n % 3] ?? '', () => body)(n, from, headers)
    },
  },
  'an invitation, looked up': byAddress(20, 200, '/invitations/look', (n) => ({ secret: `no ${String(n)}` })),
  'an invitation, redeemed': byAddress(20, 404, '/invitations/redeem', (n) => ({
    secret: `no ${String(n)}`,
  })),
  'a link to a new password': byAddress(20, 404, '/password-links/redeem', (n) => ({
    secret: `no ${String(n)}`,
    password: PASSWORD,
  })),
  'a token request': byAddress(20, 404, '/token-requests/hand-over', (n) => ({
    ...{ secret: `no ${String(n)}`, token: 'x', anyway: false },
  })),
  'an API key that nobody made': {
    ...byAddress(30, 401, '', () => null),
    seconds: 60,
    tries: () =>
      Promise.resolve((n, from, headers = {}) =>
        a.ask('GET', ws, { from, headers: { ...headers, authorization: `Bearer ${KEY_START}${String(n)}` } }),
      ),
  },
  'an API key': {
    ...{ most: 600, per: 'account', seconds: 60, passes: 200 },
    tries: async () => {
      const authorization = `Bearer ${await key()}`
      return (_, from, headers = {}) => a.ask('GET', ws, { from, headers: { ...headers, authorization } })
    },
  },
  'a secret, opened': {
    ...{ most: 300, per: 'account', seconds: 15 * 60, passes: 200 },
    tries: async () => own(await holder(), 'POST', `${ws}/secrets/${mine.secret}/open`, () => ({})),
  },
  'an export': {
    ...{ most: 120, per: 'account', seconds: 15 * 60, passes: 200 },
    tries: async () => {
      const person = await a.person()
      await a.join(mine.workspace, person, 'admin')
      const paths = [
        `${ws}/connections/${mine.connection}/partners.csv`,
        `${ws}/jobs.csv`,
        `${ws}/audit.jsonl`,
      ]
      // Whatever is exported, by whatever door, it is one count.
      return (n, from, headers) => own(person, 'GET', paths[n % 3] ?? '')(n, from, headers)
    },
  },
}

const HOME = '203.0.113.1'
const elsewhere = (n: number) => `198.51.100.${String(n)}`
const forged = (n: number) => ({
  'x-forwarded-for': elsewhere(n),
  'x-guestlist-address': elsewhere(n),
  'x-real-ip': elsewhere(n),
  forwarded: `for=${elsewhere(n)}`,
  'cf-connecting-ip': elsewhere(n),
  'true-client-ip': elsewhere(n),
})

/** A door of which all tries but `left` were made. */
async function worn(door: Door, left: number): Promise<Try> {
  const ask = await door.tries()
  await t.root.query('truncate auth_tries, auth_rate_limit')
  expect((await ask(0, HOME)).status).toBe(door.passes)
  await t.root.query('update auth_tries set tries = $1', [door.most - left])
  return ask
}

describe.each(Object.entries(doors))('%s', (_, door) => {
  test('After the last try the next is held up and told how long; then it opens again', async () => {
    const ask = await worn(door, 1)
    expect((await ask(1, HOME)).status).toBe(door.passes)
    const refused = await ask(2, HOME)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, String(door.seconds)])
    await t.root.query('update auth_tries set since = since - make_interval(secs => $1)', [door.seconds - 5])
    expect((await ask(3, HOME)).status).toBe(429)
    await t.root.query(`update auth_tries set since = since - interval '6 seconds'`)
    expect((await ask(4, HOME)).status).toBe(door.passes)
  })

  test('Headers that tell of another address change nothing', async () => {
    const ask = await worn(door, 0)
    for (const n of [1, 2, 3]) expect((await ask(n, HOME, forged(n))).status).toBe(429)
  })

  test('Twelve side by side are no more than are left', async () => {
    const ask = await worn(door, 2)
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => ask(n + 1, HOME)))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([door.passes, door.passes, ...Array.from({ length: 10 }, () => 429)].sort())
  })

  test(
    door.per === 'account'
      ? 'Other addresses are no way around'
      : 'Another address has a count of its own, and this one none more',
    async () => {
      const ask = await worn(door, 0)
      const other = door.per === 'account' ? 429 : door.passes
      for (const n of [1, 2]) expect((await ask(n, elsewhere(n))).status).toBe(other)
      expect((await ask(3, HOME)).status).toBe(429)
    },
  )
})

test('Letters with a link to a new password: five an hour to an account, twenty from an address, whoever asks', async () => {
  // Nobody has these addresses, so no letter leaves.
  const mail = createMail({ url: new Redacted('smtp://127.0.0.1:9'), from: 'guestlist@brand.example' })
  const app = createApp({ ...a.parts, mail })
  const ask = async (email: string, from: string) => {
    const response = await app.request(
      '/api/v1/forgotten-password',
      {
        method: 'POST',
        headers: {
          host: 'localhost:4400',
          origin: 'http://localhost:4400',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ email }),
      },
      { incoming: { socket: { remoteAddress: from } } },
    )
    return response.status
  }
  await t.root.query('truncate auth_tries, auth_rate_limit')
  const toOne: number[] = []
  for (let n = 0; n < 6; n += 1) toOne.push(await ask('nobody@example.test', elsewhere(n)))
  expect(toOne).toEqual([204, 204, 204, 204, 204, 429])
  const fromOne: number[] = []
  for (let n = 0; n < 21; n += 1) fromOne.push(await ask(`nobody-${String(n)}@example.test`, HOME))
  expect(fromOne.filter((status) => status === 204)).toHaveLength(20)
  expect(fromOne.at(-1)).toBe(429)
})

test('Letters that somebody asks for are counted, to one address and altogether; what is not mailed is there to be copied', async () => {
  const letters: string[] = []
  const mail = {
    send: ({ to }: { to: string }) => Promise.resolve(void letters.push(to)),
    check: () => Promise.resolve(),
    close: () => undefined,
  }
  const app = createApp({ ...a.parts, mail })
  const inviter = await a.person()
  await a.join(mine.workspace, inviter, 'member')
  const ask = async (path: string, body: object) => {
    const { host, origin } = a.parts.publicUrl
    const headers = { host, origin, cookie: inviter.cookie, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await app.request(`/api/v1${ws}${path}`, init, {
      incoming: { socket: { remoteAddress: '127.0.0.1' } },
    })
    expect(answer.status).toBe(200)
    return (await answer.json()) as { invitation: { id: string }; link: string; mailed: boolean }
  }
  const to = (n: number) => `stranger-${String(n)}@example.test`
  const first = await ask('/invitations', { email: to(0), role: 'guest' })
  const again = () => ask(`/invitations/${first.invitation.id}/send-again`, {})
  for (let n = 1; n < 10; n += 1) expect((await again()).mailed).toBe(true)
  expect(await again()).toMatchObject({ mailed: false, link: expect.stringContaining('#') as string })
  expect(letters).toHaveLength(10)
  // As if most had been sent already.
  await t.root.query(`update auth_tries set tries = 199 where tries = 11`)
  expect((await ask('/invitations', { email: to(1), role: 'guest' })).mailed).toBe(true)
  expect((await ask('/invitations', { email: to(2), role: 'guest' })).mailed).toBe(false)
})
