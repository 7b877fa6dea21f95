// The engine's promises, with real processes on a real database: work outlives the process that did it, and no step is done twice over.
import { randomUUID } from 'node:crypto'
import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createLog } from '../lib/log.ts'
import { workState } from '../store/health.ts'
import { takeSlot } from '../store/slots.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { forgetOld, startEngine } from './engine.ts'
import type { EngineOptions } from './engine.ts'
import { startProcess } from './testing/spawn.ts'
import { makeTestSteps, testWorks } from './testing/works.ts'

const t = await testDb()
const dataDir = temporaryFolder('jobs')

beforeAll(() => makeTestSteps(t))

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function here(more: Partial<EngineOptions> = {}) {
  const engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault: await loadVault({ dataDir }),
    addressOf: () => '',
    log: createLog('error'),
    works: testWorks,
    speed: { since: Date.now(), factor: 50 },
    ...more,
  })
  ends.push(() => engine.stop())
  return engine
}

async function another() {
  const process = await startProcess({
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    dataDir,
    provider: '',
    since: 0,
  })
  ends.push(() => process.kill())
  return process
}
const input = (job: string, more: Record<string, string> = {}) => ({
  workspaceId: randomUUID(),
  jobId: job,
  ...more,
})

async function stepsOf(job: string): Promise<{ step: string; pid: number }[]> {
  const found = await t.root.query<{ step: string; pid: number }>(
    'select step, pid from test_steps where job = $1 order by at',
    [job],
  )
  return found.rows
}

async function until(what: () => Promise<boolean>, ms = 30_000): Promise<void> {
  await vi.waitUntil(what, { timeout: ms, interval: 50 })
}

const has = (job: string, step: string) => async () => (await stepsOf(job)).some((s) => s.step === step)

test('what the engine says while it makes its tables is said in the log alone', async () => {
  const raw: string[] = []
  const hear = (text: unknown) => raw.push(String(text)) > 0
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(hear),
    vi.spyOn(process.stderr, 'write').mockImplementation(hear),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(hear),
    ),
  ]
  const logged: string[] = []
  try {
    await here({ log: createLog('debug', (line) => logged.push(line)) })
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  expect(raw).toEqual([])
  expect(logged.join('\n')).toMatch(/system database/i)
})

test('work that is started here is taken at once, not when the queue is looked into the next time', async () => {
  const engine = await here()
  wfQueueRunner.stop()
  const job = randomUUID()
  await engine.start('test-count', job, input(job))
  await until(has(job, 'end'))
})

test('four processes start on an empty database at once, and the work of one that is killed is finished by the others', async () => {
  const processes = await Promise.all([another(), another(), another(), another()])
  const slots = await t.root.query(
    `select count(distinct objid)::int as n from pg_locks where locktype = 'advisory' and classid = 1735157619
       and database = (select oid from pg_database where datname = current_database())`,
  )
  expect(slots.rows[0]).toEqual({ n: 4 })
  const engine = await here()
  const jobs = Array.from({ length: 10 }, () => randomUUID())
  const parent = randomUUID()
  await Promise.all(jobs.map((job) => engine.start('test-count', job, input(job))))
  await engine.start('test-family', parent, input(parent))
  // The one that is killed is one of the four that has work.
  const pids = new Set(processes.map((p) => p.pid))
  let victim = 0
  await until(async () => {
    const found = await t.root.query<{ pid: number }>(
      'select pid from test_steps group by pid having count(*) > 2',
    )
    victim = found.rows.map((r) => r.pid).find((pid) => pids.has(pid)) ?? 0
    if (victim !== 0) return true
    // This process may have taken all there was before the others looked.
    const more = randomUUID()
    jobs.push(more)
    await engine.start('test-count', more, input(more))
    return false
  })
  await processes.find((p) => p.pid === victim)?.kill()
  const before = await t.root.query<{ step: string; job: string }>(
    'select job, step from test_steps where pid = $1',
    [victim],
  )
  await until(
    async () =>
      (await Promise.all([...jobs.map((j) => has(j, 'end')()), has(parent, 'after')()])).every(Boolean),
    60_000,
  )
  for (const { job, step } of before.rows) {
    const times = (await stepsOf(job)).filter((s) => s.step === step)
    // A step that had written its row and not yet told the engine runs again, and only that one.
    expect(times.length).toBeLessThanOrEqual(2)
  }
  // One process died once, so of each job at most one step ran twice.
  const all = await t.root.query<{ twice: number }>(
    `select count(*)::int as twice from (select job from test_steps group by job, step having count(*) > 1) x group by job`,
  )
  for (const { twice } of all.rows) expect(twice).toBe(1)
  for (const job of jobs) expect(new Set((await stepsOf(job)).map((s) => s.step)).size).toBe(9)
  expect(await Promise.all(processes.filter((p) => p.pid !== victim).map((p) => p.end()))).toEqual([0, 0, 0])
  await engine.stop()
}, 120_000)

test('work in flight waits while the engine is stopped, and goes on at the step where it was', async () => {
  const job = randomUUID()
  const first = await here()
  await first.start('test-count', job, input(job))
  await until(has(job, 'count 2'))
  await first.stop()
  const before = (await stepsOf(job)).length
  await new Promise((go) => setTimeout(go, 400))
  expect((await stepsOf(job)).length).toBe(before)
  expect(before).toBeLessThan(9)
  const second = await here()
  await until(has(job, 'end'))
  expect((await stepsOf(job)).filter((s) => s.step === 'count 0')).toHaveLength(1)
  await second.stop()
})

test('a lost place stops new work and is taken again', async () => {
  const lost = vi.fn()
  const engine = await here({ onLost: lost })
  const inFlight = randomUUID()
  await engine.start('test-family', inFlight, input(inFlight))
  await until(
    async () =>
      (await t.root.query(`select 1 from test_steps where job like '%' || substr($1, 9)`, [inFlight]))
        .rowCount !== 0,
  )
  const holder = `select pid from pg_stat_activity where application_name = 'guestlist slot' and datname = current_database()`
  // The connection of an engine that has just stopped may still be closing.
  await until(async () => (await t.root.query(holder)).rowCount === 1)
  const before = await t.root.query<{ pid: number }>(holder)
  await t.root.query('select pg_terminate_backend($1)', [before.rows[0]?.pid])
  // The moment without a place may be too short to be seen; that another connection holds it stays.
  await until(async () => {
    const now = await t.root.query<{ pid: number }>(holder)
    return now.rowCount === 1 && now.rows[0]?.pid !== before.rows[0]?.pid && engine.healthy()
  })
  const job = randomUUID()
  await engine.start('test-count', job, input(job))
  await until(has(job, 'end'))
  await until(has(inFlight, 'after'))
  const family = await t.root.query<{ step: string; n: number }>(
    `select step, count(*)::int as n from test_steps where job like '%' || substr($1, 9) group by step`,
    [inFlight],
  )
  // Three pieces with nine steps each, and one of the parent; a step that was cut off between its row and its end runs again.
  expect(family.rows.map((r) => r.step).sort()).toEqual([
    'after',
    ...Array.from({ length: 8 }, (_, i) => `count ${i}`),
    'end',
  ])
  expect(family.rows.reduce((sum, r) => sum + r.n, 0)).toBeLessThanOrEqual(28 + 3)
  expect(lost).not.toHaveBeenCalled()
  await engine.stop()
})

test('a place that somebody else took meanwhile ends the process', async () => {
  const lost = vi.fn()
  const engine = await here({ onLost: lost })
  const root = await t.root.connect()
  // Waits in the lock's queue, so that it has the slot the moment its holder is gone.
  const stolen = root.query('select pg_advisory_lock(1735157619, 0)')
  await until(
    async () =>
      (
        await t.root.query(
          `select 1 from pg_locks where locktype = 'advisory' and not granted
             and database = (select oid from pg_database where datname = current_database())`,
        )
      ).rowCount === 1,
  )
  await t.root.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'guestlist slot' and datname = current_database()`,
  )
  await stolen
  await until(() => Promise.resolve(lost.mock.calls.length === 1))
  expect(engine.healthy()).toBe(false)
  root.release(true)
  await engine.stop()
})

test('a wait of an hour ends at once when the job is cancelled in its own process', async () => {
  const engine = await here()
  const job = randomUUID()
  await engine.start('test-wait', job, input(job))
  await until(has(job, 'waiting'))
  engine.cancel(job)
  await until(has(job, 'cancelled'), 5_000)
  await engine.stop()
})

test('a step that breaks ends the work with a reference, and its text is stored nowhere', async () => {
  const engine = await here({ log: createLog('silent') })
  const job = randomUUID()
  await engine.start('test-broken', job, input(job))
  await until(async () => (await stepsOf(job)).some((s) => /^broke \w{8}$/.test(s.step)))
  const stored = await t.root.query<{ error: string }>(
    `select error from dbos.operation_outputs where workflow_uuid = $1 and error is not null`,
    [job],
  )
  expect(stored.rows).toHaveLength(1)
  expect(stored.rows[0]?.error).toContain('step broke, reference')
  expect(stored.rows[0]?.error).not.toContain('a token')
  await engine.stop()
})

test('work that ended long ago is forgotten, and work that runs is not', async () => {
  const engine = await here()
  const [old, young, running] = [randomUUID(), randomUUID(), randomUUID()]
  for (const job of [old, young]) await engine.start('test-count', job, input(job))
  await engine.start('test-wait', running, input(running))
  await until(has(old, 'end'))
  await until(has(young, 'end'))
  await until(has(running, 'waiting'))
  const ended = `select count(*)::int as n from dbos.workflow_status where workflow_uuid = any($1) and status = 'SUCCESS'`
  await until(async () => (await t.root.query<{ n: number }>(ended, [[old, young]])).rows[0]?.n === 2)
  await t.root.query(
    `update dbos.workflow_status set completed_at = extract(epoch from now() - interval '31 days') * 1000 where workflow_uuid = $1`,
    [old],
  )
  await forgetOld()
  const left = await t.root.query<{ id: string }>(
    'select workflow_uuid as id from dbos.workflow_status where workflow_uuid = any($1)',
    [[old, young, running]],
  )
  expect(new Set(left.rows.map((r) => r.id))).toEqual(new Set([young, running]))
  const steps = await t.root.query('select 1 from dbos.operation_outputs where workflow_uuid = $1', [old])
  expect(steps.rowCount).toBe(0)
  engine.cancel(running)
  await until(has(running, 'cancelled'))
})

test('a slot is free again when it is released', async () => {
  const first = await takeSlot(t.appUrl)
  const second = await takeSlot(t.appUrl)
  expect([first?.number, second?.number]).toEqual([0, 1])
  expect(await takeSlot(t.appUrl, 1)).toBeNull()
  let ran = false
  expect(await first?.ifDead(1, () => Promise.resolve(void (ran = true)))).toBe(false)
  await second?.release()
  expect(await first?.ifDead(1, () => Promise.resolve(void (ran = true)))).toBe(true)
  expect(ran).toBe(true)
  await first?.release()
})

test('where a slot cannot be asked for, no session of it is left', async () => {
  const sessions = async () =>
    (
      await t.root.query(
        `select from pg_stat_activity where application_name = 'guestlist slot' and datname = current_database()`,
      )
    ).rows.length
  const before = await sessions()
  const right = 'execute on function pg_try_advisory_lock(integer, integer)'
  await t.root.query(`revoke ${right} from public`)
  await expect(takeSlot(t.appUrl)).rejects.toThrow('permission denied')
  await t.root.query(`grant ${right} to public`)
  await until(async () => (await sessions()) <= before, 3_000)
})

test('the slots whose work is not ended are told', async () => {
  const id = randomUUID()
  await t.root.query(
    `insert into dbos.workflow_status (workflow_uuid, status, executor_id) values ($1, 'PENDING', 'slot-17')`,
    [id],
  )
  expect((await workState(t.db))?.slotsAtWork).toContain(17)
  await t.root.query('delete from dbos.workflow_status where workflow_uuid = $1', [id])
})

afterAll(async () => {
  await t.root.query('drop table test_steps')
})

test('work is taken at once after the clock went back by an hour', async () => {
  const engine = await here()
  const { now } = Date
  const back = vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000)
  try {
    const job = randomUUID()
    await engine.start('test-count', job, input(job))
    await until(has(job, 'end'))
    expect((await stepsOf(job)).length).toBe(9)
  } finally {
    back.mockRestore()
  }
})
