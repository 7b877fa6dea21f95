// Links to a new password and token requests: one use, for one account or partner, and nothing else than the link itself opens them.
// Links of invitations stand with those, and how the answer to a request is judged with the requests.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newSecret } from '../lib/ids.ts'
import { testDb } from '../store/testing/test-db.ts'
import { hashOf } from './links.ts'
import { PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'
import { fullWorkspace } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t, { offerSimulator: false })
const owner = await a.person()
const helper = await a.person()
const mine = await fullWorkspace(t, owner.id)
const ws = `/workspaces/${mine.workspace}`
await a.join(mine.workspace, owner, 'owner')
const NEW = 'a new and long enough password'

interface Link {
  secret: string
  person: TestPerson
}
async function made(by: TestPerson = helper): Promise<Link> {
  await t.root.query('truncate auth_tries, auth_rate_limit')
  await a.join(mine.workspace, owner, 'owner')
  await a.join(mine.workspace, helper, 'admin')
  const person = await a.person()
  await a.join(mine.workspace, person, 'member')
  return { person, secret: await again(person, by) }
}
async function again(person: TestPerson, by: TestPerson): Promise<string> {
  const { status, body } = await a.ask('POST', `${ws}/members/${person.id}/password-link`, { as: by })
  expect(status).toBe(200)
  return new URL((body as { link: string }).link).hash.slice(1)
}
const redeem = (secret: string, more: object = {}, as?: TestPerson) =>
  a.ask('POST', '/password-links/redeem', { as, body: { secret, password: NEW, ...more } })
const look = async (secret: string) =>
  (await a.ask('POST', '/password-links/look', { body: { secret } })).body as {
    state: string
    sentence: string | null
  }
const sql = (text: string, values: unknown[]) => t.root.query(text, values)

/** Another text to try in its place; null where the link itself is tried. */
type Spoiled = string | null
const itself = (what: Promise<unknown>): Promise<Spoiled> => what.then(() => null)
const cases: [string, string, number, (link: Link) => Promise<Spoiled>][] = [
  ['used before', 'used', 409, ({ secret }) => itself(redeem(secret))],
  [
    'expired by a second',
    'expired',
    409,
    ({ person }) =>
      itself(
        sql(`update password_links set expires_at = now() - interval '1 second' where user_id = $1`, [
          person.id,
        ]),
      ),
  ],
  ['made again: the old one is dead', 'void', 409, ({ person }) => itself(again(person, owner))],
  [
    'of somebody whose password was changed since',
    'void',
    409,
    async ({ person }) => {
      const body = { currentPassword: PASSWORD, newPassword: NEW }
      expect((await a.ask('POST', '/api/auth/change-password', { as: person, body })).status).toBe(200)
      return null
    },
  ],
  [
    'made by somebody who was removed',
    'void',
    409,
    () => itself(a.join(mine.workspace, helper, 'admin', 'removed')),
  ],
  [
    'made by somebody who is a member now',
    'void',
    409,
    () => itself(a.join(mine.workspace, helper, 'member')),
  ],
  [
    'made by somebody whose stay is over',
    'void',
    409,
    () => itself(a.join(mine.workspace, helper, 'admin', 'active', new Date(Date.now() - 1_000))),
  ],
  [
    'of somebody who owns the workspace now',
    'void',
    409,
    ({ person }) => itself(a.join(mine.workspace, person, 'owner')),
  ],
  [
    'of somebody who has left the workspace',
    'void',
    409,
    ({ person }) => itself(a.join(mine.workspace, person, 'member', 'removed')),
  ],
  [
    'of somebody who joined a workspace that its maker does not manage',
    'void',
    409,
    async ({ person }) => itself(a.join(await t.makeWorkspace(), person, 'guest')),
  ],
  ['a prefix of the secret', 'unknown', 404, ({ secret }) => Promise.resolve(secret.slice(0, 42))],
  ['a longer secret', 'unknown', 404, ({ secret }) => Promise.resolve(`${secret}A`)],
  ['a secret with a blank around it', 'unknown', 404, ({ secret }) => Promise.resolve(` ${secret}`)],
  [
    'the secret in other letters',
    'unknown',
    404,
    ({ secret }) =>
      Promise.resolve(
        [...secret].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join(''),
      ),
  ],
  [
    'its stored hash as the secret',
    'unknown',
    404,
    ({ secret }) => Promise.resolve(hashOf(secret).toString('hex')),
  ],
  ['an invitation’s secret', 'unknown', 404, () => invitation()],
]

async function invitation(): Promise<string> {
  const body = { email: `${randomUUID()}@example.test`, role: 'member' }
  const answer = await a.ask('POST', `${ws}/invitations`, { as: owner, body })
  return new URL((answer.body as { link: string }).link).hash.slice(1)
}

describe('A link to a new password', () => {
  test.each(cases)('%s', async (_, state, status, spoil) => {
    const link = await made()
    const secret = (await spoil(link)) ?? link.secret
    await t.root.query('truncate auth_tries, auth_rate_limit')
    const before = await sql('select password from auth_account where user_id = $1', [link.person.id])
    const seen = await look(secret)
    expect(seen).toMatchObject({
      state,
      person: null,
      sentence: expect.stringMatching(/^[A-Z].+\.$/) as string,
    })
    expect(await redeem(secret)).toMatchObject({ status, body: { error: { sentence: seen.sentence } } })
    expect(
      (await sql('select password from auth_account where user_id = $1', [link.person.id])).rows,
    ).toEqual(before.rows)
    // The link itself still works where another text was tried.
    if (state === 'unknown') expect(await look(link.secret)).toMatchObject({ state: 'open' })
  })

  test('Opened where somebody else is signed in it is still of its own account alone, and signs nobody in', async () => {
    const { person, secret } = await made()
    const answer = await redeem(secret, { userId: owner.id, email: owner.email }, owner)
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []])
    expect((await a.signIn(person.email, NEW)).status).toBe(200)
    expect((await a.signIn(owner.email, PASSWORD)).status).toBe(200)
  })

  test('A password that is too short uses nothing up', async () => {
    const { secret } = await made()
    expect((await redeem(secret, { password: 'short' })).status).toBe(400)
    expect(await look(secret)).toMatchObject({ state: 'open' })
  })

  test('As GET, and in a query, it is not there', async () => {
    const { secret } = await made()
    for (const path of ['redeem', 'look']) {
      expect((await a.ask('GET', `/password-links/${path}?secret=${secret}`)).status).toBe(404)
      expect((await a.ask('POST', `/password-links/${path}?secret=${secret}`, { body: {} })).status).toBe(400)
    }
    expect(await look(secret)).toMatchObject({ state: 'open' })
  })

  test('It has 256 bits, stands in the fragment, and is in no table and no line of the log', async () => {
    const { secret, person } = await made()
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    const { rows } = await sql('select l::text as row from password_links l where user_id = $1', [person.id])
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(a.logged.join('\n')).not.toContain(secret)
  })
})

/** The request of the workspace, with a secret that is known here. */
async function request(): Promise<string> {
  await t.root.query('truncate auth_tries, auth_rate_limit')
  const secret = newSecret()
  await sql(
    `update token_requests set secret_hash = $2, expires_at = now() + interval '7 days', revoked_at = null, spent_at = null, tries = 0 where id = $1`,
    [mine.request, hashOf(secret)],
  )
  return secret
}
const lookAt = async (secret: string) =>
  (await a.ask('POST', '/token-requests/look', { body: { secret } })).body as { state: string }
const answer = (secret: string) =>
  a.ask('POST', '/token-requests/hand-over', { body: { secret, token: 'EAAB-of-nobody', anyway: false } })
const verb = (what: string) => a.ask('POST', `${ws}/token-requests/${mine.request}/${what}`, { as: owner })

describe('A token request', () => {
  test.each<[string, string, number, (secret: string) => Promise<Spoiled>]>([
    ['withdrawn', 'revoked', 409, () => itself(verb('revoke'))],
    ['sent again: the old link is dead', 'unknown', 404, () => itself(verb('send-again'))],
    [
      'expired by a second',
      'expired',
      409,
      () =>
        itself(
          sql(`update token_requests set expires_at = now() - interval '1 second' where id = $1`, [
            mine.request,
          ]),
        ),
    ],
    ['a prefix of the secret', 'unknown', 404, (secret) => Promise.resolve(secret.slice(0, 42))],
    [
      'its stored hash as the secret',
      'unknown',
      404,
      (secret) => Promise.resolve(hashOf(secret).toString('hex')),
    ],
    ['its id as the secret', 'unknown', 404, () => Promise.resolve(mine.request)],
    ['an invitation’s secret', 'unknown', 404, () => invitation()],
    ['a secret for a new password', 'unknown', 404, async () => (await made()).secret],
  ])('%s', async (_, state, status, spoil) => {
    await a.join(mine.workspace, owner, 'owner')
    const own = await request()
    expect(await lookAt(own)).toMatchObject({ state: 'open' })
    const secret = (await spoil(own)) ?? own
    expect(await lookAt(secret)).toMatchObject({ state })
    expect((await answer(secret)).status).toBe(status)
    const { rows } = await sql('select tries from token_requests where id = $1', [mine.request])
    expect(rows).toEqual([{ tries: 0 }])
  })

  test('As GET, and in a query, it is not there', async () => {
    const secret = await request()
    for (const path of ['look', 'live-check', 'hand-over'])
      expect((await a.ask('GET', `/token-requests/${path}?secret=${secret}&token=x`)).status).toBe(404)
    expect(await lookAt(secret)).toMatchObject({ state: 'open' })
  })
})
