// The durable engine (DBOS) behind the small port of work.ts: this file and engine-run.ts alone know it. It keeps each step's answer in PostgreSQL, so
// that work goes on after a crash where it stopped, in this process or in another one. The cures for its pitfalls live here and in place.ts.
import { DBOS } from '@dbos-inc/dbos-sdk'
import type { DLogger, WorkflowQueue } from '@dbos-inc/dbos-sdk'
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor'
import { migrateSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database'
import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue'
import type { Log } from '../lib/log.ts'
import { APP_ROLE } from '../store/database.ts'
import type { Db } from '../store/db.ts'
import type { StrandedJob } from '../store/engine-work.ts'
import { openLimits } from '../store/limits.ts'
import { inLockedSession } from '../store/lock.ts'
import { openEnginePool } from '../store/pool.ts'
import type { Vault } from '../vault/master-key.ts'
import { alone, tracked, workflowOf } from './engine-run.ts'
import type { State } from './engine-run.ts'
import { works } from './jobs.ts'
import { pause } from './pause.ts'
import { takePlace } from './place.ts'
import { followClock } from './queue-clock.ts'
import { startSchedule } from './schedule.ts'
import { report } from './step-guard.ts'
import { executorOf, watch } from './watch.ts'
import { limiter, noPages } from './work.ts'
import type { JobEngine, PagesSetting, Work, WorkInput } from './work.ts'

export type { JobEngine } from './work.ts'

/**
 * Never changes, whatever is released: the engine takes up only work of its own version (0 of 41 workflows resumed when it changed).
 * Work whose steps change their order gets a new name instead, and the old one stays until none of it is left.
 */
const VERSION = 'guestlist-1'
const QUEUE = 'jobs'
const QUEUE_POLL_MS = 100
const RETAKE_MS = 30_000
const STOP_MS = 3_000
const LET_GO_MS = 2_000
const KEEP_MS = 30 * 86_400_000
const READERS = 14
/** Kept for a workspace that reads nothing at the moment. */
const SPARE_READERS = 2

export interface EngineOptions {
  db: Db
  /** May make the engine's tables. */
  ownerUrl: string
  /** Works as the program's role. */
  appUrl: string
  vault: Vault
  addressOf: (environment: 'live' | 'simulator') => string
  /** Left out, nothing is done on pages. */
  pages?: PagesSetting
  log: Log
  /** Called when this process lost its place for good: it must end and be started again. */
  onLost?: () => void
  /** For tests: since a moment (epoch milliseconds) time runs so many times faster wherever a job waits. */
  speed?: { since: number; factor: number }
  /** The list of durable work; the product's own where left out. */
  works?: Work[]
  /** Reads of a provider that this process makes side by side. */
  readers?: number
}

/**
 * Starts the engine: at most one per process. Makes or updates its tables (alone among all processes), takes a free place, takes up what
 * an earlier holder of that place left, and from then on what any dead process leaves.
 */
export async function startEngine(options: EngineOptions): Promise<JobEngine> {
  const log = options.log.with({ part: 'jobs' })
  await makeEngineTables(options.ownerUrl, log)
  const { db, vault, addressOf, speed = { since: 0, factor: 1 } } = options
  const now = () => speed.since + (Date.now() - speed.since) * speed.factor
  const limits = openLimits(db, now, (error) =>
    log.warn('limits of a provider could not be shared', { error }),
  )
  const running: State['running'] = new Map()
  const working: State['working'] = new Map()
  const own = openEnginePool(options.appUrl, {
    name: 'guestlist engine',
    max: 6,
    onError: (error) => log.debug('a connection of the job engine broke', { error: error.message }),
  })
  const place = await takePlace({
    url: options.appUrl,
    log,
    retakeMs: Math.max(RETAKE_MS / speed.factor, 5_000),
    onLeave: () => {
      for (const { controller } of running.values()) controller.abort(new Error('the place was lost'))
      running.clear()
      working.clear()
    },
    onSilent: () => {
      log.warn('the database keeps silent; its connections are opened anew')
      db.leaveAll()
      own.leaveAll()
    },
    onBack: () => recover(place.number).then(() => undefined),
    onLost: () => options.onLost?.(),
  })
  const state: State = {
    parts: {
      db,
      vault,
      addressOf,
      pages: options.pages ?? noPages,
      log,
      now,
      readers: limiter(options.readers ?? READERS, SPARE_READERS),
      limits,
    },
    factor: speed.factor,
    place,
    pool: own.pool,
    works: new Map(),
    queue: null,
    running,
    working,
    steps: new Set(),
    stopping: false,
    unfollow: () => undefined,
  }
  await launch(state, options).catch(async (error: unknown) => {
    state.unfollow()
    await place.release()
    throw error
  })
  return openEngine(state)
}

async function launch(state: State, options: EngineOptions): Promise<void> {
  for (const work of options.works ?? works) {
    const workflow = DBOS.registerWorkflow((input: WorkInput) => alone(state, work, input), {
      name: work.name,
    })
    state.works.set(work.name, { work, workflow })
  }
  DBOS.setConfig({
    name: 'guestlist',
    systemDatabaseUrl: options.appUrl,
    systemDatabasePool: state.pool,
    maxConcurrentQueueDispatches: 2,
    // Nothing of ours waits for its notifications; without them there is one connection less.
    useListenNotify: false,
    runMigrations: false,
    applicationVersion: VERSION,
    executorID: executorOf(state.place.number),
    logger: adapt(state.parts.log),
  })
  state.unfollow = followClock(wfQueueRunner, () =>
    state.parts.log.warn('the clock went back; the queue of jobs begins anew'),
  )
  await DBOS.launch()
  const polled = { minPollingIntervalMs: QUEUE_POLL_MS, onConflict: 'always_update' } as const
  state.queue = await DBOS.registerQueue(QUEUE, polled)
}

function openEngine(state: State): JobEngine {
  const { place, running } = state
  const { db, log } = state.parts
  const cancel = (jobId: string) => running.get(jobId)?.controller.abort(new Error('cancelled'))
  const ends: (() => void)[] = []
  const engine: JobEngine = {
    db,
    log,
    start: (work, id, input) => start(state, work, id, input),
    cancel,
    healthy: () => place.held() && !state.stopping,
    stop: async () => {
      if (state.stopping) return
      state.stopping = true
      for (const end of ends) end()
      await leave(state)
    },
  }
  const mend = (job: StrandedJob) => mendStranded(state, job)
  ends.push(
    watch({
      db,
      log,
      place,
      running: () => [...running.keys()],
      cancel,
      recover,
      works: (id) => state.working.has(id),
      takeUp: (id) => takeUp(state, id),
      mend,
      forget: forgetOld,
    }),
  )
  ends.push(startSchedule(engine))
  log.info('jobs are taken', { slot: place.number })
  return engine
}

async function start(state: State, name: string, id: string, input: WorkInput): Promise<void> {
  await DBOS.startWorkflow(workflowOf(state, name), { workflowID: id, queueName: QUEUE })(input)
  void tracked(state, lookNow(state))
}

/** Looks into the queue at once, as its loop does every QUEUE_POLL_MS: what was started here need not wait for that. */
async function lookNow({ queue, place, stopping, parts }: State): Promise<void> {
  const engine = DBOSExecutor.globalInstance
  if (queue === null || engine === undefined || stopping || !place.held()) return
  const looks = wfQueueRunner as unknown as {
    pollQueue(engine: DBOSExecutor, queue: WorkflowQueue): Promise<boolean>
  }
  // The loop finds what this one left.
  await looks
    .pollQueue(engine, queue)
    .catch((error: unknown) => parts.log.debug('the queue could not be looked into', { error }))
}

/** Puts the open work of a slot back into the queue; gives how many pieces. With the queue's loop and looks all that is used of the engine's inside. */
async function recover(slot: number): Promise<number> {
  const handles = await DBOSExecutor.globalInstance?.recoverPendingWorkflows([executorOf(slot)])
  return handles?.length ?? 0
}

/** Puts one piece of work back into the queue, whoever has it. */
async function takeUp(state: State, id: string): Promise<void> {
  await DBOS.resumeWorkflow(id, { queueName: QUEUE })
  void tracked(state, lookNow(state))
}

/** A job whose start was cut off is started; one whose work ended without telling is ended with a reference. */
async function mendStranded(state: State, job: StrandedJob): Promise<void> {
  const { parts } = state
  const work = state.works.get(job.kind)?.work
  const input = { workspaceId: job.workspaceId, jobId: job.id }
  if (work === undefined) return
  if (job.ended === null) return start(state, job.kind, job.id, input)
  const reference = report(parts.log, 'work ended without telling', { job: job.id, was: job.ended })
  await work.broke?.(parts, input, reference)
}

/** Deletes what the engine keeps of work that ended more than 30 days ago; our own rows of it stay. For the started engine. */
export async function forgetOld(): Promise<void> {
  const completedBefore = new Date(Date.now() - KEEP_MS).toISOString()
  for (;;) {
    const old = await DBOS.listWorkflows({ completedBefore, limit: 500, loadInput: false, loadOutput: false })
    if (old.length === 0) return
    await DBOS.deleteWorkflows(old.map((w) => w.workflowID))
  }
}

/** Two first launches at once break the engine's tables for good, so one process at a time makes them; then the program's role gets them. */
export async function makeEngineTables(ownerUrl: string, log: Log): Promise<void> {
  await inLockedSession(ownerUrl, async (owner) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its own logger, which it makes where it is given none, writes past the log
    await migrateSystemDatabase(ownerUrl, adapt(log) as Parameters<typeof migrateSystemDatabase>[1])
    await owner.query(`grant usage on schema dbos to ${APP_ROLE};
      grant all on all tables in schema dbos to ${APP_ROLE};
      grant all on all sequences in schema dbos to ${APP_ROLE};
      grant execute on all functions in schema dbos to ${APP_ROLE}`)
  })
}

async function leave(state: State): Promise<void> {
  state.unfollow()
  for (const { controller } of state.running.values()) controller.abort(new Error('this process stops'))
  await Promise.race([Promise.allSettled(state.steps), pause(STOP_MS)])
  // Before the engine ends: it stores how a wait for other work ended, also where it cut that off itself, and the work would end with it for good.
  const closed = state.pool.end().catch(() => undefined)
  // While the database is away the engine asks it again and again: what it wanted to tell is told by whoever takes the work up.
  await Promise.race([DBOS.shutdown({ deregister: true }), pause(LET_GO_MS)])
  await state.place.release()
  await Promise.race([closed, pause(LET_GO_MS)])
}

/** The engine's own words are for those who look for a fault in it. */
function adapt(log: Log): DLogger {
  const text = (entry: unknown) => (entry instanceof Error ? entry.message : String(entry))
  return {
    debug: () => undefined,
    info: (entry) => log.debug(text(entry)),
    warn: (entry) => log.debug(text(entry)),
    error: (entry) => log.warn(text(entry)),
  }
}
