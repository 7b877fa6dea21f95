// The same thing done by many at once: exactly one wins, the others are told, and what must be told to others is told once.
// Races of invitations, token requests, the setup, codes and the master key stand with those.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { forUser, read } from '../store/db.ts'
import { noticesOf } from '../store/notices.ts'
import { testDb } from '../store/testing/test-db.ts'
import { workspacesOf } from '../store/workspaces.ts'
import { cookiesOf, PASSWORD, testApp } from './testing/test-app.ts'
import type { Answer } from './testing/test-app.ts'
import { ageFile, fullWorkspace } from './testing/two-workspaces.ts'
import { codeOf } from './testing/totp.ts'

const t = await testDb()
const a = await testApp(t)
const [owner, admin, second] = [await a.person(), await a.person(), await a.person()]
const mine = await fullWorkspace(t, owner.id)
const ws = `/workspaces/${mine.workspace}`
beforeEach(async () => {
  await t.root.query('truncate auth_tries, auth_rate_limit, auth_used_codes')
  await a.join(mine.workspace, owner, 'owner')
  await a.join(mine.workspace, admin, 'admin')
  await a.join(mine.workspace, second, 'admin')
})

const atOnce = (times: number, ask: (n: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: times }, (_, n) => ask(n)))
function expectOneWinner(answers: Answer[], losers: number[]): void {
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status < 300)).toHaveLength(1)
  expect(statuses.filter((status) => status >= 300 && !losers.includes(status))).toEqual([])
}
const told = async (kind: string, person: { id: string }) =>
  (
    await read(t.db, mine.workspace, (tx) =>
      noticesOf(tx, { userId: person.id, role: 'owner' }, { unread: false, offset: 0, limit: 50 }),
    )
  ).rows.filter((notice) => notice.kind === kind)
const logged = async (action: string, subject: string) =>
  (await a.audit(mine.workspace)).filter((event) => event.action === action && event.subject_id === subject)

describe('Exactly one wins', () => {
  test('Held removals that are applied and discarded by 200 at once', async () => {
    const path = `${ws}/proposals/${mine.proposal}`
    const answers = await atOnce(200, (n) =>
      a.ask('POST', `${path}/${n % 2 === 0 ? 'apply' : 'discard'}`, { as: n % 3 === 0 ? owner : admin }),
    )
    expectOneWinner(answers, [409])
    const deeds = (await a.audit(mine.workspace)).filter((event) => event.subject_id === mine.proposal)
    expect(deeds).toHaveLength(1)
  })

  test('An API key that is revoked 200 times', async () => {
    const answers = await atOnce(200, () => a.ask('POST', `${ws}/api-keys/${mine.key}/revoke`, { as: admin }))
    expectOneWinner(answers, [409])
    expect(await logged('api-key.revoke', mine.key)).toHaveLength(1)
  })

  test('A token request that is revoked 200 times', async () => {
    const path = `${ws}/token-requests/${mine.request}/revoke`
    const answers = await atOnce(200, () => a.ask('POST', path, { as: admin }))
    expectOneWinner(answers, [409])
    expect(await logged('token-request.revoke', mine.partner)).toHaveLength(1)
  })

  test('A secret that is shared with one and taken from another by 200 at once', async () => {
    const [ann, ben, cay] = await Promise.all([a.person(), a.person(), a.person()])
    const vaults = new Map<string, string>()
    for (const person of [second, ann, ben, cay]) {
      await a.join(mine.workspace, person, person === second ? 'admin' : 'member')
      const { rows } = await t.root.query<{ id: string }>(
        `insert into vaults (id, workspace_id, user_id, recipient, signing, passphrase_file, recovery_file)
          values (gen_random_uuid(), $1, $2, $3, $4, 'p', 'r') returning id`,
        [mine.workspace, person.id, `age1${'q'.repeat(58)}`, 'x'.repeat(43)],
      )
      vaults.set(person.id, rows[0]?.id ?? '')
    }
    const version = (...people: { id: string }[]) => ({
      label: 'Shared',
      kind: 'note',
      sealed: ageFile(...people.map(() => 'X25519' as const)),
      members: people.map(({ id }) => ({ userId: id, role: 'owner', vaultId: vaults.get(id) })),
    })
    const id = randomUUID()
    const added = await a.ask('POST', `${ws}/secrets`, {
      as: second,
      body: { id, ...version(second, ann, ben), expiresAt: null },
    })
    expect(added.status).toBe(200)
    const answers = await atOnce(200, (n) =>
      a.ask('POST', `${ws}/secrets/${id}/versions`, {
        as: n % 3 === 0 ? ann : second,
        body: { ...(n % 2 === 0 ? version(second, ann, ben, cay) : version(second, ann)), base: 1 },
      }),
    )
    expectOneWinner(answers, [409])
    const shared = answers.findIndex(({ status }) => status === 200) % 2 === 0
    const { rows } = await t.root.query<{ user_id: string }>(
      'select user_id from secret_members where secret_id = $1',
      [id],
    )
    const has = shared ? [second, ann, ben, cay] : [second, ann]
    expect(rows.map((row) => row.user_id).sort()).toEqual(has.map((person) => person.id).sort())
    expect(await logged(shared ? 'secret.share' : 'secret.unshare', id)).toHaveLength(shared ? 2 : 1)
    expect(await logged(shared ? 'secret.unshare' : 'secret.share', id)).toHaveLength(shared ? 0 : 1)
    // Whoever lost the access opens nothing from here on.
    const open = await a.ask('POST', `${ws}/secrets/${id}/open`, { as: ben, body: {} })
    expect(open.status).toBe(shared ? 200 : 404)
  })

  test('An app request that is approved and declined by 200 at once', async () => {
    const path = `${ws}/connections/${mine.connection}/automation/requests/${mine.appRequest}`
    const answers = await atOnce(200, (n) =>
      a.ask('POST', path, {
        as: n % 3 === 0 ? owner : admin,
        body: { decision: n % 2 === 0 ? 'approve' : 'decline' },
      }),
    )
    expectOneWinner(answers, [409])
    expect(await logged('app-request.decide', mine.appRequest)).toHaveLength(1)
  })

  test('A link to a new password that is used 200 times', async () => {
    const person = await a.person()
    await a.join(mine.workspace, person, 'member')
    const made = await a.ask('POST', `${ws}/members/${person.id}/password-link`, { as: admin })
    const secret = new URL((made.body as { link: string }).link).hash.slice(1)
    const password = (n: number) => `a new password, number ${String(n)}`
    const answers = await atOnce(200, (n) =>
      a.ask('POST', '/password-links/redeem', { body: { secret, password: password(n) } }),
    )
    expectOneWinner(answers, [404, 409, 429])
    await t.root.query('truncate auth_tries, auth_rate_limit')
    const winner = answers.findIndex(({ status }) => status < 300)
    expect((await a.signIn(person.email, password(winner))).status).toBe(200)
  })

  test('A vault that is made 200 times', async () => {
    const file = ageFile('scrypt')
    const keys = { recipient: `age1${'q'.repeat(58)}`, signing: 'x'.repeat(43) }
    const body = { ...keys, passphraseFile: file, recoveryFile: file, replaces: null }
    expectOneWinner(await atOnce(200, () => a.ask('POST', `${ws}/vault`, { as: owner, body })), [409])
  })

  test('The answer to a question of a job, given 200 times', async () => {
    const question = randomUUID()
    await t.root.query(
      `insert into job_questions (id, workspace_id, job_id, kind, ends_at) values ($2, $1, $3, 'code', now() + interval '1 hour')`,
      [mine.workspace, question, mine.job],
    )
    const path = `${ws}/jobs/${mine.job}/answer`
    const answers = await atOnce(200, (n) =>
      a.ask('POST', path, { as: admin, body: { question, answer: String(n) } }),
    )
    expectOneWinner(answers, [404, 409])
  })

  test.each([1, 2, 3, 4, 5])('Ownership that is handed to two people at once (%i)', async () => {
    await t.root.query('delete from notices')
    const answers = await atOnce(8, (n) =>
      a.ask('POST', `${ws}/hand-over`, {
        as: owner,
        body: { memberId: (n % 2 === 0 ? admin : second).id, password: PASSWORD },
      }),
    )
    expectOneWinner(answers, [403, 409])
    const { rows } = await t.root.query<{ user_id: string }>(
      `select user_id from members where workspace_id = $1 and role = 'owner' and status = 'active'`,
      [mine.workspace],
    )
    const winner = answers.findIndex(({ status }) => status < 300) % 2 === 0 ? admin : second
    expect(rows).toEqual([{ user_id: winner.id }])
    for (const person of [owner, admin, second]) {
      const notices = await told('ownership-transferred', person)
      expect(notices).toHaveLength(1)
      expect(notices[0]?.sentence).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('An admin who is removed while they remove somebody: no more than the removal before theirs', async () => {
    for (let round = 0; round < 10; round += 1) {
      await a.join(mine.workspace, admin, 'admin')
      await a.join(mine.workspace, second, 'admin')
      const [first, other] = await Promise.all([
        a.ask('DELETE', `${ws}/members/${second.id}`, { as: admin }),
        a.ask('DELETE', `${ws}/members/${admin.id}`, { as: second }),
      ])
      expect([first.status, other.status].filter((status) => status === 204)).toHaveLength(1)
      expect([403, 404, 409]).toContain(first.status === 204 ? other.status : first.status)
    }
  })
})

test('Settings of a person that are changed one by one, all at once: each change stands', async () => {
  for (const round of [1, 2, 3, 4]) {
    const change = {
      name: `Owner ${String(round)}`,
      locale: round % 2 === 0 ? 'de-DE' : 'fr-FR',
      theme: round % 2 === 0 ? 'dark' : 'light',
      density: round % 2 === 0 ? 'compact' : 'comfortable',
      timeZone: round % 2 === 0 ? 'Europe/Berlin' : 'Europe/Paris',
    }
    await Promise.all(
      Object.entries(change).map(([name, value]) =>
        a.ask('PATCH', '/me/settings', { as: owner, body: { [name]: value } }),
      ),
    )
    expect((await a.ask('GET', '/me/settings', { as: owner })).body).toEqual(change)
  }
})

test('A second factor that is reset: those who run the workspace are told, its owner as well, in every workspace', async () => {
  await t.root.query('delete from notices')
  const person = await a.person()
  await a.join(mine.workspace, person, 'member')
  const started = await a.ask('POST', '/me/two-factor/start', { as: person, body: { password: PASSWORD } })
  const body = { code: codeOf((started.body as { secret: string }).secret) }
  const confirmed = await a.ask('POST', '/me/two-factor/confirm', { as: person, body })
  const path = `${ws}/members/${person.id}/reset-second-factor`
  const answers = await atOnce(200, () => a.ask('POST', path, { as: admin }))
  expectOneWinner(answers, [403, 409])
  for (const who of [owner, admin]) {
    const notices = await told('second-factor-reset', who)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatchObject({ target: { kind: 'member', id: person.id } })
  }
  expect(await told('second-factor-reset', person)).toEqual([])
  const old = { headers: { cookie: cookiesOf(confirmed.headers) } }
  expect((await a.ask('GET', '/me', old)).status).toBe(401)
  const again = { ...person, cookie: (await a.signIn(person.email)).cookie }
  const me = await a.ask('GET', '/me', { as: again })
  expect(me.body).toMatchObject({
    news: [{ sentence: expect.stringContaining('second factor') as string }],
  })
  expect(await forUser(t.db, person.id, (tx) => workspacesOf(tx, person.id))).toHaveLength(1)
})

/** Sessions beside the product's; a test that fails leaves nothing of its own open. */
const open: PoolClient[] = []
const aside = async () => {
  const client = await t.root.connect()
  open.push(client)
  return client
}
afterEach(() => {
  for (const client of open.splice(0)) client.release(true)
})
/** How many wait for somebody else's lock in this database. */
const waiting = async () => {
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  return (await t.root.query(waits)).rows.length
}

test('A workspace that is deleted while a job of it is being added stays', async () => {
  const [keep, gone] = [await t.makeWorkspace(), await t.makeWorkspace()]
  for (const workspace of [keep, gone]) await a.join(workspace, owner, 'owner')
  const connection = await t.makeConnection(gone)
  const other = await aside()
  await other.query('begin')
  await other.query(
    `insert into jobs (id, workspace_id, connection_id, kind, trigger) values ($1, $2, $3, 'check-for-updates', 'person')`,
    [randomUUID(), gone, connection],
  )
  const body = { name: 'A workspace of the test' }
  const asked = { over: false }
  const answered = a
    .ask('DELETE', `/workspaces/${gone}`, { as: owner, body })
    .finally(() => (asked.over = true))
  while (!asked.over && (await waiting()) === 0) await sleep(5)
  await other.query('commit')
  expect((await answered).status).toBe(409)
  expect((await t.root.query('select from workspaces where id = $1', [gone])).rows).toHaveLength(1)
})

test('Somebody who deletes their last two workspaces at once keeps one, and who is no owner any more deletes none', async () => {
  const person = await a.person()
  const both = [await t.makeWorkspace(), await t.makeWorkspace()]
  for (const workspace of both) await a.join(workspace, person, 'owner')
  const body = { name: 'A workspace of the test' }
  const other = await aside()
  /** Asked while the person's places are held; then they are let go. */
  const whileHeld = async (hold: string, ids: string[]) => {
    await other.query('begin')
    await other.query(hold, [person.id])
    const asked = { over: 0 }
    const answers = ids.map((id) =>
      a.ask('DELETE', `/workspaces/${id}`, { as: person, body }).finally(() => (asked.over += 1)),
    )
    while (asked.over + (await waiting()) < ids.length) await sleep(5)
    await other.query('commit')
    return (await Promise.all(answers)).map(({ status }) => status).sort()
  }
  const hold = 'select from members where user_id = $1 for update'
  const lose = `update members set role = 'admin' where user_id = $1`
  expect(await whileHeld(lose, both)).toEqual([404, 404])
  for (const workspace of both) await a.join(workspace, person, 'owner')
  expect(await whileHeld(hold, both)).toEqual([204, 409])
})

test('Who loses the right over an account while they use it: what was not written yet is not', async () => {
  const person = await a.person()
  await a.join(mine.workspace, person, 'member')
  const path = `${ws}/members/${person.id}/password-link`
  const made = (await a.ask('POST', path, { as: admin })).body as { link: string }
  const secret = made.link.split('#')[1] ?? ''
  const waits = [
    () => a.ask('POST', path, { as: admin }),
    () => a.ask('POST', '/password-links/redeem', { body: { secret, password: 'another long password' } }),
  ]
  const other = await aside()
  for (const ask of waits) {
    await a.join(mine.workspace, admin, 'admin')
    await other.query('begin')
    await other.query(`update members set role = 'member' where user_id = $1`, [admin.id])
    const asked = { over: false }
    const answered = ask().finally(() => (asked.over = true))
    while (!asked.over && (await waiting()) === 0) await sleep(5)
    await other.query('commit')
    expect((await answered).status).toBe(403)
  }
  const { rows } = await t.root.query('select used_at from password_links where user_id = $1', [person.id])
  expect(rows).toEqual([{ used_at: null }])
  expect((await a.signIn(person.email)).status).toBe(200)
})
