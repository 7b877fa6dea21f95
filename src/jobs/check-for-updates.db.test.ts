// A check for updates from its start to its summary, against the simulated provider and a real database.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { FaultMatch } from '../connectors/meta/simulator/faults.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { createLog } from '../lib/log.ts'
import type { JobDetails } from '../model/job.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'
import { startEngine } from './engine.ts'
import { requestCancel, retry, startCheckForUpdates, startTokenCheck } from './start.ts'
import { startDueChecks } from './schedule.ts'
import { install } from './testing/installation.ts'
import type { Installation } from './testing/installation.ts'
import type { JobEngine } from './work.ts'

const t = await testDb()
let vault: Vault
let engine: JobEngine
let sim: Simulator
let at: Installation

beforeAll(async () => {
  vault = await loadVault({ dataDir: temporaryFolder('jobs') })
  engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault,
    addressOf: () => sim.url,
    log: createLog('error'),
    speed: { since: Date.now(), factor: 100 },
  })
})
afterAll(() => engine.stop())
beforeEach(async () => {
  sim = await startSimulator({
    world: {
      ownAssets: 20,
      ownPeople: 8,
      partners: 3,
      peoplePerPartner: 6,
      sharedPerPartner: 4,
      foreignAssets: 4,
    },
  })
  at = await install(t, vault, sim)
})
afterEach(() => sim.stop())

const start = (partnerId: string | null = null) =>
  startCheckForUpdates(engine, {
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    partnerId,
    actor: at.actor,
    trigger: 'person',
  })

async function check(): Promise<JobDetails> {
  return at.over((await start()).jobId)
}

/** A first check, after which every partner is known and has its token. */
async function onboardAll(): Promise<{ id: string; business: string; name: string }[]> {
  expect((await check()).status).toBe('complete')
  const partners = await at.partners()
  const all = sim.partners.map((p) => ({ business: p.id, name: p.name, id: partners.get(p.id)?.id ?? '' }))
  for (const [i, p] of sim.partners.entries()) await at.connect(all[i]?.id ?? '', p.token)
  return all
}

const labelOf = (business: string | undefined) => `${business}/admin`

/** Holds calls up until they are released, those that read our own business where no others are named; `held` comes when one is. */
function hold(match: FaultMatch = { node: sim.businessId, edge: null }) {
  const gate = Promise.withResolvers<undefined>()
  const fault = sim.control.addFault({ match, do: { until: gate.promise }, times: 100 })
  return {
    held: () => vi.waitUntil(() => fault.fired > 0, { timeout: 60_000, interval: 5 }).then(() => undefined),
    release: () => {
      sim.control.clearFaults()
      gate.resolve(undefined)
    },
  }
}

test('a first check reads our own business, and a second one every onboarded partner', async () => {
  const first = await check()
  expect(first).toMatchObject({
    status: 'complete',
    label: 'Check for updates',
    trigger: 'person',
    actor: 'A person of the test',
    problems: [],
  })
  expect(first.steps.map((s) => [s.label, s.status])).toEqual([
    ['Inspect tokens', 'done'],
    ['Own people, partners and assets', 'done'],
    ['Compare', 'done'],
    ['Apply', 'done'],
  ])
  expect(first.result?.assetsAdded).toBeGreaterThan(0)
  expect(first.result?.httpCalls).toBeGreaterThan(0)
  expect(first.result?.notRead.filter((n) => n.partnerId !== null).map((n) => n.reason)).toEqual(
    Array(3).fill('Pending onboarding'),
  )
  const partners = await at.partners()
  const [agency] = sim.partners
  await at.connect(partners.get(agency?.id ?? '')?.id ?? '', agency?.token ?? '')
  const second = await check()
  expect(second).toMatchObject({ problems: [], status: 'complete' })
  expect(second.steps.map((s) => s.label)).toContain(`People of ${agency?.name}`)
  const found = second.result?.partners.find((p) => p.name === agency?.name)
  expect(found?.peopleAdded).toBeGreaterThan(0)
  expect(second.result?.notRead.filter((n) => n.partnerId !== null)).toHaveLength(2)
  const health = await t.root.query(
    'select health, health_reason, last_checked_at is not null as checked from connections where id = $1',
    [at.connectionId],
  )
  expect(health.rows[0]).toEqual({ health: 'healthy', health_reason: null, checked: true })
  const audit = await t.root.query<{ action: string }>(
    'select action from audit_events where workspace_id = $1 order by id',
    [at.workspaceId],
  )
  expect(audit.rows.map((r) => r.action)).toEqual(['job.start', 'sync.apply', 'job.start', 'sync.apply'])
})

test('a limit shows the time of the next try, then the run goes on and is complete', async () => {
  sim.control.addFault({ match: { token: labelOf(sim.businessId) }, do: { error: 'userLimit' }, times: 500 })
  const { jobId } = await start()
  const waiting = await at.until(jobId, (job) => job.status === 'retrying')
  sim.control.clearFaults()
  expect(Date.parse(waiting.retryAt ?? '')).toBeGreaterThan(Date.now())
  expect(waiting.steps.filter((s) => s.status === 'retrying')).toHaveLength(1)
  const done = await at.over(jobId)
  expect(done).toMatchObject({ status: 'complete', retryAt: null, problems: [] })
})

test('one partner that is limited holds up no other', async () => {
  const [slow, ...others] = await onboardAll()
  sim.control.addFault({ match: { token: labelOf(slow?.business) }, do: { error: 'userLimit' }, times: 40 })
  const { jobId } = await start()
  const status = (job: JobDetails, id: string | undefined) =>
    job.steps.find((s) => s.name === `read-${id}`)?.status
  const seen = await at.until(
    jobId,
    (job) => job.status === 'retrying' && others.every((p) => status(job, p.id) === 'done'),
  )
  expect(status(seen, slow?.id)).toBe('retrying')
  sim.control.clearFaults()
  expect((await at.over(jobId)).status).toBe('complete')
})

test('a partner that cannot be read makes the run not completed, and what was read is applied', async () => {
  const [bad, good] = await onboardAll()
  sim.control.addFault({
    match: { token: labelOf(bad?.business), edge: 'business_users' },
    do: { error: 'permissions' },
    times: 500,
  })
  const done = await check()
  expect(done.status).toBe('not_completed')
  expect(done.problems).not.toEqual([])
  expect(done.problems[0]?.where).toContain(`People of ${bad?.name}`)
  expect(done.steps.find((s) => s.name === `read-${bad?.id}`)).toMatchObject({ status: 'failed' })
  expect(done.result?.partners.find((p) => p.partnerId === good?.id)?.peopleAdded).toBeGreaterThan(0)
  sim.control.clearFaults()
  const again = await retry(engine, { workspaceId: at.workspaceId, jobId: done.id, actor: at.actor })
  expect(again.jobId).not.toBe(done.id)
  expect((await at.over(again.jobId)).status).toBe('complete')
})

test('a second start leads to the run that is there, also one for a single partner', async () => {
  const [partner] = await onboardAll()
  const { release } = hold()
  const first = await start()
  expect(await start()).toEqual({ jobId: first.jobId, existing: true })
  expect(await start(partner?.id)).toEqual({ jobId: first.jobId, existing: true })
  release()
  expect((await at.over(first.jobId)).status).toBe('complete')
  const single = await start(partner?.id)
  expect(single.existing).toBe(false)
  const done = await at.over(single.jobId)
  expect(done).toMatchObject({ status: 'complete', partnerId: partner?.id, partnerName: partner?.name })
  expect(done.steps.map((s) => s.label)).toEqual([
    'Inspect tokens',
    `People of ${partner?.name}`,
    'Compare',
    'Apply',
  ])
})

test('twenty starts at once are one run', async () => {
  const started = await Promise.all(Array.from({ length: 20 }, () => start()))
  expect(new Set(started.map((s) => s.jobId)).size).toBe(1)
  expect(started.filter((s) => !s.existing)).toHaveLength(1)
  await at.over(started[0]?.jobId ?? '')
})

test('a cancelled run applies nothing and leaves nothing behind', async () => {
  await onboardAll()
  const { held, release } = hold()
  const { jobId } = await start()
  await held()
  await requestCancel(engine, { workspaceId: at.workspaceId, jobId, actor: at.actor })
  const done = await at.over(jobId)
  release()
  expect(done).toMatchObject({ status: 'cancelled', problems: [], result: null })
  expect(done.steps.every((s) => s.status === 'done' || s.status === 'skipped')).toBe(true)
  const left = await t.root.query(
    'select (select count(*)::int from staged_rows) as rows, (select count(*)::int from staged_scopes) as scopes',
  )
  expect(left.rows[0]).toEqual({ rows: 0, scopes: 0 })
  const changes = await t.root.query('select 1 from changes where job_id = $1', [jobId])
  expect(changes.rowCount).toBe(0)
  expect((await check()).status).toBe('complete')
})

test('a database that drops every connection in the middle of a run costs time and nothing else', async () => {
  await onboardAll()
  const { held, release } = hold()
  const { jobId } = await start()
  await held()
  const drop = () =>
    t.root.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'guestlist_app'`,
    )
  expect((await drop()).rowCount).toBeGreaterThan(2)
  release()
  await new Promise((go) => setTimeout(go, 300))
  await drop()
  expect(await at.over(jobId)).toMatchObject({ status: 'complete', problems: [] })
})

test('our own dead token ends the run at once, and the app says that its connection expired', async () => {
  await onboardAll()
  sim.control.change({ op: 'set-token', label: labelOf(sim.businessId), state: 'revoked' })
  sim.control.reset()
  const done = await check()
  expect(done.status).toBe('not_completed')
  expect(done.problems).toMatchObject([
    { where: 'Our own token', sentence: expect.stringContaining('revoked') as string },
  ])
  expect(done.steps.filter((s) => s.status === 'skipped').length).toBeGreaterThan(2)
  const health = await t.root.query('select health from connections where id = $1', [at.connectionId])
  expect(health.rows[0]).toEqual({ health: 'expired' })
  // Tokens are inspected; no list is read with them.
  expect(sim.control.calls().filter((c) => c.edge === 'business_users' || c.edge === 'owned_pages')).toEqual(
    [],
  )
  sim.control.change({ op: 'set-token', label: labelOf(sim.businessId), state: 'valid' })
  expect((await check()).status).toBe('complete')
})

/** As where every token was judged long ago. */
const judgeAnew = () => t.root.query('update credentials set checked_at = null')

test("partners' tokens are judged while our own business is read", async () => {
  await onboardAll()
  await judgeAnew()
  sim.control.reset()
  // Our own token first, which is let through.
  sim.control.addFault({ match: { node: 'debug_token' }, do: {}, times: 1 })
  const { held, release } = hold({ node: 'debug_token' })
  const { jobId } = await start()
  await held()
  await at.until(jobId, () => sim.control.calls().some(({ node }) => node === sim.businessId))
  release()
  const done = await at.over(jobId)
  expect(done).toMatchObject({ status: 'complete', problems: [] })
  expect(done.steps.find((s) => s.name === 'inspect')).toMatchObject({ status: 'done', done: 4, total: 4 })
})

test('a token that looked bad and is judged first is counted with those that are judged during the read', async () => {
  const [bad] = await onboardAll()
  await judgeAnew()
  await t.root.query(`update credentials set state = 'attention' where partner_id = $1`, [bad?.id])
  const done = await check()
  expect(done).toMatchObject({ status: 'complete', problems: [] })
  expect(done.steps.find((s) => s.name === 'inspect')).toMatchObject({ status: 'done', done: 4, total: 4 })
})

test.each(
  (['own', 'partner'] as const).flatMap((whose) =>
    (['read', 'judged'] as const).map((when) => [whose, when] as const),
  ),
)(
  'one call that says of the %s token that it has ended, as it is %s, is not believed where the token is judged good',
  async (whose, when) => {
    const [partner] = await onboardAll()
    await t.root.query(`update credentials set checked_at = ${when === 'read' ? 'now()' : 'null'}`)
    const business = whose === 'own' ? sim.businessId : partner?.business
    const fault = sim.control.addFault({
      match: { node: business ?? '', edge: null },
      do: { error: 'tokenExpired' },
      times: 1,
    })
    expect(await check()).toMatchObject({ status: 'complete', problems: [] })
    expect(fault.fired).toBe(1)
    const { rows } = await t.root.query<{ state: string }>(
      'select state from credentials where connection_id = $1 group by 1',
      [at.connectionId],
    )
    expect(rows).toEqual([{ state: 'good' }])
  },
)

test("a partner's token that died is this run's problem and the next one's note", async () => {
  const [dead] = await onboardAll()
  sim.control.change({ op: 'set-token', label: labelOf(dead?.business), state: 'password_changed' })
  sim.control.reset()
  const first = await check()
  expect(sim.control.calls().filter((c) => c.token === labelOf(dead?.business))).toEqual([])
  expect(first.status).toBe('not_completed')
  expect(first.problems).toMatchObject([{ where: `Token of ${dead?.name}` }])
  expect((await at.partners()).get(dead?.business ?? '')?.status).toBe('expired')
  const second = await check()
  expect(second).toMatchObject({ status: 'complete', problems: [] })
  expect(second.result?.notRead.find((n) => n.partnerId === dead?.id)?.reason).toMatch(
    /^Connection expired: /,
  )
  await expect(start(dead?.id)).rejects.toMatchObject({ code: 'conflict' })
})

test('tokens that were judged a short time ago are read without being judged again, the others are judged first', async () => {
  await onboardAll()
  const inspections = () => sim.control.calls().filter(({ node }) => node === 'debug_token').length
  const inspected = async (checkedAt: string, expiresAt = 'null') => {
    await t.root.query(`update credentials set checked_at = ${checkedAt}, expires_at = ${expiresAt}`)
    sim.control.reset()
    expect((await check()).status).toBe('complete')
    return inspections()
  }
  const everyone = 1 + sim.partners.length
  // What a list is asked for, and so what it looks like, settles in the second check.
  await check()
  await check()
  expect(await inspected('null')).toBe(everyone)
  expect(await inspected('now()')).toBe(0)
  expect(await inspected(`now() - interval '5 hours'`)).toBe(0)
  expect(await inspected(`now() - interval '7 hours'`)).toBe(everyone)
  expect(await inspected(`now() + interval '1 hour'`)).toBe(everyone)
  expect(await inspected('now()', `now() + interval '3 days'`)).toBeGreaterThanOrEqual(everyone)
})

test.each(
  (['own', 'partner'] as const).flatMap((whose) =>
    (['is read', 'is judged anew'] as const).map((when) => [whose, when] as const),
  ),
)(
  '%s token that quietly lost a permission before it %s ends nothing that it does not show any more',
  async (whose, when) => {
    await onboardAll()
    const [partner] = sim.partners
    const token = sim.control.world.tokens.get((whose === 'own' ? sim.token : partner?.token) ?? '')
    if (token === undefined) throw new Error('the simulator does not know the token')
    const { scopes } = token
    token.scopes = [...scopes, 'read_insights']
    await judgeAnew()
    expect((await check()).status).toBe('complete')
    const partnerId = whose === 'own' ? null : ((await at.partners()).get(partner?.id ?? '')?.id ?? '')
    const live = async () =>
      (
        await t.root.query<{ id: string }>(
          `select external_id as id from principals where ended_at is null and kind = 'person' and partner_id is not distinct from $1`,
          [partnerId],
        )
      ).rows
        .map(({ id }) => id)
        .sort()
    const before = await live()
    sim.control.change({ op: 'remove-user', user: before[0] ?? '' })
    token.scopes = scopes
    if (when === 'is judged anew') await judgeAnew()
    expect(await check()).toMatchObject({
      status: 'not_completed',
      problems: [{ sentence: expect.stringContaining('read_insights') as string }],
    })
    expect(await live()).toEqual(before)
    expect((await check()).status).toBe('complete')
    expect(await live()).toEqual(before.slice(1))
  },
)

test('no token is judged again where nothing is lost, however much is new', async () => {
  await onboardAll()
  await t.root.query('update credentials set checked_at = now()')
  sim.control.reset()
  expect(await check()).toMatchObject({ status: 'complete', problems: [] })
  expect(sim.control.calls().filter(({ node }) => node === 'debug_token')).toEqual([])
})

test('a token that shows anything unusual in the first check is judged at once', async () => {
  await onboardAll()
  await t.root.query('update credentials set checked_at = now()')
  const [lacking, revoked] = sim.partners
  const token = sim.control.world.tokens.get(lacking?.token ?? '')
  if (token === undefined) throw new Error('the simulator does not know its token')
  token.scopes = token.scopes.filter((scope) => scope !== 'business_management')
  sim.control.change({ op: 'set-token', label: labelOf(revoked?.id), state: 'revoked' })
  sim.control.reset()
  expect((await check()).status).toBe('not_completed')
  const partners = await at.partners()
  expect(partners.get(revoked?.id ?? '')).toMatchObject({
    status: 'expired',
    reason: expect.stringContaining('revoked') as string,
  })
  expect(partners.get(lacking?.id ?? '')).toMatchObject({
    status: 'attention',
    reason: expect.stringContaining('business_management') as string,
  })
})

test('a token that could not be judged is judged again until it is, and the partner is onboarded', async () => {
  await check()
  const [partner] = sim.partners
  const id = (await at.partners()).get(partner?.id ?? '')?.id ?? ''
  await at.connect(id, partner?.token ?? '', 'checking')
  expect((await at.partners()).get(partner?.id ?? '')?.status).toBe('checking')
  sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'unavailable' }, times: 12 })
  const wish = {
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    actor: at.actor,
    trigger: 'person' as const,
  }
  const { jobId } = await startTokenCheck(engine, { ...wish, partnerId: id })
  await at.until(jobId, (job) => job.status === 'retrying' && job.retryAt !== null)
  expect(await startTokenCheck(engine, { ...wish, partnerId: id })).toEqual({ jobId })
  sim.control.clearFaults()
  expect(await at.over(jobId)).toMatchObject({ status: 'complete', label: 'Check token', partnerId: id })
  expect((await at.partners()).get(partner?.id ?? '')?.status).toBe('onboarded')
})

// Removed by a process that ended before it could cancel the app's tasks: one that waited ended as not completed, to be handed over again.
test('the check of a token whose app was removed is cancelled and says so', async () => {
  await check()
  const [partner] = sim.partners
  const id = (await at.partners()).get(partner?.id ?? '')?.id ?? ''
  await at.connect(id, partner?.token ?? '', 'checking')
  sim.control.addFault({ match: { node: 'debug_token' }, do: { error: 'unavailable' }, times: 12 })
  const { workspaceId, connectionId, actor } = at
  const wish = { workspaceId, connectionId, actor, trigger: 'person' as const, partnerId: id }
  const { jobId } = await startTokenCheck(engine, wish)
  await at.until(jobId, (job) => job.status === 'retrying' && job.retryAt !== null)
  await t.root.query('update connections set removed_at = now() where id = $1', [connectionId])
  const done = await at.over(jobId)
  expect([done.status, done.problems.map(({ sentence }) => sentence)]).toEqual([
    'cancelled',
    ['The app was removed before its token could be judged, so there is nothing left to check.'],
  ])
})

test('a token that is refused says why', async () => {
  await check()
  const [partner] = sim.partners
  const id = (await at.partners()).get(partner?.id ?? '')?.id ?? ''
  await at.connect(id, sim.tokens.partners[partner?.id ?? '']?.expired ?? '', 'checking')
  const wish = {
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    actor: at.actor,
    trigger: 'person' as const,
  }
  const { jobId } = await startTokenCheck(engine, { ...wish, partnerId: id })
  const done = await at.over(jobId)
  expect(done.status).toBe('not_completed')
  expect(done.problems[0]?.sentence).toContain('expired')
  expect((await at.partners()).get(partner?.id ?? '')?.status).toBe('expired')
})

test('a due check is started once, whoever looks, and the next one is due a day later', async () => {
  await t.root.query(
    `update connections set schedule = 'daily', next_check_at = now() - interval '1 minute' where id = $1`,
    [at.connectionId],
  )
  const started = (
    await Promise.all([startDueChecks(engine), startDueChecks(engine), startDueChecks(engine)])
  ).flat()
  expect(started).toHaveLength(1)
  const done = await at.over(started[0] ?? '')
  expect(done).toMatchObject({ status: 'complete', trigger: 'schedule', actor: null })
  expect(await startDueChecks(engine)).toEqual([])
  const next = await t.root.query<{ hours: string }>(
    `select round(extract(epoch from next_check_at - now()) / 3600) as hours from connections where id = $1`,
    [at.connectionId],
  )
  expect(Number(next.rows[0]?.hours)).toBe(24)
  await t.root.query(`update connections set schedule = 'off' where id = $1`, [at.connectionId])
})

test('a job whose start was cut off is started, and one whose work is lost is ended', async () => {
  const add = async (kind: string) => {
    const { rows } = await t.root.query<{ id: string }>(
      `insert into jobs (id, workspace_id, connection_id, kind, trigger, updated_at)
       values (gen_random_uuid(), $1, $2, $3, 'person', now() - interval '1 minute') returning id`,
      [at.workspaceId, at.connectionId, kind],
    )
    return rows[0]?.id ?? ''
  }
  const unstarted = await add('check-for-updates')
  const lost = await add('check-token')
  await t.root.query(
    `insert into dbos.workflow_status (workflow_uuid, status, name, application_version, created_at, updated_at)
     values ($1, 'ERROR', 'check-token', 'guestlist-1', 0, 0)`,
    [lost],
  )
  expect((await at.over(unstarted)).status).toBe('complete')
  const ended = await at.over(lost)
  expect(ended.status).toBe('not_completed')
  expect(ended.problems[0]?.trace).toMatch(/^\w{8}$/)
})

test('a token that ends within the week is renewed once the new one is proven, and kept where it is not', async () => {
  const { world } = sim.control
  const old = world.tokens.get(sim.token)
  if (old === undefined) throw new Error('the simulator does not know its token')
  const now = Math.floor(Date.now() / 1000)
  const short = { ...old, label: 'short', issuedAt: now, expiresAt: now + 3 * 86_400 }
  sim.control.change({ op: 'add-token', token: short })
  const text = world.tokensByLabel.get('short')?.text ?? ''
  const id = await at.connect(null, text)
  const credential = async () => {
    const { rows } = await t.root.query<{ id: string; last_four: string; expires_at: Date; state: string }>(
      `select id, last_four, expires_at, state from credentials where connection_id = $1 and partner_id is null and kind = 'token'`,
      [at.connectionId],
    )
    return rows
  }
  const check = async () => at.over((await start()).jobId)
  // Somebody handed this token over, by request: what they see of it, and may take back, goes along with its renewal.
  const [partnerId, requestId] = [randomUUID(), randomUUID()]
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, is_agency, first_seen_at, ended_at) values ($1, $2, $3, '1', true, now(), now())`,
    [partnerId, at.workspaceId, at.connectionId],
  )
  const { rows: members } = await t.root.query<{ user_id: string }>(
    'select user_id from members where workspace_id = $1',
    [at.workspaceId],
  )
  const person = members[0]?.user_id
  await t.root.query(
    'insert into hand_overs (credential_id, workspace_id, partner_id, user_id) values ($1, $2, $3, $4)',
    [id, at.workspaceId, partnerId, person],
  )
  await t.root.query(
    `insert into token_requests (id, workspace_id, connection_id, partner_id, email, requested_by, expires_at, spent_at, credential_id)
      values ($1, $2, $3, $4, 'guest@example.test', $5, now() + interval '1 day', now(), $6)`,
    [requestId, at.workspaceId, at.connectionId, partnerId, person, id],
  )
  const handedOver = async () => {
    const { rows } = await t.root.query<{ of: string; request: string }>(
      `select h.credential_id as of, r.credential_id as request from hand_overs h join token_requests r on r.partner_id = h.partner_id
        where r.id = $1`,
      [requestId],
    )
    return rows
  }

  // No new one is given: the old one stays.
  sim.control.addFault({ match: { node: 'oauth' }, do: { error: 'unavailable' }, times: 3 })
  expect((await check()).status).toBe('complete')
  expect((await credential()).map((c) => c.id)).toEqual([id])
  expect(await handedOver()).toEqual([{ of: id, request: id }])

  sim.control.clearFaults()
  expect((await check()).status).toBe('complete')
  const [renewed, ...others] = await credential()
  expect(others).toEqual([])
  expect(renewed).toMatchObject({ state: 'good' })
  expect(renewed?.id).not.toBe(id)
  expect(await handedOver()).toEqual([{ of: renewed?.id, request: renewed?.id }])
  expect(renewed?.expires_at.getTime()).toBeGreaterThan(Date.now() + 50 * 86_400_000)
  expect((await check()).status).toBe('complete')
  expect((await credential()).map((c) => c.id)).toEqual([renewed?.id])
  const { rows: audit } = await t.root.query(
    `select subject_id from audit_events where action = 'credential.renew' and workspace_id = $1`,
    [at.workspaceId],
  )
  expect(audit).toEqual([{ subject_id: renewed?.id }])
})
