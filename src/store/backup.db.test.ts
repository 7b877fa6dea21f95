// A backup is the whole of one moment, also while others write; a restore gives it back in an empty database, once it is whole, and a
// restore that was cut off is seen and begun anew.
import { randomUUID } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { loadVault } from '../vault/master-key.ts'
import { sealEvents, verifyChain } from './audit-chain.ts'
import { checkBackup, writeBackup } from './backup.ts'
import { backupLines } from './backup-lines.ts'
import { read, write } from './db.ts'
import { refuseHalfRestored, restoreBackup } from './restore.ts'
import { describeSchema } from './schema.ts'
import { temporaryFolder } from './testing/cluster.ts'
import { anotherTestDb, testDb } from './testing/test-db.ts'
import type { TestDb } from './testing/test-db.ts'

const t = await testDb()
const folder = temporaryFolder('backup')
const log = createLog('silent')
const vault = await loadVault({ dataDir: folder })
const opened: TestDb[] = []
let files = 0

afterEach(async () => {
  for (const one of opened.splice(0)) await one.drop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// The engine's tables come with their own job (jobs/backup.db.test.ts); here the product's alone.
const makeEngine = () => Promise.resolve()

const knows = Number(
  (await t.root.query<{ n: number }>('select max(number) as n from migrations')).rows[0]?.n,
)

async function backup(from: TestDb = t): Promise<string> {
  files += 1
  const file = join(folder, `${String(files)}.backup.gz`)
  await writeBackup({ ownerUrl: from.ownerUrl, file, release: '0.0.0-test', knows })
  return file
}

async function empty(): Promise<TestDb> {
  const one = await anotherTestDb({ empty: true })
  opened.push(one)
  return one
}

async function restored(file: string): Promise<TestDb> {
  const to = await empty()
  await restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
  return to
}

/** Every table with a hash of all its rows, as the superuser sees them. */
async function contents(of: TestDb): Promise<Record<string, string>> {
  const tables = await of.root.query<{ name: string }>(
    `select relname::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name } of tables.rows) {
    const { rows } = await of.root.query<{ hash: string }>(
      `select count(*) || ' ' || md5(coalesce(string_agg(x::text, '|' order by x::text collate "C"), '')) as hash from "${name}" x`,
    )
    found[name] = rows[0]?.hash ?? ''
  }
  return found
}

async function structure(of: TestDb): Promise<string> {
  const client = new pg.Client(of.rootUrl)
  await client.connect()
  try {
    return await describeSchema(client)
  } finally {
    await client.end()
  }
}

const actor = { kind: 'system' as const, id: 'test', address: null }
const note = (of: TestDb, workspaceId: string, data: Record<string, unknown>) =>
  write(of.db, { workspaceId, actor }, (_, audit) =>
    audit({ action: 'test.note', subjectKind: 'note', subjectId: randomUUID(), data }),
  )

/** Rows with everything that a text format could stumble over. */
const hard = ['a\tb\nc\\.\n\\.\nd\r\\N', '\\N', '\\.', '', '{"table":"public.x"}\n{"end":true}', 'ü 🗝 \u2028']

test('everything comes back: rows, structure, numbering, and row-level security', async () => {
  for (const text of hard) {
    const workspaceId = await t.makeWorkspace()
    await t.root.query('update workspaces set name = $1 where id = $2', [text || 'x', workspaceId])
    const connection = await t.makeConnection(workspaceId)
    await t.root.query(
      `insert into connector_memory (workspace_id, connection_id, key, value) values ($1, $2, 'k', $3)`,
      [workspaceId, connection, text],
    )
    for (const more of hard) await note(t, workspaceId, { more })
    await sealEvents(t.db, vault, workspaceId)
  }
  await t.root.query(
    `insert into auth_session (id, expires_at, token, updated_at, user_id) select 's', now(), 'session-canary', now(), id from auth_user limit 1`,
  )
  const file = await backup()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  const copy = await restored(file)
  const [was, is] = [await contents(t), await contents(copy)]
  // Sessions stay behind: everybody signs in again.
  expect(was['auth_session']).toMatch(/^1 /)
  expect(is['auth_session']).toMatch(/^0 /)
  delete was['auth_session']
  delete is['auth_session']
  // When it was applied is the restore's own.
  delete was['migrations']
  delete is['migrations']
  expect(is).toEqual(was)
  expect(await structure(copy)).toBe(await structure(t))
  const [workspaceId = ''] = (
    await copy.root.query<{ id: string }>('select id from workspaces order by id')
  ).rows.map(({ id }) => id)
  expect((await read(copy.db, workspaceId, (tx) => verifyChain(tx, vault, workspaceId, null))).ok).toBe(true)
  expect(await copy.db.pool.query('select from workspaces')).toMatchObject({ rowCount: 0 })
  await note(copy, workspaceId, { after: 'the numbering goes on' })
  expect(gunzipSync(readFileSync(file)).includes('session-canary')).toBe(false)
})

// The role of DATABASE_URL may be a superuser, as in compose.yaml: it saw the rows of every workspace in each of them, so that the file had
// them several times, was called whole, and could not be restored.
test('taken by a role that row-level security does not bind, every row is in it once', async () => {
  for (const workspaceId of [await t.makeWorkspace(), await t.makeWorkspace()]) {
    await t.makeConnection(workspaceId)
    await note(t, workspaceId, {})
  }
  const file = await backup({ ...t, ownerUrl: t.rootUrl })
  const to = await empty()
  await restoreBackup({ ownerUrl: to.rootUrl, file, makeEngine, log })
  const [was, is] = [await contents(t), await contents(to)]
  for (const name of ['workspaces', 'connections', 'audit_events', 'members'])
    expect([name, is[name]]).toEqual([name, was[name]])
})

// The tables were looked at before their locks were waited for: what a migration made meanwhile was left out, and missing after a restore.
test('begun while a migration goes on, it holds what the migration made', async () => {
  const from = await anotherTestDb()
  opened.push(from)
  const migrating = new pg.Client(from.ownerUrl)
  await migrating.connect()
  try {
    await migrating.query('begin; alter table setup add column motto text')
    await migrating.query(`update setup set motto = 'made meanwhile'`)
    const making = backup(from)
    const waiting = `select from pg_stat_activity where application_name = 'guestlist backup' and wait_event_type = 'Lock'
      and datname = current_database()`
    await expect.poll(async () => (await from.root.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1)
    await migrating.query('commit')
    const told: string[] = []
    for await (const line of backupLines(await making))
      told.push(line.kind === 'ours' ? line.text : line.piece.toString())
    const at = told.findIndex((text) => text.startsWith('{"table":"public.setup"'))
    expect(told.slice(at, at + 2).join(' ')).toMatch(/"motto".*made meanwhile/s)
  } finally {
    await migrating.end()
  }
})

test.each([1, 2, 3])(
  'taken while others write, what was acknowledged before is in it (round %i)',
  async () => {
    const workspaces = await Promise.all([t.makeWorkspace(), t.makeWorkspace(), t.makeWorkspace()])
    const acknowledged: { workspaceId: string; n: number }[] = []
    let over = false
    const writers = workspaces.map(async (workspaceId, at) => {
      for (let n = at; !over; n += workspaces.length) {
        // Two writes of one transaction are both in the copy, or neither.
        await write(t.db, { workspaceId, actor }, async (tx, audit) => {
          const data = { n }
          await audit({ action: 'test.first', subjectKind: 'note', subjectId: String(n), data })
          await tx
            .updateTable('workspaces')
            .set({ name: `w ${n}` })
            .where('id', '=', workspaceId)
            .execute()
          await audit({ action: 'test.second', subjectKind: 'note', subjectId: String(n), data })
        })
        acknowledged.push({ workspaceId, n })
        if (n % 20 === 0) await sealEvents(t.db, vault, workspaceId)
      }
    })
    // Each of them has written: of a workspace without a write nothing could be said below.
    await expect
      .poll(() => new Set(acknowledged.map((one) => one.workspaceId)).size, { timeout: 30_000 })
      .toBe(workspaces.length)
    await new Promise((go) => setTimeout(go, Math.random() * 300))
    const before = acknowledged.length
    const file = await backup()
    expect(acknowledged.length).toBeGreaterThan(before)
    over = true
    await Promise.all(writers)
    const copy = await restored(file)
    const { rows } = await copy.root.query<{ workspace_id: string; n: number; times: number; name: string }>(
      `select e.workspace_id, (e.data->>'n')::int as n, count(*)::int as times, max(w.name) as name
     from audit_events e join workspaces w on w.id = e.workspace_id where e.action in ('test.first', 'test.second') group by 1, 2`,
    )
    const there = new Set(rows.map((row) => `${row.workspace_id} ${row.n}`))
    for (const one of acknowledged.slice(0, before))
      expect(there.has(`${one.workspaceId} ${one.n}`)).toBe(true)
    for (const workspaceId of workspaces) {
      const own = rows.filter((row) => row.workspace_id === workspaceId)
      expect(own.every((row) => row.times === 2)).toBe(true)
      expect(own[0]?.name).toBe(`w ${Math.max(...own.map((row) => row.n))}`)
      await sealEvents(copy.db, vault, workspaceId)
      const verified = await read(copy.db, workspaceId, (tx) => verifyChain(tx, vault, workspaceId, null))
      expect(verified).toMatchObject({ ok: true, broken: null, unsealed: 0 })
    }
  },
)

test('a damaged, shortened or foreign file is refused before anything is made', async () => {
  const good = await backup()
  const text = gunzipSync(readFileSync(good))
  const changed = join(folder, 'changed.gz')
  const at = text.indexOf('\\N') > 0 ? text.indexOf('w ') : text.length >> 1
  writeFileSync(
    changed,
    gzipSync(Buffer.concat([text.subarray(0, at), Buffer.from('W'), text.subarray(at + 1)])),
  )
  const cut = join(folder, 'cut.gz')
  writeFileSync(cut, readFileSync(good))
  truncateSync(cut, statSync(good).size >> 1)
  const endless = join(folder, 'endless.gz')
  writeFileSync(endless, gzipSync(text.subarray(0, text.lastIndexOf('{"end"'))))
  const longer = join(folder, 'longer.gz')
  writeFileSync(
    longer,
    gzipSync(Buffer.concat([text, Buffer.from('{"table":"public.setup","columns":[]}\n')])),
  )
  const foreign = join(folder, 'foreign.gz')
  writeFileSync(foreign, 'create table x();')
  // A file of somebody else's: nothing of what it holds is told.
  const letter = join(folder, 'letter.gz')
  writeFileSync(letter, gzipSync('{"guestlist":"backup","format":1}\n{"password": canary-of-a-letter}\n'))
  await expect(checkBackup(letter)).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('canary') as string }) as Error,
  )
  const to = await empty()
  for (const file of [changed, cut, endless, longer, foreign, letter]) {
    const refused = restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
    await expect(refused, file).rejects.toThrow(/not a (whole )?backup|changed or damaged/)
  }
  expect(await contents(to)).toEqual({})
  await expect(checkBackup(good)).resolves.toMatchObject({ head: { release: '0.0.0-test' } })
})

test('goes over nothing that is there, and under no release that is older than it', async () => {
  const file = await backup()
  await expect(restoreBackup({ ownerUrl: t.ownerUrl, file, makeEngine, log })).rejects.toThrow('is not empty')
  await expect(
    writeBackup({ ownerUrl: t.ownerUrl, file: join(folder, 'old.gz'), release: 'old', knows: knows - 1 }),
  ).rejects.toThrow('make the backup with the release that runs on it')
  await expect(writeBackup({ ownerUrl: t.ownerUrl, file, release: 'x', knows })).rejects.toThrow(
    'is there already',
  )
  const [head = '', ...rest] = gunzipSync(readFileSync(file)).toString('latin1').split('\n')
  const newer = join(folder, 'newer.gz')
  const { createHash } = await import('node:crypto')
  const told = { ...(JSON.parse(head) as object), structure: knows + 1 }
  const body = Buffer.from([JSON.stringify(told), ...rest.slice(0, -2), ''].join('\n'), 'latin1')
  const end = JSON.parse(rest.at(-2) ?? '') as object
  const sha256 = createHash('sha256').update(body).digest('hex')
  writeFileSync(
    newer,
    gzipSync(Buffer.concat([body, Buffer.from(`${JSON.stringify({ ...end, sha256 })}\n`)])),
  )
  const to = await empty()
  await expect(restoreBackup({ ownerUrl: to.ownerUrl, file: newer, makeEngine, log })).rejects.toThrow(
    'made by a newer release',
  )
})

test('a restore that was cut off is refused by every start, and the next restore begins anew', async () => {
  const file = await backup()
  const to = await empty()
  const cut = () => Promise.reject(new Error('cut'))
  await expect(restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine: cut, log })).rejects.toThrow('cut')
  await expect(refuseHalfRestored(to.ownerUrl)).rejects.toThrow('was not finished')
  // It was written without a word, and could not be restored.
  await expect(backup(to)).rejects.toThrow('there is nothing whole to keep')
  await restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
  await refuseHalfRestored(to.ownerUrl)
  expect((await contents(to))['workspaces']).toEqual((await contents(t))['workspaces'])
})

// The second one took what the first had made for the rest of one that was cut off, and cleared it away while it was used.
test('a restore is refused while another one into the same database goes on', async () => {
  const file = await backup()
  const to = await empty()
  const [begun, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  const makeSlowly = () => {
    begun.resolve(undefined)
    return held.promise
  }
  const first = restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine: makeSlowly, log })
  await begun.promise
  const second = restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
  const goOn = () => held.resolve(undefined)
  await expect(second.finally(goOn)).rejects.toThrow('Another restore into this database goes on')
  await first
  await refuseHalfRestored(to.ownerUrl)
  expect((await contents(to))['workspaces']).toEqual((await contents(t))['workspaces'])
})

// What was left had no mark any more: programs started on it and failed, and to the next restore it was somebody else's.
test('a restore that is cut off while it clears away the rest of another one is begun anew too', async () => {
  const file = await backup()
  const to = await empty()
  const cut = () => Promise.reject(new Error('cut'))
  await expect(restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine: cut, log })).rejects.toThrow('cut')
  const reader = new pg.Client(to.rootUrl)
  await reader.connect()
  try {
    // Tables are dropped as the catalogue gives them: one is held that comes behind the mark.
    const { rows } = await to.root.query<{ name: string }>(
      `select relname::text as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`,
    )
    const mark = rows.findIndex(({ name }) => name === 'guestlist_restore')
    await reader.query(`begin; lock table ${(rows[mark + 1] ?? rows[0])?.name ?? ''} in access share mode`)
    const again = restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
    again.catch(() => undefined)
    const waiting = `select pid from pg_stat_activity where application_name = 'guestlist restore' and wait_event_type = 'Lock'
      and datname = current_database()`
    const found = async () => (await to.root.query<{ pid: number }>(waiting)).rows[0]?.pid
    await expect.poll(found, { timeout: 20_000 }).toBeDefined()
    await to.root.query('select pg_terminate_backend($1)', [await found()])
    await expect(again).rejects.toThrow()
  } finally {
    await reader.end()
  }
  await expect(refuseHalfRestored(to.ownerUrl)).rejects.toThrow('was not finished')
  await restoreBackup({ ownerUrl: to.ownerUrl, file, makeEngine, log })
  expect((await contents(to))['workspaces']).toEqual((await contents(t))['workspaces'])
})
