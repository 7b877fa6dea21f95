// Businesses that ask for our app: found on the provider's pages, decided by a rule or a person, and answered once.
import { sql } from 'kysely'
import type { AppRequestInfo } from '../model/automation.ts'
import { AppError } from '../model/error.ts'
import type { Tx } from './db.ts'
import { notify } from './notify.ts'

interface Place {
  workspaceId: string
  connectionId: string
  jobId: string
}

export interface FoundRequest {
  business: string
  businessName: string
  app: string
  date: string
}

/**
 * Writes down what waits now: new ones are added, and decided where the business is a known partner; those that no longer wait are gone.
 * The job takes them all over. Gives back those whose answer an earlier job pressed without writing down its end: they are answered.
 */
export async function putFound(tx: Tx, at: Place, found: readonly FoundRequest[]): Promise<DecidedRequest[]> {
  for (const one of found) {
    await sql`
      insert into app_requests (workspace_id, connection_id, business, business_name, app, requested, job_id)
      values (${at.workspaceId}, ${at.connectionId}, ${one.business}, ${one.businessName.slice(0, 300)}, ${one.app},
        ${one.date.slice(0, 40)}, ${at.jobId})
      on conflict (connection_id, business, app) where status = 'waiting'
      do update set job_id = excluded.job_id, business_name = excluded.business_name, requested = excluded.requested,
        decision = nullif(app_requests.decision, 'leave')`.execute(tx)
  }
  await sql`
    update app_requests set decision = 'approve', decided_at = now()
    where job_id = ${at.jobId} and status = 'waiting' and decision is null and exists (
      select from partners p where p.connection_id = ${at.connectionId} and p.external_id = app_requests.business and p.status <> 'gone')`.execute(
    tx,
  )
  await sql`
    update app_requests set status = 'gone', settled_at = now()
    where connection_id = ${at.connectionId} and status = 'waiting' and pressed_at is null
      and not (business = any(${found.map((one) => one.business)}::text[]))`.execute(tx)
  const pressed = await decided(tx)
    .where('connectionId', '=', at.connectionId)
    .where('pressedAt', 'is not', null)
    .execute()
  return known(pressed).filter(({ business }) => !found.some((one) => one.business === business))
}

export interface DecidedRequest {
  id: string
  business: string
  app: string
  decision: 'approve' | 'decline'
  decidedBy: string | null
  /** An earlier try was about to press its answer; whether it did is not known. */
  pressedAt: Date | null
}

/** Of a job: what is decided and not answered yet. */
export async function decidedRequests(tx: Tx, jobId: string): Promise<DecidedRequest[]> {
  return known(await decided(tx).where('jobId', '=', jobId).execute())
}

function decided(tx: Tx) {
  return tx
    .selectFrom('appRequests')
    .select(['id', 'business', 'app', 'decision', 'decidedBy', 'pressedAt'])
    .where('status', '=', 'waiting')
    .where('decision', 'in', ['approve', 'decline'])
    .orderBy('firstSeenAt')
    .orderBy('id')
}

function known(rows: Awaited<ReturnType<ReturnType<typeof decided>['execute']>>): DecidedRequest[] {
  return rows.flatMap((row) =>
    row.decision === 'approve' || row.decision === 'decline' ? [{ ...row, decision: row.decision }] : [],
  )
}

/** Of a job: how many a person has still to decide. */
export async function undecidedRequests(tx: Tx, jobId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from app_requests where job_id = ${jobId} and status = 'waiting' and decision is null`.execute(
    tx,
  )
  return rows[0]?.n ?? 0
}

/** What nobody decided in time is left as it is; the next run asks again. */
export async function leaveUndecided(tx: Tx, jobId: string): Promise<void> {
  await tx
    .updateTable('appRequests')
    .set({ decision: 'leave' })
    .where('jobId', '=', jobId)
    .where('status', '=', 'waiting')
    .where('decision', 'is', null)
    .execute()
}

/** Written just before the answer is pressed. */
export async function markPressed(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('appRequests').set({ pressedAt: new Date() }).where('id', '=', id).execute()
}

/**
 * The answer stands. `ours`: this run pressed it, or an earlier try of it did; otherwise somebody else answered meanwhile and nobody
 * knows how. False, and nothing done, where it was settled already.
 */
export async function settleRequest(
  tx: Tx,
  id: string,
  decision: 'approve' | 'decline',
  pressed: boolean,
): Promise<boolean> {
  const row = await tx
    .updateTable('appRequests')
    .set({
      status: sql<'approved' | 'declined' | 'gone'>`case when ${pressed} or pressed_at is not null then ${
        decision === 'approve' ? 'approved' : 'declined'
      } else 'gone' end`,
      settledAt: new Date(),
    })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .returning('status')
    .executeTakeFirst()
  return row !== undefined && row.status !== 'gone'
}

/** A person's decision. Throws `not_found`, and `conflict` where it is decided or answered already. */
export async function decideRequest(
  tx: Tx,
  connectionId: string,
  id: string,
  decision: 'approve' | 'decline' | 'leave',
  by: string,
): Promise<{ jobId: string | null; business: string }> {
  const row = await tx
    .selectFrom('appRequests')
    .select(['id', 'status', 'decision', 'jobId', 'business', 'workspaceId'])
    .where('id', '=', id)
    .where('connectionId', '=', connectionId)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such request.')
  if (row.status !== 'waiting' || (row.decision !== null && row.decision !== 'leave'))
    throw new AppError('conflict', 'This request has been decided already.')
  await tx
    .updateTable('appRequests')
    .set({ decision, decidedBy: by, decidedAt: new Date() })
    .where('id', '=', id)
    .execute()
  if (row.jobId !== null) await notify(tx, 'jobs', { workspaceId: row.workspaceId, jobId: row.jobId })
  return { jobId: row.jobId, business: row.business }
}

/** The requests of a connection, those that wait first; or of one job. */
export async function requestInfos(
  tx: Tx,
  of: { connectionId: string } | { jobId: string },
): Promise<AppRequestInfo[]> {
  let query = tx
    .selectFrom('appRequests')
    .leftJoin('authUser', 'authUser.id', 'appRequests.decidedBy')
    .select([
      'appRequests.id',
      'appRequests.business',
      'appRequests.businessName',
      'appRequests.app',
      'appRequests.requested',
      'appRequests.status',
      'appRequests.decision',
      'authUser.name as decidedBy',
      'appRequests.firstSeenAt',
      'appRequests.settledAt',
    ])
    .orderBy(sql`app_requests.status = 'waiting'`, 'desc')
    .orderBy('appRequests.firstSeenAt', 'desc')
    .limit(100)
  query =
    'jobId' in of
      ? query.where('appRequests.jobId', '=', of.jobId)
      : query.where('appRequests.connectionId', '=', of.connectionId)
  return (await query.execute()).map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  }))
}
