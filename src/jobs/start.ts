// The only door to durable work: the API starts, cancels and retries jobs here, and nowhere else.
import { newId } from '../lib/ids.ts'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { openJobStatuses } from '../model/job.ts'
import type { JobTrigger } from '../model/job.ts'
import { readStatuses } from '../model/partner.ts'
import { automationOf } from '../store/automations.ts'
import { claimDueCheck, loadCheckedConnection, loadCheckedPartner, planNextCheck } from '../store/checks.ts'
import { read, write } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { askToCancel, createJob, loadJob, openJob } from '../store/jobs.ts'
import type { NewJob } from '../store/jobs.ts'
import { forgetRefusals } from '../store/memory.ts'
import type { JobEngine } from './work.ts'

export { livePicture } from './live-pictures.ts'
export type { JobEngine } from './work.ts'

interface Wish {
  workspaceId: string
  connectionId: string
  partnerId?: string | null
  actor: Actor
  trigger: JobTrigger
}

/** Told by throwing, since a transaction that records nothing in the activity log must not be committed. */
class NotNow extends Error {}

/**
 * Starts a check for updates, of the whole connection or of one partner. Where one runs already, of whatever extent, it is given back
 * and `existing` is true. `afresh`: lists that the provider refused are asked again. Throws `not_found`, and `conflict` where the partner has no token that can be used.
 */
export async function startCheckForUpdates(
  engine: JobEngine,
  wish: Wish & { afresh?: boolean },
): Promise<{ jobId: string; existing: boolean }> {
  const partnerId = wish.partnerId ?? null
  return begin(engine, { ...wish, partnerId, kind: 'check-for-updates' }, async (tx) => {
    if (wish.afresh === true) await forgetRefusals(tx, wish.connectionId)
    await loadCheckedConnection(tx, wish.connectionId)
    if (partnerId !== null) await demandReadable(tx, wish.connectionId, partnerId)
    else await planNextCheck(tx, wish.connectionId)
  })
}

/** Starts the check that the schedule asks for, in one process only; null where another one was faster or it runs already. */
export async function startDueCheck(
  engine: JobEngine,
  due: { workspaceId: string; connectionId: string },
): Promise<string | null> {
  const actor: Actor = { kind: 'system', id: 'schedule', address: null }
  const wish = { ...due, partnerId: null, actor, trigger: 'schedule' as const, kind: 'check-for-updates' }
  try {
    const { jobId, existing } = await begin(engine, wish, async (tx) => {
      if (!(await claimDueCheck(tx, due.connectionId))) throw new NotNow()
    })
    return existing ? null : jobId
  } catch (error) {
    if (error instanceof NotNow) return null
    throw error
  }
}

/** Starts judging a sealed token that is in state `checking`; repeated until it is decided. */
export async function startTokenCheck(
  engine: JobEngine,
  wish: Wish & { partnerId: string | null },
): Promise<{ jobId: string }> {
  const { jobId } = await begin(engine, { ...wish, kind: 'check-token' }, async (tx) => {
    await loadCheckedConnection(tx, wish.connectionId)
  })
  return { jobId }
}

/**
 * Starts answering the requests for our app on the provider's pages, or a dry run of it, which stops before the last press. Where one
 * runs already it is given back. Throws `not_found`, and `conflict` where it is switched off.
 */
export async function startAppRequests(
  engine: JobEngine,
  wish: Wish & { dryRun: boolean },
): Promise<{ jobId: string; existing: boolean }> {
  const { dryRun, ...rest } = wish
  const kind = dryRun ? 'approve-app-requests-dry' : 'approve-app-requests'
  return begin(engine, { ...rest, partnerId: null, kind }, (tx) => demandAutomation(tx, wish.connectionId))
}

/** Starts a dry run of reading people and partners on the provider's pages, which stores nothing; throws as above. */
export async function startReadPagesTry(
  engine: JobEngine,
  wish: Wish,
): Promise<{ jobId: string; existing: boolean }> {
  return begin(engine, { ...wish, partnerId: null, kind: 'read-pages-dry' }, (tx) =>
    demandAutomation(tx, wish.connectionId),
  )
}

async function demandAutomation(tx: Tx, connectionId: string): Promise<void> {
  await loadCheckedConnection(tx, connectionId)
  if (!(await automationOf(tx, connectionId)).enabled)
    throw new AppError(
      'conflict',
      'Browser automation is switched off. Switch it on in the settings of the app.',
    )
}

/** Asks an open job to stop; one that is over stays as it is. Throws `not_found`. */
export async function requestCancel(
  engine: JobEngine,
  wish: { workspaceId: string; jobId: string; actor: Actor },
): Promise<void> {
  try {
    await write(engine.db, wish, async (tx, audit) => {
      await loadJob(tx, wish.jobId)
      if (!(await askToCancel(tx, wish.jobId, wish.actor))) throw new NotNow()
      await audit({ action: 'job.cancel', subjectKind: 'job', subjectId: wish.jobId })
    })
  } catch (error) {
    if (error instanceof NotNow) return
    throw error
  }
  engine.cancel(wish.jobId)
}

/** Does a job again that was not completed or was cancelled, as a new job. Throws `not_found`, and `conflict` where nothing is to be done. */
export async function retry(
  engine: JobEngine,
  wish: { workspaceId: string; jobId: string; actor: Actor; trigger?: JobTrigger },
): Promise<{ jobId: string }> {
  const job = await read(engine.db, wish.workspaceId, (tx) => loadJob(tx, wish.jobId))
  if (openJobStatuses.includes(job.status)) return { jobId: job.id }
  if (job.status === 'complete' || job.connectionId === null) {
    throw new AppError('conflict', 'This task is complete: there is nothing to try again.')
  }
  const again = {
    ...wish,
    connectionId: job.connectionId,
    partnerId: job.partnerId,
    trigger: wish.trigger ?? 'person',
  }
  switch (job.kind) {
    case 'check-token':
      return startTokenCheck(engine, again)
    case 'approve-app-requests':
    case 'approve-app-requests-dry':
      return startAppRequests(engine, { ...again, dryRun: job.kind.endsWith('-dry') })
    case 'read-pages-dry':
      return startReadPagesTry(engine, again)
    default:
      return startCheckForUpdates(engine, { ...again, afresh: true })
  }
}

async function demandReadable(tx: Tx, connectionId: string, partnerId: string): Promise<void> {
  const partner = await loadCheckedPartner(tx, connectionId, partnerId)
  if (!readStatuses.includes(partner.status)) {
    throw new AppError(
      'conflict',
      'This partner has no token that can be used now, so its people cannot be read. Connect it, or replace its token, first.',
    )
  }
}

/** Finds the open job of the same kind or makes a new one: one transaction wins, the others find its row. */
async function begin(
  engine: JobEngine,
  wish: Wish & { partnerId: string | null; kind: string },
  prepare: (tx: Tx) => Promise<void>,
): Promise<{ jobId: string; existing: boolean }> {
  const partner = wish.kind === 'check-token' ? wish.partnerId : undefined
  for (let tries = 0; tries < 5; tries += 1) {
    const open = await read(engine.db, wish.workspaceId, (tx) =>
      openJob(tx, wish.connectionId, wish.kind, partner),
    )
    if (open !== null) return { jobId: open, existing: true }
    const job: NewJob = { ...wish, id: newId() }
    const made = await make(engine, job, prepare)
    if (made) {
      // Cut off here, the job is found without work and started within seconds (engine.ts).
      await engine.start(job.kind, job.id, { workspaceId: job.workspaceId, jobId: job.id })
      return { jobId: job.id, existing: false }
    }
  }
  throw new AppError('conflict', 'Another task of this kind starts and ends just now. Try again.')
}

class Taken extends Error {}

async function make(engine: JobEngine, job: NewJob, prepare: (tx: Tx) => Promise<void>): Promise<boolean> {
  try {
    await write(engine.db, job, async (tx, audit) => {
      await prepare(tx)
      if (!(await createJob(tx, audit, job))) throw new Taken()
    })
    return true
  } catch (error) {
    if (error instanceof Taken) return false
    throw error
  }
}
