// Reads one business with one token: a step that is tried again where that helps, with its progress in the job's list of steps. The own
// business is read inside the check; each partner is a piece of work of its own, so that one that waits holds up no other.
import type { Usage } from '../connectors/connector.ts'
import { count } from '../lib/metrics.ts'
import type { Failure } from '../model/error.ts'
import type { StepOutcome } from '../model/job.ts'
import { work, read } from '../store/db.ts'
import { loadJob, putStep, setJob, stepLabel } from '../store/jobs.ts'
import type { StepPatch } from '../store/jobs.ts'
import { collect } from '../sync/collect.ts'
import type { Collected, Progress } from '../sync/collect.ts'
import { inspectToken, tokenFailed } from './inspect-token.ts'
import { openReader } from './open-reader.ts'
import type { OpenReader, Reader } from './open-reader.ts'
import { failureOf, outcomeOfRead, problemOf } from './problems.ts'
import { readStepName } from './steps.ts'
import { throttle } from './throttle.ts'
import { nextTry } from './waits.ts'
import type { Parts, Run, Work } from './work.ts'

/** `dead`: the token no longer works. `open`: some of it could not be read. `read`: all of it was. */
export type ReadEnd = {
  end: 'read' | 'open' | 'failed' | 'dead' | 'cancelled'
  /** People who have no access to our assets. */
  skipped: number
  httpCalls: number
  logicalCalls: number
}

type Attempt = ReadEnd & { again: number | null; beside?: string[] }

/** Scopes that are kept beside the problems that they made. */
const MOST_TOLD = 1_000

/** True where a person asked this job to stop, whichever process was told. */
export async function isCancelled(parts: Parts, run: Run): Promise<boolean> {
  if (run.signal.aborted) return true
  const job = await read(parts.db, run.input.workspaceId, (tx) => loadJob(tx, run.input.jobId))
  return job.cancelRequestedAt !== null
}

/** Done beside the first try of a read, in the same step; gives ids for whoever asked for the read. */
export type Beside = (reading: Promise<unknown>) => Promise<string[]>

/** Reads to the end: tries again after what may pass, waits where the provider limits. What failed stands in the job's step. */
export async function readBusiness(
  parts: Parts,
  run: Run,
  reader: Reader,
  beside: Beside = () => Promise.resolve([]),
): Promise<ReadEnd & { beside: string[] }> {
  const name = readStepName(reader.partnerId)
  const used = { httpCalls: 0, logicalCalls: 0 }
  let found: string[] = []
  for (let tries = 1; ; tries += 1) {
    const attempt: Attempt = await run.step(`${name} ${tries}`, async () => {
      const reading = attemptRead(parts, run, reader, tries)
      if (tries > 1) return reading
      // Neither is left running when the other one fails.
      const [read, besides] = await Promise.allSettled([reading, beside(reading.catch(() => null))])
      if (read.status === 'rejected') throw read.reason
      if (besides.status === 'rejected') throw besides.reason
      return { ...read.value, beside: besides.value }
    })
    used.httpCalls += attempt.httpCalls
    used.logicalCalls += attempt.logicalCalls
    if (tries === 1) found = attempt.beside ?? []
    if (attempt.again === null) return { end: attempt.end, skipped: attempt.skipped, ...used, beside: found }
    await run.sleepUntil(`${name} wait ${tries}`, attempt.again)
  }
}

export const readPartner: Work = {
  name: 'read-partner',
  run: (parts, run) =>
    readBusiness(parts, run, {
      workspaceId: run.input.workspaceId,
      jobId: run.input.jobId,
      connectionId: run.input.connectionId ?? '',
      partnerId: run.input.partnerId ?? '',
    }),
}

async function attemptRead(parts: Parts, run: Run, reader: Reader, tries: number): Promise<Attempt> {
  const nothing = { skipped: 0, httpCalls: 0, logicalCalls: 0, again: null }
  if (await isCancelled(parts, run)) return { end: 'cancelled', ...nothing }
  const opened = await openReader(parts, reader, run.signal)
  const step = stepOf(parts, reader)
  if (opened === null) {
    await step({ status: 'failed', ...told(await step.label(), noToken) })
    return { end: 'failed', ...nothing }
  }
  const used = () => ({ skipped: 0, ...counted(opened.ctx.usage) })
  try {
    // Waiting for a place among the readers is waiting, not running.
    const result = await parts.readers(reader.workspaceId, async () => {
      await step({ status: 'running', attempts: tries })
      return collect({
        connector: opened.connector,
        ctx: opened.ctx,
        db: parts.db,
        workspaceId: reader.workspaceId,
        connectionId: reader.connectionId,
        jobId: reader.jobId,
        reader: opened.partner?.externalId ?? 'own',
        report: progress(parts, reader, await step.label()),
      })
    })
    await opened.keep()
    if (result.emptied > 0 || result.failures.some(({ optional }) => !optional))
      await judgeAgain(parts, run, reader, opened)
    const ending = await afterRead(parts, step, result, tries, reader.partnerId === null)
    if (ending.again === null && reader.partnerId !== null)
      await demandSomething(parts, reader, opened, result)
    return { ...ending, ...used(), skipped: result.skipped }
  } catch (error) {
    if (run.signal.aborted) return { end: 'cancelled', again: null, ...used() }
    const failure = failureOf(error)
    await opened.keep()
    return { ...(await afterFailure(parts, reader, opened, step, failure, tries)), ...used() }
  }
}

/** A read that shows anything unusual: the token is judged now, where this run has not done so and took an earlier judgement over. */
async function judgeAgain(parts: Parts, run: Run, reader: Reader, { credential }: OpenReader): Promise<void> {
  const { createdAt } = await read(parts.db, reader.workspaceId, (tx) => loadJob(tx, reader.jobId))
  if (credential.checkedAt !== null && credential.checkedAt >= createdAt) return
  await inspectToken(parts, reader, run.signal)
}

/**
 * A partner's token that is good by itself and reads nothing at all: the business was disabled, or it no longer reaches it. Whoever looks
 * at the partner has to see that; the next check judges it anew.
 */
async function demandSomething(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  { sealed, failures }: Collected,
): Promise<void> {
  const refused = failures.filter(({ optional }) => !optional)
  const [first] = refused
  if (sealed > 0 || first === undefined) return
  if (refused.every(({ failure }) => failure.kind === 'gone' || failure.kind === 'denied'))
    await tokenFailed(parts, reader, opened, 'attention', first.failure.sentence)
}

/** The calls of one read, for the metrics too. */
function counted({ httpCalls, logicalCalls }: Usage): Usage {
  const help = 'Calls to a provider: HTTP requests, and the calls that they carried.'
  count('guestlist_provider_calls_total', help, { kind: 'http' }, httpCalls)
  count('guestlist_provider_calls_total', help, { kind: 'logical' }, logicalCalls)
  return { httpCalls, logicalCalls }
}

const noToken: Failure = {
  kind: 'auth',
  sentence: 'There is no token any more.',
  fix: 'Connect it with a new token.',
  code: null,
  trace: null,
  retryAt: null,
}

type Ending = { end: ReadEnd['end']; again: number | null }

/** Everything answered, or some lists did not: those that may answer later are asked again, in a new try of this step. */
async function afterRead(
  parts: Parts,
  step: Step,
  { failures, extent }: Collected,
  tries: number,
  own: boolean,
): Promise<Ending> {
  const label = await step.label()
  const times = failures
    .map(({ failure }) => nextTry(failure, tries, parts.now()))
    .filter((at) => at !== null)
  const told = outcomeOfRead(label, failures)
  // Of what another path may read in this run it is known later which problems are left.
  const few = failures.reduce((sum, one) => sum + one.scopes.length, 0) <= MOST_TOLD
  const outcome = own && few ? { ...told, failures } : told
  const problem = outcome.problems[0] ?? null
  if (times.length > 0) {
    const again = Math.max(...times)
    await step({ status: 'retrying', retryAt: new Date(again), problem, ...extent })
    return { end: 'open', again }
  }
  await step({ status: problem === null ? 'done' : 'failed', problem, outcome, ...extent })
  return { end: problem === null ? 'read' : 'open', again: null }
}

/** The whole token failed. */
async function afterFailure(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  step: Step,
  failure: Failure,
  tries: number,
): Promise<Ending> {
  const label = await step.label()
  const again = nextTry(failure, tries, parts.now())
  if (again !== null) {
    await step({ status: 'retrying', retryAt: new Date(again), problem: problemOf(label, failure) })
    return { end: 'failed', again }
  }
  if (failure.kind === 'auth') await tokenFailed(parts, reader, opened, 'dead', failure.sentence)
  if (failure.kind === 'denied') await tokenFailed(parts, reader, opened, 'attention', failure.sentence)
  await step({ status: 'failed', ...told(label, failure) })
  return { end: failure.kind === 'auth' ? 'dead' : 'failed', again: null }
}

function told(
  label: string,
  failure: Failure,
): { problem: StepOutcome['problems'][number]; outcome: StepOutcome } {
  const problem = problemOf(label, failure)
  return { problem, outcome: { problems: [problem], notes: [] } }
}

interface Step {
  (patch: Omit<StepPatch, 'name'>): Promise<void>
  label(): Promise<string>
}

function stepOf(parts: Parts, reader: Reader): Step {
  const name = readStepName(reader.partnerId)
  const put = (patch: Omit<StepPatch, 'name'>) =>
    work(parts.db, reader.workspaceId, (tx) => putStep(tx, reader, { name, ...patch }))
  let known: Promise<string> | undefined
  const label = () =>
    (known ??= read(parts.db, reader.workspaceId, (tx) => stepLabel(tx, reader.jobId, name)))
  return Object.assign(put, { label })
}

/** Writes how far a read is, a few times a second at most. What it came to in the end is written with the end of the step. */
function progress(parts: Parts, reader: Reader, label: string) {
  const name = readStepName(reader.partnerId)
  const due = throttle()
  return async ({ unit, done, total }: Progress) => {
    if (!due()) return
    const text = `${label}: ${unit} ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
    await work(parts.db, reader.workspaceId, async (tx) => {
      await putStep(tx, reader, { name, unit, done, total })
      await setJob(tx, reader.jobId, { progress: text })
    })
  }
}
