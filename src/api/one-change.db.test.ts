// What the auth library writes and the record of it are one transaction: where the record of this very change is refused, or the
// connection dies at it, nothing of the change is left, and the same request works afterwards and is recorded once.
import { describe, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { authenticator } from './testing/authenticator.ts'
import { cookiesOf, ORIGIN, PASSWORD, testApp } from './testing/test-app.ts'
import type { Answer, TestPerson } from './testing/test-app.ts'
import { codeOf } from './testing/totp.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const host = new URL(ORIGIN).hostname
const clear = () => t.root.query('truncate auth_tries, auth_rate_limit, auth_used_codes')

const own = (person: TestPerson, path: string, body: unknown) => a.ask('POST', path, { as: person, body })
async function joined(): Promise<TestPerson> {
  await clear()
  const person = await a.person()
  await a.join(workspace, person, 'member')
  return person
}
async function begun(): Promise<TestPerson & { secret: string; backupCodes: string[] }> {
  const person = await joined()
  const { body } = await own(person, '/me/two-factor/start', { password: PASSWORD })
  return { ...person, ...(body as { secret: string; backupCodes: string[] }) }
}
async function enrolled() {
  const person = await begun()
  const confirmed = await own(person, '/me/two-factor/confirm', { code: codeOf(person.secret) })
  await clear()
  return { ...person, cookie: cookiesOf(confirmed.headers) }
}
const challengeOf = (answer: Answer) => (answer.body as { options: { challenge: string } }).options.challenge
async function withPasskey() {
  const person = await joined()
  const key = authenticator(host, ORIGIN)
  const options = await own(person, '/me/passkeys/options', { password: PASSWORD })
  const cookie = `${person.cookie}; ${cookiesOf(options.headers)}`
  const add = () =>
    a.ask('POST', '/me/passkeys', {
      headers: { cookie },
      body: { name: 'Key', response: key.create(challengeOf(options)) },
    })
  return { person, key, add }
}
async function codeChallenge(person: TestPerson): Promise<string> {
  return (await a.signIn(person.email)).cookie
}
const answerWith = (cookie: string, body: unknown) =>
  a.ask('POST', '/sign-in/second-factor', { headers: { cookie }, body })
const signIn = (person: TestPerson, headers: Record<string, string> = {}) =>
  a.ask('POST', '/api/auth/sign-in/email', { body: { email: person.email, password: PASSWORD }, headers })

type Prepared = { person: TestPerson; ask: () => Promise<Answer> }
const password = { password: PASSWORD }
type Change = [name: string, action: string, prepare: () => Promise<Prepared>]
const changes: Change[] = [
  [
    'Signing in with the password',
    'session.start',
    async () => {
      const person = await joined()
      return { person, ask: () => signIn(person) }
    },
  ],
  [
    'Signing in with a code',
    'session.start',
    async () => {
      const person = await enrolled()
      const cookie = await codeChallenge(person)
      return { person, ask: () => answerWith(cookie, { code: codeOf(person.secret) }) }
    },
  ],
  [
    'Signing in with a backup code',
    'session.start',
    async () => {
      const person = await enrolled()
      const cookie = await codeChallenge(person)
      return { person, ask: () => answerWith(cookie, { backupCode: person.backupCodes[0] }) }
    },
  ],
  [
    'Signing in with a passkey',
    'session.start',
    async () => {
      const { person, key, add } = await withPasskey()
      await add()
      const options = await a.ask('POST', '/sign-in/passkey/options', { body: {} })
      const headers = { cookie: cookiesOf(options.headers) }
      const response = key.get(challengeOf(options))
      return { person, ask: () => a.ask('POST', '/sign-in/passkey', { headers, body: { response } }) }
    },
  ],
  [
    'Switching the second factor on',
    'second-factor.start',
    async () => {
      const person = await begun()
      return { person, ask: () => own(person, '/me/two-factor/confirm', { code: codeOf(person.secret) }) }
    },
  ],
  [
    'Switching the second factor off',
    'second-factor.stop',
    async () => {
      const person = await enrolled()
      return { person, ask: () => own(person, '/me/two-factor/stop', password) }
    },
  ],
  [
    'New backup codes',
    'second-factor.renew-codes',
    async () => {
      const person = await enrolled()
      return { person, ask: () => own(person, '/me/two-factor/backup-codes', password) }
    },
  ],
  [
    'A passkey more',
    'passkey.add',
    async () => {
      const { person, add } = await withPasskey()
      return { person, ask: add }
    },
  ],
  [
    'A new password',
    'password.change',
    async () => {
      const person = await joined()
      const body = { currentPassword: PASSWORD, newPassword: 'another long enough password' }
      return { person, ask: () => own(person, '/api/auth/change-password', body) }
    },
  ],
  [
    'Signing out',
    'session.end',
    async () => {
      const person = await joined()
      return { person, ask: () => own(person, '/api/auth/sign-out', {}) }
    },
  ],
]

/** Everything that is kept of accounts, but for when a session was used last, and challenges, which are spent by a failed try. */
async function accounts(): Promise<unknown> {
  const kept = [
    'auth_user',
    'auth_account',
    'auth_session',
    'auth_two_factor',
    'auth_passkey',
    'auth_used_codes',
  ]
  const found: unknown[] = []
  for (const table of kept) {
    const { rows } = await t.root.query<{ x: Record<string, unknown> }>(
      `select to_jsonb(x) as x from ${table} x`,
    )
    found.push(rows.map(({ x }) => JSON.stringify({ ...x, updated_at: null, ip_address: null })).sort())
  }
  return found
}
const recorded = async (action: string, person: TestPerson) =>
  (await a.audit(workspace)).filter((event) => event.action === action && event.actor_id === person.id).length

/** What happens where the record of one action is written: after everything that the library wrote. */
async function planted<T>(action: string, what: string, during: () => Promise<T>): Promise<T> {
  await t.root.query(`
    create function planted() returns trigger language plpgsql security definer as $$ begin ${what}; return new; end $$;
    create trigger planted before insert on audit_events for each row when (new.action = '${action}') execute function planted()`)
  try {
    return await during()
  } finally {
    await t.root.query('drop trigger planted on audit_events; drop function planted')
  }
}

async function comesToNothing(what: string, [, action, prepare]: Change): Promise<void> {
  const { person, ask } = await prepare()
  const [before, told] = [await accounts(), await recorded(action, person)]
  const failed = await planted(action, what, ask)
  expect([500, 503]).toContain(failed.status)
  expect(failed.headers.getSetCookie().filter((cookie) => /session_token=[^;]/.test(cookie))).toEqual([])
  expect(await accounts()).toEqual(before)
  expect(await recorded(action, person)).toBe(told)
  expect((await ask()).status).toBeLessThan(300)
  expect(await recorded(action, person)).toBe(told + 1)
}

describe('Where the record is refused it does not happen, and can be done again', () => {
  test.each(changes)('%s', (...change) =>
    comesToNothing(`raise exception 'planted' using errcode = '53100'`, change),
  )
})

describe('So it is where the connection dies at the record', () => {
  test.each(changes.filter((_, at) => [1, 3, 4, 7].includes(at)))('%s', (...change) =>
    comesToNothing('perform pg_terminate_backend(pg_backend_pid())', change),
  )
})

test('Somebody who joins and whose sign-in cannot be recorded has joined, is signed in nowhere, and can sign in', async () => {
  await clear()
  const owner = await a.person()
  await a.join(workspace, owner, 'owner')
  const email = 'joins@example.test'
  const made = await own(owner, `/workspaces/${workspace}/invitations`, { email, role: 'member' })
  const secret = new URL((made.body as { link: string }).link).hash.slice(1)
  const body = { secret, name: 'Who joins', password: PASSWORD }
  const refuse = `raise exception 'planted' using errcode = '53100'`
  const answer = await planted('session.start', refuse, () => a.ask('POST', '/invitations/redeem', { body }))
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
  const { rows } = await t.root.query(
    'select s.id from auth_user u left join auth_session s on s.user_id = u.id where u.email = $1',
    [email],
  )
  expect(rows).toEqual([{ id: null }])
  expect((await a.signIn(email)).status).toBe(200)
})

test('Signing in is recorded whatever cookie of a session the request brings', async () => {
  const person = await joined()
  const name = person.cookie.split('=')[0] ?? ''
  for (const cookie of [person.cookie, `${name}=planted.value`]) {
    const told = await recorded('session.start', person)
    expect((await signIn(person, { cookie })).status).toBe(200)
    expect(await recorded('session.start', person)).toBe(told + 1)
  }
})

test('More sign-ins at once than the pool has connections all come through', async () => {
  const people = [await joined(), await joined()]
  await clear()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => signIn(people[n % 2] ?? expect.fail('nobody'))),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([])
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(1)
  const { rows } = await t.root.query(
    `select from auth_session s where user_id = any($1) and not exists (
      select from audit_events e where e.action = 'session.start' and e.subject_id = s.id)`,
    [people.map(({ id }) => id)],
  )
  // The two that made the people, before they joined a workspace.
  expect(rows).toHaveLength(2)
})
