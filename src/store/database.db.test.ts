// Opening a database: what an external server must offer, and the roles that the program refuses to work as.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createLog, during } from '../lib/log.ts'
import { connectExternal, openDatabase, openServer, refuseUnboundRole } from './database.ts'
import { openPool } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const log = createLog('silent')

/** A login of this test's own, and its address in a database. */
async function makeLogin(rights: string, database?: string): Promise<{ role: string; url: string }> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await t.root.query(`create role ${role} login password 'p' ${rights}`)
  const url = new URL(t.ownerUrl)
  url.username = role
  url.password = 'p'
  if (database !== undefined) url.pathname = `/${database}`
  return { role, url: url.href }
}

async function refusal(url: string): Promise<string> {
  const db = openPool(url, { max: 1, onError: () => undefined })
  try {
    await refuseUnboundRole(db)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : ''
  } finally {
    await db.close()
  }
}

describe('the role of the program', () => {
  test('is bound in the embedded database', async () => {
    expect(await refusal(t.appUrl)).toBe('')
  })

  test('is refused where it is a superuser', async () => {
    expect(await refusal(t.rootUrl)).toMatch(/not bound by row-level security .*NOSUPERUSER NOBYPASSRLS/)
  })

  test('is refused where it has BYPASSRLS', async () => {
    const { role, url } = await makeLogin('bypassrls')
    expect(await refusal(url)).toContain(`role ${role} is not bound by row-level security`)
  })

  test('is refused where it owns the tables', async () => {
    expect(await refusal(t.ownerUrl)).toContain('role guestlist_owner owns tables of the product')
  })

  test('is refused where it may become their owner', async () => {
    const { role, url } = await makeLogin('noinherit')
    await t.root.query(`grant guestlist_owner to ${role}`)
    expect(await refusal(url)).toContain('owns tables of the product')
  })

  test.each(['no force row level security', 'disable row level security'])(
    'is refused where a table has %s',
    async (change) => {
      await t.root.query(`alter table grants ${change}`)
      expect(await refusal(t.appUrl)).toContain('not under forced row-level security (grants)')
      await t.root.query('alter table grants enable row level security')
      await t.root.query('alter table grants force row level security')
    },
  )

  test('stops the start', async () => {
    await t.root.query('alter table jobs no force row level security')
    const failed = openDatabase({ dataDir: '', databaseUrl: t.rootUrl, log })
    await expect(failed).rejects.toThrow('not under forced row-level security (jobs)')
    await t.root.query('alter table jobs force row level security')
  })
})

describe('an external database', () => {
  test('is migrated as its owner and used as the program', async () => {
    const { role, url } = await makeLogin('createrole', `external_${randomUUID().replaceAll('-', '')}`)
    const name = new URL(url).pathname.slice(1)
    await t.root.query(`create database ${name} owner ${role}`)
    // The program's role is there already (roles belong to the whole server) and is not ours to give.
    await expect(openDatabase({ dataDir: '', databaseUrl: url, log })).rejects.toThrow(
      `CREATE ROLE guestlist_app NOLOGIN; GRANT guestlist_app TO ${role};`,
    )
    await t.root.query(`grant guestlist_app to ${role}`)
    const database = await openDatabase({ dataDir: '', databaseUrl: url, log })
    const who = await database.db.pool.query('select current_user as role, session_user as login')
    expect(who.rows).toEqual([{ role: 'guestlist_app', login: role }])
    expect(database.external).toBe(true)
    await expect(database.db.pool.query('create table x ()')).rejects.toThrow('permission denied')
    await database.stop()
  })

  test('whose connections break at once is told of in two lines, not in the name of who opened them', async () => {
    const { role, url } = await makeLogin('')
    await t.root.query(`grant guestlist_owner to ${role}`)
    await t.root.query(`grant guestlist_app to ${role}`)
    const lines: string[] = []
    const database = await openDatabase({
      dataDir: '',
      databaseUrl: url,
      log: createLog('warn', (line) => lines.push(line)),
    })
    try {
      const four = Array.from({ length: 4 }, () => database.db.pool.query('select pg_sleep(0.1)'))
      await during({ request: 'of somebody' }, () => Promise.all(four))
      await t.root.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
      await expect.poll(() => lines.length, { timeout: 5_000 }).toBe(2)
      expect(lines.join('\n')).not.toContain('of somebody')
      expect(lines[0]).toContain('a database connection broke error=')
      expect(lines[1]).toContain('other database connections broke with it connections=3')
    } finally {
      await database.stop()
    }
  })

  test('in which no tables may be made is refused with the SQL to run', async () => {
    const { role, url } = await makeLogin('')
    const database = new URL(url).pathname.slice(1)
    await expect(connectExternal(url)).rejects.toThrow(
      `GRANT CREATE ON DATABASE ${database} TO ${role}; GRANT CREATE, USAGE ON SCHEMA public TO ${role};`,
    )
  })

  test('that is only looked at is left as it is', async () => {
    const { role, url } = await makeLogin('', undefined)
    await t.root.query(
      `grant guestlist_app to ${role} with admin true, set false, inherit false; grant create on schema public to ${role};
       grant create on database ${new URL(url).pathname.slice(1)} to ${role}`,
    )
    const memberships = async () =>
      (
        await t.root.query(
          `select grantor, admin_option, set_option, inherit_option from pg_auth_members
           where member = $1::regrole and roleid = 'guestlist_app'::regrole order by 1`,
          [role],
        )
      ).rows
    const before = await memberships()
    await expect(openServer({ dataDir: '', databaseUrl: url, log, look: true })).rejects.toThrow(
      'the first start makes it',
    )
    expect(await memberships()).toEqual(before)
    await connectExternal(url)
    expect(await memberships()).not.toEqual(before)
  })

  test('that is not there is refused without its password', async () => {
    const url = new URL(t.ownerUrl)
    url.password = 'canary'
    const failure = await connectExternal(url.href).catch((error: unknown) => String(error))
    expect(failure).toContain('DATABASE_URL cannot be reached')
    expect(failure).not.toContain('canary')
  })

  test('keeps the options of its address', async () => {
    const url = new URL(t.rootUrl)
    url.searchParams.set('options', '-c statement_timeout=1234')
    const { appUrl } = await connectExternal(url.href)
    const client = new pg.Client(appUrl)
    await client.connect()
    const rows = await client.query(
      `select current_user as role, current_setting('statement_timeout') as timeout`,
    )
    await client.end()
    expect(rows.rows).toEqual([{ role: 'guestlist_app', timeout: '1234ms' }])
  })
})
