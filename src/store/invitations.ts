// Invitations: rows that let one person in, once. Only a hash of the secret is here; the link exists where it was shown or mailed.
import { sql } from 'kysely'
import { INVITATION_HOURS } from '../model/invitation.ts'
import type { Invitation, InvitedRole } from '../model/invitation.ts'
import { byHash } from './db.ts'
import type { Db, Tx } from './db.ts'
import { notEnded } from './ends.ts'

export interface InvitationRow extends Omit<Invitation, 'mayManage'> {
  workspaceId: string
  inviterId: string
}

interface Read {
  id: string
  workspaceId: string
  email: string
  role: InvitedRole
  state: Invitation['state']
  inviterId: string
  inviterName: string
  createdAt: Date
  sentAt: Date
  expiresAt: Date
  usedAt: Date | null
  endsAt: Date | null
}

const LIFE_MS = INVITATION_HOURS * 3_600_000
const alive = notEnded('expires_at', LIFE_MS)
const columns = sql`i.id, i.workspace_id, i.email, i.role,
  case when i.used_at is not null then 'used' when i.revoked_at is not null then 'revoked' when ${notEnded('i.expires_at', LIFE_MS)} then 'open' else 'expired' end as state,
  i.invited_by as inviter_id, u.name as inviter_name, i.created_at, i.sent_at, i.expires_at, i.used_at, i.ends_at
  from invitations i join auth_user u on u.id = i.invited_by`

function shown({ inviterName, ...row }: Read): InvitationRow {
  return {
    ...row,
    invitedBy: { id: row.inviterId, name: inviterName },
    createdAt: row.createdAt.toISOString(),
    sentAt: row.sentAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    usedAt: row.usedAt?.toISOString() ?? null,
    endsAt: row.endsAt?.toISOString() ?? null,
  }
}

/** All of the workspace, or those that one person made; newest first. */
export async function invitationRows(tx: Tx, madeBy: string | null): Promise<InvitationRow[]> {
  const { rows } = await sql<Read>`
    select ${columns} where ${madeBy}::text is null or i.invited_by = ${madeBy} order by i.created_at desc, i.id`.execute(
    tx,
  )
  return rows.map(shown)
}

export async function invitationById(tx: Tx, id: string): Promise<InvitationRow | null> {
  const { rows } = await sql<Read>`select ${columns} where i.id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : shown(rows[0])
}

/** Keeps others from changing one until the transaction ends. `madeBy`: it is there only where this person made it. */
export async function holdInvitation(
  tx: Tx,
  id: string,
  madeBy: string | null,
): Promise<InvitationRow | null> {
  const { rows } = await sql<Read>`select ${columns} where i.id = ${id}
    and (${madeBy}::text is null or i.invited_by = ${madeBy}) for update of i`.execute(tx)
  return rows[0] === undefined ? null : shown(rows[0])
}

/** The look-up by hash: the invitation that the secret belongs to, in whatever workspace; null where there is none. */
export async function invitationBySecret(db: Db, secretHash: Buffer): Promise<InvitationRow | null> {
  return byHash(db, secretHash, async (tx) => {
    const { rows } = await sql<Read>`select ${columns} where i.secret_hash = ${secretHash}`.execute(tx)
    return rows[0] === undefined ? null : shown(rows[0])
  })
}

/** Adds one. An expired one for the same address gives way. False where an open one is there. */
export async function addInvitation(
  tx: Tx,
  row: {
    id: string
    workspaceId: string
    email: string
    role: InvitedRole
    endsAt: Date | null
    secretHash: Buffer
    invitedBy: string
    expiresAt: Date
  },
): Promise<boolean> {
  await sql`update invitations set revoked_at = now()
    where email = ${row.email} and used_at is null and revoked_at is null and not ${alive}`.execute(tx)
  const added = await tx
    .insertInto('invitations')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

/** Gives an invitation a new secret and new time; the old link is dead. The caller holds the row and knows that it is neither used nor revoked. */
export async function renewInvitation(
  tx: Tx,
  id: string,
  to: { secretHash: Buffer; expiresAt: Date; invitedBy: string },
): Promise<void> {
  await tx
    .updateTable('invitations')
    .set({ ...to, sentAt: new Date() })
    .where('id', '=', id)
    .execute()
}

export async function revokeInvitation(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('invitations').set({ revokedAt: new Date() }).where('id', '=', id).execute()
}

/**
 * Uses the invitation up. One caller wins: every other one, at the same moment or later, gets false; so does one whose secret was
 * replaced, or who is a moment too late.
 */
export async function takeInvitation(
  tx: Tx,
  id: string,
  secretHash: Buffer,
  userId: string,
): Promise<boolean> {
  const { rows } = await sql`
    update invitations set used_at = now(), used_by = ${userId}
    where id = ${id} and secret_hash = ${secretHash} and used_at is null and revoked_at is null and ${alive}
    returning id`.execute(tx)
  return rows.length > 0
}
