// Reading people and partners in a real Chromium on the simulator's pages, inside a check for updates: the same rows as the API gives where
// the API may not, nothing removed where a page could not be read, and both paths laid side by side where both are there.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import type { Login } from '../connectors/meta/simulator/pages/logins.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { defaultSwitches } from '../connectors/meta/simulator/switches.ts'
import { assetOf, businessOf, partnersOf, userOf } from '../connectors/meta/simulator/world.ts'
import type { Reading } from '../model/automation.ts'
import { openJobStatuses } from '../model/job.ts'
import type { JobDetails } from '../model/job.ts'
import { createLog } from '../lib/log.ts'
import { setReading } from '../store/automations.ts'
import { work } from '../store/db.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'
import { startEngine } from './engine.ts'
import { startCheckForUpdates, startReadPagesTry } from './start.ts'
import type { JobEngine } from './start.ts'
import { automate } from './testing/automate.ts'
import { tablesWith } from './testing/canary.ts'
import { install } from './testing/installation.ts'
import type { Installation } from './testing/installation.ts'

const chromium = findChromium()
const t = await testDb()
let vault: Vault
let sim: Simulator
let engine: JobEngine
let owner: Login
const lines: string[] = []

beforeAll(async () => {
  if (chromium === null) return
  vault = await loadVault({ dataDir: temporaryFolder('pages') })
  sim = await startSimulator({ world: { ownAssets: 14, ownPeople: 7, partners: 3, peoplePerPartner: 3 } })
  owner = sim.logins.find((one) => one.businessId === sim.businessId)!
  engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault,
    addressOf: () => sim.url,
    pages: { addressOf: () => sim.pagesUrl, chromium, recipeOf: (own) => own, limits: { patience: 4_000 } },
    log: createLog('debug', (line) => void lines.push(line)),
  })
}, 120_000)
afterAll(async () => {
  if (chromium === null) return
  await engine.stop()
  await sim.stop()
})
beforeEach(() => {
  if (chromium === null) return
  Object.assign(sim.control.switches, defaultSwitches)
  sim.control.clearFaults()
  sim.control.pages.signIns.length = 0
})

/** A connection whose checks read pages. */
async function installed(reading: Reading): Promise<Installation> {
  const at = await install(t, vault, sim)
  await automate(t, vault, at, owner, reading)
  return at
}

async function check(at: Installation, start = startCheckForUpdates): Promise<JobDetails> {
  const { workspaceId, connectionId, actor } = at
  const wish = { workspaceId, connectionId, actor, trigger: 'api' as const }
  const { jobId } = await start(engine, wish)
  // Three browsers, one after the other, on a machine that may be busy: as long as the test may take.
  for (;;) {
    const job = await at.job(jobId)
    if (!openJobStatuses.includes(job.status)) return job
    await new Promise((go) => setTimeout(go, 50))
  }
}

const edges = ['business_users', 'system_users', 'pending_users', 'agencies', 'clients']
/** The API refuses people and partners, as below an access tier. */
function refuse(only: readonly string[] = edges): void {
  for (const edge of only)
    sim.control.addFault({ match: { node: sim.businessId, edge }, do: { error: 'capability' }, times: 1_000 })
}

const steps = (job: JobDetails) =>
  Object.fromEntries(
    job.steps.filter((s) => s.name.includes('-pages-')).map((s) => [s.name.split('-pages-')[1], s.status]),
  )

/** Our own people as they are stored, as texts. */
async function people(at: Installation): Promise<string[]> {
  const { rows } = await t.root.query<Record<string, string | null>>(
    `select kind, external_id, name, email, role, reaches_all, source, facts->>'twoFactor' as two, facts->>'financePermission' as finance,
       facts->>'status' as status, path, not_confirmed_since is null as confirmed
     from principals where connection_id = $1 and partner_id is null and ended_at is null`,
    [at.connectionId],
  )
  return rows.map((row) => Object.values(row).join(' | ')).sort()
}

/** The same as the world has it. */
function truePeople(path: 'api' | 'browser'): string[] {
  const { world } = sim.control
  const own = businessOf(world, sim.businessId)
  const line = (...parts: (string | boolean | null)[]) => [...parts, path, true].join(' | ')
  return [
    ...[...own.people].map((id) => {
      const user = userOf(world, id)
      if (user.is !== 'person') throw new Error('not a person')
      const { name, email, role, twoFactor, finance } = user
      return line('person', id, name, email, role, role === 'ADMIN', 'list', twoFactor, finance, null)
    }),
    ...[...own.systemUsers].map((id) => {
      const { name, role } = userOf(world, id)
      return line('system_user', id, name, null, role, false, 'list', null, null, null)
    }),
    ...[...own.invitations].map((id) => {
      const { email, role, status } = world.invitations.get(id)!
      return line('invitation', id, null, email, role, false, 'list', null, null, status)
    }),
  ].sort()
}

/** What is shared in either direction, as it is stored. */
async function shares(at: Installation, path?: 'browser'): Promise<string[]> {
  const { rows } = await t.root.query<Record<string, string>>(
    `select p.external_id, r.type, r.external_id as resource, r.name, s.direction, array_to_string(s.entitlements, ',') as tasks,
       coalesce(s.status, 'CONFIRMED') as status, s.path
     from shares s join partners p on p.id = s.partner_id join resources r on r.id = s.resource_id
     where s.connection_id = $1 and s.ended_at is null`,
    [at.connectionId],
  )
  return rows
    .filter((row) => path === undefined || row['path'] === path)
    .map(({ path: _, ...row }) => Object.values(row).join(' | '))
    .sort()
}

/** The same as the world has it. */
function trueShares(): string[] {
  const { world } = sim.control
  const of = (owner: string, partner: string, direction: 'out' | 'in') =>
    [...businessOf(world, owner).owned.values()]
      .flatMap((ids) => [...ids].map((id) => assetOf(world, id)))
      // The app that everybody makes tokens for is left out; of what we wait for ourselves there is no asset yet.
      .filter((a) => a.id !== sim.appId && a.shares.has(partner))
      .filter((a) => direction === 'out' || a.shares.get(partner)!.status === 'CONFIRMED')
      .map((a) =>
        [
          direction === 'out' ? partner : owner,
          a.kind,
          a.id,
          a.name,
          direction,
          a.shares.get(partner)!.tasks.toSorted().join(','),
          a.shares.get(partner)!.status,
        ].join(' | '),
      )
  return partnersOf(world, sim.businessId)
    .flatMap((id) => [...of(sim.businessId, id, 'out'), ...of(id, sim.businessId, 'in')])
    .sort()
}

/** Who of our own is assigned to what, as it is stored. */
async function assigned(at: Installation, path: 'api' | 'browser'): Promise<string[]> {
  const { rows } = await t.root.query<Record<string, string>>(
    `select o.external_id, r.type, r.external_id as resource, array_to_string(g.entitlements, ',') as tasks,
       g.not_confirmed_since is null as confirmed
     from grants g join principals o on o.id = g.principal_id join resources r on r.id = g.resource_id
     where g.connection_id = $1 and g.partner_id is null and g.how = 'direct' and g.ended_at is null and g.path = $2
       and r.type <> 'asset_group'`,
    [at.connectionId, path],
  )
  return rows.map((row) => Object.values(row).join(' | ')).sort()
}

/** The same as the world has it. */
function trulyAssigned(): string[] {
  const { world } = sim.control
  const own = businessOf(world, sim.businessId)
  return [...own.people, ...own.systemUsers]
    .flatMap((id) =>
      [...userOf(world, id).assets].map((asset) => {
        const { kind, assigned } = assetOf(world, asset)
        return [id, kind, asset, assigned.get(own.id)!.get(id)!.toSorted().join(','), true].join(' | ')
      }),
    )
    .sort()
}

const lists = { people: 'done', 'system-users': 'done', partners: 'done' }

describe.skipIf(chromium === null)('people and partners on pages', { timeout: 240_000 }, () => {
  test('where the API refuses them, the rows are the truth, say how they were read, and the task is complete', async () => {
    const at = await installed('refused')
    refuse()
    const job = await check(at)
    expect(job).toMatchObject({ status: 'complete', problems: [] })
    // Who is assigned to what, the API told.
    expect(steps(job)).toEqual({ ...lists, assigned: 'skipped' })
    expect(await people(at)).toEqual(truePeople('browser'))
    expect(await shares(at)).toEqual(trueShares())
    const { rows } = await t.root.query<{ external_id: string; path: string }>(
      `select external_id, path from partners where connection_id = $1 and ended_at is null`,
      [at.connectionId],
    )
    expect(rows.map((row) => row.external_id).sort()).toEqual(
      partnersOf(sim.control.world, sim.businessId).sort(),
    )
    // One sign-in, and a picture of each step.
    expect(sim.control.pages.signIns.map((one) => one.outcome)).toEqual(['password right', 'signed in'])
    for (const label of [
      'Sign in',
      'Read the people',
      'Read the invitations',
      'Read the system users',
      'Read the partners',
    ])
      expect(job.pictures.map((one) => one.label)).toContain(label)
    // What the API tells again is the API's again; both paths agree, and nothing else changes.
    sim.control.clearFaults()
    await t.root.query(`delete from connector_memory where connection_id = $1`, [at.connectionId])
    await work(t.db, at.workspaceId, (tx) => setReading(tx, at.connectionId, 'always'))
    const again = await check(at)
    expect(again).toMatchObject({ status: 'complete', problems: [] })
    expect(again.result).toMatchObject({ sharesRemoved: 0, assetsRemoved: 0, grantsRemoved: 0 })
    expect(again.result?.differences).toEqual({ total: 0, first: [] })
    expect(await people(at)).toEqual(truePeople('api'))
    expect(await shares(at)).toEqual(trueShares())
    // The session of the first check was kept.
    expect(sim.control.pages.signIns).toHaveLength(2)
  })

  test('below the access tier, renamed and turned-round pages still give the truth; what the tier hides elsewhere stays a problem', async () => {
    const at = await installed('refused')
    // The API has no list of who is assigned to an app; the pages of people have.
    const [developer = ''] = businessOf(sim.control.world, sim.businessId).people
    sim.control.change({ op: 'assign', asset: sim.appId, user: developer, tasks: ['DEVELOP'] })
    Object.assign(sim.control.switches, {
      accessTier: 'limited',
      pageWords: 'renamed',
      pageOrder: 'reversed',
    })
    const job = await check(at)
    expect(steps(job)).toEqual({ ...lists, assigned: 'done' })
    expect(await people(at)).toEqual(truePeople('browser'))
    // The shares of ad accounts and Pages stand, though the API does not even list these assets.
    expect(await shares(at)).toEqual(trueShares())
    expect(await shares(at, 'browser')).not.toEqual([])
    // Rights on what the API does not list came from the pages of people and system users, the others from the API.
    const rights = async () => [...(await assigned(at, 'api')), ...(await assigned(at, 'browser'))].sort()
    expect(await rights()).toEqual(trulyAssigned())
    const kinds = (await assigned(at, 'browser')).map((line) => line.split(' | ')[1])
    expect([...new Set(kinds)].sort()).toEqual(['ad_account', 'app', 'page'])
    expect(job.status).toBe('not_completed')
    expect(job.problems.map((one) => one.where)).toEqual([
      'Own people, partners and assets: client ad accounts, client pages, owned ad accounts, owned pages',
    ])
    // A right that was taken away ends when the pages could be read, and not before.
    const before = trulyAssigned()
    const [person = '', , asset = ''] = before.find((line) => line.includes('| ad_account |'))!.split(' | ')
    sim.control.change({ op: 'unassign', user: person, asset })
    sim.control.switches.pageWord = { 'Assigned assets': 'In their hands' }
    const failed = await check(at)
    expect(steps(failed)).toEqual({ ...lists, assigned: 'failed' })
    expect(failed.result).toMatchObject({ grantsRemoved: 0 })
    const unsure = (line: string) => line.replace(/ \| (true|false)$/, '')
    expect((await rights()).map(unsure)).toEqual(before.map(unsure))
    sim.control.switches.pageWord = {}
    expect(steps(await check(at))).toEqual({ ...lists, assigned: 'done' })
    expect(await rights()).toEqual(trulyAssigned())
    expect(trulyAssigned()).toHaveLength(before.length - 1)
  })

  test('several lists of several German pages are read to their ends', async () => {
    const at = await installed('refused')
    refuse()
    Object.assign(sim.control.switches, { pageWords: 'german', pageRows: 2 })
    expect(await check(at)).toMatchObject({ status: 'complete', problems: [] })
    expect(await people(at)).toEqual(truePeople('browser'))
    expect(await shares(at)).toEqual(trueShares())
  })

  test('a page that lacks its table fails with what was looked for, and removes nothing', async () => {
    const at = await installed('refused')
    refuse()
    expect((await check(at)).status).toBe('complete')
    const [before, shared] = [await people(at), await shares(at)]
    // The tables are there under names that no alternative knows: the invitations', and that of what a partner is given.
    sim.control.switches.pageWord = { 'Pending invitations': 'Guests to come', 'Assets you share': 'Yours' }
    const job = await check(at)
    expect(job.status).toBe('not_completed')
    expect(steps(job)).toEqual({ ...lists, people: 'failed', partners: 'failed', assigned: 'skipped' })
    expect(job.problems.find((one) => one.where.startsWith('People'))?.sentence).toBe(
      'Read the invitations: table “Pending invitations” or table “Invitations” or table “Invited people” was not found on the page.',
    )
    expect(job.pictures.find((one) => one.failed)).toMatchObject({
      step: 'read-own-pages-people',
      label: 'Read the invitations',
    })
    const lines = (list: string[]) => list.map((line) => line.replace(/ \| (true|false)$/, ''))
    expect(lines(await people(at))).toEqual(lines(before))
    expect(await shares(at)).toEqual(shared)
    expect(job.result).toMatchObject({ sharesRemoved: 0, assetsRemoved: 0, grantsRemoved: 0 })
    for (const one of job.result!.partners) expect(one.peopleRemoved).toBe(0)
  })

  test('a list that the pages show empty is believed after a second look, and then its rows end', async () => {
    const at = await installed('refused')
    refuse(['pending_users'])
    expect((await check(at)).status).toBe('complete')
    const own = businessOf(sim.control.world, sim.businessId)
    const invited = [...own.invitations].map((id) => sim.control.world.invitations.get(id)!)
    expect(invited.length).toBeGreaterThan(0)
    for (const { id } of invited) sim.control.change({ op: 'withdraw', invitation: id })
    const job = await check(at)
    for (const { email } of invited)
      sim.control.change({ op: 'invite', business: sim.businessId, email, role: 'EMPLOYEE' })
    expect(job).toMatchObject({ status: 'complete', problems: [] })
    expect((await people(at)).filter((line) => line.startsWith('invitation'))).toEqual([])
    expect(job.pictures.filter((one) => one.label === 'Read the invitations')).toHaveLength(2)
  })

  test('a list that does not say how many rows it has was believed when it showed less: that stays until the next check finds the same', async () => {
    const at = await installed('refused')
    refuse()
    sim.control.switches.pageCounts = false
    const business = sim.businessId
    const [email, role] = ['leaves@example.test', 'EMPLOYEE'] as const
    const user = sim.control.change({ op: 'add-system-user', business, name: 'Leaves', role }) ?? ''
    const invitation = sim.control.change({ op: 'invite', business, email, role }) ?? ''
    expect(await check(at)).toMatchObject({ status: 'complete', problems: [] })
    const before = await people(at)
    expect(before).toEqual(truePeople('browser'))
    sim.control.change({ op: 'remove-user', user })
    sim.control.change({ op: 'withdraw', invitation })
    const short = await check(at)
    expect(short).toMatchObject({ status: 'complete', problems: [] })
    expect(steps(short)).toEqual({ ...lists, assigned: 'skipped' })
    const notes = short.result!.notRead.filter(({ reason }) =>
      reason.includes('One row that is stored was not shown'),
    )
    expect(notes).toHaveLength(2)
    const left = (line: string) => line.includes(user) || line.includes(invitation)
    const unsure = before.map((line) => (left(line) ? line.replace(/true$/, 'false') : line))
    expect(await people(at)).toEqual(unsure.toSorted())
    const again = await check(at)
    expect(again).toMatchObject({ status: 'complete', problems: [] })
    expect(again.result!.notRead.filter(({ reason }) => reason.includes('not shown'))).toEqual([])
    expect(await people(at)).toEqual(truePeople('browser'))
  })

  test('a list that shows its first rows alone, check after check, ends nothing of what has a page of its own', async () => {
    const at = await installed('refused')
    refuse()
    expect((await check(at)).status).toBe('complete')
    const [before, shared] = [await people(at), await shares(at)]
    // Neither how many there are nor where it goes on.
    Object.assign(sim.control.switches, {
      pageCounts: false,
      pageRows: 2,
      pageWord: { 'Next page': 'Onward' },
    })
    const surely = (list: string[]) => list.map((line) => line.replace(/ \| (true|false)$/, '')).toSorted()
    for (let times = 1; times <= 2; times += 1) {
      const job = await check(at)
      expect(job.status).toBe('not_completed')
      expect(steps(job)).toMatchObject({ people: 'failed', partners: 'failed' })
      expect(job.problems.find((one) => one.where.startsWith('People'))?.sentence).toContain(
        'so the list was not whole',
      )
      expect(surely(await people(at))).toEqual(surely(before))
      expect(await shares(at)).toEqual(shared)
    }
  })

  test('where both paths are read they are compared, and what differs is told, not put together', async () => {
    const at = await installed('always')
    // The API leaves one person out and gives another one a role that the page does not show.
    const { world } = sim.control
    const person = [...businessOf(world, sim.businessId).people].at(-1)!
    const was = userOf(world, person).role
    sim.control.addFault({
      match: { node: sim.businessId, edge: 'business_users' },
      do: {
        rewrite: (answer) => ({
          ...answer,
          data: (answer.data as { id: string; role: string }[])
            .slice(1)
            .map((row) => (row.id === person ? { ...row, role: 'FINANCE_EDITOR' } : row)),
        }),
      },
      times: 10,
    })
    const job = await check(at)
    expect(job.status).toBe('complete')
    const first = [...businessOf(world, sim.businessId).people][0]!
    const none = { noun: 'principal', type: null, resource: null }
    expect(job.result!.differences!.total).toBe(2)
    expect(job.result!.differences!.first).toEqual(
      expect.arrayContaining([
        { ...none, externalId: first, field: null, api: null, browser: 'seen' },
        { ...none, externalId: person, field: 'role', api: 'FINANCE_EDITOR', browser: was },
      ]),
    )
    // The API's word was taken: it does not list the first one any more, and gives the other one another role.
    const rows = await people(at)
    expect(rows.some((line) => line.includes(` ${first} `) && line.includes('| list |'))).toBe(false)
    expect(rows.find((line) => line.includes(person))).toContain('FINANCE_EDITOR')
  })

  test('switched off, no page is opened; and a login that is refused is used once', async () => {
    const off = await installed('off')
    refuse()
    const job = await check(off)
    expect(job.steps.some((one) => one.name.includes('-pages-'))).toBe(false)
    expect(sim.control.pages.signIns).toEqual([])
    const at = await installed('refused')
    await automate(t, vault, at, { ...owner, password: 'an old password' }, 'refused')
    const refused = await check(at)
    expect(refused.status).toBe('not_completed')
    const skipped = { 'system-users': 'skipped', partners: 'skipped', assigned: 'skipped' }
    expect(steps(refused)).toEqual({ people: 'failed', ...skipped })
    expect(sim.control.pages.signIns.map((one) => one.outcome)).toEqual(['wrong password'])
  })

  test('a dry run goes through all pages though one fails, keeps its pictures, and stores nothing of what they tell', async () => {
    const at = await installed('off')
    sim.control.switches.pageWord = { 'Assets you share': 'Yours' }
    const job = await check(at, startReadPagesTry)
    expect(job.status).toBe('not_completed')
    const { people, systemUsers, invitations } = businessOf(sim.control.world, sim.businessId)
    expect(job.steps.map(({ name, status, done }) => [name, status, done])).toEqual([
      ['try-people', 'done', people.size + invitations.size],
      ['try-system-users', 'done', systemUsers.size],
      ['try-partners', 'failed', null],
      ['try-assigned', 'done', trulyAssigned().length],
    ])
    expect(job.problems.map((one) => one.where)).toEqual(['Partners and shared assets, read in the browser'])
    expect(job.pictures.map(({ label, failed }) => [label, failed])).toEqual([
      ['Sign in', false],
      ['Answer the security question', false],
      ['Read the people', false],
      ['Read the invitations', false],
      ['Read the system users', false],
      ['Read the partners', true],
      ['Read who is assigned to assets', false],
    ])
    for (const table of [
      'principals',
      'partners',
      'resources',
      'shares',
      'grants',
      'staged_rows',
      'staged_scopes',
    ]) {
      const { rows } = await t.root.query(`select 1 from ${table} where workspace_id = $1`, [at.workspaceId])
      expect([table, rows.length]).toEqual([table, 0])
    }
    expect(sim.control.pages.presses).toEqual([])
  })

  test('nothing secret is in the database or the log', async () => {
    const secrets = [owner.password, owner.totpSeed, sim.token, owner.confirmationCode]
    expect(await tablesWith(t, secrets)).toEqual([])
    for (const secret of secrets) expect(lines.join('\n')).not.toContain(secret)
    // What a difference tells holds no name and no address of a person.
    const { rows } = await t.root.query<{ result: string }>(
      `select result::text from jobs where result ? 'differences'`,
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const id of businessOf(sim.control.world, sim.businessId).people) {
      const user = userOf(sim.control.world, id)
      for (const { result } of rows) if (user.is === 'person') expect(result).not.toContain(user.email)
    }
  })
})
