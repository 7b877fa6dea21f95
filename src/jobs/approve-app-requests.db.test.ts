// Approving app requests in a real Chromium on the simulator's pages: who is approved by rule and who by a person, what a sign-in asks,
// what happens when pages change, and that nothing secret is left anywhere.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { browsersOf } from '../browser/testing/browsers.ts'
import type { Login } from '../connectors/meta/simulator/pages/logins.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { defaultSwitches } from '../connectors/meta/simulator/switches.ts'
import { createLog } from '../lib/log.ts'
import { Redacted } from '../model/redacted.ts'
import { decideRequest } from '../store/app-requests.ts'
import { destroyBrowserCredentials, setAutomation } from '../store/automations.ts'
import { work, write } from '../store/db.ts'
import { answerQuestion, loadPicture } from '../store/job-questions.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'
import { startEngine } from './engine.ts'
import { startAppRequests, startCheckForUpdates } from './start.ts'
import type { JobEngine } from './start.ts'
import { automate } from './testing/automate.ts'
import { tablesWith } from './testing/canary.ts'
import { install } from './testing/installation.ts'
import type { Installation } from './testing/installation.ts'

const chromium = findChromium()
const t = await testDb()
const dataDir = temporaryFolder('pages')
let vault: Vault
let sim: Simulator
let engine: JobEngine
let at: Installation
let owner: Login
const lines: string[] = []

beforeAll(async () => {
  if (chromium === null) return
  vault = await loadVault({ dataDir })
  sim = await startSimulator({ world: { ownAssets: 12, ownPeople: 6, partners: 2, peoplePerPartner: 4 } })
  owner = sim.logins.find((one) => one.businessId === sim.businessId)!
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
      limits: { patience: 4_000, settle: 1_500 },
    },
    log: createLog('debug', (line) => void lines.push(line)),
  })
  at = await install(t, vault, sim)
  const { jobId } = await startCheckForUpdates(engine, { ...wish(), trigger: 'api' })
  expect((await at.over(jobId)).status).toBe('complete')
}, 120_000)
afterAll(async () => {
  if (chromium === null) return
  await engine.stop()
  await sim.stop()
})
beforeEach(async () => {
  if (chromium === null) return
  Object.assign(sim.control.switches, defaultSwitches)
  sim.control.pages.presses.length = 0
  sim.control.pages.signIns.length = 0
  await storeLogin({})
})

const wish = () => ({ workspaceId: at.workspaceId, connectionId: at.connectionId, actor: at.actor })

const storeLogin = (over: { password?: string; totpSeed?: string | null }) =>
  automate(t, vault, at, { ...owner, ...over }, 'off')

/** A business asks for the app anew. */
function ask(business: string): void {
  sim.control.change({ op: 'unshare', asset: sim.appId, partner: business })
  sim.control.change({
    op: 'share',
    asset: sim.appId,
    partner: business,
    tasks: ['DEVELOP'],
    status: 'CLIENT_RESPONSE_PENDING',
  })
}
const statusOf = (business: string) => sim.control.world.assets.get(sim.appId)!.shares.get(business)?.status
const known = () => sim.partners[0]!.id
const stranger = () =>
  [...sim.control.world.businesses.keys()].find(
    (id) => id !== sim.businessId && !sim.partners.some((p) => p.id === id),
  )!

const start = async (dryRun = false) =>
  (await startAppRequests(engine, { ...wish(), trigger: 'person', dryRun })).jobId

async function reply(jobId: string, answer: string): Promise<void> {
  const job = await at.until(jobId, (one) => one.question?.answered === false)
  expect(job.status).toBe('waiting')
  const id = job.question!.id
  const { sealed } = vault.seal(new Redacted(answer), `job_questions/${id}`)
  await work(t.db, at.workspaceId, (tx) =>
    answerQuestion(tx, { workspaceId: at.workspaceId, jobId }, { id, answer: sealed, by: at.actor.id }),
  )
}

const presses = (action: string) => sim.control.pages.presses.filter((one) => one.action === action)

describe.skipIf(chromium === null)('approve app requests', () => {
  test('a known partner is approved by rule, a stranger waits for a person, and neither is answered twice', async () => {
    ask(known())
    ask(stranger())
    const jobId = await start()
    const waiting = await at.until(jobId, (job) => job.status === 'waiting')
    expect(statusOf(known())).toBe('CONFIRMED')
    expect(statusOf(stranger())).toBe('CLIENT_RESPONSE_PENDING')
    const open = waiting.requests.find((one) => one.status === 'waiting')!
    expect(open).toMatchObject({ business: stranger(), decision: null })
    await write(t.db, { workspaceId: at.workspaceId, actor: at.actor }, async (tx, audit) => {
      await decideRequest(tx, at.connectionId, open.id, 'decline', at.actor.id)
      await audit({ action: 'app-request.decide', subjectKind: 'app-request', subjectId: open.id })
    })
    const job = await at.over(jobId)
    expect(job).toMatchObject({ status: 'complete', problems: [] })
    expect(statusOf(stranger())).toBeUndefined()
    expect(presses('requests/approve')).toEqual([
      { action: 'requests/approve', subject: known(), outcome: 'done' },
    ])
    expect(presses('requests/decline')).toHaveLength(1)
    expect(job.requests.map((one) => one.status).sort()).toEqual(['approved', 'declined'])
    expect(sim.control.pages.signIns.map((one) => one.outcome)).toEqual(['password right', 'signed in'])
    expect(job.pictures.length).toBeGreaterThan(4)
    for (const { path } of job.pictures) expect(path).not.toContain('?')
    // A second run finds nothing to do, and needs no sign-in.
    expect(await at.over(await start())).toMatchObject({ status: 'complete', problems: [] })
    expect(sim.control.pages.signIns).toHaveLength(2)
    expect(presses('requests/approve')).toHaveLength(1)
  })

  test('a dry run stops before the last press', async () => {
    ask(known())
    const job = await at.over(await start(true))
    expect(job).toMatchObject({ status: 'complete', problems: [] })
    expect(job.pictures.at(-1)).toMatchObject({ label: 'Open the request', failed: false })
    expect(statusOf(known())).toBe('CLIENT_RESPONSE_PENDING')
    expect(sim.control.pages.presses).toEqual([])
  })

  test('switched off while it works, it presses nothing more', async () => {
    ask(known())
    sim.control.switches.pageDelay = 400
    const jobId = await start()
    await at.until(jobId, (job) => job.pictures.some(({ step }) => step === 'known'))
    await write(t.db, at, async (tx, audit) => {
      const of = { workspaceId: at.workspaceId, connectionId: at.connectionId }
      await setAutomation(tx, of, { enabled: false, by: at.actor.id })
      await destroyBrowserCredentials(tx, at.connectionId)
      await audit({ action: 'automation.disable', subjectKind: 'connection', subjectId: at.connectionId })
    })
    expect(await at.over(jobId)).toMatchObject({
      status: 'not_completed',
      problems: [{ sentence: 'Browser automation is switched off for this app.' }],
    })
    expect(sim.control.pages.presses).toEqual([])
    expect(statusOf(known())).toBe('CLIENT_RESPONSE_PENDING')
  })

  test('a refused login is used once and then never again', async () => {
    ask(known())
    await storeLogin({ password: 'an old password' })
    const first = await at.over(await start())
    expect(first.status).toBe('not_completed')
    expect(first.problems[0]?.sentence).toBe('Meta did not take the login.')
    const second = await at.over(await start())
    expect(second.problems[0]?.sentence).toContain('is not used again')
    expect(sim.control.pages.signIns.map((one) => one.outcome)).toEqual(['wrong password'])
    expect(presses('requests/approve')).toEqual([])
  })

  test('a code, a picture and a mailed code are asked, and the same run goes on', async () => {
    ask(known())
    Object.assign(sim.control.switches, { pageCaptcha: true, pageConfirm: true })
    await storeLogin({ totpSeed: null })
    const jobId = await start()
    const asked = await at.until(jobId, (job) => job.question?.kind === 'captcha')
    const { livePicture } = await import('./live-pictures.ts')
    expect(livePicture(asked.question!.id)?.subarray(1, 4).toString()).toBe('PNG')
    await reply(jobId, 'wrong')
    expect(asked.question).toMatchObject({ again: false })
    const again = await at.until(
      jobId,
      (job) => job.question !== null && job.question.id !== asked.question!.id,
    )
    expect(again.question).toMatchObject({ kind: 'captcha', again: true })
    expect(livePicture(asked.question!.id)).toBeNull()
    await reply(jobId, sim.control.pages.picture!)
    const code = await at.until(jobId, (job) => job.question?.kind === 'code')
    expect(code.question).toMatchObject({ again: false })
    const { totpCode } = await import('../connectors/meta/browser/totp.ts')
    await reply(jobId, totpCode(new Redacted(owner.totpSeed), Date.now()).reveal())
    await at.until(jobId, (job) => job.question?.kind === 'confirm')
    await reply(jobId, owner.confirmationCode)
    expect(await at.over(jobId)).toMatchObject({ status: 'complete', problems: [], question: null })
    expect(statusOf(known())).toBe('CONFIRMED')
    const { rows } = await t.root.query('select answer from job_questions where answer is not null')
    expect(rows).toEqual([])
  })

  test.each([
    ['renamed and turned round', { pageWords: 'renamed', pageOrder: 'reversed' }],
    ['German, in short pages', { pageWords: 'german', pageRows: 2 }],
  ] as const)('pages that are %s are still read', async (_, switches) => {
    ask(known())
    Object.assign(sim.control.switches, switches)
    expect(await at.over(await start())).toMatchObject({ status: 'complete', problems: [] })
    expect(statusOf(known())).toBe('CONFIRMED')
  })

  test('requests on later pages are answered once, also where a second list goes on over pages and the browser ends meanwhile', async () => {
    const both = sim.partners.slice(0, 2).map((one) => one.id)
    for (const partner of both) ask(partner)
    // What we asked others for makes a second list on the same page.
    const theirs = [...sim.control.world.assets.values()].filter(
      (a) => a.owner === known() && a.kind !== 'app',
    )
    const asked = theirs.filter((a) => !a.shares.has(sim.businessId)).slice(0, 2)
    expect(asked).toHaveLength(2)
    const mine = { partner: sim.businessId, tasks: ['ANALYZE'], status: 'CLIENT_RESPONSE_PENDING' }
    for (const { id: asset } of asked) sim.control.change({ op: 'share', asset, ...mine })
    sim.control.switches.pageRows = 1
    sim.control.switches.pageDelay = 60
    const jobId = await start()
    // The browser ends by itself between the two: only what is left is answered then.
    await at.until(jobId, (one) => one.requests.some(({ status }) => status === 'approved'))
    if (process.platform === 'linux') for (const pid of browsersOf(process.pid)) process.kill(pid, 'SIGKILL')
    sim.control.switches.pageDelay = 0
    const job = await at.over(jobId)
    for (const { id: asset } of asked) sim.control.change({ op: 'unshare', asset, partner: sim.businessId })
    expect(job).toMatchObject({ status: 'complete', problems: [] })
    const { rows } = await t.root.query<{ action: string }>(
      `select action from audit_events where actor_id = $1 and action like 'app-request.%'`,
      [`job:${jobId}`],
    )
    expect(rows.map(({ action }) => action)).toEqual(['app-request.approve', 'app-request.approve'])
    expect(both.map(statusOf)).toEqual(['CONFIRMED', 'CONFIRMED'])
    // Each once, in whatever order.
    expect(
      presses('requests/approve')
        .map((one) => one.subject)
        .sort(),
    ).toEqual(both.toSorted())
  })

  test('a label that no alternative knows fails with the step, what was looked for, and a picture', async () => {
    ask(known())
    sim.control.switches.pageWord = { Approve: 'Wave through' }
    const job = await at.over(await start())
    expect(job.status).toBe('not_completed')
    expect(job.problems[0]).toMatchObject({ where: 'Approve requests of known partners' })
    expect(job.problems[0]?.sentence).toBe(
      'Open the request: button “Approve” or button “Accept” was not found on the page.',
    )
    expect(job.pictures.at(-1)).toMatchObject({ step: 'known', label: 'Open the request', failed: true })
    const png = await work(t.db, at.workspaceId, (tx) => loadPicture(tx, job.id, job.pictures.at(-1)!.id))
    expect(png.length).toBeGreaterThan(1_000)
    expect(presses('requests/approve')).toEqual([])
  })

  test('an answer that Meta takes and forgets is told, and not pressed again', async () => {
    ask(known())
    sim.control.switches.pageApproval = 'silent'
    const job = await at.over(await start())
    expect(job.problems[0]?.sentence).toContain('the request still waits')
    expect(presses('requests/approve')).toHaveLength(1)
  })

  test('nothing secret is in the database or the log', async () => {
    const secrets = [owner.password, owner.totpSeed, owner.email, sim.token, owner.confirmationCode]
    // The e-mail address of the login is also that of a person whom the API read.
    const tables = (await tablesWith(t, secrets)).filter((name) => name !== 'public.principals')
    expect(tables).toEqual([])
    for (const secret of secrets) expect(lines.join('\n')).not.toContain(secret)
    expect(lines.join('\n')).toContain('a browser was closed')
  })
})
