// Check for updates: judges the tokens, reads our own business and each onboarded partner's, then compares and applies what was fully
// read. One run per connection at a time; a run can be cut off anywhere and goes on where it was.
import type { AppliedResult, JobResult, Problem } from '../model/job.ts'
import { partnerStatusLabels, readStatuses } from '../model/partner.ts'
import { judgedTokens, loadCheckedConnection, loadCheckedPartners, setHealth } from '../store/checks.ts'
import type { CheckedConnection, CheckedPartner, JudgedToken } from '../store/checks.ts'
import { read, work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { planSteps, putStep, putSteps, stepOutcomes } from '../store/job-steps.ts'
import { finishJob, loadJob, setJob } from '../store/jobs.ts'
import { endedReaders } from '../store/staged.ts'
import { dropStaging } from '../store/staging.ts'
import { connectorOf } from '../connectors/registry.ts'
import { compareAndApply } from '../sync/apply.ts'
import type { ApplyInput } from '../sync/apply.ts'
import { chooseReaders } from './choose-readers.ts'
import type { Choice } from './choose-readers.ts'
import { firstReads, stopsReading } from './first-reads.ts'
import type { FirstReads } from './first-reads.ts'
import { inspectTokens } from './inspect-tokens.ts'
import { actorOf } from './inspect-token.ts'
import { isCancelled, readBusiness, readPartner } from './read-business.ts'
import type { ReadEnd } from './read-business.ts'
import { brokenProblem } from './problems.ts'
import { readPages } from './read-pages.ts'
import { firstSteps, readStepName } from './steps.ts'
import type { Extent } from './steps.ts'
import type { Parts, Run, Work, WorkInput } from './work.ts'

/** A crash of the database took what had been staged: everything is read again. */
const AGAIN = 'again'

type Read = ReadEnd & { partnerId: string | null }

export const checkForUpdates: Work = {
  name: 'check-for-updates',
  run: async (parts, run) => {
    const extent = await run.step('plan', () => plan(parts, run))
    await inspectTokens(parts, run, extent)
    const choice = await run.step('choose', () => chooseReaders(parts, run, extent))
    for (let round = 1; ; round += 1) {
      const reads = await readAll(parts, run, extent, choice, round)
      const answer = await run.step(round === 1 ? 'end' : `end ${round}`, () =>
        end(parts, run, extent, reads),
      )
      if (answer !== AGAIN) return null
    }
  },
  broke: async (parts, input, reference) => {
    await finish(parts, input, { status: 'not_completed', problems: [brokenProblem(reference)] })
  },
}

async function plan(parts: Parts, run: Run): Promise<Extent> {
  const { workspaceId, jobId } = run.input
  return work(parts.db, workspaceId, async (tx) => {
    const { connectionId, partnerId } = await loadJob(tx, jobId)
    const connection = await loadCheckedConnection(tx, connectionId ?? '')
    const partners = (await loadCheckedPartners(tx, connection.id)).filter(
      (p) => readStatuses.includes(p.status) && (partnerId === null || p.id === partnerId),
    )
    const extent = { connectionId: connection.id, only: partnerId, readable: partners.map((p) => p.id) }
    await planSteps(tx, run.input, firstSteps(extent, partners))
    await setJob(tx, jobId, { status: 'running' })
    return extent
  })
}

/**
 * Our own business first, since it tells what is shared with whom; then the partners side by side. One whose first try did not come to its
 * end, or who had none, is a piece of work of its own.
 */
async function readAll(
  parts: Parts,
  run: Run,
  extent: Extent,
  choice: Choice,
  round: number,
): Promise<Read[]> {
  const reader = { ...jobOf(run.input), connectionId: extent.connectionId }
  if (!choice.own) return readPartners(run, reader, choice.partners, {}, round)
  const first: FirstReads = await run.step(`${readStepName(null)} 1`, () =>
    firstReads(parts, run, extent, choice, reader),
  )
  const { leftOut = [], partners: tried = {}, ...firstTry } = first
  const own = await readBusiness(parts, run, { ...reader, partnerId: null }, firstTry)
  const reads: Read[] = [{ ...own, partnerId: null }]
  const left: string[] = []
  for (const partnerId of choice.partners) {
    const attempt = tried[partnerId]
    if (attempt?.again === null) reads.push({ ...attempt, partnerId })
    else if (!leftOut.includes(partnerId)) left.push(partnerId)
  }
  if (stopsReading.includes(own.end)) return reads
  await readPages(parts, run, extent.connectionId, choice.pages ?? [])
  return [...reads, ...(await readPartners(run, reader, left, tried, round))]
}

/** Each is a piece of work of its own. */
async function readPartners(
  run: Run,
  reader: WorkInput & { connectionId: string },
  partnerIds: readonly string[],
  tried: FirstReads['partners'] & {},
  round: number,
): Promise<Read[]> {
  const children = partnerIds.map((partnerId) => ({
    work: readPartner.name,
    id: [run.input.jobId, partnerId, ...(round === 1 ? [] : [round])].join(':'),
    input: {
      ...reader,
      partnerId,
      ...(tried[partnerId] === undefined ? {} : { first: JSON.stringify(tried[partnerId]) }),
    },
  }))
  const ends = await run.all<ReadEnd>(children)
  return ends.map((read, i) => ({ ...read, partnerId: partnerIds[i] ?? null }))
}

/** Compares, applies and ends the job. A second try after a crash finds what was applied and only ends the job. */
async function end(parts: Parts, run: Run, extent: Extent, reads: Read[]): Promise<typeof AGAIN | null> {
  const { workspaceId, jobId } = run.input
  const job = await read(parts.db, workspaceId, (tx) => loadJob(tx, jobId))
  // What has been applied cannot be cancelled any more.
  if (!job.applied && (reads.some((r) => r.end === 'cancelled') || (await isCancelled(parts, run)))) {
    await finish(parts, run.input, { status: 'cancelled' })
    return null
  }
  const { connectionId } = extent
  const { connection, before } = await read(parts.db, workspaceId, async (tx) => ({
    connection: await loadCheckedConnection(tx, connectionId),
    before: await loadCheckedPartners(tx, connectionId),
  }))
  if (!job.applied && (await isLost(parts, run.input, before, reads))) return AGAIN
  const input = applyInput(parts, run.input, connection, before, reads)
  const applied = reads.length === 0 ? null : await apply(parts, run, input)
  const { outcomes, own } = await read(parts.db, workspaceId, async (tx) => ({
    outcomes: await stepOutcomes(tx, jobId),
    own: (await judgedTokens(tx, connectionId)).find((t) => t.partnerId === null),
  }))
  const problems = outcomes.flatMap(({ outcome }) => outcome.problems)
  const health = extent.only === null ? healthAfter(own, problems, outcomes) : null
  const also = async (tx: Tx) => {
    if (health !== null) await setHealth(tx, connectionId, health)
  }
  const status = problems.length === 0 ? 'complete' : 'not_completed'
  if (applied === null) {
    await finish(parts, run.input, { status, problems }, also)
    return null
  }
  const partners = await read(parts.db, workspaceId, (tx) => loadCheckedPartners(tx, connectionId))
  const result: JobResult = {
    ...applied,
    httpCalls: reads.reduce((sum, r) => sum + r.httpCalls, 0),
    logicalCalls: reads.reduce((sum, r) => sum + r.logicalCalls, 0),
    notRead: notRead(extent, partners, reads, outcomes),
  }
  await finish(parts, run.input, { status, problems, result }, async (tx) => {
    await putSteps(tx, run.input, [
      { name: 'compare', status: 'done' },
      { name: 'apply', status: 'done' },
    ])
    await also(tx)
  })
  return null
}

/** True where a reader came to its end and its staging does not know. */
async function isLost(
  parts: Parts,
  { workspaceId, jobId }: WorkInput,
  partners: CheckedPartner[],
  reads: Read[],
): Promise<boolean> {
  const ended = await read(parts.db, workspaceId, (tx) => endedReaders(tx, jobId))
  const names = new Map(partners.map((p) => [p.id, p.externalId]))
  return reads.some(
    ({ end: how, partnerId }) =>
      (how === 'read' || how === 'open') &&
      !ended.has(partnerId === null ? 'own' : (names.get(partnerId) ?? '')),
  )
}

function applyInput(
  parts: Parts,
  input: WorkInput,
  connection: CheckedConnection,
  partners: CheckedPartner[],
  reads: Read[],
): ApplyInput {
  const externalIds = new Map(partners.map((p) => [p.id, p.externalId]))
  return {
    ...jobOf(input),
    db: parts.db,
    connector: connectorOf(connection.connector),
    connectionId: connection.id,
    actor: actorOf(input.jobId),
    now: new Date(),
    readers: reads.map(({ partnerId, end: how, skipped }) => ({
      reader: partnerId === null ? 'own' : (externalIds.get(partnerId) ?? ''),
      partnerId,
      complete: how === 'read',
      skipped,
    })),
  }
}

/** Applies what was staged. That it is done is told with the end of the job. */
async function apply(parts: Parts, run: Run, input: ApplyInput): Promise<AppliedResult> {
  await work(parts.db, input.workspaceId, (tx) =>
    putStep(tx, run.input, { name: 'compare', status: 'running' }),
  )
  return compareAndApply(input)
}

/** Ends the job with what it staged. The last write of every run. */
async function finish(
  parts: Parts,
  input: WorkInput,
  how: Parameters<typeof finishJob>[2],
  also?: (tx: Tx) => Promise<void>,
): Promise<void> {
  await work(parts.db, input.workspaceId, async (tx) => {
    await dropStaging(tx, input.jobId)
    await also?.(tx)
    await finishJob(tx, input.jobId, how)
  })
}

type Outcomes = Awaited<ReturnType<typeof stepOutcomes>>

/** The app's health is that of our own token and business; a partner's token is told by the partner's status. */
function healthAfter(
  own: JudgedToken | undefined,
  problems: Problem[],
  outcomes: Outcomes,
): { health: 'healthy' | 'attention' | 'expired'; reason: string | null } {
  if (own?.state === 'dead') return { health: 'expired', reason: own.reason }
  if (own?.state !== 'good')
    return { health: 'attention', reason: own?.reason ?? problems[0]?.sentence ?? null }
  const open = outcomes.find((o) => o.name === readStepName(null))?.outcome.problems[0]
  return open === undefined
    ? { health: 'healthy', reason: null }
    : { health: 'attention', reason: open.sentence }
}

/** Partners that are not onboarded, named with their status; and lists that a token may never read. */
function notRead(
  extent: Extent,
  partners: CheckedPartner[],
  reads: Read[],
  outcomes: Outcomes,
): JobResult['notRead'] {
  const tried = new Set(reads.map((r) => r.partnerId))
  const skipped = partners
    .filter((p) => extent.only === null && !tried.has(p.id))
    .map((p) => ({
      partnerId: p.id,
      name: p.name,
      reason: partnerStatusLabels[p.status] + (p.statusReason === null ? '' : `: ${p.statusReason}`),
    }))
  const byStep = new Map(partners.map((p) => [readStepName(p.id), p]))
  const notes = outcomes.flatMap(({ name, outcome }) =>
    outcome.notes.map((reason) => ({
      partnerId: byStep.get(name)?.id ?? null,
      name: byStep.get(name)?.name ?? null,
      reason,
    })),
  )
  return [...skipped, ...notes]
}

function jobOf(input: WorkInput): { workspaceId: string; jobId: string } {
  return { workspaceId: input.workspaceId, jobId: input.jobId }
}
