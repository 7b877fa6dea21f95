// One piece of work inside the engine: once at a time in this process, its steps remembered, left where this process leaves.
import { DBOS, Error as DbosErrors } from '@dbos-inc/dbos-sdk'
import type { WorkflowQueue } from '@dbos-inc/dbos-sdk'
import { during } from '../lib/log.ts'
import { duration } from '../lib/metrics.ts'
import type { EnginePool } from '../store/pool.ts'
import { pauseUntil } from './pause.ts'
import type { Place } from './place.ts'
import { guarded, never, referenceOf, report } from './step-guard.ts'
import type { Parts, Run, Stored, Work, WorkInput } from './work.ts'

type Workflow = (input: WorkInput) => Promise<Stored>

/** What one engine knows of its process. */
export interface State {
  parts: Parts
  /** How much faster than the world's the time of jobs runs. */
  factor: number
  place: Place
  /** The engine's own connections. */
  pool: EnginePool['pool']
  works: Map<string, { work: Work; workflow: Workflow }>
  /** Null until the engine is started. */
  queue: WorkflowQueue | null
  /** Jobs that run in this process, with the number of their workflows. */
  running: Map<string, { controller: AbortController; count: number }>
  /** Work that runs in this process, by its id: ends when that does. */
  working: Map<string, Promise<unknown>>
  /** Steps that run now: waited for when the engine stops. */
  steps: Set<Promise<unknown>>
  stopping: boolean
  /** Ends what follows the clock. */
  unfollow: () => void
}

export function workflowOf(state: State, name: string): Workflow {
  const known = state.works.get(name)
  if (known === undefined) throw new Error(`There is no work named ${name}.`)
  return known.workflow
}

/** The same work runs once at a time here, also where it was put back into the queue and had begun after all. */
export async function alone(state: State, work: Work, input: WorkInput): Promise<Stored> {
  const { working } = state
  const id = DBOS.workflowID ?? input.jobId
  const before = working.get(id)
  const run = (before ?? Promise.resolve()).then(() => execute(state, work, input))
  const ended = run.catch(() => undefined)
  working.set(id, ended)
  try {
    return await run
  } finally {
    if (working.get(id) === ended) working.delete(id)
  }
}

async function execute(state: State, work: Work, input: WorkInput): Promise<Stored> {
  const { running, parts } = state
  const entry = running.get(input.jobId) ?? { controller: new AbortController(), count: 0 }
  entry.count += 1
  running.set(input.jobId, entry)
  const left = leaving(state)
  const run = makeRun(state, input, entry.controller.signal, left)
  try {
    return await during({ job: input.jobId }, () => work.run(parts, run))
  } catch (error) {
    // What breaks because this process leaves its work is no failure of the work.
    if (left()) return await never
    // The engine's own signals (another process owns this now) are not failures of the work.
    if (error instanceof DbosErrors.DBOSError || work.broke === undefined) throw error
    const reference =
      referenceOf(error) ?? report(parts.log, 'a job broke', { job: input.jobId, work: work.name, error })
    const broke = work.broke.bind(work)
    return await run.step('broke', () => broke(parts, input, reference).then(() => null))
  } finally {
    entry.count -= 1
    if (entry.count === 0 && running.get(input.jobId) === entry) running.delete(input.jobId)
  }
}

/** Tells whether this process has left since what it does now. */
function leaving(state: State): () => boolean {
  const era = state.place.era()
  return () => state.stopping || era !== state.place.era()
}

function makeRun(state: State, input: WorkInput, signal: AbortSignal, left: () => boolean): Run {
  const { place, parts } = state
  const step = async <T extends Stored>(name: string, fn: () => Promise<T>): Promise<T> => {
    await place.whenHeld()
    if (left()) return never
    const facts = { job: input.jobId, step: name }
    const timed = async () => {
      const started = performance.now()
      const answer = await guarded(parts.log, left, facts, () => tracked(state, fn()))
      duration(
        'guestlist_step_seconds',
        'How long steps took.',
        { step: kindOf(name) },
        (performance.now() - started) / 1000,
      )
      return answer
    }
    return DBOS.runStep(() => during(facts, timed), { name })
  }
  return {
    input,
    signal,
    step,
    sleepUntil: async (name, at) => {
      const clock = { now: parts.now, factor: state.factor }
      await step(name, () => pauseUntil(at, clock, signal).then(() => null))
    },
    all: (children) => runAll(state, children),
  }
}

/** A step's name without what numbers it, for a label. */
function kindOf(name: string): string {
  return /^[a-z][a-z-]*/.exec(name)?.[0] ?? 'other'
}

/** Remembers a step's function while it runs. */
export function tracked<T>(state: State, running: Promise<T>): Promise<T> {
  state.steps.add(running)
  return running.finally(() => state.steps.delete(running))
}

/** The engine numbers its steps as they are asked for, before anything is waited for: the same order each time, however they end. */
async function runAll<T extends Stored>(state: State, children: Parameters<Run['all']>[0]): Promise<T[]> {
  const handles = await Promise.all(
    children.map(({ work, id, input }) =>
      DBOS.startWorkflow(workflowOf(state, work), { workflowID: id })(input),
    ),
  )
  const ends = await Promise.allSettled(handles.map((handle) => handle.getResult({ pollingIntervalMs: 250 })))
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value as T
  })
}
