// Reads one business with one token: tries in steps, again where that helps, with its progress in the job's list of steps. A partner whose
// first try did not come to an end is a piece of work of its own, so that one that waits holds up no other.
import type { Usage } from '../connectors/connector.ts'
import { count } from '../lib/metrics.ts'
import type { Failure } from '../model/error.ts'
import type { StepOutcome } from '../model/job.ts'
import { read, work } from '../store/db.ts'
import { stepLabel } from '../store/job-steps.ts'
import { loadJob } from '../store/jobs.ts'
import type { StepPatch } from '../store/job-steps.ts'
import { forgetRefusals } from '../store/memory.ts'
import { unsealScopes } from '../store/staging.ts'
import { foundWeaker } from '../store/weaker-tokens.ts'
import { collect } from '../sync/collect.ts'
import type { Collected, Progress } from '../sync/collect.ts'
import { inspectToken, isJudgedSince, tokenFailed } from './inspect-token.ts'
import { openReader } from './open-reader.ts'
import type { OpenReader, Reader } from './open-reader.ts'
import { failureOf, outcomeOfRead, problemOf, tokenLabel } from './problems.ts'
import { readLabel, readStepName } from './steps.ts'
import { tellStep } from './tell-steps.ts'
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

/** One try. `again`: when the next one is due, null where there is none. */
export type Attempt = ReadEnd & { again: number | null }

/** Scopes that are kept beside the problems that they made. */
const MOST_TOLD = 1_000

/** True where a person asked this job to stop, whichever process was told. */
export async function isCancelled(parts: Parts, run: Run): Promise<boolean> {
  if (run.signal.aborted) return true
  const job = await read(parts.db, run.input.workspaceId, (tx) => loadJob(tx, run.input.jobId))
  return job.cancelRequestedAt !== null
}

/**
 * Reads to the end: tries again after what may pass, waits where the provider limits. What failed stands in the job's step. `first`: a try
 * that was made already.
 */
export async function readBusiness(
  parts: Parts,
  run: Run,
  reader: Reader,
  first: Attempt | null = null,
): Promise<ReadEnd> {
  const name = readStepName(reader.partnerId)
  const used = { httpCalls: 0, logicalCalls: 0 }
  for (let tries = 1; ; tries += 1) {
    const attempt =
      tries === 1 && first !== null
        ? first
        : await run.step(`${name} ${tries}`, () => attemptRead(parts, run, reader, tries))
    used.httpCalls += attempt.httpCalls
    used.logicalCalls += attempt.logicalCalls
    if (attempt.again === null) return { end: attempt.end, skipped: attempt.skipped, ...used }
    await run.sleepUntil(`${name} wait ${tries}`, attempt.again)
  }
}

/** Reads a partner whose first try did not come to an end: beside all others, with a wait of its own. */
export const readPartner: Work = {
  name: 'read-partner',
  run: (parts, run) => {
    const { workspaceId, jobId, connectionId = '', partnerId = '', first } = run.input
    const tried = first === undefined ? null : (JSON.parse(first) as Attempt)
    return readBusiness(parts, run, { workspaceId, jobId, connectionId, partnerId }, tried)
  },
}

/** One try, inside a step. `grounded`: see sync/collect.ts; `takes`: places among the readers. */
export async function attemptRead(
  parts: Parts,
  run: Run,
  reader: Reader,
  tries: number,
  { grounded, takes = 1 }: { grounded?: () => void; takes?: number } = {},
): Promise<Attempt> {
  const nothing = { skipped: 0, httpCalls: 0, logicalCalls: 0, again: null }
  const step = stepOf(parts, reader)
  // Waiting for a place among the readers is waiting, not running, and holds nothing: what is opened is opened in a place.
  const once = () => readOnce(parts, run, reader, tries, grounded)
  const tried = await parts.readers(reader.workspaceId, once, takes)
  if (tried === 'cancelled') return { end: 'cancelled', ...nothing }
  if (tried === null) {
    const label = await read(parts.db, reader.workspaceId, (tx) =>
      stepLabel(tx, reader.jobId, readStepName(reader.partnerId)),
    )
    await step({ status: 'failed', ...told(label, noToken) })
    return { end: 'failed', ...nothing }
  }
  const { opened, result, error } = tried
  const used = () => ({ skipped: 0, ...counted(opened.ctx.usage) })
  try {
    if (result === null) throw error
    await opened.keep()
    // What the token may is looked at where anything may end by what it does not show, and where it was refused something.
    const lost = result.askedAgain > 0 || result.resumed
    const refused = result.failures.some(({ optional }) => !optional)
    if (lost || (refused && !(await isJudged(parts, reader, opened)))) {
      const worse = await judgeAgain(parts, run, reader, opened)
      if (worse !== null) result.failures.push({ scopes: [], failure: worse, optional: false })
    }
    const ending = await afterRead(parts, step, opened.partner, result, tries)
    if (ending.again === null && reader.partnerId !== null)
      await demandSomething(parts, reader, opened, result)
    return { ...ending, ...used(), skipped: result.skipped }
  } catch (error) {
    if (run.signal.aborted) return { end: 'cancelled', again: null, ...used() }
    const failure = failureOf(error)
    await opened.keep()
    return { ...(await afterFailure(parts, run, reader, opened, failure, tries)), ...used() }
  }
}

/** What one try gave, or what it threw. */
type Tried = { opened: OpenReader } & ({ result: Collected; error: null } | { result: null; error: unknown })

/** Opens the token and reads with it. Null where there is no token any more. */
async function readOnce(
  parts: Parts,
  run: Run,
  reader: Reader,
  tries: number,
  grounded: (() => void) | undefined,
): Promise<Tried | null | 'cancelled'> {
  if (await isCancelled(parts, run)) return 'cancelled'
  const opened = await openReader(parts, reader, run.signal)
  if (opened === null) return null
  // The first call does not wait for it; what is told of the step later is written later.
  const running = stepOf(parts, reader)({ status: 'running', attempts: tries })
  running.catch(() => undefined)
  try {
    const result = await collect({
      connector: opened.connector,
      ctx: opened.ctx,
      db: parts.db,
      workspaceId: reader.workspaceId,
      connectionId: reader.connectionId,
      jobId: reader.jobId,
      reader: opened.partner?.externalId ?? 'own',
      ...(grounded === undefined ? {} : { grounded }),
      report: progress(parts, reader, readLabel(opened.partner)),
    })
    await running
    return { opened, result, error: null }
  } catch (error) {
    return { opened, result: null, error }
  }
}

/** True of a token that was judged in this run, before its read. */
async function isJudged(parts: Parts, reader: Reader, { credential }: OpenReader): Promise<boolean> {
  const { createdAt } = await read(parts.db, reader.workspaceId, (tx) => loadJob(tx, reader.jobId))
  return isJudgedSince(createdAt, credential)
}

/**
 * Judges a token after its read, but where this run has found it worse before. Gives why nothing of the read may end anything, where it is worse
 * than it was: kept with the run, since who judges it once more finds it as it is now. One that cannot be judged now is believed: its lists were
 * answered.
 */
async function judgeAgain(
  parts: Parts,
  run: Run,
  reader: Reader,
  opened: OpenReader,
): Promise<Failure | null> {
  const { workspaceId, jobId, partnerId } = reader
  const found = () => read(parts.db, workspaceId, (tx) => foundWeaker(tx, jobId, partnerId))
  let worse = await found()
  if (worse === null) {
    await inspectToken(parts, reader, run.signal, opened)
    worse = await found()
  }
  if (worse === null) return null
  const why = worse
  const stage = { workspaceId, jobId, reader: opened.partner?.externalId ?? 'own' }
  await work(parts.db, workspaceId, async (tx) => {
    await unsealScopes(tx, stage, why)
    // It was refused as one that may less: when its permissions are back it is asked again.
    await forgetRefusals(tx, reader.connectionId)
  })
  return why
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
  partner: OpenReader['partner'],
  { failures, extent }: Collected,
  tries: number,
): Promise<Ending> {
  const label = readLabel(partner)
  const times = failures
    .map(({ failure }) => nextTry(failure, tries, parts.now()))
    .filter((at) => at !== null)
  const told = outcomeOfRead(label, failures)
  // Of what another path may read in this run it is known later which problems are left.
  const few = failures.reduce((sum, one) => sum + one.scopes.length, 0) <= MOST_TOLD
  const outcome = partner === null && few ? { ...told, failures } : told
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
  run: Run,
  reader: Reader,
  opened: OpenReader,
  failure: Failure,
  tries: number,
): Promise<Ending> {
  const label = readLabel(opened.partner)
  const step = stepOf(parts, reader)
  const ended = failure.kind === 'auth' && !(await isGood(parts, run, reader))
  const passes = failure.kind === 'auth' && !ended
  const again = nextTry(passes ? { kind: 'transient', retryAt: null } : failure, tries, parts.now())
  if (again !== null) {
    await step({ status: 'retrying', retryAt: new Date(again), problem: problemOf(label, failure) })
    return { end: 'failed', again }
  }
  if (ended) await tokenFailed(parts, reader, opened, 'dead', failure.sentence)
  if (failure.kind === 'denied') await tokenFailed(parts, reader, opened, 'attention', failure.sentence)
  const where = failure.kind === 'auth' ? tokenLabel(opened.partner) : label
  await step({ status: 'failed', ...told(where, failure) })
  return { end: ended ? 'dead' : 'failed', again: null }
}

/** One call may say of a token that it has ended, and be wrong: it is judged before that is believed. */
async function isGood(parts: Parts, run: Run, reader: Reader): Promise<boolean> {
  try {
    return (await inspectToken(parts, reader, run.signal)).as === 'good'
  } catch (error) {
    if (run.signal.aborted) return true
    throw error
  }
}

function told(
  label: string,
  failure: Failure,
): { problem: StepOutcome['problems'][number]; outcome: StepOutcome } {
  const problem = problemOf(label, failure)
  return { problem, outcome: { problems: [problem], notes: [] } }
}

type Step = (patch: Omit<StepPatch, 'name'>) => Promise<void>

function stepOf(parts: Parts, reader: Reader): Step {
  const name = readStepName(reader.partnerId)
  return (patch) => tellStep(parts.db, reader, { name, ...patch })
}

/** Writes how far a read is, a few times a second at most. What it came to in the end is written with the end of the step. */
function progress(parts: Parts, reader: Reader, label: string) {
  const name = readStepName(reader.partnerId)
  const due = throttle()
  return ({ unit, done, total }: Progress) => {
    if (!due()) return
    const text = `${label}: ${unit} ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
    // The read does not wait for it; a database that is away is met by what the read itself writes.
    tellStep(parts.db, reader, { name, unit, done, total, progress: text }).catch(() => undefined)
  }
}
