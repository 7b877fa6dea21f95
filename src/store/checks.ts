// What a check for updates needs to know of a connection, and what it leaves there: health, and when the next one is due.
import { sql } from 'kysely'
import type { Tx } from './db.ts'
import type { CredentialState } from '../model/credential.ts'
import { openJobStatuses } from '../model/job.ts'
import { AppError } from '../model/error.ts'
import type { PartnerStatus } from '../model/partner.ts'
import type { Environment } from '../model/workspace.ts'
import { stagedShares } from './staged.ts'
import { PAGES } from './staging.ts'

export interface CheckedConnection {
  id: string
  workspaceId: string
  environment: Environment
  connector: string
  externalId: string
  label: string
  /** The business's name, as the provider tells it. */
  name: string | null
  settings: Record<string, string>
}

/** The connection with its workspace's environment; throws `not_found` where it is not there or was removed. */
export async function loadCheckedConnection(tx: Tx, connectionId: string): Promise<CheckedConnection> {
  const row = await tx
    .selectFrom('connections')
    .innerJoin('workspaces', 'workspaces.id', 'connections.workspaceId')
    .select([
      'connections.id',
      'connections.workspaceId',
      'workspaces.environment',
      'connections.connector',
      'connections.externalId',
      'connections.label',
      'connections.name',
      'connections.settings',
    ])
    .where('connections.id', '=', connectionId)
    .where('connections.removedAt', 'is', null)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such app.')
  return row
}

export interface CheckedPartner {
  id: string
  externalId: string
  name: string | null
  status: PartnerStatus
  statusReason: string | null
  sharedOnly: boolean
}

const partnerColumns = ['id', 'externalId', 'name', 'status', 'statusReason', 'sharedOnly'] as const

/** The connection's partners that share something, by name. */
export async function loadCheckedPartners(tx: Tx, connectionId: string): Promise<CheckedPartner[]> {
  return tx
    .selectFrom('partners')
    .select(partnerColumns)
    .where('connectionId', '=', connectionId)
    .where('status', '<>', 'gone')
    .orderBy(sql`lower(coalesce(name, external_id))`)
    .orderBy('id')
    .execute()
}

/** One partner of the connection; throws `not_found`. */
export async function loadCheckedPartner(
  tx: Tx,
  connectionId: string,
  partnerId: string,
): Promise<CheckedPartner> {
  const row = await tx
    .selectFrom('partners')
    .select(partnerColumns)
    .where('connectionId', '=', connectionId)
    .where('id', '=', partnerId)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such partner.')
  return row
}

export interface JudgedToken {
  /** Null: our own. */
  partnerId: string | null
  state: CredentialState
  reason: string | null
  /** What mends it, where the last judgement told. */
  fix: string | null
  expiresAt: Date | null
  /** When it was last judged. */
  checkedAt: Date | null
}

/** The connection's tokens that have been judged: those that still wait for their first judgement are left out. */
export async function judgedTokens(tx: Tx, connectionId: string): Promise<JudgedToken[]> {
  const rows = await tx
    .selectFrom('credentials')
    .leftJoin('partners', 'partners.id', 'credentials.partnerId')
    .select([
      'credentials.partnerId',
      'credentials.state',
      'credentials.stateReason',
      'credentials.verdict',
      'credentials.expiresAt',
      'credentials.checkedAt',
    ])
    .where('credentials.connectionId', '=', connectionId)
    .where('credentials.kind', '=', 'token')
    .where('credentials.state', '<>', 'checking')
    .orderBy(sql`credentials.partner_id nulls first`)
    .execute()
  return rows.map((row) => ({
    partnerId: row.partnerId,
    state: row.state,
    reason: row.stateReason,
    fix: row.verdict?.claims.find((c) => c.state === 'refuted')?.fix ?? null,
    expiresAt: row.expiresAt,
    checkedAt: row.checkedAt,
  }))
}

export interface LeftToken {
  id: string
  workspaceId: string
  connectionId: string
  partnerId: string | null
}

/**
 * Tokens of every workspace that have waited for a minute to be judged while no task does so, and none was begun since they came: whoever took
 * them ended in between. One whose task was cancelled, or gave up, waits for a person. For `across`.
 */
export async function leftTokens(tx: Tx): Promise<LeftToken[]> {
  const { rows } = await sql<LeftToken>`
    select k.id, k.workspace_id, k.connection_id, k.partner_id from credentials k join connections c on c.id = k.connection_id and c.removed_at is null
    where k.kind = 'token' and k.state = 'checking' and k.created_at < now() - interval '1 minute'
      and not exists (select from jobs j where j.connection_id = k.connection_id and j.kind = 'check-token'
        and j.partner_id is not distinct from k.partner_id and (j.status = any(${[...openJobStatuses]}) or j.created_at >= k.created_at))`.execute(
    tx,
  )
  return rows
}

export interface SharedResource {
  type: string
  externalId: string
  direction: 'out' | 'in'
}

/**
 * What is shared with a partner or by it and in force: what this job has seen, and what was known where it did not look (completely).
 * A share that waits for its confirmation shows a partner's token nothing.
 */
export async function loadShared(
  tx: Tx,
  what: { connectionId: string; partner: { id: string; externalId: string }; jobId: string },
): Promise<SharedResource[]> {
  const { connectionId, partner, jobId } = what
  const [{ rows }, staged] = await Promise.all([
    sql<SharedResource>`
      select r.type, r.external_id, s.direction from shares s join resources r on r.id = s.resource_id
        where s.connection_id = ${connectionId} and s.partner_id = ${partner.id} and s.ended_at is null
          and coalesce(upper(s.status), 'CONFIRMED') = 'CONFIRMED'
          and not exists (select from staged_scopes x where x.job_id = ${jobId} and x.reader in ('own', ${PAGES}) and x.scope = s.scope
            and x.state = 'sealed')`.execute(tx),
    stagedShares(tx, jobId, partner.externalId),
  ])
  const shared = new Map<string, SharedResource>()
  for (const row of rows) shared.set(Object.values(row).join('|'), row)
  for (const { type, resource, direction } of staged)
    shared.set([type, resource, direction].join('|'), { type, externalId: resource, direction })
  return [...shared].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, share]) => share)
}

/** How the connection is after a check. */
export async function setHealth(
  tx: Tx,
  connectionId: string,
  health: { health: 'healthy' | 'attention' | 'expired'; reason: string | null },
): Promise<void> {
  await tx
    .updateTable('connections')
    .set({ health: health.health, healthReason: health.reason, lastCheckedAt: sql<Date>`now()` })
    .where('id', '=', connectionId)
    .execute()
}

const nextCheck = sql<Date | null>`case schedule
  when 'hourly' then now() + interval '1 hour' when 'daily' then now() + interval '1 day' end`

/** Further off than its period lies what was planned while the clock was ahead. */
const isDue = sql<boolean>`(coalesce(next_check_at, created_at + interval '10 minutes') <= now()
  or next_check_at > ${nextCheck} + interval '1 minute')`

/** A check begins now: the next one by schedule is a period from here. */
export async function planNextCheck(tx: Tx, connectionId: string): Promise<void> {
  await tx.updateTable('connections').set({ nextCheckAt: nextCheck }).where('id', '=', connectionId).execute()
}

/**
 * Takes a due check for whoever asks first: true moves the connection's time on. A connection that was never checked is due ten minutes
 * after it was made, in case its first check did not start.
 */
export async function claimDueCheck(tx: Tx, connectionId: string): Promise<boolean> {
  const row = await tx
    .updateTable('connections')
    .set({ nextCheckAt: nextCheck })
    .where('id', '=', connectionId)
    .where('removedAt', 'is', null)
    .where('schedule', '<>', 'off')
    .where(isDue)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Connections of every workspace whose check is due, longest due first. For `across`. */
export async function dueChecks(tx: Tx): Promise<{ id: string; workspaceId: string }[]> {
  return tx
    .selectFrom('connections')
    .select(['id', 'workspaceId'])
    .where('removedAt', 'is', null)
    .where('schedule', '<>', 'off')
    .where(isDue)
    .orderBy(sql`coalesce(next_check_at, created_at)`)
    .limit(100)
    .execute()
}
