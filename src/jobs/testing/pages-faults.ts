// Work on pages while something goes wrong with the pages, the browser, the login or the person, and what has to hold whatever goes wrong: the
// task ends or visibly waits, no answer is given twice or blindly, nothing is lost, pictures stay masked, no browser is left.
import { setTimeout as pause } from 'node:timers/promises'
import { alive, browsersOf } from '../../browser/testing/browsers.ts'
import { totpCode } from '../../connectors/meta/browser/totp.ts'
import { startSimulator } from '../../connectors/meta/simulator/server.ts'
import type { Simulator } from '../../connectors/meta/simulator/server.ts'
import { defaultSwitches } from '../../connectors/meta/simulator/switches.ts'
import { createLog } from '../../lib/log.ts'
import { familyOf, runs } from '../../browser/processes.ts'
import { openJobStatuses } from '../../model/job.ts'
import type { JobDetails } from '../../model/job.ts'
import { Redacted } from '../../model/redacted.ts'
import { work } from '../../store/db.ts'
import { answerQuestion } from '../../store/job-questions.ts'
import { temporaryFolder } from '../../store/testing/cluster.ts'
import { loseBrowserPlace } from '../../store/testing/lose-place.ts'
import type { TestDb } from '../../store/testing/open-test-db.ts'
import { loadVault } from '../../vault/master-key.ts'
import { startEngine } from '../engine.ts'
import { requestCancel, startAppRequests, startCheckForUpdates } from '../start.ts'
import { automate } from './automate.ts'
import { tablesWith } from './canary.ts'
import { install } from './installation.ts'
import type { Installation } from './installation.ts'
import { spoilings, startMischief } from './pages-mischief.ts'
import type { Spoiling } from './pages-mischief.ts'

export const troubles = [
  ...spoilings,
  'the browser is killed',
  'the page is closed',
  'the place of the browser is lost',
  'the session has ended',
  'a check that it is you',
  'a check that nobody answers',
  'the login was changed',
  'an answer that changes nothing',
  'the task is started twice',
  'the task is cancelled',
] as const
export type Trouble = (typeof troubles)[number]

/** `at`: the page of the run that it befalls, counted from one; `press`: when the answer is given. */
export interface PagesFault {
  job: 'approve' | 'read'
  trouble: Trouble
  at: number | 'press'
}

export interface FaultGround {
  /** Gives what is wrong; nothing where all is well. `meddle` puts a mistake into what the simulator took, to see it found. */
  play(fault: PagesFault, meddle?: (sim: Simulator) => void): Promise<string[]>
  /** What is wrong with what all runs left. */
  leftovers(): Promise<string[]>
  close(): Promise<void>
}

/** A task that neither ends nor waits after so long does neither. */
const LONGEST_MS = 120_000
const PATIENCE_MS = 1_500

export async function openFaultGround(t: TestDb, chromium: string): Promise<FaultGround> {
  const vault = await loadVault({ dataDir: temporaryFolder('pages-faults') })
  const sim = await startSimulator({
    world: { ownAssets: 4, ownPeople: 3, partners: 1, peoplePerPartner: 1 },
  })
  const [owner, partner] = [sim.logins.find((one) => one.businessId === sim.businessId), sim.partners[0]]
  if (owner === undefined || partner === undefined) throw new Error('The world is too small.')
  const mischief = await startMischief(sim.pagesUrl)
  const lines: string[] = []
  const engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault,
    addressOf: () => sim.url,
    pages: {
      addressOf: () => mischief.url,
      chromium,
      recipeOf: (own) => own,
      limits: { patience: PATIENCE_MS, settle: 1_500, milliseconds: 60_000 },
    },
    log: createLog('debug', (line) => void lines.push(line)),
  })
  const at = await install(t, vault, sim)
  const wish = {
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    actor: at.actor,
    trigger: 'api' as const,
  }
  const first = await at.over((await startCheckForUpdates(engine, wish)).jobId)
  if (first.status !== 'complete') throw new Error('The first check was not completed.')
  const start = (job: PagesFault['job']) =>
    job === 'approve'
      ? startAppRequests(engine, { ...wish, dryRun: false })
      : startCheckForUpdates(engine, wish)
  const begin = async ({ job, trouble }: PagesFault) => {
    Object.assign(sim.control.switches, defaultSwitches, {
      pageSessions: sim.control.switches.pageSessions + 1,
    })
    sim.control.clearFaults()
    Object.assign(sim.control.pages, { visits: 0, presses: [], signIns: [] })
    mischief.plan(null)
    await automate(
      t,
      vault,
      at,
      trouble === 'the login was changed' ? { ...owner, password: 'before' } : owner,
      job === 'read' ? 'refused' : 'off',
    )
    if (trouble === 'an answer that changes nothing') sim.control.switches.pageApproval = 'silent'
    if (job === 'read')
      sim.control.addFault({
        match: { node: sim.businessId, edge: 'pending_users' },
        do: { error: 'capability' },
        times: 100,
      })
    else ask(sim, partner.id)
  }
  return {
    play: async (fault, meddle) => {
      await begin(fault)
      const before = await invited(t, at)
      const { jobId } = await start(fault.job)
      const spoiling = spoilingOf(fault.trouble, sim, {
        cancel: () => requestCancel(engine, { ...wish, jobId }),
        losePlace: () => loseBrowserPlace(t, at.connectionId),
      })
      if (spoiling !== null) mischief.plan({ spoiling, at: fault.at })
      if (fault.trouble === 'the task is started twice' && (await start(fault.job)).jobId !== jobId)
        return ['a second task was started']
      const answer = async (job: JobDetails) => {
        const asked = job.question
        if (asked === null || asked.answered) return
        const right = {
          code: () => totpCode(new Redacted(owner.totpSeed), Date.now()),
          captcha: () => new Redacted(sim.control.pages.picture ?? ''),
          confirm: () => new Redacted(owner.confirmationCode),
        }
        const { sealed } = vault.seal(right[asked.kind](), `job_questions/${asked.id}`)
        await work(t.db, at.workspaceId, (tx) =>
          answerQuestion(
            tx,
            { workspaceId: at.workspaceId, jobId },
            { id: asked.id, answer: sealed, by: at.actor.id },
          ),
        )
      }
      const quiet = fault.trouble === 'a check that nobody answers'
      let [blank, most] = [0, 0]
      const job = await over(at, jobId, async (now) => {
        most = Math.max(most, browsersOf(process.pid).length)
        if (now.status !== 'waiting') return
        // The task and its question are read one after the other: once is no sign of anything.
        const shown = now.question !== null || now.requests.some((one) => one.status === 'waiting')
        blank = shown ? 0 : blank + 1
        if (blank > 3) throw new Error('The task waits for nothing that is shown.')
        await (quiet ? requestCancel(engine, { ...wish, jobId }) : answer(now))
      })
      meddle?.(sim)
      const unmet = spoiling !== null && !mischief.done() ? ['it never came to that page'] : []
      const wrong = [
        ...unmet,
        ...judge(sim, partner.id, fault, job),
        ...(await judgeStored(t, at, job, before)),
      ]
      if (most > 1) wrong.push(`${most} browsers used one login`)
      for (const pid of browsersOf(process.pid))
        if (!(await gone(pid))) wrong.push('a browser was left behind')
      if (openJobStatuses.includes(job.status)) await requestCancel(engine, { ...wish, jobId })
      return wrong
    },
    leftovers: async () => {
      const secrets = [owner.password, owner.totpSeed, owner.confirmationCode, sim.token]
      const wrong = (await tablesWith(t, secrets)).map((table) => `a secret stands in ${table}`)
      if (secrets.some((secret) => lines.some((line) => line.includes(secret))))
        wrong.push('a secret stands in the log')
      const { rows } = await t.root.query<{ path: string }>(
        `select distinct path from job_pictures where path like '%?%'`,
      )
      return [...wrong, ...rows.map(({ path }) => `a picture keeps the whole address ${path}`)]
    },
    close: async () => {
      await engine.stop()
      await mischief.stop()
      await sim.stop()
    },
  }
}

/** What a fault does to the page that it befalls; null where it lies elsewhere. */
function spoilingOf(
  trouble: Trouble,
  sim: Simulator,
  does: { cancel: () => Promise<void>; losePlace: () => Promise<void> },
): Spoiling | (() => void | Promise<void>) | null {
  const { switches } = sim.control
  const endSessions = (pageConfirm: boolean) => () =>
    void Object.assign(switches, { pageSessions: switches.pageSessions + 1, pageConfirm })
  switch (trouble) {
    case 'the browser is killed':
      return () => browsersOf(process.pid).forEach(end)
    case 'the page is closed':
      return () => browsersOf(process.pid).flatMap(pagesOf).forEach(end)
    case 'the place of the browser is lost':
      return does.losePlace
    case 'the session has ended':
      return endSessions(false)
    case 'a check that it is you':
    case 'a check that nobody answers':
      return endSessions(true)
    case 'the task is cancelled':
      return does.cancel
    case 'the login was changed':
    case 'an answer that changes nothing':
    case 'the task is started twice':
      return null
    default:
      return trouble
  }
}

/** The processes in which a browser shows pages. */
function pagesOf(browser: number): number[] {
  return familyOf([browser]).filter((pid) => runs(pid, '--type=renderer'))
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}

function ask(sim: Simulator, business: string): void {
  const share = { asset: sim.appId, partner: business }
  sim.control.change({ op: 'unshare', ...share })
  sim.control.change({ op: 'share', ...share, tasks: ['DEVELOP'], status: 'CLIENT_RESPONSE_PENDING' })
}

async function over(
  at: Installation,
  jobId: string,
  look: (job: JobDetails) => Promise<void>,
): Promise<JobDetails> {
  for (const until = Date.now() + LONGEST_MS; ; await pause(40)) {
    const job = await at.job(jobId)
    if (!openJobStatuses.includes(job.status) || Date.now() > until) return job
    await look(job)
  }
}

async function gone(pid: number): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(20)) if (!alive(pid)) return true
  return false
}

/** What a task has to have done to the world, and told of it, whatever went wrong. */
function judge(
  sim: Simulator,
  partner: string,
  { trouble, job: kind }: PagesFault,
  job: JobDetails,
): string[] {
  const wrong: string[] = []
  if (openJobStatuses.includes(job.status)) wrong.push(`the task is still ${job.status}`)
  if (job.status === 'not_completed' && job.problems.length === 0) wrong.push('the task tells no reason')
  for (const { where, sentence, fix } of job.problems) {
    if (where === 'Guestlist') wrong.push(`what went wrong was not understood: ${sentence}`)
    if (sentence === '' || fix === '') wrong.push('a problem without a sentence or a fix')
  }
  const outcomes = sim.control.pages.signIns.map((one) => one.outcome)
  const refused = outcomes.filter((one) => one === 'wrong password' || one === 'blocked').length
  if (refused > (trouble === 'the login was changed' ? 1 : 0)) wrong.push(`${refused} sign-ins were refused`)
  if (kind === 'read') return wrong
  const presses = sim.control.pages.presses.filter((one) => one.action === 'requests/approve')
  const taken = presses.filter((one) => one.outcome === 'done' || one.outcome === 'ignored')
  // A form that was sent twice reaches Meta twice by one press; where a connection breaks, Chromium itself sends it again.
  const most = trouble === 'the form twice' || trouble === 'a connection that breaks' ? 2 : 1
  if (taken.length > 1 || presses.length > most)
    wrong.push(`pressed: ${presses.map((one) => one.outcome).join(', ')}`)
  const confirmed = sim.control.world.assets.get(sim.appId)?.shares.get(partner)?.status === 'CONFIRMED'
  const told = job.requests.some((one) => one.status === 'approved')
  if (told && !confirmed) wrong.push('the task tells of an approval that is none')
  if (confirmed && !told && job.status === 'complete') wrong.push('an approval is not told')
  if (job.status === 'complete' && !confirmed) wrong.push('complete, and nothing was approved')
  return wrong
}

/** The people that are invited, as they are stored. */
async function invited(t: TestDb, at: Installation): Promise<string[]> {
  const { rows } = await t.root.query<{ id: string }>(
    `select external_id as id from principals where connection_id = $1 and kind = 'invitation' and ended_at is null order by 1`,
    [at.connectionId],
  )
  return rows.map((row) => row.id)
}

async function judgeStored(
  t: TestDb,
  at: Installation,
  job: JobDetails,
  before: string[],
): Promise<string[]> {
  const wrong: string[] = []
  if ((await invited(t, at)).join() !== before.join()) wrong.push('people came or went that did not')
  const { rows } = await t.root.query(
    `select 1 from audit_events where actor_id = $1 and action = 'app-request.approve'`,
    [`job:${job.id}`],
  )
  if (rows.length > 1) wrong.push('an approval stands twice in the activity log')
  // What the API refused has no picture.
  const failed = job.steps
    .filter((one) => one.status === 'failed' && one.name !== 'read-own')
    .map((one) => one.name)
  const pictured = new Set(job.pictures.filter((one) => one.failed).map((one) => one.step))
  const without = failed.filter((name) => !pictured.has(name) && !told(job, name))
  return [
    ...wrong,
    ...without.map((name) => `no picture of what went wrong in ${name}: ${sentenceOf(job, name)}`),
  ]
}

/** A step needs no picture where there was no page to see: no login that may be used, or a browser that ended. */
function told(job: JobDetails, name: string): boolean {
  return /is not used again|no password is stored|ended by itself|did not start/.test(sentenceOf(job, name))
}

const sentenceOf = (job: JobDetails, step: string): string =>
  job.steps.find((one) => one.name === step)?.problem?.sentence ?? ''
