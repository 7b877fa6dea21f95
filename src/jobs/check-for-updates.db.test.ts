// A check for updates from its start to its summary, against the simulated provider and a real database.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
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
    waitScale: 0.01,
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
