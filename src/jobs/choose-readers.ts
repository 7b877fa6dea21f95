// The first half of a check for updates: what judging every token gave decides which businesses are read.
import type { Problem } from '../model/job.ts'
import { partnerStatusLabels, readStatuses } from '../model/partner.ts'
import { judgedTokens, loadCheckedPartners } from '../store/checks.ts'
import type { CheckedPartner, JudgedToken } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { planSteps, putStep } from '../store/job-steps.ts'
import { loadJob } from '../store/jobs.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { isJudgedSince } from './inspect-token.ts'
import { inspectEach, isFresh, isPresumed, STEP } from './inspect-tokens.ts'
import { tokenLabel } from './problems.ts'
import { pagesParts } from './read-pages.ts'
import { pagesStep, partnerStep, readStepName } from './steps.ts'
import type { Extent } from './steps.ts'
import type { Parts, Run } from './work.ts'

/** Whether our own business is read, which partners are, and on which pages. */
export type Choice = {
  own: boolean
  partners: string[]
  /** Parts of the pages that may be read after our own business. Absent: the run began before there were any. */
  pages?: string[]
  /** Partners among these whose tokens are judged while our own business is read. Absent: the run began when none were. */
  beside?: string[]
  /** Tokens that this run has judged before that. */
  judged?: number
}

/**
 * Judges tokens while `own` is read, and once more afterwards those that could not be judged; then the read itself will tell. Gives the
 * partners that are not read after all.
 */
export async function judgeBeside(
  parts: Parts,
  run: Run,
  extent: Extent,
  { beside: partnerIds = [], judged = 0 }: Choice,
  own: Promise<unknown>,
): Promise<string[]> {
  if (partnerIds.length === 0) return []
  const { connectionId } = extent
  const total = judged + partnerIds.length
  const told = { done: judged, total }
  try {
    const later = await inspectEach(parts, run, connectionId, partnerIds, told)
    await own
    if (later.length > 0) await inspectEach(parts, run, connectionId, later, { ...told })
  } catch (error) {
    if (run.signal.aborted) return []
    throw error
  }
  return leaveOutBad(parts, run, extent, partnerIds, total)
}

/** Works the statuses out again, and takes partners out that are not onboarded any more. */
function leaveOutBad(
  parts: Parts,
  run: Run,
  { connectionId }: Extent,
  partnerIds: readonly string[],
  total: number,
): Promise<string[]> {
  const { workspaceId, jobId } = run.input
  return work(parts.db, workspaceId, async (tx) => {
    await recomputePartnerStatuses(tx, connectionId, new Date())
    const tokens = await judgedTokens(tx, connectionId)
    const partners = new Map((await loadCheckedPartners(tx, connectionId)).map((p) => [p.id, p]))
    const out = partnerIds.filter((id) => !readStatuses.includes(partners.get(id)?.status ?? 'pending'))
    for (const id of out)
      await leaveOut(
        tx,
        run,
        id,
        partners.get(id),
        tokens.find((t) => t.partnerId === id),
      )
    await putStep(tx, { workspaceId, jobId }, { name: STEP, status: 'done', done: total, total })
    return out
  })
}

/**
 * Works out every partner's status from its token, and reads those that are onboarded. A partner that was onboarded when the run began
 * and is not any more is told as a problem of this run; the next ones name it among those that were not read. Without our own token
 * nothing is read: what is shared with whom could not be known.
 */
export async function chooseReaders(parts: Parts, run: Run, extent: Extent): Promise<Choice> {
  const { workspaceId, jobId } = run.input
  return work(parts.db, workspaceId, async (tx) => {
    await recomputePartnerStatuses(tx, extent.connectionId, new Date())
    const tokens = await judgedTokens(tx, extent.connectionId)
    const own = tokens.find((t) => t.partnerId === null)
    if (extent.only === null && own?.state !== 'good') {
      const problem = tokenProblem(tokenLabel(null), own)
      await putStep(
        tx,
        { workspaceId, jobId },
        { name: STEP, status: 'failed', problem, outcome: { problems: [problem], notes: [] } },
      )
      return { own: false, partners: [] }
    }
    const partners = await loadCheckedPartners(tx, extent.connectionId)
    const readable = partners.filter(
      (p) => readStatuses.includes(p.status) && (extent.only === null || p.id === extent.only),
    )
    const pages = extent.only === null ? await pagesParts(tx, extent.connectionId) : []
    await planSteps(tx, { workspaceId, jobId }, [
      ...pages.map(({ name, label }) => ({ name: pagesStep(name), label, position: 1 })),
      ...readable.map(partnerStep),
    ])
    const names = new Set(readable.map((p) => p.id))
    for (const id of extent.readable.filter((id) => !names.has(id))) {
      await leaveOut(
        tx,
        run,
        id,
        partners.find((p) => p.id === id),
        tokens.find((t) => t.partnerId === id),
      )
    }
    const { createdAt } = await loadJob(tx, jobId)
    const beside = tokens.filter(
      (t) =>
        extent.only === null &&
        isPresumed(t) &&
        !isFresh(t) &&
        !isJudgedSince(createdAt, t) &&
        names.has(t.partnerId ?? ''),
    )
    if (beside.length === 0) await putStep(tx, { workspaceId, jobId }, { name: STEP, status: 'done' })
    return {
      own: extent.only === null,
      partners: readable.map((p) => p.id),
      pages: pages.map(({ name }) => name),
      beside: beside.flatMap((t) => t.partnerId ?? []),
      judged: tokens.filter((t) => isJudgedSince(createdAt, t)).length,
    }
  })
}

async function leaveOut(
  tx: Tx,
  run: Run,
  partnerId: string,
  partner: CheckedPartner | undefined,
  token: JudgedToken | undefined,
): Promise<void> {
  const name = readStepName(partnerId)
  const where = tokenLabel(partner ?? { name: null, externalId: 'a partner' })
  // A partner that shares nothing any more is not missed.
  const gone = partner === undefined
  const problem = gone ? null : tokenProblem(where, token, partnerStatusLabels[partner.status])
  await putStep(
    tx,
    { workspaceId: run.input.workspaceId, jobId: run.input.jobId },
    {
      name,
      status: problem === null ? 'skipped' : 'failed',
      problem,
      outcome: { problems: problem === null ? [] : [problem], notes: [] },
    },
  )
}

function tokenProblem(where: string, token: JudgedToken | undefined, status?: string): Problem {
  const none = token === undefined
  return {
    where,
    sentence: none
      ? 'There is no token.'
      : (token.reason ?? `The token cannot be used${status === undefined ? '' : ` (${status})`}.`),
    fix: (none ? null : token.fix) ?? 'Replace the token with a new one.',
    code: null,
    trace: null,
  }
}
