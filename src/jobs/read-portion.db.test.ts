// A read of pages in portions, with a portion so small that a small business has several: progress is told, nobody is looked at twice and nobody
// signs in twice, what turned empty is looked at once more, a read that breaks or is cancelled half-way ends nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { browsersOf } from '../browser/testing/browsers.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { assetOf, businessOf, userOf } from '../connectors/meta/simulator/world.ts'
import { openJobStatuses } from '../model/job.ts'
import type { JobDetails } from '../model/job.ts'
import { createLog } from '../lib/log.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { startEngine } from './engine.ts'
import { requestCancel, startCheckForUpdates } from './start.ts'
import type { JobEngine } from './start.ts'
import { automate } from './testing/automate.ts'
import { install } from './testing/installation.ts'
import type { Installation } from './testing/installation.ts'

const chromium = findChromium()
const PORTION = 3
const STEP = 'read-own-pages-assigned'
const t = await testDb()
let sim: Simulator
let engine: JobEngine
let at: Installation
/** An asset that one person alone is assigned to; and what the first person has and has not. */
let sole: { asset: string; user: string }
let change: { lost: string; given: string }

beforeAll(async () => {
  if (chromium === null) return
  const vault = await loadVault({ dataDir: temporaryFolder('portions') })
  sim = await startSimulator({ world: { ownAssets: 12, ownPeople: 5, partners: 1, peoplePerPartner: 1 } })
  const owner = sim.logins.find((one) => one.businessId === sim.businessId)!
  engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault,
    addressOf: () => sim.url,
    pages: {
      addressOf: () => sim.pagesUrl,
      chromium,
      recipeOf: (own) => own,
      limits: { patience: 4_000, portion: PORTION },
    },
    log: createLog('silent'),
  })
  const [lost = '', given = '', asset = ''] = assets()
  const [first = '', second = ''] = holders()
  for (const user of holders()) {
    sim.control.change({ op: 'unassign', user, asset })
    sim.control.change({ op: 'unassign', user, asset: given })
  }
  sim.control.change({ op: 'assign', user: second, asset, tasks: ['ANALYZE'] })
  sim.control.change({ op: 'assign', user: second, asset: given, tasks: ['ANALYZE'] })
  sim.control.change({ op: 'assign', user: first, asset: lost, tasks: ['ANALYZE'] })
  sole = { asset, user: second }
  change = { lost, given }
  at = await install(t, vault, sim)
  await automate(t, vault, at, owner, 'refused')
  // The API lists neither ad accounts nor Pages: who is assigned to them stands on the pages alone.
  sim.control.switches.accessTier = 'limited'
}, 120_000)
afterAll(async () => {
  if (chromium === null) return
  await engine.stop()
  await sim.stop()
})

interface Told {
  job: JobDetails
  /** What the step of assignments told while it ran, each word once: "people 3 of 7". */
  progress: string[]
  portions: number
}

/** A check; `meddle` is called again and again with whom the browser has looked at. */
async function check(
  meddle: (looked: readonly string[], jobId: string) => unknown = () => null,
): Promise<Told> {
  sim.control.pages.looked.length = 0
  const wish = { workspaceId: at.workspaceId, connectionId: at.connectionId, actor: at.actor }
  const { jobId } = await startCheckForUpdates(engine, { ...wish, trigger: 'api' })
  const progress = new Set<string>()
  for (;;) {
    const job = await at.job(jobId)
    const step = job.steps.find((one) => one.name === STEP)
    if (step?.total != null)
      progress.add(`${String(step.unit)} ${String(step.done)} of ${String(step.total)}`)
    if (!openJobStatuses.includes(job.status)) {
      const { rows } = await t.root.query(
        `select from dbos.operation_outputs where workflow_uuid = $1 and function_name like 'pages%'`,
        [jobId],
      )
      return { job, progress: [...progress], portions: rows.length }
    }
    await meddle(sim.control.pages.looked, jobId)
    await new Promise((go) => setTimeout(go, 20))
  }
}

/** Who is assigned to which ad account or Page, as it is stored. */
async function stored(): Promise<string[]> {
  const { rows } = await t.root.query<{ line: string }>(
    `select o.external_id || ' ' || r.external_id as line
     from grants g join principals o on o.id = g.principal_id join resources r on r.id = g.resource_id
     where g.connection_id = $1 and g.partner_id is null and g.how = 'direct' and g.ended_at is null and r.type in ('ad_account', 'page')`,
    [at.connectionId],
  )
  return rows.map((row) => row.line).sort()
}

const shown = ['ad_account', 'page'] as const

function assets(): string[] {
  const { owned } = businessOf(sim.control.world, sim.businessId)
  return shown.flatMap((kind) => [...(owned.get(kind) ?? [])])
}

function holders(): string[] {
  const { people, systemUsers } = businessOf(sim.control.world, sim.businessId)
  return [...people, ...systemUsers]
}

/** The same as the world has it. */
function truth(): string[] {
  return holders()
    .flatMap((id) => [...userOf(sim.control.world, id).assets].map((asset) => ({ id, asset })))
    .filter(({ asset }) => shown.some((kind) => kind === assetOf(sim.control.world, asset).kind))
    .map(({ id, asset }) => `${id} ${asset}`)
    .sort()
}

const statusOf = ({ steps }: JobDetails) => steps.find((one) => one.name === STEP)?.status

describe.skipIf(chromium === null)('who is assigned to what, in portions', { timeout: 240_000 }, () => {
  test('is read by one browser after the other, told as it goes, with one sign-in, and nobody is looked at twice', async () => {
    const { job, progress, portions } = await check()
    expect(statusOf(job)).toBe('done')
    const all = holders().length
    expect(all).toBeGreaterThan(2 * PORTION)
    expect(progress[0]).toBe(`people 0 of ${all}`)
    expect(progress).toContain(`people ${PORTION} of ${all}`)
    expect(progress.at(-1)).toBe(`people ${all} of ${all}`)
    expect(portions).toBeGreaterThanOrEqual(Math.ceil(all / PORTION))
    expect(sim.control.pages.looked.toSorted()).toEqual(holders().toSorted())
    expect(sim.control.pages.signIns.map((one) => one.outcome)).toEqual(['password right', 'signed in'])
    expect(await stored()).toEqual(truth())
  })

  test('looks once more only at those who held what nobody holds any more', async () => {
    const { asset, user } = sole
    expect((await stored()).filter((line) => line.endsWith(` ${asset}`))).toEqual([`${user} ${asset}`])
    sim.control.change({ op: 'unassign', user, asset })
    const { job } = await check()
    expect(statusOf(job)).toBe('done')
    expect(sim.control.pages.looked.toSorted()).toEqual([...holders(), user].toSorted())
    expect(await stored()).toEqual(truth())
  })

  test('broken half-way keeps what it saw and ends nothing; cancelled half-way changes nothing', async () => {
    const before = await stored()
    // The first who is looked at loses one right and is given another one.
    const [first = ''] = sim.control.pages.looked
    expect(before).toContain(`${first} ${change.lost}`)
    sim.control.change({ op: 'unassign', user: first, asset: change.lost })
    sim.control.change({ op: 'assign', user: first, asset: change.given, tasks: ['ANALYZE'] })
    const cancelled = await check((looked, jobId) =>
      looked.length > PORTION ? requestCancel(engine, { ...at, jobId }) : null,
    )
    expect(cancelled.job.status).toBe('cancelled')
    expect(browsersOf(process.pid)).toEqual([])
    expect(await stored()).toEqual(before)
    const left = await t.root.query(
      'select job_id from staged_items union select job_id from staged_rows union select job_id from staged_scopes',
    )
    expect(left.rows).toEqual([])
    const broken = await check((looked) => {
      if (looked.length > PORTION) sim.control.switches.pageWord = { 'Assigned assets': 'In their hands' }
    })
    sim.control.switches.pageWord = {}
    expect(statusOf(broken.job)).toBe('failed')
    expect(broken.job.result).toMatchObject({ grantsRemoved: 0 })
    expect(await stored()).toEqual([...before, `${first} ${change.given}`].toSorted())
    expect(broken.progress.at(-1)).toMatch(/^people [1-9]\d* of/)
    // Once all of it could be read, the right that was lost ends.
    expect(statusOf((await check()).job)).toBe('done')
    expect(await stored()).toEqual(truth())
  })
})
