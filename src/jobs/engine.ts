// The durable engine (DBOS) behind the small port of work.ts: the only file that knows it. It keeps each step's answer in PostgreSQL, so
// that work goes on after a crash where it stopped, in this process or in another one. The cures for its pitfalls live here.
import { DBOS, Error as DbosErrors } from '@dbos-inc/dbos-sdk'
import type { DLogger } from '@dbos-inc/dbos-sdk'
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor'
import { sql } from 'kysely'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { openJobStatuses } from '../model/job.ts'
import type { Db } from '../store/db.ts'
import { across } from '../store/db.ts'
import { APP_ROLE } from '../store/database.ts'
import { alone, takeSlot } from '../store/slots.ts'
import type { Slot } from '../store/slots.ts'
import type { Vault } from '../vault/master-key.ts'
import { works } from './jobs.ts'
import { startSchedule } from './schedule.ts'
import { limiter } from './work.ts'
import type { JobEngine, Parts, Run, Stored, Work, WorkInput } from './work.ts'

export type { JobEngine } from './work.ts'

/**
 * Never changes, whatever is released: the engine takes up only work of its own version (0 of 41 workflows resumed when it changed).
 * Work whose steps change their order gets a new name instead, and the old one stays until none of it is left.
 */
const VERSION = 'guestlist-1'
const QUEUE = 'jobs'
const QUEUE_POLL_MS = 200
const TICK_MS = 1_000
const RETAKE_MS = 30_000
const DAY_MS = 86_400_000
const KEEP_DAYS = 30
const READERS = 4
/** How long a step asks again while the database is away, before the job gives up: a restart, a failover. */
const OUTAGE_MS = 120_000

export interface EngineOptions {
  db: Db
  /** May make the engine's tables. */
  ownerUrl: string
  /** The program's role; its user is granted the engine's tables. */
  appUrl: string
  vault: Vault
  addressOf: (environment: 'live' | 'simulator') => string
  log: Log
  /** Called when this process lost its place for good: it must end and be started again. */
  onLost?: () => void
  /** For tests: since a moment (epoch milliseconds) time runs so many times faster wherever a job waits. */
  speed?: { since: number; factor: number }
  /** The list of durable work; the product's own where left out. */
  works?: Work[]
}

interface State {
  options: EngineOptions
  parts: Parts
  /** How much faster than the world's the time of jobs runs. */
  factor: number
  slot: Slot
  works: Map<string, { work: Work; workflow: (input: WorkInput) => Promise<Stored> }>
  /** Jobs that run in this process, with the number of their workflows. */
  running: Map<string, { controller: AbortController; count: number }>
  /** Steps that run now: waited for when the engine stops. */
  steps: Set<Promise<unknown>>
  /** Open while this process holds its slot. */
  open: boolean
  waiting: (() => void)[]
  stopping: boolean
}

/**
 * Starts the engine: at most one per process. Makes or updates its tables (alone among all processes), takes a free slot, takes up what
 * an earlier holder of that slot left, and from then on what any dead process leaves.
 */
export async function startEngine(options: EngineOptions): Promise<JobEngine> {
  const log = options.log.with({ part: 'jobs' })
  await migrate(options)
  const slot = await takeSlot(options.appUrl)
  if (slot === null) throw new Error('Every slot for a process is taken.')
  const { db, vault, addressOf, speed = { since: 0, factor: 1 } } = options
  const parts: Parts = {
    db,
    vault,
    addressOf,
    log,
    now: () => speed.since + (Date.now() - speed.since) * speed.factor,
    readers: limiter(READERS),
  }
  const state: State = {
    options,
    parts,
    factor: speed.factor,
    slot,
    works: new Map(),
    running: new Map(),
    steps: new Set(),
    open: true,
    waiting: [],
    stopping: false,
  }
  for (const work of options.works ?? works) {
    const workflow = DBOS.registerWorkflow((input: WorkInput) => execute(state, work, input), {
      name: work.name,
    })
    state.works.set(work.name, { work, workflow })
  }
  DBOS.setConfig({
    name: 'guestlist',
    systemDatabaseUrl: withIdleLimit(options.appUrl),
    systemDatabasePoolSize: 6,
    maxConcurrentQueueDispatches: 2,
    // Nothing of ours waits for its notifications; without them there is one connection less.
    useListenNotify: false,
    runMigrations: false,
    applicationVersion: VERSION,
    executorID: executorOf(slot.number),
    logger: adapt(log),
  })
  await DBOS.launch()
  await DBOS.registerQueue(QUEUE, { minPollingIntervalMs: QUEUE_POLL_MS, onConflict: 'always_update' })
  keepSlot(state, slot)
  const stopWatching = watch(state)
  const engine = makeEngine(state)
  const stopSchedule = startSchedule(engine)
  log.info('jobs are taken', { slot: slot.number })
  engine.stop = async () => {
    if (state.stopping) return
    state.stopping = true
    stopSchedule()
    stopWatching()
    await leave(state)
  }
  return engine
}

function makeEngine(state: State): JobEngine {
  return {
    db: state.options.db,
    log: state.parts.log,
    start: (work, id, input) => start(state, work, id, input),
    cancel: (jobId) => state.running.get(jobId)?.controller.abort(new Error('cancelled')),
    healthy: () => state.open && !state.stopping,
    stop: () => Promise.resolve(),
  }
}

async function start(state: State, name: string, id: string, input: WorkInput): Promise<void> {
  const known = state.works.get(name)
  if (known === undefined) throw new Error(`There is no work named ${name}.`)
  await DBOS.startWorkflow(known.workflow, { workflowID: id, queueName: QUEUE })(input)
}

// ——— One piece of work

async function execute(state: State, work: Work, input: WorkInput): Promise<Stored> {
  const entry = state.running.get(input.jobId) ?? { controller: new AbortController(), count: 0 }
  entry.count += 1
  state.running.set(input.jobId, entry)
  const run = makeRun(state, input, entry.controller.signal)
  try {
    return await work.run(state.parts, run)
  } catch (error) {
    // The engine's own signals (another process owns this now) are not failures of the work.
    if (error instanceof DbosErrors.DBOSError || work.broke === undefined) throw error
    const reference =
      referenceOf(error) ?? report(state, 'a job broke', { job: input.jobId, work: work.name, error })
    const broke = work.broke.bind(work)
    await run.step('broke', async () => {
      await broke(state.parts, input, reference)
      return null
    })
    return null
  } finally {
    entry.count -= 1
    if (entry.count === 0) state.running.delete(input.jobId)
  }
}

function makeRun(state: State, input: WorkInput, signal: AbortSignal): Run {
  const step = async <T extends Stored>(name: string, fn: () => Promise<T>): Promise<T> => {
    await gate(state)
    return DBOS.runStep(() => guarded(state, input, name, fn), { name })
  }
  return {
    input,
    signal,
    step,
    sleepUntil: async (name, at) => {
      await step(name, async () => {
        await pause((at - state.parts.now()) / state.factor, signal)
        return null
      })
    },
    all: async <T extends Stored>(children: { work: string; id: string; input: WorkInput }[]) => {
      const handles = []
      for (const child of children) {
        const known = state.works.get(child.work)
        if (known === undefined) throw new Error(`There is no work named ${child.work}.`)
        handles.push(await DBOS.startWorkflow(known.workflow, { workflowID: child.id })(child.input))
      }
      const ends: PromiseSettledResult<Stored>[] = []
      for (const handle of handles) {
        const [end] = await Promise.allSettled([handle.getResult({ pollingIntervalMs: 250 })])
        ends.push(end)
      }
      return ends.map((end) => {
        if (end.status === 'rejected') throw end.reason
        return end.value as T
      })
    },
  }
}

/**
 * One step's function. While the database is away it is asked again. What it throws otherwise is logged here and stored without its
 * text, since that text may hold a name. When this process stops, it never answers: the work stays open for the next start.
 */
async function guarded<T>(state: State, input: WorkInput, name: string, fn: () => Promise<T>): Promise<T> {
  const attempt = async (): Promise<T> => {
    const until = Date.now() + OUTAGE_MS
    for (let wait = 200; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await fn()
      } catch (error) {
        if (state.stopping) throw error
        if (!isOutage(error) || Date.now() > until) {
          const reference = report(state, 'a step broke', { job: input.jobId, step: name, error })
          throw new Error(`step broke, reference ${reference}`)
        }
        await pause(wait)
      }
    }
  }
  const running = attempt()
  state.steps.add(running)
  try {
    return await running.finally(() => (state.stopping ? new Promise<never>(() => undefined) : undefined))
  } finally {
    state.steps.delete(running)
  }
}

function report(state: State, message: string, facts: Record<string, unknown>): string {
  const reference = newId().slice(0, 8)
  state.parts.log.error(message, { ...facts, reference })
  return reference
}

function referenceOf(error: unknown): string | null {
  return error instanceof Error ? (/^step broke, reference (\w+)$/.exec(error.message)?.[1] ?? null) : null
}

/** True where the database did not answer, or asked for the transaction to be repeated. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (/^(08|57P0|53300|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)/.test(code)) return true
  return /Connection terminated|timeout exceeded when trying to connect|Query read timeout/.test(
    error.message,
  )
}

/** Waits; ends early when the signal is aborted. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // Longer than setTimeout can count, a wait would end at once.
  const longest = 2_000_000_000
  return new Promise((resolve) => {
    if (ms <= 0 || signal?.aborted === true) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, longest))
    signal?.addEventListener('abort', end)
  })
}

// ——— The place among the processes

function executorOf(slot: number): string {
  return `slot-${slot}`
}

function gate(state: State): Promise<void> {
  return state.open ? Promise.resolve() : new Promise((go) => state.waiting.push(go))
}

/** When the slot's connection is lost no step begins until the same slot is held again; after 30 s the process has to end. */
function keepSlot(state: State, slot: Slot): void {
  slot.onLost(() => {
    if (state.stopping) return
    state.open = false
    state.parts.log.warn('the place among the processes was lost; no new work until it is taken again', {
      slot: slot.number,
    })
    void retake(state, slot.number).then((again) => {
      if (again === null) {
        if (!state.stopping) state.options.onLost?.()
        return
      }
      state.slot = again
      keepSlot(state, again)
      state.open = true
      for (const go of state.waiting.splice(0)) go()
      state.parts.log.info('the place among the processes is held again', { slot: again.number })
    })
  })
}

async function retake(state: State, number: number): Promise<Slot | null> {
  const until = Date.now() + RETAKE_MS / state.factor
  while (!state.stopping && Date.now() < until) {
    const slot = await takeSlot(state.options.appUrl, number).catch(() => null)
    if (slot !== null) return slot
    await pause(500 / state.factor)
  }
  return null
}

/** Work of processes that died goes back into the queue, for whoever takes it first. */
async function takeOver(state: State): Promise<void> {
  const found = await sql<{ executorId: string }>`
    select distinct executor_id from dbos.workflow_status
    where status = 'PENDING' and executor_id <> ${executorOf(state.slot.number)}`.execute(
    state.options.db.kysely,
  )
  for (const { executorId } of found.rows) {
    const number = /^slot-(\d+)$/.exec(executorId)?.[1]
    if (number === undefined) continue
    await state.slot.ifDead(Number(number), async () => {
      const taken = await DBOSExecutor.globalInstance?.recoverPendingWorkflows([executorId])
      state.parts.log.info('took over the work of a process that ended', {
        slot: number,
        workflows: taken?.length ?? 0,
      })
    })
  }
}

// ——— The watch

/** Looks once a second after cancelled jobs, every two after dead processes, and now and then after jobs that nobody works on. */
function watch(state: State): () => void {
  let tick = 0
  let timer: NodeJS.Timeout | undefined
  let forgetAt = Date.now() + 60_000
  const round = async () => {
    tick += 1
    if (!state.open) return
    if (state.running.size > 0) await noticeCancelled(state)
    if (tick % 2 === 0) {
      await state.slot.ping()
      await takeOver(state)
    }
    if (tick % 10 === 0) await mendStranded(state)
    if (Date.now() >= forgetAt) {
      forgetAt = Date.now() + DAY_MS
      await forgetOld()
    }
  }
  const next = () => {
    timer = setTimeout(() => {
      void round()
        .catch((error: unknown) => state.parts.log.warn('the watch over jobs missed a round', { error }))
        .finally(() => {
          if (!state.stopping) next()
        })
    }, TICK_MS)
  }
  next()
  return () => clearTimeout(timer)
}

async function noticeCancelled(state: State): Promise<void> {
  const ids = [...state.running.keys()]
  const rows = await across(state.options.db, (tx) =>
    tx
      .selectFrom('jobs')
      .select('id')
      .where('id', 'in', ids)
      .where('cancelRequestedAt', 'is not', null)
      .execute(),
  )
  for (const { id } of rows) state.running.get(id)?.controller.abort(new Error('cancelled'))
}

/** A job whose start was cut off is started; one whose work ended without telling is ended with a reference. */
async function mendStranded(state: State): Promise<void> {
  const { rows } = await across(state.options.db, (tx) =>
    sql<{ id: string; workspaceId: string; kind: string; work: string | null }>`
      select j.id, j.workspace_id, j.kind, w.status as work from jobs j
      left join dbos.workflow_status w on w.workflow_uuid = j.id::text
      where j.status = any(${[...openJobStatuses]}) and j.updated_at < now() - interval '10 seconds'
        and (w.status is null or w.status not in ('PENDING', 'ENQUEUED', 'DELAYED'))`.execute(tx),
  )
  for (const row of rows) {
    const known = state.works.get(row.kind)
    const input = { workspaceId: row.workspaceId, jobId: row.id }
    if (known === undefined) continue
    if (row.work === null) await start(state, row.kind, row.id, input)
    else
      await known.work.broke?.(
        state.parts,
        input,
        report(state, 'work ended without telling', { job: row.id, was: row.work }),
      )
  }
}

/** Deletes what the engine keeps of work that ended more than 30 days ago; our own rows of it stay. For the started engine. */
export async function forgetOld(): Promise<void> {
  const before = new Date(Date.now() - KEEP_DAYS * DAY_MS).toISOString()
  for (;;) {
    const old = await DBOS.listWorkflows({
      completedBefore: before,
      limit: 500,
      loadInput: false,
      loadOutput: false,
    })
    if (old.length === 0) return
    await DBOS.deleteWorkflows(old.map((w) => w.workflowID))
  }
}

// ——— Start and end

async function migrate(options: EngineOptions): Promise<void> {
  await alone(options.ownerUrl, async (owner) => {
    await DBOS.migrate(options.ownerUrl)
    for (const statement of grants) await owner.query(statement)
  })
}

/** The engine does not say which rights it needs beside these, and what it makes later is granted at the start that makes it. */
const grants = [
  `grant usage on schema dbos to ${APP_ROLE}`,
  `grant all on all tables in schema dbos to ${APP_ROLE}`,
  `grant all on all sequences in schema dbos to ${APP_ROLE}`,
  `grant execute on all functions in schema dbos to ${APP_ROLE}`,
]

/** A transaction that was left open ends after a minute. Set here, since the engine's own way of setting it makes pg print a warning. */
function withIdleLimit(url: string): string {
  const address = new URL(url)
  const options = address.searchParams.get('options') ?? ''
  address.searchParams.set('options', `${options} -c idle_in_transaction_session_timeout=60000`.trim())
  return address.href
}

async function leave(state: State): Promise<void> {
  for (const { controller } of state.running.values()) controller.abort(new Error('this process stops'))
  await Promise.race([Promise.allSettled(state.steps), pause(3_000)])
  await DBOS.shutdown({ deregister: true })
  await state.slot.release().catch(() => undefined)
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
