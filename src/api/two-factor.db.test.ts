// The second factor and passkeys: set up by their owner, asked for at sign-in, counted, used once, and gone when they are taken away.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { passkeysOfOtherHosts } from '../store/people.ts'
import { testDb } from '../store/testing/test-db.ts'
import { authenticator } from './testing/authenticator.ts'
import { cookiesOf, ORIGIN, PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { codeOf } from './testing/totp.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const clear = () => t.root.query('truncate auth_tries, auth_rate_limit, auth_used_codes')

interface Enrolled extends TestPerson {
  secret: string
  backupCodes: string[]
}

async function enrolled(): Promise<Enrolled> {
  await clear()
  const person = await a.person()
  await a.join(workspace, person, 'member')
  const started = await a.ask('POST', '/me/two-factor/start', { as: person, body: { password: PASSWORD } })
  expect(started.status).toBe(200)
  const { secret, backupCodes, uri } = started.body as { secret: string; backupCodes: string[]; uri: string }
  expect(uri).toMatch(/^otpauth:\/\/totp\/Guestlist/)
  expect(new Set(backupCodes).size).toBe(10)
  const confirmed = await a.ask('POST', '/me/two-factor/confirm', {
    as: person,
    body: { code: codeOf(secret) },
  })
  expect(confirmed.status).toBe(204)
  await clear()
  return { ...person, cookie: cookiesOf(confirmed.headers), secret, backupCodes }
}

/** The right password; gives the cookie of the challenge. */
async function challenged(person: TestPerson, from?: string): Promise<string> {
  const answer = await a.signIn(person.email, PASSWORD, from)
  expect(answer).toMatchObject({ status: 200, body: { secondFactor: true } })
  return answer.cookie
}
const answerWith = (cookie: string, body: unknown, from?: string) =>
  a.ask('POST', '/sign-in/second-factor', {
    body,
    headers: { cookie },
    ...(from === undefined ? {} : { from }),
  })
const signedIn = async (cookie: string) => (await a.ask('GET', '/me', { headers: { cookie } })).status === 200
const actionsOf = async (person: TestPerson) =>
  (await a.audit(workspace))
    .filter((event) => event.actor_id === person.id || event.subject_id === person.id)
    .map((event) => event.action)

describe('Setting up', () => {
  test('Asks the password, is on after a right code, ends other sessions, and is recorded', async () => {
    await clear()
    const person = await a.person()
    await a.join(workspace, person, 'member')
    const start = (password: string) =>
      a.ask('POST', '/me/two-factor/start', { as: person, body: { password } })
    expect(await start('not the password')).toMatchObject({
      status: 400,
      body: { error: { fields: { password: expect.any(String) as string } } },
    })
    const { secret } = (await start(PASSWORD)).body as { secret: string }
    expect((await a.ask('GET', '/me/security', { as: person })).body).toMatchObject({ twoFactor: false })
    const elsewhere = await a.signIn(person.email)
    const confirm = (code: string) => a.ask('POST', '/me/two-factor/confirm', { as: person, body: { code } })
    expect((await confirm('000000')).status).toBe(400)
    const confirmed = await confirm(codeOf(secret).replace(/^.../, '$& '))
    expect(confirmed.status).toBe(204)
    expect(await signedIn(elsewhere.cookie)).toBe(false)
    expect(await signedIn(person.cookie)).toBe(false)
    const cookie = cookiesOf(confirmed.headers)
    expect((await a.ask('GET', '/me/security', { headers: { cookie } })).body).toMatchObject({
      twoFactor: true,
    })
    expect(
      (await a.ask('POST', '/me/two-factor/start', { headers: { cookie }, body: { password: PASSWORD } }))
        .status,
    ).toBe(409)
    expect(await actionsOf(person)).toContain('second-factor.start')
    const { rows } = await t.root.query<{ row: string }>('select x::text as row from auth_two_factor x')
    for (const { row } of rows) expect(row).not.toContain(secret)
    expect(a.logged.join('\n')).not.toContain(secret)
  })

  test('New backup codes void the old ones; stopping needs the password and ends other sessions', async () => {
    const person = await enrolled()
    const renewed = await a.ask('POST', '/me/two-factor/backup-codes', {
      as: person,
      body: { password: PASSWORD },
    })
    const { backupCodes } = renewed.body as { backupCodes: string[] }
    expect(backupCodes).toHaveLength(10)
    expect((await answerWith(await challenged(person), { backupCode: person.backupCodes[0] })).status).toBe(
      401,
    )
    const elsewhere = cookiesOf(
      (await answerWith(await challenged(person), { backupCode: backupCodes[0] })).headers,
    )
    expect(await signedIn(elsewhere)).toBe(true)
    const stop = (password: string) =>
      a.ask('POST', '/me/two-factor/stop', { as: person, body: { password } })
    expect((await stop('not the password')).status).toBe(400)
    await t.root.query(`update workspaces set two_factor_roles = '{member}' where id = $1`, [workspace])
    expect((await stop(PASSWORD)).status).toBe(409)
    await t.root.query(`update workspaces set two_factor_roles = '{}'`)
    expect((await stop(PASSWORD)).status).toBe(204)
    expect(await signedIn(elsewhere)).toBe(false)
    expect(await a.signIn(person.email)).toMatchObject({ body: { user: { email: person.email } } })
  })
})

describe('Signing in', () => {
  test('The password alone opens nothing; the code does; both are recorded once', async () => {
    const person = await enrolled()
    const before = (await actionsOf(person)).filter((action) => action === 'session.start').length
    const challenge = await challenged(person)
    expect(await signedIn(challenge)).toBe(false)
    expect((await actionsOf(person)).filter((action) => action === 'session.start')).toHaveLength(before)
    const answer = await answerWith(challenge, { code: codeOf(person.secret) })
    expect(answer).toMatchObject({ status: 200, body: { user: { id: person.id } } })
    expect(Object.keys(answer.body as object)).toEqual(['user'])
    expect(await signedIn(cookiesOf(answer.headers))).toBe(true)
    expect(
      (await a.audit(workspace))
        .filter((event) => event.action === 'session.start' && event.actor_id === person.id)
        .at(-1),
    ).toMatchObject({
      data: { by: 'password and code' },
    })
  })

  test('A code counts once, in this challenge and in the next', async () => {
    const person = await enrolled()
    const code = codeOf(person.secret)
    const challenge = await challenged(person)
    expect((await answerWith(challenge, { code })).status).toBe(200)
    expect((await answerWith(challenge, { code })).status).toBe(401)
    expect((await answerWith(await challenged(person), { code })).status).toBe(401)
  })

  test('Of 200 who use one code at once, each with a challenge of their own, one gets in', async () => {
    const person = await enrolled()
    const challenges: string[] = []
    for (let n = 0; n < 8; n += 1) challenges.push(await challenged(person, `203.0.113.${String(n)}`))
    const code = codeOf(person.secret)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        answerWith(challenges[n % 8] ?? '', { code }, `198.51.100.${String(n)}`),
      ),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  test('A backup code counts once, also at once', async () => {
    const person = await enrolled()
    const [one, two] = [await challenged(person), await challenged(person)]
    const backupCode = person.backupCodes[3]
    const answers = await Promise.all([one, two].map((cookie) => answerWith(cookie, { backupCode })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401])
    expect((await answerWith(await challenged(person), { backupCode })).status).toBe(401)
    expect(await actionsOf(person)).toContain('session.refuse')
  })

  test('Ten tries per account, whatever the challenge and the address, side by side too; then the right code waits as well', async () => {
    const person = await enrolled()
    const challenges: string[] = []
    for (let n = 0; n < 6; n += 1) challenges.push(await challenged(person, `203.0.113.${String(n)}`))
    const wrong = (n: number) => String(100_000 + n)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        answerWith(challenges[n % 6] ?? '', { code: wrong(n) }, `198.51.100.${String(n)}`),
      ),
    )
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(30)
    const last = await challenged(person)
    expect((await answerWith(last, { code: codeOf(person.secret) })).status).toBe(429)
    expect((await answerWith(last, { backupCode: person.backupCodes[0] })).status).toBe(429)
    await t.root.query(`update auth_tries set since = now() - interval '16 minutes'`)
    expect((await answerWith(last, { code: codeOf(person.secret) })).status).toBe(200)
  })

  test.each([
    ['without a challenge', () => ''],
    ['with a changed one', (cookie: string) => cookie.replace(/two_factor=(..)/, 'two_factor=zz')],
    ['with another signature', (cookie: string) => `${cookie.slice(0, -4)}AAAA`],
  ])('%s no code is tried', async (_, change) => {
    const person = await enrolled()
    const cookie = change(await challenged(person))
    expect((await answerWith(cookie, { code: codeOf(person.secret) })).status).toBe(401)
  })

  test('A challenge ends after ten minutes, and both codes at once are refused', async () => {
    const person = await enrolled()
    const cookie = await challenged(person)
    expect((await answerWith(cookie, { code: '123456', backupCode: 'x' })).status).toBe(400)
    expect((await answerWith(cookie, {})).status).toBe(400)
    await t.root.query(`update auth_verification set expires_at = now() - interval '1 second'`)
    expect((await answerWith(cookie, { code: codeOf(person.secret) })).status).toBe(401)
  })

  test("One's own session is no way to answer another one's challenge", async () => {
    const [one, two] = [await enrolled(), await enrolled()]
    const cookie = `${one.cookie}; ${await challenged(two)}`
    expect((await answerWith(cookie, { code: codeOf(one.secret, 1) })).status).toBe(401)
    const answer = await answerWith(cookie, { code: codeOf(two.secret, 1) })
    expect(answer).toMatchObject({ status: 200, body: { user: { id: two.id } } })
  })

  test('A role that must have one is let in once it is set up', async () => {
    const person = await a.person()
    await a.join(workspace, person, 'auditor')
    await t.root.query(`update workspaces set two_factor_roles = '{auditor}' where id = $1`, [workspace])
    const see = (cookie: string) => a.ask('GET', `/workspaces/${workspace}`, { headers: { cookie } })
    expect(await see(person.cookie)).toMatchObject({
      status: 403,
      body: { error: { code: 'second_factor_needed' } },
    })
    expect((await a.ask('GET', '/me/security', { as: person })).body).toMatchObject({
      requiredBy: ['A workspace of the test'],
    })
    await clear()
    const { secret } = (
      await a.ask('POST', '/me/two-factor/start', { as: person, body: { password: PASSWORD } })
    ).body as { secret: string }
    const confirmed = await a.ask('POST', '/me/two-factor/confirm', {
      as: person,
      body: { code: codeOf(secret) },
    })
    expect((await see(cookiesOf(confirmed.headers))).status).toBe(200)
    await t.root.query(`update workspaces set two_factor_roles = '{}'`)
  })
})

/** While the activity log cannot be written. */
async function withoutLog<T>(ask: () => Promise<T>): Promise<T> {
  await t.root.query('revoke insert on audit_events from guestlist_app')
  try {
    return await ask()
  } finally {
    await t.root.query('grant insert on audit_events to guestlist_app')
  }
}
const notNow = {
  status: 503,
  body: {
    error: { code: 'unavailable', sentence: expect.stringContaining('nothing was changed') as string },
  },
}
const sessionsOf = async (person: TestPerson) =>
  (await t.root.query('select from auth_session where user_id = $1', [person.id])).rowCount

describe('What cannot be recorded does not happen', () => {
  test('Signing in by a code or a backup code; later the same works', async () => {
    const person = await enrolled()
    const before = await sessionsOf(person)
    for (const body of [{ code: codeOf(person.secret) }, { backupCode: person.backupCodes[0] }]) {
      const cookie = await challenged(person)
      const answer = await withoutLog(() => answerWith(cookie, body))
      expect(answer).toMatchObject(notNow)
      expect(await signedIn(cookiesOf(answer.headers))).toBe(false)
    }
    expect(await sessionsOf(person)).toBe(before)
    const answer = await answerWith(await challenged(person), { code: codeOf(person.secret) })
    expect(answer.status).toBe(200)
  })

  test('Signing out: the session stays, and ends once it can be told', async () => {
    const person = await a.person()
    await a.join(workspace, person, 'member')
    const out = () => a.ask('POST', '/api/auth/sign-out', { as: person, body: {} })
    const refused = await withoutLog(out)
    expect(refused).toMatchObject(notNow)
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]/)
    expect(await signedIn(person.cookie)).toBe(true)
    expect((await out()).status).toBe(200)
    expect(await signedIn(person.cookie)).toBe(false)
    expect((await actionsOf(person)).at(-1)).toBe('session.end')
  })

  test('Setting up, renewing and stopping the second factor', async () => {
    const person = await enrolled()
    const own = { as: person, body: { password: PASSWORD } }
    for (const verb of ['stop', 'backup-codes'])
      expect(await withoutLog(() => a.ask('POST', `/me/two-factor/${verb}`, own))).toMatchObject(notNow)
    const used = { backupCode: person.backupCodes[1] }
    expect((await answerWith(await challenged(person), used)).status).toBe(200)
    const other = await a.person()
    await a.join(workspace, other, 'member')
    const started = await a.ask('POST', '/me/two-factor/start', { as: other, body: { password: PASSWORD } })
    const code = codeOf((started.body as { secret: string }).secret)
    const confirm = () => a.ask('POST', '/me/two-factor/confirm', { as: other, body: { code } })
    expect(await withoutLog(confirm)).toMatchObject(notNow)
    expect((await a.signIn(other.email)).body).toMatchObject({ user: { id: other.id } })
    expect((await confirm()).status).toBe(204)
  })
})

describe('Passkeys', () => {
  test('of another public address say so, and those of which it is not known count as of this one from the next start', async () => {
    await clear()
    const person = await a.person()
    const made = async (host: string | null) => {
      const id = randomUUID()
      await t.root.query(
        `insert into auth_passkey (id, name, public_key, user_id, credential_id, counter, device_type, backed_up, host)
          values ($1, 'Key', 'k', $2, $1, 0, 'x', false, $3)`,
        [id, person.id, host],
      )
      return id
    }
    const [before, old] = [await made(null), await made('old.brand.example')]
    expect(await passkeysOfOtherHosts(t.db.kysely, 'localhost')).toEqual([
      { host: 'old.brand.example', count: 1 },
    ])
    const { passkeys } = (await a.ask('GET', '/me/security', { as: person })).body as {
      passkeys: { id: string; otherHost: string | null }[]
    }
    expect(new Map(passkeys.map(({ id, otherHost }) => [id, otherHost]))).toEqual(
      new Map([
        [before, null],
        [old, 'old.brand.example'],
      ]),
    )
    // The host changed: the one that counted as of the present address is lost now.
    expect(await passkeysOfOtherHosts(t.db.kysely, 'new.brand.example')).toEqual([
      { host: 'localhost', count: 1 },
      { host: 'old.brand.example', count: 1 },
    ])
    await t.root.query('delete from auth_passkey where user_id = $1', [person.id])
  })

  const host = new URL(ORIGIN).hostname
  const challengeOf = (body: unknown) => (body as { options: { challenge: string } }).options.challenge

  async function begun(person: TestPerson) {
    await clear()
    const answer = await a.ask('POST', '/me/passkeys/options', { as: person, body: { password: PASSWORD } })
    expect(answer.status).toBe(200)
    return { challenge: challengeOf(answer.body), cookie: `${person.cookie}; ${cookiesOf(answer.headers)}` }
  }
  const add = (cookie: string, response: unknown) =>
    a.ask('POST', '/me/passkeys', { headers: { cookie }, body: { name: 'My key', response } })
  async function asked() {
    const answer = await a.ask('POST', '/sign-in/passkey/options', { body: {} })
    expect(answer.body).toMatchObject({ options: { rpId: host, userVerification: 'required' } })
    return { challenge: challengeOf(answer.body), cookie: cookiesOf(answer.headers) }
  }
  const enter = (cookie: string, response: unknown) =>
    a.ask('POST', '/sign-in/passkey', { headers: { cookie }, body: { response } })

  test('Is added with the password, signs in in place of password and code, and is removed; all recorded', async () => {
    const person = await enrolled()
    const key = authenticator(host, ORIGIN)
    expect(
      (await a.ask('POST', '/me/passkeys/options', { as: person, body: { password: 'not the password' } }))
        .status,
    ).toBe(400)
    const { challenge, cookie } = await begun(person)
    const added = await add(cookie, key.create(challenge))
    expect(added).toMatchObject({ status: 200, body: { name: 'My key', synced: false } })
    const { id } = added.body as { id: string }
    expect((await add(cookie, key.create(challenge))).status).toBe(400)

    const first = await asked()
    const answer = await enter(first.cookie, key.get(first.challenge))
    expect(answer).toMatchObject({ status: 200, body: { user: { id: person.id } } })
    expect(Object.keys(answer.body as object)).toEqual(['user'])
    expect(await signedIn(cookiesOf(answer.headers))).toBe(true)
    expect((await enter(first.cookie, key.get(first.challenge))).status).toBe(401)
    const start = (await a.audit(workspace)).filter(
      (event) => event.action === 'session.start' && event.actor_id === person.id,
    )
    expect(start.at(-1)).toMatchObject({ data: { by: 'passkey' } })

    const unrecorded = await asked()
    const sessions = await sessionsOf(person)
    const refused = await withoutLog(() => enter(unrecorded.cookie, key.get(unrecorded.challenge)))
    expect(refused).toMatchObject(notNow)
    expect(await sessionsOf(person)).toBe(sessions)

    const path = `/me/passkeys/${id}`
    const stranger = await a.person()
    expect((await a.ask('PATCH', path, { as: stranger, body: { name: 'Mine' } })).status).toBe(404)
    expect((await a.ask('DELETE', path, { as: stranger })).status).toBe(404)
    expect((await a.ask('PATCH', path, { as: person, body: { name: 'Phone' } })).body).toMatchObject({
      name: 'Phone',
    })
    expect((await a.ask('GET', '/me/security', { as: person })).body).toMatchObject({
      passkeys: [{ id, name: 'Phone', otherHost: null }],
    })
    expect((await a.ask('DELETE', path, { as: person })).status).toBe(204)
    const second = await asked()
    expect((await enter(second.cookie, key.get(second.challenge))).status).toBe(401)
    const actions = (await a.audit(workspace))
      .filter((event) => event.actor_id === person.id)
      .map((event) => event.action)
    expect(actions).toEqual(expect.arrayContaining(['passkey.add', 'passkey.rename', 'passkey.remove']))
  })

  test.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['that did not ask for its owner', { verified: false }],
  ])('One %s is refused, when added and when used', async (_, more) => {
    const person = await enrolled()
    const key = authenticator(host, ORIGIN)
    const bad = await begun(person)
    expect((await add(bad.cookie, key.create(bad.challenge, more))).status).toBe(400)
    const good = await begun(person)
    expect((await add(good.cookie, key.create(good.challenge))).status).toBe(200)
    const asking = await asked()
    expect((await enter(asking.cookie, key.get(asking.challenge, more))).status).toBe(401)
  })

  test('One for another host, or one that nobody added, is refused', async () => {
    const asking = await asked()
    expect((await enter(asking.cookie, authenticator(host, ORIGIN).get(asking.challenge))).status).toBe(401)
    const person = await enrolled()
    const { challenge, cookie } = await begun(person)
    expect((await add(cookie, authenticator('other.example', ORIGIN).create(challenge))).status).toBe(400)
  })
})
