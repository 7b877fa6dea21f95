// The doors to the database: whose rows each of them shows, and that no write goes without its row in the activity log.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { AppError } from '../model/error.ts'
import type { Actor } from '../model/audit.ts'
import { across, forUser, openPool, read, work, write } from './db.ts'
import type { Tx } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const actor: Actor = { kind: 'person', id: 'somebody', address: '127.0.0.1' }

/** Every table that belongs to a workspace, as the catalogue tells it: a new one is tested without being named here. */
const tenantTables = (
  await t.root.query<{ table: string }>(
    `select c.relname as "table" from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'workspace_id' order by 1`,
  )
).rows.map((row) => row.table)

const ids = { a: '', b: '' }

/** One row in every tenant table of a workspace, made by a superuser. */
async function fill(workspaceId: string): Promise<void> {
  const one = async (query: string, values: unknown[]) => {
    await t.root.query(query, values)
  }
  const w = workspaceId
  const connection = await t.makeConnection(w)
  const [partner, principal, resource, job] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  const at = new Date()
  const base = `id, workspace_id, connection_id, external_id, first_seen_at, last_confirmed_at`
  await one(`insert into partners (${base}) values ($1, $2, $3, '1', $4, $4)`, [partner, w, connection, at])
  await one(
    `insert into principals (${base}, kind, business, source, scope) values ($1, $2, $3, '1', $4, $4, 'person', '1', 'list', 's')`,
    [principal, w, connection, at],
  )
  await one(
    `insert into resources (${base}, type, relation, scope) values ($1, $2, $3, '1', $4, $4, 'page', 'owned', 's')`,
    [resource, w, connection, at],
  )
  await one(
    `insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, rank, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, $4, 'out', 'full', 's', $5, $5)`,
    [w, connection, partner, resource, at],
  )
  await one(
    `insert into grants (workspace_id, connection_id, principal_id, resource_id, how, rank, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, $4, 'direct', 'full', 's', $5, $5)`,
    [w, connection, principal, resource, at],
  )
  await one(
    `insert into credentials (id, workspace_id, connection_id, kind, sealed, key_version, last_four, fingerprint)
      values ($1, $2, $3, 'token', '', 1, '', '')`,
    [randomUUID(), w, connection],
  )
  await one(
    `insert into jobs (id, workspace_id, connection_id, kind, trigger) values ($1, $2, $3, 'check', 'person')`,
    [job, w, connection],
  )
  await one(
    `insert into job_steps (workspace_id, job_id, name, position, label) values ($1, $2, 'n', 1, 'l')`,
    [w, job],
  )
  await one(
    `insert into staged_scopes (workspace_id, job_id, reader, scope, state) values ($1, $2, 'own', 's', 'sealed')`,
    [w, job],
  )
  await one(
    `insert into staged_rows (workspace_id, job_id, reader, part, data) values ($1, $2, 'own', 'ground', '{}')`,
    [w, job],
  )
  await one(
    `insert into staged_items (workspace_id, job_id, part, id, position, item) values ($1, $2, 'p', '1', 1, '{}')`,
    [w, job],
  )
  await one(
    `insert into compared (workspace_id, connection_id, part, digest) values ($1, $2, 'ground', 'd')`,
    [w, connection],
  )
  await one(
    `insert into changes (workspace_id, connection_id, job_id, at, kind, noun) values ($1, $2, $3, now(), 'added', 'partner')`,
    [w, connection, job],
  )
  await one(
    `insert into proposals (id, workspace_id, connection_id, job_id, what, count, total, ids) values ($1, $2, $3, $4, 'assets', 1, 2, '{}')`,
    [randomUUID(), w, connection, job],
  )
  await one(
    `insert into connector_memory (workspace_id, connection_id, key, value) values ($1, $2, 'k', 'v')`,
    [w, connection],
  )
  await one(
    `insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id) values ($1, 'system', 'x', 'y', 'z', '1')`,
    [w],
  )
  const user = await t.makeUser()
  await one(
    `insert into invitations (id, workspace_id, email, role, secret_hash, invited_by, expires_at)
      values ($2, $1, 'x@example.test', 'member', $3, $4, now())`,
    [w, randomUUID(), Buffer.from(w), user],
  )
  const event = `(select max(id) from audit_events where workspace_id = $1)`
  await one(`insert into audit_chain (workspace_id, seq, event_id, hash) values ($1, 1, ${event}, '')`, [w])
  await one(`insert into audit_heads values ($1, 1, '', now(), '', 1)`, [w])
  await one(`insert into audit_unsealed (workspace_id, event_id) values ($1, ${event})`, [w])
  await one(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by) values ($2, $1, 'n', 'p', $3, '{read}', $4)`,
    [w, randomUUID(), Buffer.from(w), user],
  )
  await one(
    `insert into notices (workspace_id, user_id, kind, once, shown, mail) values ($1, $2, 'token-died', '1', true, 'due')`,
    [w, user],
  )
  await one(`insert into notice_settings (workspace_id, user_id, kind) values ($1, $2, 'token-died')`, [
    w,
    user,
  ])
  await one(
    `insert into token_requests (id, workspace_id, connection_id, partner_id, secret_hash, requested_by, expires_at)
      values ($2, $1, $3, $4, $5, $6, now())`,
    [w, randomUUID(), connection, partner, Buffer.from(w), user],
  )
  await one(`insert into hand_overs values ($2, $1, $3, $4)`, [w, randomUUID(), partner, user])
  await one(`insert into revocations values ($2, $1, $3, 'f')`, [w, randomUUID(), partner])
  await one(
    `insert into live_checks (partner_id, workspace_id, connection_id, asked_at, day, asked_today) values ($2, $1, $3, now(), now(), 1)`,
    [w, partner, connection],
  )
  await one(
    `insert into app_requests (workspace_id, connection_id, business, business_name, app, requested) values ($1, $2, '1', 'n', '2', '')`,
    [w, connection],
  )
  await one(`insert into automations (workspace_id, connection_id) values ($1, $2)`, [w, connection])
  await one(
    `insert into job_pictures (workspace_id, job_id, step, label, failed, path, image) values ($1, $2, 's', 'l', false, '/', '')`,
    [w, job],
  )
  await one(
    `insert into job_questions (id, workspace_id, job_id, kind, ends_at) values ($2, $1, $3, 'code', now())`,
    [w, randomUUID(), job],
  )
  await fillVault(w, user)
}

/** Of what people share end to end: a vault, a confirmed key and a secret of one version. */
async function fillVault(w: string, user: string): Promise<void> {
  const [vault, secret] = [randomUUID(), randomUUID()]
  await t.root.query(
    `insert into vaults (id, workspace_id, user_id, recipient, signing, passphrase_file, recovery_file) values ($2, $1, $3, $4, $5, '', '')`,
    [w, vault, user, `age1${'q'.repeat(58)}`, 'x'.repeat(43)],
  )
  await t.root.query(`insert into vault_pins values ($1, $2, $3, 'f', 'c')`, [w, vault, user])
  await t.root.query(
    `insert into secrets (id, workspace_id, label, kind, version, created_by, changed_by) values ($2, $1, 'l', 'note', 1, $3, $3)`,
    [w, secret, user],
  )
  await t.root.query(`insert into secret_members values ($1, $2, $3, 'owner', now(), $3)`, [w, secret, user])
  await t.root.query(
    `insert into secret_versions (workspace_id, secret_id, version, label, kind, sealed, deed, by, vaults) values ($1, $2, 1, 'l', 'note', '', 'add', $3, '{}')`,
    [w, secret, user],
  )
}

/** What the program may add and read, and nothing else. */
const appendOnly = ['audit_events', 'audit_chain']

async function workspacesIn(tx: Tx, table: string): Promise<string[]> {
  const rows = await sql<{
    workspaceId: string
  }>`select distinct workspace_id from ${sql.table(table)}`.execute(tx)
  return rows.rows.map((row) => row.workspaceId)
}

beforeAll(async () => {
  ids.a = await t.makeWorkspace()
  ids.b = await t.makeWorkspace()
  await fill(ids.a)
  await fill(ids.b)
  for (const table of tenantTables) {
    const filled = await t.root.query(`select distinct workspace_id from ${table}`)
    // The positive control: a table that nobody filled would pass every test below.
    expect(filled.rowCount, `rows of ${table} in both workspaces`).toBe(2)
  }
})

describe('every table of a workspace', () => {
  test.each(tenantTables)('%s shows nothing while no workspace is set', async (table) => {
    expect((await t.db.pool.query(`select from ${table}`)).rowCount).toBe(0)
  })

  test.each(tenantTables)('%s shows, changes and deletes the own rows only', async (table) => {
    expect(await read(t.db, ids.a, (tx) => workspacesIn(tx, table))).toEqual([ids.a])
    const before = await t.root.query(`select * from ${table} where workspace_id = $1`, [ids.b])
    const tried = await work(t.db, ids.a, async (tx) => {
      if (appendOnly.includes(table)) return 0n
      const changed =
        await sql`update ${sql.table(table)} set workspace_id = workspace_id where workspace_id = ${ids.b}`.execute(
          tx,
        )
      const deleted = await sql`delete from ${sql.table(table)} where workspace_id = ${ids.b}`.execute(tx)
      return (changed.numAffectedRows ?? 0n) + (deleted.numAffectedRows ?? 0n)
    })
    expect(tried).toBe(0n)
    expect((await t.root.query(`select * from ${table} where workspace_id = $1`, [ids.b])).rows).toEqual(
      before.rows,
    )
  })

  test.each(tenantTables)('%s takes no row of another workspace', async (table) => {
    // Copies the own row with the other's id; a key that is taken would be another complaint, so that the words matter.
    const columns = (
      await t.root.query<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''`,
        [table],
      )
    ).rows.map((row) => row.name)
    const values = columns.map((name) => (name === 'workspace_id' ? `'${ids.b}'::uuid` : name)).join(', ')
    await expect(
      work(t.db, ids.a, (tx) =>
        sql.raw(`insert into ${table} (${columns.join(', ')}) select ${values} from ${table}`).execute(tx),
      ),
    ).rejects.toThrow('violates row-level security policy')
  })

  test.each(tenantTables.filter((table) => !appendOnly.includes(table)))(
    '%s lets no row move into another workspace',
    async (table) => {
      await expect(
        work(t.db, ids.a, (tx) => sql`update ${sql.table(table)} set workspace_id = ${ids.b}`.execute(tx)),
      ).rejects.toThrow('violates row-level security policy')
    },
  )
})

describe('forUser', () => {
  test('takes whatever stands in the id for an id', async () => {
    const hostile = String.raw`\'', true), set_config('guestlist.across', 'on', true); select ('`
    const seen = await forUser(t.db, hostile, async (tx) => ({
      user: (await sql<{ id: string }>`select guestlist_user() as id`.execute(tx)).rows[0]?.id,
      workspaces: await tx.selectFrom('workspaces').select('id').execute(),
    }))
    expect(seen).toEqual({ user: hostile, workspaces: [] })
  })

  test("shows a person's memberships and workspaces, and nothing inside them", async () => {
    const person = await t.makeUser()
    await t.root.query(`insert into members (workspace_id, user_id, role) values ($1, $2, 'guest')`, [
      ids.a,
      person,
    ])
    const seen = await forUser(t.db, person, async (tx) => ({
      workspaces: await tx.selectFrom('workspaces').select('id').execute(),
      members: await tx.selectFrom('members').select(['workspaceId', 'userId']).execute(),
    }))
    expect(seen).toEqual({ workspaces: [{ id: ids.a }], members: [{ workspaceId: ids.a, userId: person }] })
    for (const table of tenantTables.filter((name) => name !== 'members')) {
      expect(await forUser(t.db, person, (tx) => workspacesIn(tx, table)), table).toEqual([])
    }
  })

  test('writes nothing', async () => {
    await expect(
      forUser(t.db, 'x', (tx) => tx.updateTable('members').set({ role: 'owner' }).execute()),
    ).rejects.toThrow('read-only transaction')
  })
})

describe('across', () => {
  test('shows workspaces and what loops look for of everybody, and nothing else', async () => {
    const open = [
      'connections',
      'jobs',
      'audit_unsealed',
      'notices',
      'secrets',
      'token_requests',
      'job_pictures',
      'credentials',
      'revocations',
    ]
    for (const table of tenantTables) {
      const seen = await across(t.db, (tx) => workspacesIn(tx, table))
      expect(seen.sort(), table).toEqual(open.includes(table) ? [ids.a, ids.b].sort() : [])
    }
    const all = await across(t.db, (tx) => tx.selectFrom('workspaces').select('id').execute())
    expect(all.map((row) => row.id).sort()).toEqual([ids.a, ids.b].sort())
  })

  test('shows of the tokens those that wait to be judged, and no other sealed value', async () => {
    const seen = () => across(t.db, (tx) => workspacesIn(tx, 'credentials'))
    try {
      for (const set of [
        `state = 'good'`,
        `state = 'attention'`,
        `state = 'checking', kind = 'app_secret'`,
      ]) {
        await t.root.query(`update credentials set ${set} where workspace_id = $1`, [ids.a])
        expect(await seen(), set).toEqual([ids.b])
      }
    } finally {
      await t.root.query(`update credentials set state = 'checking', kind = 'token'`)
    }
  })

  test('writes nothing', async () => {
    await expect(
      across(t.db, (tx) => tx.updateTable('jobs').set({ progress: 'x' }).execute()),
    ).rejects.toThrow('read-only transaction')
  })
})

describe('a transaction', () => {
  test('leaves nothing of its workspace on the connection', async () => {
    for (let i = 0; i < 20; i++) await read(t.db, ids.a, (tx) => tx.selectFrom('jobs').select('id').execute())
    expect((await t.db.pool.query('select from jobs')).rowCount).toBe(0)
  })

  test('of reading writes nothing', async () => {
    await expect(read(t.db, ids.a, (tx) => tx.deleteFrom('jobs').execute())).rejects.toThrow(
      'read-only transaction',
    )
  })

  test('whose connection breaks between two queries fails, and does not end the process', async () => {
    const id = await t.makeWorkspace()
    const broken = work(t.db, id, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await t.root.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      // Nothing runs on the connection when the news of its end arrives.
      await new Promise((go) => setTimeout(go, 200))
      await sql`select 1`.execute(tx)
    })
    await expect(broken).rejects.toThrow()
    expect(await read(t.db, id, () => Promise.resolve('again'))).toBe('again')
  })

  test('of something that is no workspace is not found', async () => {
    const failure = await read(t.db, `${ids.a}'`, () => Promise.resolve()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AppError)
    expect((failure as AppError).code).toBe('not_found')
  })
})

describe('a write of the product', () => {
  const rename = (tx: Tx, name: string) =>
    tx.updateTable('workspaces').set({ name }).where('id', '=', ids.a).execute()
  const nameNow = async () =>
    (await t.root.query<{ name: string }>('select name from workspaces where id = $1', [ids.a])).rows[0]?.name

  test('is undone where it records nothing', async () => {
    const before = await nameNow()
    await expect(
      write(t.db, { workspaceId: ids.a, actor }, (tx) => rename(tx, 'Unrecorded')),
    ).rejects.toThrow('recorded nothing')
    expect(await nameNow()).toBe(before)
  })

  test('has its actor, its subject and its workspace in the activity log', async () => {
    await write(t.db, { workspaceId: ids.a, actor }, async (tx, audit) => {
      await rename(tx, 'Recorded')
      await audit({
        action: 'workspace.rename',
        subjectKind: 'workspace',
        subjectId: ids.a,
        data: { count: 1 },
      })
    })
    expect(await nameNow()).toBe('Recorded')
    const rows = await read(t.db, ids.a, (tx) =>
      tx.selectFrom('auditEvents').selectAll().where('action', '=', 'workspace.rename').execute(),
    )
    expect(rows).toMatchObject([
      {
        workspaceId: ids.a,
        actorKind: 'person',
        actorId: 'somebody',
        address: '127.0.0.1',
        data: { count: 1 },
      },
    ])
    expect(typeof rows[0]?.id).toBe('number')
  })

  test('takes its row in the activity log back when it fails', async () => {
    await expect(
      write(t.db, { workspaceId: ids.a, actor }, async (_tx, audit) => {
        await audit({ action: 'workspace.fail', subjectKind: 'workspace', subjectId: ids.a })
        throw new Error('after the row')
      }),
    ).rejects.toThrow('after the row')
    const rows = await t.root.query(`select from audit_events where action = 'workspace.fail'`)
    expect(rows.rowCount).toBe(0)
  })

  test.each(['update audit_events set actor_id = $1', 'delete from audit_events where actor_id = $1'])(
    'cannot %s',
    async (query) => {
      await expect(
        work(t.db, ids.a, (tx) => sql.raw(query.replace('$1', `'x'`)).execute(tx)),
      ).rejects.toThrow('permission denied for table audit_events')
    },
  )
})

test('a connection that breaks between two queries of a transaction fails that transaction, and nothing else', async () => {
  const workspaceId = await t.makeWorkspace()
  const cut = read(t.db, workspaceId, async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    await t.root.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    // It is told while nobody asks anything: unheard, that would end the process.
    await new Promise((go) => setTimeout(go, 200))
    await sql`select 1`.execute(tx)
  })
  await expect(cut).rejects.toThrow()
  expect(await read(t.db, workspaceId, async () => 'works')).toBe('works')
})

test('closing does not wait for a transaction that a lock of somebody else holds up', async () => {
  const workspaceId = await t.makeWorkspace()
  const db = openPool(t.appUrl, { onError: () => undefined })
  const other = await t.root.connect()
  await other.query('begin')
  await other.query('lock table jobs in access exclusive mode')
  const held = work(db, workspaceId, (tx) => tx.selectFrom('jobs').select('id').execute()).catch(
    () => 'undone',
  )
  await new Promise((go) => setTimeout(go, 100))
  // Nobody lets go of the lock before it is closed.
  await db.close()
  await other.query('rollback')
  other.release()
  await held
})
