// Token requests: rows that let one partner's token in, once. Only a hash of the secret is here; the link exists where it was shown or
// mailed.
import { sql } from 'kysely'
import { REQUEST_DAYS, REQUEST_TRIES } from '../model/token-request.ts'
import type { RequestState, TokenRequest } from '../model/token-request.ts'
import { byHash, work } from './db.ts'
import type { Db, Tx } from './db.ts'
import { notEnded } from './ends.ts'
import type { ListSpec } from './list.ts'
import { recomputePartnerStatuses } from './partners-status.ts'

export interface RequestRow extends TokenRequest {
  workspaceId: string
  connectionId: string
  requesterId: string
  spentBy: string | null
  credentialId: string | null
}

interface Read {
  id: string
  workspaceId: string
  connectionId: string
  partnerId: string
  byLink: boolean
  email: string | null
  state: RequestState
  requesterId: string
  requesterName: string
  createdAt: Date
  sentAt: Date
  expiresAt: Date
  openedAt: Date | null
  tries: number
  spentAt: Date | null
  spentBy: string | null
  credentialId: string | null
}

const LIFE_MS = REQUEST_DAYS * 86_400_000
const alive = notEnded('expires_at', LIFE_MS)
const state = sql`case when r.spent_at is not null then 'spent' when r.revoked_at is not null then 'revoked'
  when not ${notEnded('r.expires_at', LIFE_MS)} then 'expired' when r.tries >= ${REQUEST_TRIES} then 'exhausted' else 'open' end`
const columns = sql`r.id, r.workspace_id, r.connection_id, r.partner_id, r.secret_hash is not null as by_link, r.email, ${state} as state,
  r.requested_by as requester_id, u.name as requester_name, r.created_at, r.sent_at, r.expires_at, r.opened_at, r.tries, r.spent_at,
  r.spent_by, r.credential_id
  from token_requests r join auth_user u on u.id = r.requested_by`

function shown({ byLink, requesterName, tries, ...row }: Read): RequestRow {
  return {
    ...row,
    by: byLink ? 'link' : 'guest',
    requestedBy: { id: row.requesterId, name: requesterName },
    triesLeft: Math.max(0, REQUEST_TRIES - tries),
    createdAt: row.createdAt.toISOString(),
    sentAt: row.sentAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    openedAt: row.openedAt?.toISOString() ?? null,
    spentAt: row.spentAt?.toISOString() ?? null,
  }
}

/** The last request to each of these partners, by partner. */
export async function lastRequests(
  tx: Tx,
  partnerIds: readonly string[],
): Promise<Map<string, TokenRequest>> {
  if (partnerIds.length === 0) return new Map()
  const { rows } = await sql<Read>`select distinct on (r.partner_id) ${columns}
    where r.partner_id = any(${partnerIds}::uuid[]) order by r.partner_id, r.created_at desc, r.id`.execute(
    tx,
  )
  return new Map(rows.map((row) => [row.partnerId, shown(row)]))
}

/** The requests of a connection, or of one of its partners. */
export function requestList(connectionId: string, partnerId: string | null): ListSpec {
  return {
    base: sql`select r.id, r.email, coalesce(p.name, p.external_id) as partner, lower(coalesce(p.name, p.external_id)) as partner_key,
        ${state} as state, case when r.secret_hash is null then 'guest' else 'link' end as by, r.sent_at, r.created_at
      from token_requests r join partners p on p.id = r.partner_id
      where r.connection_id = ${connectionId} and (${partnerId}::uuid is null or r.partner_id = ${partnerId}::uuid)`,
    search: ['email', 'partner'],
    sorts: { partner: 'partner_key', sent: 'sent_at', made: 'created_at' },
    defaultSort: '-made',
    filled: ['partner_key', 'sent_at', 'created_at'],
    facets: { state: { column: 'state' }, by: { column: 'by' } },
  }
}

/** Requests by id. */
export async function requestsByIds(tx: Tx, ids: readonly string[]): Promise<TokenRequest[]> {
  const { rows } = await sql<Read>`select ${columns} where r.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(shown)
}

/** Those that this address is to answer, and those that were answered with it; newest first. */
export async function requestsTo(tx: Tx, email: string): Promise<RequestRow[]> {
  const { rows } = await sql<Read>`select ${columns}
    where r.secret_hash is null and r.email = ${email.toLowerCase()} order by r.created_at desc, r.id limit 100`.execute(
    tx,
  )
  return rows.map(shown)
}

/** A guest's request, for the guest with this address alone: what is another's is looked for in the same way as what is not there. */
export async function requestTo(tx: Tx, id: string, email: string): Promise<RequestRow | null> {
  const { rows } = await sql<Read>`select ${columns}
    where r.id = ${id} and r.secret_hash is null and r.email = ${email.toLowerCase()}`.execute(tx)
  return rows[0] === undefined ? null : shown(rows[0])
}

/** One request; `hold` keeps it until the transaction ends. */
export async function requestById(tx: Tx, id: string, hold = false): Promise<RequestRow | null> {
  const held = hold ? sql`for update of r` : sql``
  const { rows } = await sql<Read>`select ${columns} where r.id = ${id} ${held}`.execute(tx)
  return rows[0] === undefined ? null : shown(rows[0])
}

/** Holds whatever requests these partners have, in one order, until the transaction ends. */
export async function holdRequests(tx: Tx, partnerIds: readonly string[]): Promise<void> {
  await sql`select 1 from token_requests where partner_id = any(${partnerIds}::uuid[]) and spent_at is null and revoked_at is null
    order by id for update`.execute(tx)
}

/** The one request whose secret this is the hash of, in whatever workspace. */
export function requestBySecret(db: Db, secretHash: Buffer): Promise<RequestRow | null> {
  return byHash(db, secretHash, async (tx) => {
    const { rows } = await sql<Read>`select ${columns} where r.secret_hash = ${secretHash}`.execute(tx)
    return rows[0] === undefined ? null : shown(rows[0])
  })
}

/** Adds a request. One that can no longer be answered gives way; false where the partner has an open one. */
export async function addRequest(
  tx: Tx,
  row: {
    id: string
    workspaceId: string
    connectionId: string
    partnerId: string
    secretHash: Buffer | null
    email: string | null
    requestedBy: string
    expiresAt: Date
  },
): Promise<boolean> {
  await sql`update token_requests set revoked_at = now()
    where partner_id = ${row.partnerId} and spent_at is null and revoked_at is null
      and (not ${alive} or tries >= ${REQUEST_TRIES})`.execute(tx)
  const added = await tx
    .insertInto('tokenRequests')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

/** Gives a request a new secret, new time and new tries; the old link is dead. The caller holds the row: neither spent nor revoked. */
export async function renewRequest(
  tx: Tx,
  id: string,
  to: { secretHash: Buffer | null; expiresAt: Date; requestedBy: string },
): Promise<void> {
  const fresh = { sentAt: new Date(), tries: 0, openedAt: null, lapsedAt: null }
  await tx
    .updateTable('tokenRequests')
    .set({ ...to, ...fresh })
    .where('id', '=', id)
    .execute()
}

export async function revokeRequest(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('tokenRequests').set({ revokedAt: new Date() }).where('id', '=', id).execute()
}

/** The partner's token came another way: an open request must not let a second one in. Gives those that were ended. */
export async function closeRequests(tx: Tx, partnerId: string): Promise<string[]> {
  const done = await tx
    .updateTable('tokenRequests')
    .set({ revokedAt: new Date() })
    .where('partnerId', '=', partnerId)
    .where('spentAt', 'is', null)
    .where('revokedAt', 'is', null)
    .returning('id')
    .execute()
  return done.map(({ id }) => id)
}

export function markOpened(db: Db, request: { id: string; workspaceId: string }): Promise<unknown> {
  return work(db, request.workspaceId, (tx) =>
    tx
      .updateTable('tokenRequests')
      .set({ openedAt: new Date() })
      .where('id', '=', request.id)
      .where('openedAt', 'is', null)
      .execute(),
  )
}

const answerable = sql`spent_at is null and revoked_at is null and ${alive}`

/** Counts a try before it is made, so that tries side by side cannot slip through together. False where none is left, or it is not open. */
export function takeRequestTry(
  db: Db,
  request: { id: string; workspaceId: string },
  secretHash: Buffer | null,
): Promise<boolean> {
  return work(db, request.workspaceId, async (tx) => {
    const { rows } = await sql`update token_requests set tries = tries + 1
      where id = ${request.id} and secret_hash is not distinct from ${secretHash} and ${answerable} and tries < ${REQUEST_TRIES}
      returning id`.execute(tx)
    return rows.length > 0
  })
}

/**
 * Uses the request up. One caller wins: every other one, at the same moment or later, gets false; so does one whose secret was replaced,
 * or who is a moment too late.
 */
export async function spendRequest(
  tx: Tx,
  id: string,
  by: { secretHash: Buffer | null; userId: string | null; credentialId: string },
): Promise<boolean> {
  const { rows } =
    await sql`update token_requests set spent_at = now(), spent_by = ${by.userId}, credential_id = ${by.credentialId}
    where id = ${id} and secret_hash is not distinct from ${by.secretHash} and ${answerable} returning id`.execute(
      tx,
    )
  return rows.length > 0
}

/** The token that a request brought was judged bad afterwards: where its time is not over, it waits for another one. */
export async function reopenRequest(tx: Tx, credentialId: string): Promise<boolean> {
  const { rows } =
    await sql`update token_requests r set spent_at = null, spent_by = null, credential_id = null
    where credential_id = ${credentialId} and spent_at is not null and revoked_at is null and ${alive}
      and not exists (select from token_requests o where o.partner_id = r.partner_id and o.spent_at is null and o.revoked_at is null)
    returning r.id`.execute(tx)
  return rows.length > 0
}

/** Workspaces with requests whose time is over, and of which that was not noticed yet. Inside across(). */
export async function workspacesWithLapsed(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ workspaceId: string }>`select distinct workspace_id from token_requests
    where spent_at is null and revoked_at is null and lapsed_at is null and expires_at <= now()`.execute(tx)
  return rows.map((row) => row.workspaceId)
}

/** Notices a workspace's requests whose time is over, so that no partner is said to be asked any more. */
export async function lapseRequests(tx: Tx): Promise<void> {
  const lapsed = await tx
    .updateTable('tokenRequests')
    .set({ lapsedAt: new Date() })
    .where('spentAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('lapsedAt', 'is', null)
    .where('expiresAt', '<=', sql<Date>`now()`)
    .returning('connectionId')
    .execute()
  for (const id of new Set(lapsed.map((row) => row.connectionId)))
    await recomputePartnerStatuses(tx, id, new Date())
}
