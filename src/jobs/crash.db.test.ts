// Processes that are killed in the middle of a check for updates: the next one ends it with the same rows as a run that nothing disturbed,
// and no secret is left anywhere on the way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'
import { tablesWith } from './testing/canary.ts'
import { install, stored } from './testing/installation.ts'
import type { Installation } from './testing/installation.ts'
import { startProcess } from './testing/spawn.ts'
import type { TestProcess } from './testing/spawn.ts'

const t = await testDb()
const dataDir = temporaryFolder('jobs')
const since = Date.now()
let vault: Vault
let sim: Simulator
const processes: TestProcess[] = []

beforeAll(async () => {
  vault = await loadVault({ dataDir })
  sim = await startSimulator({
    world: {
      ownAssets: 30,
      ownPeople: 10,
      partners: 3,
      peoplePerPartner: 8,
      sharedPerPartner: 5,
      foreignAssets: 4,
    },
  })
})
afterAll(async () => {
  for (const process of processes) await process.kill()
  await sim.stop()
})

async function another(): Promise<TestProcess> {
  const process = await startProcess({
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    dataDir,
    provider: sim.url,
    since,
  })
  processes.push(process)
  return process
}

async function onboard(at: Installation): Promise<void> {
  const partners = await at.partners()
  for (const p of sim.partners) await at.connect(partners.get(p.id)?.id ?? '', p.token)
}

const secrets = () => [sim.token, sim.appSecret, ...sim.partners.map((p) => p.token)]

test('killed again and again, a run ends with the rows and counts of one that nothing disturbed', async () => {
  const [calm, stormy] = [await install(t, vault, sim), await install(t, vault, sim)]
  let process = await another()
  expect((await calm.over(await process.check(calm))).status).toBe('complete')
  await onboard(calm)
  sim.control.reset()
  const smooth = await calm.over(await process.check(calm))
  const { http } = sim.control.counts()
  expect(smooth).toMatchObject({ status: 'complete', problems: [] })

  expect((await stormy.over(await process.check(stormy))).status).toBe('complete')
  await onboard(stormy)
  sim.control.reset()
  let jobId = ''
  // A run that is cut off asks again for what was open, so that the count of calls always gets so far.
  for (const part of [0.02, 0.2, 0.4, 0.6, 0.8, 0.95]) {
    jobId = await process.check(stormy)
    await until(() => sim.control.counts().http >= http * part)
    await process.kill()
    process = await another()
  }
  const done = await stormy.over(jobId)
  expect(done).toMatchObject({ status: 'complete', problems: [] })
  expect(await stored(t, stormy.connectionId)).toEqual(await stored(t, calm.connectionId))
  const counts = ({ partners, ...rest }: NonNullable<typeof done.result>) => ({
    ...rest,
    partners: partners.map(({ partnerId: _, ...p }) => p),
    httpCalls: 0,
    logicalCalls: 0,
    notRead: rest.notRead.map((n) => n.reason),
  })
  expect(done.result && counts(done.result)).toEqual(smooth.result && counts(smooth.result))
  const jobs = await t.root.query('select count(*)::int as n from jobs where connection_id = $1', [
    stormy.connectionId,
  ])
  expect(jobs.rows[0]).toEqual({ n: 2 })
}, 180_000)

test('of two processes on one database the second ends what the first one began', async () => {
  const at = await install(t, vault, sim)
  const first = processes.at(-1) ?? (await another())
  const jobId = await stuck(at, first)
  const second = await another()
  await first.kill()
  const killed = Date.now()
  expect((await at.over(jobId)).status).toBe('complete')
  expect(Date.now() - killed).toBeLessThan(60_000)
  expect(second.output()).toContain('took over the work of a process that ended')
}, 120_000)

test('a job that another process runs is cancelled from here', async () => {
  const at = await install(t, vault, sim)
  const process = processes.at(-1) ?? (await another())
  const jobId = await stuck(at, process)
  await t.root.query('update jobs set cancel_requested_at = now() where id = $1', [jobId])
  const asked = Date.now()
  expect((await at.over(jobId)).status).toBe('cancelled')
  expect(Date.now() - asked).toBeLessThan(10_000)
})

test('no token and no app secret is in any table, of ours or of the engine, nor in what a process printed', async () => {
  const at = await install(t, vault, sim)
  const process = processes.at(-1) ?? (await another())
  // Failures of every kind leave words behind; none of them may hold the token.
  sim.control.addFault({
    match: { edge: 'owned_pixels' },
    do: { raw: { status: 502, body: `<p>${sim.token}</p>` } },
    times: 1,
  })
  sim.control.addFault({ match: { edge: 'business_users' }, do: { error: 'permissions' }, times: 5 })
  await at.over(await process.check(at))
  expect(await tablesWith(t, secrets())).toEqual([])
  for (const p of processes) for (const secret of secrets()) expect(p.output()).not.toContain(secret)
  // The search finds what is there: planted raw, as base64 inside a longer text, and as bytes.
  const planted = sim.token
  const job = await t.root.query<{ id: string }>('select id from jobs limit 1')
  await t.root.query('update jobs set progress = $1 where id = $2', [`x${planted}y`, job.rows[0]?.id])
  await t.root.query(`update credentials set last_four = $1 where kind = 'token' and connection_id = $2`, [
    Buffer.from(`{"a":"${planted}"}`).toString('base64'),
    at.connectionId,
  ])
  await t.root.query(`update setup set code_hash = $1`, [Buffer.from(planted)])
  await t.root.query(`update dbos.workflow_status set output = $1`, [JSON.stringify({ json: planted })])
  expect(await tablesWith(t, secrets())).toEqual([
    'dbos.workflow_status',
    'public.credentials',
    'public.jobs',
    'public.setup',
  ])
})

/** Starts a check for updates there, whose first call to the provider gets no answer for a minute. */
async function stuck(at: Installation, process: TestProcess): Promise<string> {
  const fault = sim.control.addFault({ match: {}, do: { delay: 60_000 }, times: 1 })
  const jobId = await process.check(at)
  await until(() => fault.fired === 1)
  return jobId
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!what()) {
    if (Date.now() > deadline) throw new Error('It did not come to that.')
    await new Promise((go) => setTimeout(go, 5))
  }
}
