// Signing in: what is let through, what is limited, what is never shown, and what ends when.
import { randomUUID } from 'node:crypto'
import { getMigrations } from 'better-auth/db/migration'
import { describe, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { Redacted } from '../model/redacted.ts'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { libraryOptions } from './auth-library.ts'
import { resetPassword, transferOwnership } from './break-glass.ts'
import { cookiesOf, ORIGIN, PASSWORD, testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, { trustedProxies: ['10.0.0.5'] })
const workspaceId = await t.makeWorkspace()
const clear = () => t.root.query('truncate auth_tries, auth_rate_limit')
const stranger = await a.person()

test('The tables are those that the library wants', async () => {
  const options = {
    db: t.db,
    secret: new Redacted('x'.repeat(32)),
    publicUrl: new URL(ORIGIN),
    log: createLog('silent'),
  }
  const { toBeAdded, toBeCreated } = await getMigrations(libraryOptions(options))
  expect([...toBeCreated, ...toBeAdded].map((table) => table.table)).toEqual([])
})

describe('The front door', () => {
  test.each([
    ['POST', '/api/auth/sign-up/email'],
    ['POST', '/api/auth//sign-in/email'],
    ['POST', '/api/auth/sign-in/email/'],
    ['POST', '/api/auth/sign-in%2Femail'],
    ['POST', '/api/auth/./sign-up/email'],
    ['GET', '/api/auth/sign-in/email'],
    ['POST', '/api/auth/sign-in/social'],
    ['POST', '/api/auth/request-password-reset'],
    ['POST', '/api/auth/update-user'],
    ['POST', '/api/auth/delete-user'],
    ['GET', '/api/auth/list-sessions'],
    ['POST', '/api/auth/revoke-session'],
    ['GET', '/api/auth/ok'],
    ['GET', '/api/auth/error'],
    ['POST', '/api/auth/verify-email'],
  ])('%s %s is not there', async (method, path) => {
    const answer = await a.ask(method, path, {
      as: stranger,
      ...(method === 'POST'
        ? { body: { email: 'x@example.test', password: PASSWORD, name: 'x', token: 'x' } }
        : {}),
    })
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  })

  test('A right password signs in: cookie flags, no token in any body', async () => {
    await clear()
    const { email } = await a.person()
    const answer = await a.ask('POST', '/api/auth/sign-in/email', {
      body: { email: email.toUpperCase(), password: PASSWORD },
    })
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.body as object)).toEqual(['user'])
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Lax/i)
    const session = await a.ask('GET', '/api/auth/get-session', {
      headers: { cookie: cookiesOf(answer.headers) },
    })
    const { rows } = await t.root.query<{ token: string }>('select token from auth_session')
    for (const { token } of rows) expect(JSON.stringify([answer.body, session.body])).not.toContain(token)
  })

  test.each([
    ['an unknown e-mail', 'nobody@example.test', PASSWORD],
    ['no e-mail address at all', 'nobody', PASSWORD],
    ['a wrong password', null, 'not the password'],
    ['an overlong password', null, 'x'.repeat(900)],
  ])('%s gets the one sentence', async (_, email, password) => {
    await clear()
    const answer = await a.ask('POST', '/api/auth/sign-in/email', {
      body: { email: email ?? stranger.email, password },
    })
    expect(answer).toMatchObject({
      status: 401,
      body: {
        error: { code: 'unauthenticated', sentence: 'The e-mail address or the password is not right.' },
      },
    })
  })

  test('What is refused is refused no sooner than at a round time, an account or none, tried too often or not', async () => {
    await clear()
    const took = async (email: string) => {
      const began = performance.now()
      const answer = await a.signIn(email, 'not the password')
      return { status: answer.status, waited: performance.now() - began >= 100 }
    }
    const refused = { status: 401, waited: true }
    expect([await took(stranger.email), await took('nobody@example.test')]).toEqual([refused, refused])
    await t.root.query('update auth_tries set tries = 10')
    expect(await took(stranger.email)).toEqual({ status: 429, waited: true })
  })

  test('Signing in makes a new session, whatever cookie the browser brought', async () => {
    await clear()
    const [victim, attacker] = [await a.person(), await a.person()]
    // What somebody planted in the browser beforehand: nothing known, and a session of their own.
    const name = victim.cookie.split('=')[0] ?? ''
    for (const planted of [`${name}=planted.value`, attacker.cookie]) {
      const answer = await a.ask('POST', '/api/auth/sign-in/email', {
        body: { email: victim.email, password: PASSWORD },
        headers: { cookie: planted },
      })
      const given = cookiesOf(answer.headers)
      expect(given).not.toContain(planted.split('=')[1] ?? '')
      const me = await a.ask('GET', '/me', { headers: { cookie: given } })
      expect(me.body).toMatchObject({ user: { id: victim.id } })
      const theirs = await a.ask('GET', '/me', { headers: { cookie: planted } })
      expect((theirs.body as { user?: { id: string } }).user?.id).not.toBe(victim.id)
    }
  })

  test('Behind https the cookie is for https alone, in every way to sign in', async () => {
    await clear()
    const publicUrl = new URL('https://guestlist.example')
    const { db, log } = a.parts
    const auth = createAuth({ db, secret: a.secret, publicUrl, log })
    const app = createApp({ ...a.parts, publicUrl, auth })
    const { email } = await a.person()
    const response = await app.request('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { host: publicUrl.host, origin: publicUrl.origin, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    })
    expect(response.status).toBe(200)
    const cookies = response.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Secure-/)
      expect(cookie).toMatch(/; Secure/)
      expect(cookie).toMatch(/; HttpOnly/i)
      expect(cookie).toMatch(/; SameSite=Lax/i)
      expect(cookie).not.toMatch(/; Domain=/i)
    }
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('A changed cookie is no session', async () => {
    const { cookie } = stranger
    for (const changed of [`${cookie}x`, cookie.replace(/=../, '=zz'), cookie.split('.')[0] ?? '']) {
      expect((await a.ask('GET', '/me', { headers: { cookie: changed } })).status).toBe(401)
    }
  })
})

describe('Tries', () => {
  /** A wrong try costs a slow hash on purpose: the count is set to where a test begins to look. */
  const triedBefore = (tries: number) => t.root.query('update auth_tries set tries = $1', [tries])
  const askedBefore = (count: number) => t.root.query('update auth_rate_limit set count = $1', [count])
  const wrong = (email: string, from: string, headers: Record<string, string> = {}) =>
    a.ask('POST', '/api/auth/sign-in/email', { body: { email, password: 'wrong password' }, from, headers })
  const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status

  test('Ten per account, from wherever they come, even with the right password afterwards', async () => {
    const { email } = await a.person()
    await clear()
    const statuses = [await statusOf(wrong(email, '203.0.113.0'))]
    await triedBefore(8)
    for (let n = 9; n < 13; n += 1) statuses.push(await statusOf(wrong(email, `203.0.113.${String(n)}`)))
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect((await a.signIn(email.toUpperCase(), PASSWORD, '198.51.100.1')).status).toBe(429)
    await t.root.query(`update auth_tries set since = now() - interval '16 minutes'`)
    expect((await a.signIn(email)).status).toBe(200)
  })

  test('Thirty at once are no way around', async () => {
    const { email } = stranger
    await clear()
    await wrong(email, '203.0.113.0')
    await triedBefore(6)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => statusOf(wrong(email, `203.0.113.${String(n)}`))),
    )
    expect(answers.filter((status) => status === 401)).toHaveLength(4)
    expect(answers.filter((status) => status === 429)).toHaveLength(26)
  })

  test('A right password begins the count anew', async () => {
    const { email } = stranger
    await clear()
    await wrong(email, '203.0.113.0')
    await triedBefore(9)
    expect((await a.signIn(email)).status).toBe(200)
    expect(await statusOf(wrong(email, '203.0.113.0'))).toBe(401)
  })

  /** Four tries on other accounts, after one that counts as the fifty-eighth. */
  const spread = async (headers: (n: number) => Record<string, string>, from: string) => {
    await clear()
    await wrong('nobody@example.test', from, headers(0))
    await askedBefore(58)
    const statuses: number[] = []
    for (let n = 1; n < 5; n += 1)
      statuses.push(await statusOf(wrong(`nobody-${String(n)}@example.test`, from, headers(n))))
    return statuses
  }

  test('Sixty per address over all accounts; headers of the caller do not make another address', async () => {
    const forged = (n: number) => ({
      'x-forwarded-for': `198.51.100.${String(n)}`,
      'x-guestlist-address': `198.51.100.${String(n)}`,
      'x-real-ip': `198.51.100.${String(n)}`,
      forwarded: `for=198.51.100.${String(n)}`,
    })
    expect(await spread(forged, '203.0.113.77')).toEqual([401, 401, 429, 429])
  })

  test('Behind the trusted proxy each caller has a count of their own', async () => {
    expect(await spread((n) => ({ 'x-forwarded-for': `198.51.100.${String(n)}` }), '10.0.0.5')).toEqual([
      401, 401, 401, 401,
    ])
    const oneCaller = (n: number) => ({ 'x-forwarded-for': `1.2.3.${String(n)}, 198.51.100.9` })
    expect(await spread(oneCaller, '10.0.0.5')).toEqual([401, 401, 429, 429])
  })
})

describe('Sessions', () => {
  test('Are listed without tokens, ended one by one, and both are recorded', async () => {
    await clear()
    const person = await a.person()
    await a.join(workspaceId, person, 'admin')
    const other = await a.signIn(person.email, PASSWORD, '203.0.113.5')
    const { rows } = (await a.ask('GET', '/sessions', { as: person, headers: { 'user-agent': 'x' } }))
      .body as {
      rows: { id: string; current: boolean; address: string | null }[]
    }
    expect(rows.map((row) => row.current).sort()).toEqual([false, true])
    const ended = rows.find((row) => !row.current)
    expect(ended).toMatchObject({ address: '203.0.113.5', network: 'other' })
    expect(rows.find((row) => row.current)).toMatchObject({ address: '127.0.0.1', network: 'same' })
    expect(Object.keys(ended ?? {})).toEqual([
      'id',
      'current',
      'createdAt',
      'lastSeenAt',
      'address',
      'network',
      'device',
    ])
    expect((await a.ask('DELETE', `/sessions/${ended?.id ?? ''}`, { as: person })).status).toBe(204)
    expect((await a.ask('GET', '/me', { headers: { cookie: other.cookie } })).status).toBe(401)
    expect((await a.ask('GET', '/me', { as: person })).status).toBe(200)
    const events = (await a.audit(workspaceId)).filter((event) => event.actor_id === person.id)
    expect(events.map((event) => [event.action, event.address])).toEqual([
      ['session.start', '203.0.113.5'],
      ['session.end', '127.0.0.1'],
    ])
  })

  test('The address is that of the last use, and all others end with one request', async () => {
    await clear()
    const person = await a.person()
    await a.join(workspaceId, person, 'admin')
    const others = [await a.signIn(person.email), await a.signIn(person.email)]
    const moved = await a.ask('GET', '/me', {
      headers: { cookie: others[0]?.cookie ?? '' },
      from: '192.168.7.7',
    })
    expect(moved.status).toBe(200)
    const list = async () =>
      (
        (await a.ask('GET', '/sessions', { as: person })).body as {
          rows: { current: boolean; address: string; network: string }[]
        }
      ).rows
    expect((await list()).map(({ address, network }) => `${address} ${network}`).sort()).toEqual([
      '127.0.0.1 same',
      '127.0.0.1 same',
      '192.168.7.7 local',
    ])
    expect((await a.ask('DELETE', '/sessions', { as: person })).body).toEqual({ ended: 2 })
    expect(await list()).toMatchObject([{ current: true }])
    for (const { cookie } of others)
      expect((await a.ask('GET', '/me', { headers: { cookie } })).status).toBe(401)
    const ends = (await a.audit(workspaceId)).filter(
      ({ action, actor_id }) => action === 'session.end' && actor_id === person.id,
    )
    expect(ends).toHaveLength(2)
    expect((await a.ask('DELETE', '/sessions', { as: person })).body).toEqual({ ended: 0 })
  })

  test("Somebody else's session is not there", async () => {
    await clear()
    const [one, two] = [stranger, await a.person()]
    const { rows } = (await a.ask('GET', '/sessions', { as: two })).body as { rows: { id: string }[] }
    expect((await a.ask('DELETE', `/sessions/${rows[0]?.id ?? ''}`, { as: one })).status).toBe(404)
    expect((await a.ask('GET', '/me', { as: two })).status).toBe(200)
  })

  test('Signing out ends the session at once', async () => {
    await clear()
    const person = await a.person()
    expect((await a.ask('POST', '/api/auth/sign-out', { as: person, body: {} })).status).toBe(200)
    expect((await a.ask('GET', '/me', { as: person })).status).toBe(401)
  })

  test('A new password ends every other session at once, is recorded, and the old one is void', async () => {
    await clear()
    const person = await a.person()
    await a.join(workspaceId, person, 'auditor')
    const elsewhere = await a.signIn(person.email)
    const change = (body: unknown) => a.ask('POST', '/api/auth/change-password', { as: person, body })
    expect(await change({ currentPassword: PASSWORD, newPassword: 'too short' })).toMatchObject({
      status: 400,
      body: { error: { fields: { newPassword: expect.any(String) as string } } },
    })
    expect(
      await change({ currentPassword: 'not this one', newPassword: 'another long password' }),
    ).toMatchObject({
      status: 400,
      body: { error: { fields: { currentPassword: expect.any(String) as string } } },
    })
    const changed = await change({
      currentPassword: PASSWORD,
      newPassword: 'another long password',
      revokeOtherSessions: false,
    })
    expect(changed).toMatchObject({ status: 200, body: { changed: true } })
    expect((await a.ask('GET', '/me', { headers: { cookie: elsewhere.cookie } })).status).toBe(401)
    expect((await a.ask('GET', '/me', { headers: { cookie: person.cookie } })).status).toBe(200)
    expect((await a.signIn(person.email)).status).toBe(401)
    expect((await a.signIn(person.email, 'another long password')).status).toBe(200)
    const actions = (await a.audit(workspaceId))
      .filter((event) => event.actor_id === person.id)
      .map((event) => event.action)
    expect(actions).toContain('password.change')
  })

  test('A password reset from the command line ends all sessions and is recorded', async () => {
    await clear()
    const person = await a.person()
    await a.join(workspaceId, person, 'member')
    const options = { dropSecondFactor: false }
    await expect(resetPassword(a.parts, 'nobody@example.test', options)).rejects.toThrow('Nobody here')
    const password = (await resetPassword(a.parts, person.email.toUpperCase(), options)).reveal()
    expect((await a.ask('GET', '/me', { as: person })).status).toBe(401)
    expect((await a.signIn(person.email, password)).status).toBe(200)
    expect((await a.audit(workspaceId)).filter((event) => event.action === 'password.reset')).toMatchObject([
      { subject_id: person.id },
    ])
  })

  test('Ownership taken over on the command line: told to both by name, recorded, and refused in a sentence', async () => {
    await clear()
    const place = await t.makeWorkspace()
    const [before, after] = [await a.person(), await a.person()]
    await a.join(place, before, 'owner')
    await a.join(place, after, 'guest', 'active', new Date(Date.now() + 1_000))
    const take = (email: string, of = place) =>
      transferOwnership(t.db, of, email, { dropSecondFactor: false })
    await expect(take('nobody@example.test')).rejects.toThrow('Nobody here')
    await expect(take(before.email)).rejects.toThrow('the owner already')
    await expect(take(after.email, randomUUID())).rejects.toThrow('no such workspace')
    await take(after.email.toUpperCase())
    const told = async (person: { email: string }) => {
      const { cookie } = await a.signIn(person.email)
      const me = (await a.ask('GET', '/me', { headers: { cookie } })).body as {
        news: { sentence: string }[]
        workspaces: { id: string; role: string }[]
      }
      return [me.workspaces[0]?.role, me.news.map(({ sentence }) => sentence)]
    }
    const how = 'the ownership was handed over from the command line of the machine.'
    expect(await told(after)).toEqual(['owner', [`You own A workspace of the test now: ${how}`]])
    expect(await told(before)).toEqual([
      'admin',
      [
        expect.stringMatching(
          new RegExp(`^Person .* \\(${after.email}\\) owns .* now, and you are an admin of it: ${how}$`),
        ),
      ],
    ])
    expect((await a.audit(place)).filter(({ action }) => action === 'workspace.transfer')).toMatchObject([
      { subject_id: after.id, data: { from: before.id, by: 'command-line' } },
    ])
  })

  test('Removal from a workspace ends what can be seen of it at once', async () => {
    const person = await a.person()
    await a.join(workspaceId, person, 'admin')
    expect((await a.ask('GET', `/workspaces/${workspaceId}`, { as: person })).status).toBe(200)
    await a.join(workspaceId, person, 'admin', 'removed')
    expect((await a.ask('GET', `/workspaces/${workspaceId}`, { as: person })).status).toBe(404)
  })
})

test('Nothing that was logged holds a password or a session', async () => {
  const { rows } = await t.root.query<{ token: string }>('select token from auth_session')
  const log = a.logged.join('\n')
  for (const secret of [PASSWORD, 'another long password', ...rows.map((row) => row.token)])
    expect(log).not.toContain(secret)
})
