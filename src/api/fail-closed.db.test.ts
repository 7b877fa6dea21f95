// Where the activity log cannot be written, nothing changes and everything can still be read (I14): the right to write it taken away, its
// table locked, a full disk, a read-only database, its waiting list gone. Afterwards it works again without repair.
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { PASSWORD, testApp } from './testing/test-app.ts'
import { fullWorkspace } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t)
const owner = await a.person()
const member = await a.person()
const mine = await fullWorkspace(t, owner.id)
const ws = `/workspaces/${mine.workspace}`
beforeAll(async () => {
  await a.join(mine.workspace, owner, 'owner')
  await a.join(mine.workspace, member, 'member')
})

/** Every kind of write that needs nothing but the database, and exports, which are recorded as well. */
const writes: [string, string, unknown?][] = [
  ['PATCH', ws, { name: 'Another name', twoFactor: { admin: true } }],
  ['POST', '/workspaces', { name: 'One more' }],
  ['PATCH', `${ws}/members/${member.id}`, { role: 'admin' }],
  ['DELETE', `${ws}/members/${member.id}`],
  ['POST', `${ws}/members/${member.id}/password-link`],
  ['POST', `${ws}/hand-over`, { memberId: member.id, password: PASSWORD }],
  ['POST', `${ws}/invitations`, { email: 'new@example.test', role: 'member' }],
  ['POST', `${ws}/invitations/${mine.invitation}/send-again`],
  ['POST', `${ws}/invitations/${mine.invitation}/revoke`],
  ['PATCH', `${ws}/connections/${mine.connection}`, { label: 'Renamed' }],
  ['DELETE', `${ws}/connections/${mine.connection}`, { name: 'A connection of the test', atOnce: false }],
  ['PATCH', `${ws}/partners/${mine.partner}`, { sharedOnly: true }],
  ['POST', `${ws}/partners/${mine.partner}/disconnect`],
  ['POST', `${ws}/proposals/${mine.proposal}/apply`],
  ['POST', `${ws}/proposals/${mine.proposal}/discard`],
  ['POST', `${ws}/api-keys`, { name: 'A program', scopes: ['read'], expiresAt: null }],
  ['POST', `${ws}/api-keys/${mine.key}/revoke`],
  ['PATCH', `${ws}/notices/settings`, { kind: 'token-died', mail: false }],
  ['PATCH', '/me/settings', { name: 'Somebody else' }],
  ['GET', `${ws}/connections/${mine.connection}/partners.csv`],
  ['GET', `${ws}/audit.jsonl`],
]
const reads = [
  ws,
  '/me',
  '/me/security',
  '/sessions',
  `${ws}/members`,
  `${ws}/invitations`,
  `${ws}/connections`,
  `${ws}/connections/${mine.connection}/partners`,
  `${ws}/connections/${mine.connection}/principals`,
  `${ws}/connections/${mine.connection}/resources`,
  `${ws}/connections/${mine.connection}/changes`,
  `${ws}/jobs`,
  `${ws}/audit`,
  `${ws}/audit/head`,
  `${ws}/api-keys`,
  `${ws}/notices`,
]

/** Counters and what is noted of a session at each request. */
const restless = new Set(['auth_tries', 'auth_session', 'auth_rate_limit'])

/** Every row of every table of ours. */
async function everything(): Promise<Record<string, unknown>> {
  const { rows } = await t.root.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  )
  const found: Record<string, unknown> = {}
  for (const { name } of rows.filter((row) => !restless.has(row.name))) {
    const all = await t.root.query<{ x: Record<string, unknown> }>(`select to_jsonb(x) as x from "${name}" x`)
    found[name] = all.rows.map(({ x }) => JSON.stringify({ ...x, last_seen_at: null })).sort()
  }
  return found
}

interface Fault {
  name: string
  on: () => Promise<unknown>
  off: () => Promise<unknown>
}
const trigger = (state: string) => `
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'planted' using errcode = '${state}'; end $$;
  create trigger refuse before insert on audit_events execute function refuse()`
const noTrigger = 'drop trigger refuse on audit_events; drop function refuse'

const locker = new pg.Client({ connectionString: t.rootUrl })
const faults: Fault[] = [
  {
    name: 'The right to write the log is taken away',
    on: () => t.root.query('revoke insert on audit_events from guestlist_app'),
    off: () => t.root.query('grant insert on audit_events to guestlist_app'),
  },
  {
    name: 'The right to write the list of what is to be sealed is taken away',
    on: () => t.root.query('revoke insert on audit_unsealed from guestlist_app'),
    off: () => t.root.query('grant insert on audit_unsealed to guestlist_app'),
  },
  { name: 'The disk is full', on: () => t.root.query(trigger('53100')), off: () => t.root.query(noTrigger) },
  {
    name: 'The list of what is to be sealed is gone',
    on: () => t.root.query('alter table audit_unsealed rename to gone'),
    off: () => t.root.query('alter table gone rename to audit_unsealed'),
  },
  {
    name: 'The table of the log is locked',
    on: async () => {
      await locker.connect()
      await locker.query('begin; lock table audit_events in exclusive mode')
    },
    off: () => locker.end(),
  },
]

describe.each(faults)('$name', ({ on, off }) => {
  test('nothing changes, what was wanted is told in a sentence, everything can be read, and it works again afterwards', async () => {
    const before = await everything()
    await on()
    try {
      const answers = await Promise.all(
        writes.map(async ([method, path, body]) => ({
          what: `${method} ${path}`,
          ...(await a.ask(method, path, { as: owner, body })),
        })),
      )
      for (const { what, status, body } of answers) {
        expect({ what, status, body }).toEqual({
          what,
          status: 503,
          body: {
            error: {
              code: 'unavailable',
              sentence: expect.stringContaining('nothing was changed') as string,
              reference: expect.any(String) as string,
            },
          },
        })
      }
      for (const path of reads) expect((await a.ask('GET', path, { as: owner })).status, path).toBe(200)
    } finally {
      await off()
    }
    expect(await everything()).toEqual(before)
    expect((await a.ask('PATCH', ws, { as: owner, body: { name: 'It works again' } })).status).toBe(200)
    expect((await a.audit(mine.workspace)).at(-1)?.action).toBe('workspace.change')
    await t.root.query(`update workspaces set name = 'A workspace of the test'`)
  }, 60_000)
})

test('A sign-in that cannot be recorded does not happen; who is signed in goes on reading', async () => {
  await t.root.query('revoke insert on audit_events from guestlist_app')
  const count = async () =>
    (await t.root.query('select from auth_session where user_id = $1', [owner.id])).rowCount
  const sessions = await count()
  try {
    const { status, cookie } = await a.signIn(owner.email)
    expect({ status, cookie }).toEqual({ status: 503, cookie: '' })
    expect(await count()).toBe(sessions)
    expect((await a.ask('GET', '/me', { as: owner })).status).toBe(200)
  } finally {
    await t.root.query('grant insert on audit_events to guestlist_app')
  }
  expect((await a.signIn(owner.email)).status).toBe(200)
})

test('A password that cannot be recorded as changed is not changed', async () => {
  const person = await a.person()
  await a.join(mine.workspace, person, 'member')
  await t.root.query('revoke insert on audit_events from guestlist_app')
  const newPassword = 'another long enough password'
  const body = { currentPassword: PASSWORD, newPassword }
  try {
    expect((await a.ask('POST', '/api/auth/change-password', { as: person, body })).status).toBe(503)
  } finally {
    await t.root.query('grant insert on audit_events to guestlist_app')
  }
  expect((await a.signIn(person.email, newPassword)).status).toBe(401)
  expect((await a.signIn(person.email)).status).toBe(200)
  expect((await a.ask('POST', '/api/auth/change-password', { as: person, body })).status).toBe(200)
  expect((await a.signIn(person.email)).status).toBe(401)
})

test('A check for updates that cannot be recorded applies nothing; the next one does', async () => {
  const brand = await t.makeWorkspace()
  await a.join(brand, owner, 'owner')
  const { body } = await a.ask('POST', `/workspaces/${brand}/connections`, { as: owner, body: a.wizard() })
  const { connection, jobId } = body as { connection: { id: string }; jobId: string }
  await t.root.query('revoke insert on audit_events from guestlist_app')
  const counts = async () =>
    (await t.root.query('select from resources where connection_id = $1', [connection.id])).rowCount
  let first = { status: '' }
  try {
    first = await a.finished(brand, owner, jobId)
    expect(await counts()).toBe(0)
    expect((await a.ask('GET', `/workspaces/${brand}/jobs/${jobId}`, { as: owner })).status).toBe(200)
  } finally {
    await t.root.query('grant insert on audit_events to guestlist_app')
  }
  expect(first.status).toBe('not_completed')
  const path = `/workspaces/${brand}/connections/${connection.id}/check-for-updates`
  const again = await a.ask('POST', path, { as: owner, body: {} })
  expect(await a.finished(brand, owner, (again.body as { jobId: string }).jobId)).toMatchObject({
    status: 'complete',
  })
  expect(await counts()).toBeGreaterThan(0)
})
