// A clock that was ahead and was put right: what it wrote down lies in the future, and holds nobody and nothing up until that future has come.
import { expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import { markUsed } from './api-keys.ts'
import { claimDueCheck, dueChecks } from './checks.ts'
import { across, work } from './db.ts'
import { strandedJobs } from './engine-work.ts'
import { openLimits } from './limits.ts'
import { takeLiveCheck } from './live-checks.ts'
import { takePost } from './notices.ts'
import { takeCode } from './people.ts'
import { takeSetupTry } from './setup.ts'
import { testDb } from './testing/test-db.ts'
import { forgetFutureRequests, takeTry, triesKey } from './tries.ts'

const t = await testDb()
const AHEAD = `now() + interval '400 days'`

test('tries are not counted until the future', async () => {
  const key = triesKey('sign-in', 'somebody@example.test')
  const limit = { most: 3, windowSeconds: 900 }
  for (let n = 0; n < 4; n += 1) await takeTry(t.db, key, limit)
  expect(await takeTry(t.db, key, limit)).toBe(false)
  await t.root.query(`update auth_tries set since = ${AHEAD}`)
  expect(await takeTry(t.db, key, limit)).toBe(true)

  for (let n = 0; n < 11; n += 1) await takeSetupTry(t.db)
  expect(await takeSetupTry(t.db)).toBe('limited')
  await t.root.query(`update setup set tries_since = ${AHEAD}`)
  expect(await takeSetupTry(t.db)).not.toBe('limited')
})

test("the sign-in library's counts of the future are forgotten, those of now stay", async () => {
  const now = Date.now()
  await t.root.query(
    `insert into auth_rate_limit (id, key, count, last_request) values ('1', 'ahead', 99, $1), ('2', 'now', 99, $2)`,
    [now + 400 * 86_400_000, now],
  )
  await forgetFutureRequests(t.db)
  const { rows } = await t.root.query(`select key from auth_rate_limit`)
  expect(rows).toEqual([{ key: 'now' }])
})

test('a check that was planned further off than its period is due, once', async () => {
  const workspaceId = await t.makeWorkspace()
  const ids: string[] = []
  for (const [schedule, next] of [
    ['hourly', AHEAD],
    ['daily', AHEAD],
    ['hourly', `now() + interval '59 minutes'`],
    ['daily', `now() + interval '23 hours'`],
  ] as const) {
    const id = await t.makeConnection(workspaceId)
    await t.root.query(`update connections set schedule = $2, next_check_at = ${next} where id = $1`, [
      id,
      schedule,
    ])
    ids.push(id)
  }
  const due = await across(t.db, dueChecks)
  expect(due.map(({ id }) => id).sort()).toEqual(ids.slice(0, 2).sort())
  for (const id of ids) {
    const took = await work(t.db, workspaceId, (tx) => claimDueCheck(tx, id))
    expect(took).toBe(ids.indexOf(id) < 2)
  }
  expect(await across(t.db, dueChecks)).toEqual([])
})

test('a job that nobody works on is found, mail goes out, and a provider is asked again', async () => {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const [jobId, partnerId] = [newId(), newId()]
  await t.root.query(`create schema if not exists dbos`)
  await t.root.query(
    `create table if not exists dbos.workflow_status (workflow_uuid text, status text, executor_id text)`,
  )
  await t.root.query(`grant usage on schema dbos to guestlist_app`)
  await t.root.query(`grant select on dbos.workflow_status to guestlist_app`)
  await t.root.query(
    `insert into jobs (id, workspace_id, connection_id, kind, trigger, updated_at) values ($1, $2, $3, 'check-for-updates', 'schedule', ${AHEAD})`,
    [jobId, workspaceId, connectionId],
  )
  expect((await across(t.db, strandedJobs)).map(({ id }) => id)).toEqual([jobId])

  await t.root.query(
    `insert into notices (workspace_id, user_id, kind, at, connection_id, once, mail, shown)
     select workspace_id, user_id, 'token-died', ${AHEAD}, $2, 'ahead', 'due', true from members where workspace_id = $1`,
    [workspaceId, connectionId],
  )
  expect((await takePost(t.db, workspaceId, []))?.ids).toHaveLength(1)

  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, first_seen_at) values ($1, $2, $3, '1', now())`,
    [partnerId, workspaceId, connectionId],
  )
  const at = { workspaceId, connectionId, partnerId }
  expect(await takeLiveCheck(t.db, at)).toBe(true)
  expect(await takeLiveCheck(t.db, at)).toBe(false)
  await t.root.query(`update live_checks set asked_at = ${AHEAD}`)
  expect(await takeLiveCheck(t.db, at)).toBe(true)
})

test('a pause that a provider asked for ends within days', async () => {
  await t.root.query(
    `insert into provider_limits (app, key, value, until) values ('app', 'ahead', 'wait', ${AHEAD}), ('app', 'day', 'wait', now() + interval '1 day')`,
  )
  const limits = await openLimits(t.db, Date.now, () => undefined).of('app')
  expect([limits.get('ahead'), limits.get('day')]).toEqual([undefined, 'wait'])
  await t.root.query(
    `insert into provider_limits (app, key, value, until) values ('app', 'alone/one', 'dead', ${AHEAD})`,
  )
  expect(await limits.alone('one', () => Promise.resolve('done'), AbortSignal.timeout(5_000))).toBe('done')
})

test('a one-time code is not taken twice, whatever the clock did in between', async () => {
  const userId = await t.makeUser()
  const take = (code: string) => takeCode(t.db.kysely, userId, code)
  expect(await take('first')).toBe(true)
  // The clock is an hour ahead for a while.
  await t.root.query(`update auth_used_codes set at = at - interval '1 hour'`)
  expect(await take('second')).toBe(true)
  expect(await take('first')).toBe(false)
})

test('the use of a key is noted', async () => {
  const workspaceId = await t.makeWorkspace()
  const { rows } = await t.root.query<{ id: string; lastUsedAt: Date; createdAt: Date; madeBy: string }>(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by, last_used_at)
     select gen_random_uuid(), workspace_id, 'A key', 'gl_1', 'hash', '{read}', user_id, ${AHEAD} from members where workspace_id = $1
     returning id, last_used_at as "lastUsedAt", created_at as "createdAt", made_by as "madeBy"`,
    [workspaceId],
  )
  const key = { ...rows[0], workspaceId } as unknown as Parameters<typeof markUsed>[1]
  await markUsed(t.db, key)
  const after = await t.root.query<{ late: boolean }>(
    `select last_used_at > now() as late from api_keys where id = $1`,
    [key.id],
  )
  expect(after.rows).toEqual([{ late: false }])
})
