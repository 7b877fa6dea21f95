// Kills a process that works on pages, or the browser that it works with, at a named moment, and says what is wrong with how the job ends:
// it must be complete, have done everything once, and have left no browser behind.
import { setTimeout as pause } from 'node:timers/promises'
import type { Login } from '../../connectors/meta/simulator/pages/logins.ts'
import { startSimulator } from '../../connectors/meta/simulator/server.ts'
import type { Simulator } from '../../connectors/meta/simulator/server.ts'
import { alive, browsersOf } from '../../browser/testing/browsers.ts'
import { businessOf } from '../../connectors/meta/simulator/world.ts'
import type { JobDetails } from '../../model/job.ts'
import { openJobStatuses } from '../../model/job.ts'
import { temporaryFolder } from '../../store/testing/cluster.ts'
import type { TestDb } from '../../store/testing/open-test-db.ts'
import { loadVault } from '../../vault/master-key.ts'
import { automate } from './automate.ts'
import { install } from './installation.ts'
import type { Installation } from './installation.ts'
import { startProcess } from './spawn.ts'
import type { TestProcess } from './spawn.ts'

/**
 * `page`: the nth page of the run is asked for and not answered yet. `press`: an answer was given to Meta and its page not shown yet. `step`:
 * a step of the job came to its end and that is not stored yet.
 */
export type Moment = { at: 'page'; page: number } | { at: 'press' } | { at: 'step'; step: string }

export interface Kill {
  job: 'approve' | 'read'
  victim: 'process' | 'browser'
  moment: Moment
}

export interface Ground {
  /** Plays a run that nothing disturbs; gives the number of pages that it asks for, and the portions in which it reads them. */
  calm(job: Kill['job']): Promise<{ pages: number; portions: number }>
  /** Gives what is wrong; nothing where all is well. `meddle` may put a mistake into what was pressed, to see it found. */
  play(kill: Kill, meddle?: (presses: Simulator['control']['pages']['presses']) => void): Promise<string[]>
  close(): Promise<void>
}

const LONGEST_MS = 150_000
/** Long enough that a page is still waited for when its victim is killed. */
const PAGE_DELAY = 100
/** People and partners of one portion: a small world has several then. */
const PORTION = 2
const edges = ['business_users', 'system_users', 'pending_users', 'agencies', 'clients']

export async function openGround(t: TestDb, chromium: string): Promise<Ground> {
  const dataDir = temporaryFolder('pages-kill')
  const vault = await loadVault({ dataDir })
  const sim = await startSimulator({
    world: { ownAssets: 8, ownPeople: 4, partners: 2, peoplePerPartner: 2 },
  })
  const owner = sim.logins.find((one) => one.businessId === sim.businessId)
  const partner = sim.partners[0]
  if (owner === undefined || partner === undefined) throw new Error('The world is too small.')
  const since = Date.now()
  const start = () =>
    startProcess({
      ownerUrl: t.ownerUrl,
      appUrl: t.appUrl,
      dataDir,
      provider: sim.url,
      since,
      pages: { address: sim.pagesUrl, chromium, portion: PORTION },
    })
  let process = await start()
  const approving = await install(t, vault, sim)
  await over(approving, await process.check(approving))
  const scene: Scene = { t, sim, owner, partner: partner.id }
  const prepare = async (job: Kill['job']): Promise<Installation> => {
    sim.control.clearFaults()
    const at = job === 'approve' ? approving : await install(t, vault, sim)
    await automate(t, vault, at, owner, job === 'read' ? 'always' : 'off')
    if (job === 'approve') ask(sim, partner.id)
    else
      for (const edge of edges)
        sim.control.addFault({
          match: { node: sim.businessId, edge },
          do: { error: 'capability' },
          times: 1_000,
        })
    Object.assign(sim.control.pages, { visits: 0, looked: [], presses: [], signIns: [] })
    return at
  }
  const wishOf = (kill: Pick<Kill, 'job'> & { moment?: Moment }, at: Installation) => ({
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    ...(kill.job === 'approve' ? { kind: 'approve-app-requests' as const } : {}),
    ...(kill.moment?.at === 'step' ? { dieAfter: kill.moment.step } : {}),
  })
  const calm: Ground['calm'] = async (job) => {
    const at = await prepare(job)
    const jobId = await process.check(wishOf({ job }, at))
    const ended = await over(at, jobId)
    const wrong = await judge(scene, job, at, ended)
    if (wrong.length > 0) throw new Error(`A run that nothing disturbs ended wrong: ${wrong.join('; ')}`)
    const { rows } = await t.root.query(
      `select from dbos.operation_outputs where workflow_uuid = $1 and function_name like 'pages%'`,
      [jobId],
    )
    return { pages: sim.control.pages.visits, portions: rows.length }
  }
  return {
    calm,
    play: async (kill, meddle) => {
      const at = await prepare(kill.job)
      sim.control.switches.pageDelay = PAGE_DELAY
      const jobId = await process.check(wishOf(kill, at))
      const browsers = await reached(sim, process, kill.moment)
      const looking = sim.control.pages.looked.length > 0
      if (kill.victim === 'browser') for (const pid of browsers) end(pid)
      else {
        await process.kill()
        process = await start()
      }
      sim.control.switches.pageDelay = 0
      const job = await over(at, jobId)
      meddle?.(sim.control.pages.presses)
      const wrong = await judge(scene, kill.job, at, job)
      const passwords = sim.control.pages.signIns.filter((one) => one.outcome === 'password right').length
      if (looking && passwords > 1) wrong.push('it signed in again, though the session was good')
      if (kill.moment.at !== 'step' && browsers.length === 0) wrong.push('no browser was open to be killed')
      for (const pid of [...browsers, ...browsersOf(process.pid)])
        if (!(await gone(pid))) wrong.push('a browser was left behind')
      return wrong
    },
    close: async () => {
      await process.kill()
      await sim.stop()
    },
  }
}

interface Scene {
  t: TestDb
  sim: Simulator
  owner: Login
  partner: string
}

/** The business asks for the app anew. */
function ask(sim: Simulator, business: string): void {
  const share = { asset: sim.appId, partner: business }
  sim.control.change({ op: 'unshare', ...share })
  sim.control.change({ op: 'share', ...share, tasks: ['DEVELOP'], status: 'CLIENT_RESPONSE_PENDING' })
}

/** Waits for the moment; gives the browsers that are open then. Of a step, the process has ended by itself. */
async function reached(sim: Simulator, process: TestProcess, moment: Moment): Promise<number[]> {
  const until = Date.now() + LONGEST_MS
  let open: number[] = []
  const now = () => {
    if (moment.at === 'page') return sim.control.pages.visits >= moment.page
    if (moment.at === 'press') return sim.control.pages.presses.length > 0
    return !alive(process.pid)
  }
  while (!now()) {
    if (moment.at === 'step') open = [...new Set([...open, ...browsersOf(process.pid)])]
    if (Date.now() > until) throw new Error('It did not come to that moment.')
    await pause(moment.at === 'step' ? 20 : 1)
  }
  return moment.at === 'step' ? open : browsersOf(process.pid)
}

async function over(at: Installation, jobId: string): Promise<JobDetails> {
  const until = Date.now() + LONGEST_MS
  for (;;) {
    const job = await at.job(jobId)
    if (!openJobStatuses.includes(job.status)) return job
    if (Date.now() > until) return job
    await pause(50)
  }
}

async function judge(scene: Scene, job: Kill['job'], at: Installation, ended: JobDetails): Promise<string[]> {
  const { sim } = scene
  const wrong = ended.problems.map(({ where, sentence }) => `${where}: ${sentence}`)
  if (ended.status !== 'complete') wrong.push(`the job is ${ended.status}`)
  const outcomes = sim.control.pages.signIns.map((one) => one.outcome)
  if (outcomes.some((one) => one === 'wrong password' || one === 'blocked'))
    wrong.push('a sign-in was refused')
  if (outcomes.filter((one) => one === 'password right').length > 2)
    wrong.push('it signed in again and again')
  return [
    ...wrong,
    ...(job === 'approve' ? await judgeAnswer(scene, ended) : await judgeRows(scene, at, ended)),
  ]
}

async function judgeAnswer({ t, sim, partner }: Scene, job: JobDetails): Promise<string[]> {
  const wrong: string[] = []
  const status = sim.control.world.assets.get(sim.appId)?.shares.get(partner)?.status
  if (status !== 'CONFIRMED') wrong.push('the request was not approved')
  const presses = sim.control.pages.presses.map((one) => `${one.action} ${one.outcome}`)
  if (presses.join() !== 'requests/approve done') wrong.push(`pressed: ${presses.join(', ')}`)
  const told = job.requests.map((one) => one.status)
  if (told.join() !== 'approved') wrong.push(`the task tells of requests: ${told.join(', ')}`)
  const { rows } = await t.root.query<{ action: string }>(
    `select action from audit_events where actor_id = $1 and action like 'app-request.%'`,
    [`job:${job.id}`],
  )
  if (rows.map((row) => row.action).join() !== 'app-request.approve')
    wrong.push(`the activity log has: ${rows.map((row) => row.action).join(', ')}`)
  return wrong
}

async function judgeRows({ t, sim }: Scene, at: Installation, job: JobDetails): Promise<string[]> {
  const { people, systemUsers, invitations } = businessOf(sim.control.world, sim.businessId)
  const { rows } = await t.root.query<{ id: string }>(
    `select external_id as id from principals where connection_id = $1 and partner_id is null and path = 'browser' and ended_at is null`,
    [at.connectionId],
  )
  const stored = rows
    .map((row) => row.id)
    .sort()
    .join()
  const real = [...people, ...systemUsers, ...invitations].sort().join()
  const wrong = stored === real ? [] : ['the people that are stored are not those of the world']
  // The API told who is assigned to what, too: of a right that was not read on pages it would be told.
  const { differences } = job.result ?? {}
  if (differences?.total !== 0) wrong.push(`the paths differ: ${JSON.stringify(differences)}`)
  const holders = Map.groupBy(sim.control.pages.looked, (id) => id)
  if (holders.size !== people.size + systemUsers.size) wrong.push('not everybody was looked at')
  const twice = [...holders.values()].filter((times) => times.length > 1)
  if (twice.length > PORTION || twice.some((times) => times.length > 2))
    wrong.push(`portions that were finished were read again: ${JSON.stringify(twice)}`)
  return wrong
}

async function gone(pid: number): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(50)) if (!alive(pid)) return true
  return false
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
