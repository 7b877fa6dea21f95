// The first half of a check for updates: every token is judged again, and what that gives decides which businesses are read.
import type { Problem } from '../model/job.ts'
import { EXPIRES_SOON_DAYS, partnerStatusLabels, readStatuses } from '../model/partner.ts'
import { judgedTokens, loadCheckedPartners } from '../store/checks.ts'
import type { CheckedPartner, JudgedToken } from '../store/checks.ts'
import { read, work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { planSteps, putStep, setJob } from '../store/jobs.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { pagesParts } from './read-pages.ts'
import { pagesStep, partnerStep, readStepName } from './steps.ts'
import type { Extent } from './steps.ts'
import { inspectToken } from './inspect-token.ts'
import { isCancelled } from './read-business.ts'
import { throttle } from './throttle.ts'
import { nextTry } from './waits.ts'
import type { Parts, Run } from './work.ts'

/** Whether our own business is read, which partners are, and on which pages. */
export type Choice = {
  own: boolean
  partners: string[]
  /** Parts of the pages that may be read after our own business. Absent: the run began before there were any. */
  pages?: string[]
}

type Round = { later: (string | null)[]; again: number | null }

const STEP = 'inspect'
const MOST_ROUNDS = 3

/**
 * A partner's token that was judged so short a time ago, when it was connected, is not judged again by the check that reads it for the first
 * time: who connects ten partners and then checks for updates does not spend a call of the app's limit on each once more. One whose read
 * shows anything unusual is judged at once all the same (read-business.ts). Every later check judges every token.
 */
const FRESH_MS = 10 * 60_000
/** A token that ends sooner is inspected each time: it may be renewed. */
const ENDS_SOON_MS = EXPIRES_SOON_DAYS * 86_400_000

function isFresh({ partnerId, state, checkedAt, readAt, expiresAt }: JudgedToken): boolean {
  const now = Date.now()
  const lasts = expiresAt === null || expiresAt.getTime() > now + ENDS_SOON_MS
  return (
    partnerId !== null &&
    state === 'good' &&
    lasts &&
    checkedAt !== null &&
    (readAt === null || readAt < checkedAt) &&
    now - checkedAt.getTime() < FRESH_MS
  )
}

/** Judges every token that was not judged a moment ago; those that could not be judged again, twice at most: then the read itself will tell. */
export async function inspectTokens(parts: Parts, run: Run, extent: Extent): Promise<void> {
  let only: (string | null)[] | null = null
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const these: (string | null)[] | null = only
    const answer: Round = await run.step(`inspect ${round}`, () =>
      inspectRound(parts, run, extent, round, these),
    )
    if (answer.again === null) return
    await run.sleepUntil(`inspect wait ${round}`, answer.again)
    only = answer.later
  }
}

async function inspectRound(
  parts: Parts,
  run: Run,
  extent: Extent,
  round: number,
  only: (string | null)[] | null,
): Promise<Round> {
  const { workspaceId, jobId } = run.input
  const { connectionId } = extent
  if (await isCancelled(parts, run)) return { later: [], again: null }
  const tokens = await read(parts.db, workspaceId, (tx) => judgedTokens(tx, connectionId))
  const these =
    only ??
    tokens
      .filter((t) => (extent.only === null || t.partnerId === extent.only) && !isFresh(t))
      .map((t) => t.partnerId)
  const put = (patch: Partial<Parameters<typeof putStep>[2]>) =>
    work(parts.db, workspaceId, (tx) => putStep(tx, { workspaceId, jobId }, { name: STEP, ...patch }))
  await put({ status: 'running', attempts: round, unit: 'tokens', total: these.length, done: 0 })
  const later: (string | null)[] = []
  let done = 0
  const due = throttle()
  const inspect = async (partnerId: string | null) => {
    const judged = await inspectToken(parts, { workspaceId, jobId, connectionId, partnerId }, run.signal)
    // A token that the provider wants no call for until a named time is told so by its own read: it holds up no other.
    if (judged.as === 'later' && judged.retryAt === null) later.push(partnerId)
    done += 1
    if (!due()) return
    await work(parts.db, workspaceId, async (tx) => {
      await putStep(tx, { workspaceId, jobId }, { name: STEP, done })
      await setJob(tx, jobId, { progress: `tokens ${done} of ${these.length}` })
    })
  }
  try {
    await Promise.all(these.map(inspect))
  } catch (error) {
    if (run.signal.aborted) return { later: [], again: null }
    throw error
  }
  const failure = { kind: 'transient' as const, retryAt: null }
  const again = later.length === 0 || round === MOST_ROUNDS ? null : nextTry(failure, round, parts.now())
  await put({ done, ...(again === null ? {} : { status: 'retrying', retryAt: new Date(again) }) })
  return { later, again }
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
      const problem = tokenProblem('Our own token', own)
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
    await putStep(tx, { workspaceId, jobId }, { name: STEP, status: 'done' })
    return {
      own: extent.only === null,
      partners: readable.map((p) => p.id),
      pages: pages.map(({ name }) => name),
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
  const where = `Token of ${partner?.name ?? partner?.externalId ?? 'a partner'}`
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
