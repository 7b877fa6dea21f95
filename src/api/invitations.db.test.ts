// Invitations: the link lets one person into one workspace, once, with the role of the row, and tells everybody else why not.
import { describe, expect, test } from 'vitest'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import { cookiesOf, PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const clear = () => t.root.query('truncate auth_tries, auth_rate_limit')

const workspace = await t.makeWorkspace()
const other = await t.makeWorkspace()
const owner = await a.person()
const admin = await a.person()
const member = await a.person()
await a.join(workspace, owner, 'owner')
await a.join(workspace, admin, 'admin')
await a.join(workspace, member, 'member')

let count = 0
const fresh = () => `new-${String((count += 1))}@example.test`

interface Made {
  invitation: { id: string; email: string; role: string; state: string; endsAt: string | null }
  link: string
  mailed: boolean
}

const invite = (as: TestPerson, body: unknown) =>
  a.ask('POST', `/workspaces/${workspace}/invitations`, { as, body })

async function made(as: TestPerson, role = 'member', email = fresh()) {
  const { body, status } = await invite(as, { email, role })
  expect(status).toBe(200)
  const { invitation, link } = body as Made
  return { id: invitation.id, email, link, secret: new URL(link).hash.slice(1) }
}

const redeem = (secret: string, more: Record<string, unknown> = {}, as?: TestPerson) =>
  a.ask('POST', '/invitations/redeem', {
    body: { secret, name: 'A new person', password: PASSWORD, ...more },
    ...(as === undefined ? {} : { as }),
  })
const look = async (secret: string, as?: TestPerson) =>
  (await a.ask('POST', '/invitations/look', { body: { secret }, ...(as === undefined ? {} : { as }) })).body
const rowOf = async (email: string, place = workspace) =>
  (
    await t.root.query(
      `select m.role, m.status, m.invited_by, m.ends_at from members m join auth_user u on u.id = m.user_id
        where u.email = $1 and m.workspace_id = $2`,
      [email, place],
    )
  ).rows[0] as { role: string; status: string; invited_by: string; ends_at: Date | null } | undefined

describe('Making one', () => {
  test.each([
    ['owner', owner, { admin: 200, auditor: 200, member: 200, guest: 200, owner: 400 }],
    ['admin', admin, { admin: 200, auditor: 200, member: 200, guest: 200, owner: 400 }],
    ['member', member, { admin: 403, auditor: 403, member: 403, guest: 200, owner: 400 }],
  ])('What %s may give', async (_, as, expected) => {
    const found: Record<string, number> = {}
    for (const role of Object.keys(expected))
      found[role] = (await invite(as, { email: fresh(), role })).status
    expect(found).toEqual(expected)
  })

  test('The secret is in the fragment, has 256 bits, and only its hash is stored; the log tells the making', async () => {
    const { secret, id, link } = await made(admin, 'auditor')
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(new URL(link).pathname).toBe('/join')
    const { rows } = await t.root.query('select i::text as row from invitations i where id = $1', [id])
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(a.logged.join('\n')).not.toContain(secret)
    expect((await a.audit(workspace)).at(-1)).toMatchObject({
      action: 'invitation.make',
      actor_id: admin.id,
      subject_id: id,
      data: { role: 'auditor' },
    })
  })

  test('A guest has an inviter and an end: ninety days, or what is said, at most a year', async () => {
    const { email, secret } = await made(member, 'guest')
    await redeem(secret)
    const days = ((await rowOf(email))?.ends_at?.getTime() ?? 0) - Date.now()
    expect(Math.round(days / 86_400_000)).toBe(90)
    expect(await rowOf(email)).toMatchObject({ role: 'guest', invited_by: member.id })
    const at = (day: number) => new Date(Date.now() + day * 86_400_000).toISOString()
    const ask = (endsAt: string) => invite(member, { email: fresh(), role: 'guest', endsAt })
    expect((await ask(at(10))).status).toBe(200)
    for (const bad of [at(-1), at(400), 'tomorrow']) expect((await ask(bad)).status).toBe(400)
  })

  test('Not for a member, and not twice while one is open', async () => {
    expect((await invite(admin, { email: member.email.toUpperCase(), role: 'member' })).status).toBe(409)
    const { email } = await made(admin)
    expect(await invite(admin, { email: ` ${email.toUpperCase()}`.trim(), role: 'member' })).toMatchObject({
      status: 409,
      body: { error: { fields: { email: expect.any(String) as string } } },
    })
    await t.root.query(`update invitations set expires_at = now() - interval '1 second' where email = $1`, [
      email,
    ])
    expect((await invite(admin, { email, role: 'member' })).status).toBe(200)
  })

  test('A member sees and manages the own ones alone', async () => {
    const own = await made(member, 'guest')
    const foreign = await made(admin, 'guest')
    const { rows } = (await a.ask('GET', `/workspaces/${workspace}/invitations`, { as: member })).body as {
      rows: { id: string; mayManage: boolean }[]
    }
    expect(rows.find((row) => row.id === own.id)).toMatchObject({ mayManage: true })
    expect(rows.some((row) => row.id === foreign.id)).toBe(false)
    const one = (id: string, as: TestPerson) =>
      a.ask('GET', `/workspaces/${workspace}/invitations/${id}`, { as })
    expect((await one(own.id, member)).body).toEqual(rows.find((row) => row.id === own.id))
    expect((await one(foreign.id, member)).status).toBe(404)
    expect((await one(foreign.id, admin)).body).toMatchObject({ id: foreign.id, mayManage: true })
    const revoke = (id: string, as: TestPerson) =>
      a.ask('POST', `/workspaces/${workspace}/invitations/${id}/revoke`, { as })
    expect((await revoke(foreign.id, member)).status).toBe(404)
    expect((await revoke(own.id, admin)).body).toMatchObject({ state: 'revoked' })
    expect((await look(own.secret)) as object).toMatchObject({ state: 'revoked' })
  })

  test("Somebody else's was held before it was asked whose it is: a member waited for whoever changed it", async () => {
    const { id } = await made(admin, 'guest')
    const asked = (which: string) =>
      a.ask('POST', `/workspaces/${workspace}/invitations/${which}/revoke`, { as: member })
    let answered = false
    const answer = await meanwhile(
      t,
      workspace,
      (tx) => tx.selectFrom('invitations').select('id').where('id', '=', id).forUpdate().execute(),
      () => asked(id).finally(() => (answered = true)),
      () => Promise.resolve(expect(answered).toBe(true)),
    )
    expect(answer.status).toBe(404)
  })
})

describe('Redeeming one', () => {
  test('A new person joins with the role of the row, is signed in, and the log tells it', async () => {
    await clear()
    const { email, secret, id } = await made(admin, 'auditor')
    expect(await look(secret)).toEqual({
      state: 'new-person',
      sentence: null,
      invitation: {
        workspaceName: 'A workspace of the test',
        email,
        role: 'auditor',
        inviterName: expect.any(String) as string,
        endsAt: null,
      },
      signedInAs: null,
    })
    const answer = await redeem(secret)
    expect(answer).toMatchObject({ status: 200, body: { workspaceId: workspace } })
    const me = await a.ask('GET', '/me', { headers: { cookie: cookiesOf(answer.headers) } })
    expect(me.body).toMatchObject({ user: { email }, workspaces: [{ id: workspace, role: 'auditor' }] })
    expect((await a.audit(workspace)).filter((event) => event.action === 'member.join').at(-1)).toMatchObject(
      {
        data: { role: 'auditor', invitation: id },
      },
    )
    expect(await look(secret)).toMatchObject({ state: 'used' })
    expect((await redeem(secret)).status).toBe(409)
  })

  test('Somebody with an account joins by signing in, with nothing else', async () => {
    await clear()
    const person = await a.person()
    const { secret } = await made(owner, 'admin', person.email)
    expect(await look(secret)).toMatchObject({ state: 'sign-in', sentence: expect.any(String) as string })
    expect((await redeem(secret)).status).toBe(409)
    expect(await look(secret, person)).toMatchObject({ state: 'accept', signedInAs: person.email })
    expect((await redeem(secret, {}, person)).status).toBe(200)
    expect(await rowOf(person.email)).toMatchObject({ role: 'admin', status: 'active' })
    expect((await redeem(secret, {}, person)).status).toBe(409)
  })

  test('A former member comes back with the new role', async () => {
    const person = await a.person()
    await a.join(workspace, person, 'admin', 'removed')
    const { secret } = await made(admin, 'guest', person.email)
    expect((await redeem(secret, {}, person)).status).toBe(200)
    expect(await rowOf(person.email)).toMatchObject({ role: 'guest', status: 'active', invited_by: admin.id })
  })

  test.each([
    ['without a name', { name: undefined }, 'name'],
    ['with a blank name', { name: '   ' }, 'name'],
    ['without a password', { password: undefined }, 'password'],
    ['with a short password', { password: 'short' }, 'password'],
    ['with an endless password', { password: 'x'.repeat(129) }, 'password'],
  ])('%s nothing is used up', async (_, more, field) => {
    await clear()
    const { secret, email } = await made(admin)
    const answer = await redeem(secret, more)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { fields: { [field]: expect.any(String) as string } } },
    })
    expect(await rowOf(email)).toBeUndefined()
    expect(await look(secret)).toMatchObject({ state: 'new-person' })
  })
})

interface Case {
  name: string
  /** What happens to the link, and whose browser it is then opened in. */
  do: (link: {
    id: string
    email: string
    secret: string
  }) => Promise<{ secret?: string; as?: TestPerson } | undefined>
  state: string
  status: number
}
const nothing = () => undefined
const sql = async (text: string, values: unknown[]) => {
  await t.root.query(text, values)
  return nothing()
}
const cases: Case[] = [
  {
    name: 'redeemed before',
    do: ({ secret }) => redeem(secret).then(nothing),
    state: 'used',
    status: 409,
  },
  {
    name: 'opened by somebody else',
    do: () => Promise.resolve({ as: member }),
    state: 'somebody-else',
    status: 403,
  },
  {
    name: 'revoked',
    do: ({ id }) =>
      a.ask('POST', `/workspaces/${workspace}/invitations/${id}/revoke`, { as: owner }).then(nothing),
    state: 'revoked',
    status: 409,
  },
  {
    name: 'sent again: the old link is dead',
    do: ({ id }) =>
      a.ask('POST', `/workspaces/${workspace}/invitations/${id}/send-again`, { as: owner }).then(nothing),
    state: 'unknown',
    status: 404,
  },
  {
    name: 'expired by a second',
    do: ({ id }) =>
      sql(`update invitations set expires_at = now() - interval '1 second' where id = $1`, [id]),
    state: 'expired',
    status: 409,
  },
  {
    name: 'older than 72 hours',
    do: ({ id }) =>
      sql(
        `update invitations set created_at = created_at - interval '73 hours', expires_at = expires_at - interval '73 hours' where id = $1`,
        [id],
      ),
    state: 'expired',
    status: 409,
  },
  {
    name: 'made by somebody who is gone',
    do: ({ id }) => sql(`update invitations set invited_by = $2 where id = $1`, [id, gone.id]),
    state: 'void',
    status: 409,
  },
  {
    name: 'made by somebody whose role no longer gives it',
    do: ({ id }) => sql(`update invitations set invited_by = $2 where id = $1`, [id, member.id]),
    state: 'void',
    status: 409,
  },
  {
    name: 'made by a guest past the end',
    do: ({ id }) => sql(`update invitations set invited_by = $2 where id = $1`, [id, past.id]),
    state: 'void',
    status: 409,
  },
  {
    name: 'a prefix of the secret',
    do: ({ secret }) => Promise.resolve({ secret: secret.slice(0, 42) }),
    state: 'unknown',
    status: 404,
  },
  {
    name: 'a longer secret',
    do: ({ secret }) => Promise.resolve({ secret: `${secret}A` }),
    state: 'unknown',
    status: 404,
  },
  {
    name: 'the secret in other letters',
    do: ({ secret }) =>
      Promise.resolve({
        secret: secret.toLowerCase() === secret ? secret.toUpperCase() : secret.toLowerCase(),
      }),
    state: 'unknown',
    status: 404,
  },
  {
    name: 'its id as the secret',
    do: ({ id }) => Promise.resolve({ secret: id }),
    state: 'unknown',
    status: 404,
  },
  {
    name: 'its stored hash as the secret',
    do: async ({ id }) => {
      const { rows } = await t.root.query<{ h: string }>(
        `select encode(secret_hash, 'hex') as h from invitations where id = $1`,
        [id],
      )
      return { secret: rows[0]?.h ?? '' }
    },
    state: 'unknown',
    status: 404,
  },
  {
    name: 'of a workspace that is gone',
    do: async ({ id }) => {
      const elsewhere = await t.makeWorkspace()
      await sql('update invitations set workspace_id = $2 where id = $1', [id, elsewhere])
      return sql('delete from workspaces where id = $1', [elsewhere])
    },
    state: 'unknown',
    status: 404,
  },
]
const gone = await a.person()
await a.join(workspace, gone, 'admin', 'removed')
const past = await a.person()
await a.join(workspace, past, 'admin', 'active', new Date(Date.now() - 1_000))

describe('A link that does not work says why, and does nothing', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await clear()
    const link = await made(admin, 'auditor')
    const then = await one.do(link)
    const before = await t.root.query('select count(*)::int as people from auth_user')
    const secret = then?.secret ?? link.secret
    expect(await look(secret, then?.as)).toMatchObject({
      state: one.state,
      sentence: expect.any(String) as string,
    })
    const answer = await redeem(secret, {}, then?.as)
    expect(answer.status).toBe(one.status)
    const sentence = ((await look(secret, then?.as)) as { sentence: string }).sentence
    expect(answer.body).toMatchObject({ error: { sentence } })
    expect((await t.root.query('select count(*)::int as people from auth_user')).rows).toEqual(before.rows)
    if (one.name !== 'redeemed before') expect(await rowOf(link.email)).toBeUndefined()
  })

  test('A workspace without invitations has an empty list', async () => {
    await a.join(other, owner, 'admin')
    const { status, body } = await a.ask('GET', `/workspaces/${other}/invitations`, { as: owner })
    expect([status, body]).toEqual([200, { rows: [], total: 0, facets: { role: [], state: [] } }])
  })

  test('The list says so too where whoever made it may no longer invite, until somebody else sends it again', async () => {
    const { id } = await made(admin, 'auditor')
    const stateOf = async () => {
      const { body } = await a.ask('GET', `/workspaces/${workspace}/invitations`, { as: owner })
      return (body as { rows: { id: string; state: string }[] }).rows.find((row) => row.id === id)?.state
    }
    expect(await stateOf()).toBe('open')
    await t.root.query('update invitations set invited_by = $2 where id = $1', [id, gone.id])
    expect(await stateOf()).toBe('void')
    const again = await a.ask('POST', `/workspaces/${workspace}/invitations/${id}/send-again`, { as: owner })
    expect(again.body).toMatchObject({ invitation: { state: 'open' } })
    expect(await stateOf()).toBe('open')
  })

  test('A member already', async () => {
    await clear()
    const person = await a.person()
    const { secret } = await made(admin, 'auditor', person.email)
    await a.join(workspace, person, 'guest')
    expect(await look(secret, person)).toMatchObject({ state: 'member-already' })
    expect((await redeem(secret, {}, person)).status).toBe(409)
    expect(await rowOf(person.email)).toMatchObject({ role: 'guest' })
  })

  test('Role, address and workspace in the body change nothing', async () => {
    await clear()
    const { email, secret } = await made(admin, 'auditor')
    const answer = await redeem(secret, {
      role: 'owner',
      email: 'somebody@example.test',
      workspaceId: other,
      workspace: other,
      endsAt: null,
    })
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 200) expect(await rowOf(email)).toMatchObject({ role: 'auditor' })
    expect(await rowOf(email, other)).toBeUndefined()
    expect(await rowOf('somebody@example.test')).toBeUndefined()
  })

  test('As GET, and in a query, it is not there', async () => {
    await clear()
    const { secret } = await made(admin)
    for (const path of ['redeem', 'look']) {
      expect((await a.ask('GET', `/invitations/${path}?secret=${secret}`)).status).toBe(404)
      expect((await a.ask('POST', `/invitations/${path}?secret=${secret}`, { body: {} })).status).toBe(400)
    }
    expect(await look(secret)).toMatchObject({ state: 'new-person' })
  })

  test("Another workspace's admin can neither see, send nor revoke it", async () => {
    const stranger = await a.person()
    await a.join(other, stranger, 'admin')
    const { id } = await made(admin)
    for (const verb of ['send-again', 'revoke'])
      expect(
        (await a.ask('POST', `/workspaces/${other}/invitations/${id}/${verb}`, { as: stranger })).status,
      ).toBe(404)
  })
})

describe('Side by side', () => {
  test.each([
    ['from many addresses', (n: number) => `203.0.113.${String(n % 250)}`],
    ['from one', () => '203.0.113.7'],
  ])(
    'Of 200 who redeem at once %s one wins',
    async (_, from) => {
      await clear()
      const { email, secret } = await made(admin)
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          a.ask('POST', '/invitations/redeem', {
            body: { secret, name: `Number ${String(n)}`, password: PASSWORD },
            from: from(n),
          }),
        ),
      )
      const statuses = new Set(answers.map((answer) => answer.status))
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
      expect([...statuses].filter((status) => ![200, 409, 429].includes(status))).toEqual([])
      const { rows } = await t.root.query('select id from auth_user where email = $1', [email])
      expect(rows).toHaveLength(1)
      const joined = (await a.audit(workspace)).filter(
        (event) => event.action === 'member.join' && event.subject_id === (rows[0] as { id: string }).id,
      )
      expect(joined).toHaveLength(1)
    },
    120_000,
  )

  test.each([1, 2, 3])('Of 100 who redeem and 100 who revoke at once one wins (%i)', async () => {
    await clear()
    const { id, email, secret } = await made(admin)
    const path = `/workspaces/${workspace}/invitations/${id}/revoke`
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        n % 2 === 0
          ? a.ask('POST', '/invitations/redeem', {
              body: { secret, name: 'A new person', password: PASSWORD },
              from: `203.0.113.${String(n)}`,
            })
          : a.ask('POST', path, { as: n % 4 === 1 ? admin : owner }),
      ),
    )
    const won = answers.findIndex(({ status }) => status === 200)
    expect(answers.filter(({ status }) => status !== 409)).toHaveLength(1)
    expect((await rowOf(email)) !== undefined).toBe(won % 2 === 0)
    const told = (await a.audit(workspace)).filter(
      ({ action, subject_id, data }) =>
        (action === 'invitation.revoke' && subject_id === id) ||
        (action === 'member.join' && (data as { invitation: string }).invitation === id),
    )
    expect(told.map(({ action }) => action)).toEqual([won % 2 === 0 ? 'member.join' : 'invitation.revoke'])
  })
})

test('Secrets that lead nowhere are limited per address, and a hit is not counted', async () => {
  await clear()
  const { secret } = await made(admin)
  for (let n = 0; n < 30; n += 1) expect(await look(secret)).toMatchObject({ state: 'new-person' })
  const statuses: number[] = []
  for (let n = 0; n < 22; n += 1) {
    statuses.push(
      (await a.ask('POST', '/invitations/look', { body: { secret: `wrong ${String(n)}` } })).status,
    )
  }
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429])
})
