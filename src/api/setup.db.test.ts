// The first run: closed without the code, one winner, and over for good.
import { describe, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { createOwner, openSetup } from './setup.ts'
import { cookiesOf, testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, { offerSimulator: false })

const owner = (email: string) => ({
  name: 'The owner',
  email,
  password: 'correct horse battery',
  workspaceName: 'The brand',
})
const post = (body: unknown, from?: string) =>
  a.ask('POST', '/setup', { body, ...(from === undefined ? {} : { from }) })
const forget = () =>
  t.root.query(
    `truncate auth_user, workspaces cascade; update setup set done_at = null, code_hash = null, tries = 0, tries_since = now()`,
  )

async function freshCode(): Promise<string> {
  await forget()
  return (await openSetup(t.db)) ?? expect.fail('no code')
}

describe('The setup code', () => {
  test('Has 128 bits in groups that can be typed, and only its hash is stored', async () => {
    const code = await freshCode()
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]$/)
    const { rows } = await t.root.query<{ text: string }>('select setup::text as text from setup')
    expect(rows[0]?.text).not.toContain(code.replaceAll('-', ''))
  })

  test('Opens once; the person is signed in as owner, and it is recorded', async () => {
    const code = await freshCode()
    expect((await a.ask('GET', '/setup')).body).toEqual({
      needed: true,
      signedIn: false,
      forgottenPassword: false,
      simulatorOffered: false,
      version: '0.0.0-test',
    })
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replace('0', 'o')}\n`
    const made = await post({ ...owner('Owner@Example.test'), code: typed })
    expect(made.status).toBe(200)
    const { workspaceId } = made.body as { workspaceId: string }
    const me = await a.ask('GET', '/me', { headers: { cookie: cookiesOf(made.headers) } })
    expect(me.body).toMatchObject({
      user: { name: 'The owner', email: 'owner@example.test' },
      workspaces: [{ id: workspaceId, name: 'The brand', environment: 'live', role: 'owner' }],
    })
    expect((await a.audit(workspaceId)).map((event) => event.action)).toEqual([
      'workspace.make',
      'session.start',
    ])
    expect((await a.ask('GET', '/setup')).body).toMatchObject({ needed: false })
    expect(await post({ ...owner('second@example.test'), code })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    })
    expect(await openSetup(t.db)).toBeNull()
  })

  test('Stays closed after the last user is gone', async () => {
    const code = await freshCode()
    await post({ ...owner('gone@example.test'), code })
    await t.root.query('truncate auth_user, workspaces cascade')
    expect(await openSetup(t.db)).toBeNull()
    expect((await post({ ...owner('late@example.test'), code })).status).toBe(409)
  })

  test('Of an earlier start is void', async () => {
    const first = await freshCode()
    await openSetup(t.db)
    expect((await post({ ...owner('x@example.test'), code: first })).status).toBe(403)
  })

  test('A wrong code makes nothing, and the eleventh try waits, whoever makes it', async () => {
    const code = await freshCode()
    for (let n = 0; n < 10; n += 1) {
      expect(
        (await post({ ...owner('x@example.test'), code: `wrong ${String(n)}` }, `192.0.2.${String(n)}`))
          .status,
      ).toBe(403)
    }
    expect((await post({ ...owner('x@example.test'), code }, '198.51.100.7')).status).toBe(429)
    await t.root.query(`update setup set tries_since = now() - interval '16 minutes'`)
    expect((await post({ ...owner('x@example.test'), code })).status).toBe(200)
  })

  test.each([
    ['a short password', { password: 'eleven char' }, 'password'],
    ['no e-mail address', { email: 'nobody' }, 'email'],
    ['an empty name', { name: '  ' }, 'name'],
    ['no workspace', { workspaceName: undefined }, 'workspaceName'],
  ])('%s is told by its field', async (_, change, field) => {
    const code = await freshCode()
    const answer = await post({ ...owner('x@example.test'), code, ...change })
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid', fields: { [field]: expect.any(String) as string } } },
    })
  })
})

describe('Races', () => {
  test('Two hundred at once with the codes of two starts: exactly one owner, one workspace, one user', async () => {
    await forget()
    const codes = await Promise.all([openSetup(t.db), openSetup(t.db)])
    await t.root.query('update setup set tries = -1000')
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        post({ ...owner(`o${String(n)}@example.test`), code: codes[n % 2] ?? 'none' }),
      ),
    )
    // One of the two starts was the later one, and its code alone opens.
    const winner = answers.findIndex((answer) => answer.status === 200)
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(new Set(answers.filter((_, n) => n % 2 === winner % 2).map(({ status }) => status))).toEqual(
      new Set([200, 409]),
    )
    const others = answers.filter((_, n) => n % 2 !== winner % 2).map(({ status }) => status)
    expect(others.filter((status) => status !== 403 && status !== 409)).toEqual([])
    const { rows } = await t.root.query(
      'select (select count(*)::int from auth_user) as users, (select count(*)::int from workspaces) as workspaces, (select count(*)::int from members) as members',
    )
    expect(rows).toEqual([{ users: 1, workspaces: 1, members: 1 }])
  })

  test('The demo makes its owner without a code, once', async () => {
    await forget()
    const made = await createOwner(a.parts, owner('demo@example.test'))
    expect((await a.signIn('demo@example.test', 'correct horse battery')).status).toBe(200)
    await expect(createOwner(a.parts, owner('again@example.test'))).rejects.toMatchObject({
      code: 'conflict',
    })
    expect((await a.audit(made.workspaceId)).map((event) => event.action)).toEqual([
      'workspace.make',
      'session.start',
    ])
  })
})
