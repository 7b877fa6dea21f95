// Invitations: rows that let one person in, once. Only a hash of the secret is here; the link exists where it was shown or mailed.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { giveableRoles } from '../model/can.ts'
import { INVITATION_HOURS } from '../model/invitation.ts'
import type { Invitation, InvitedRole } from '../model/invitation.ts'
import { roles } from '../model/member.ts'
import { byHash } from './db.ts'
import type { Db, Tx } from './db.ts'
import { notEnded } from './ends.ts'
import type { ListSpec } from './list.ts'

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

/** `open`: the state of one that can be used. */
const stateOf = (
  open: RawBuilder<unknown>,
) => sql`case when i.used_at is not null then 'used' when i.revoked_at is not null then 'revoked'
  when ${notEnded('i.expires_at', LIFE_MS)} then ${open} else 'expired' end`
const columnsWith = (
  state: RawBuilder<unknown>,
) => sql`i.id, i.workspace_id, i.email, i.role, ${state} as state,
  i.invited_by as inviter_id, u.name as inviter_name, i.created_at, i.sent_at, i.expires_at, i.used_at, i.ends_at
  from invitations i join auth_user u on u.id = i.invited_by`
const columns = columnsWith(stateOf(sql`'open'`))

/** Which role may give which, as two columns. */
const pairs = roles.flatMap((role) => giveableRoles({ role, userId: '' }).map((given) => ({ role, given })))
const gives = { roles: pairs.map(({ role }) => role), given: pairs.map(({ given }) => given) }
/** Asks who is in the workspace, so that only inside one it can be told. */
const stateInside =
  stateOf(sql`case when exists (select from members m where m.user_id = i.invited_by and m.status = 'active'
  and coalesce(m.ends_at, 'infinity') > now() and (m.role, i.role) in (select * from unnest(${gives.roles}::text[], ${gives.given}::text[])))
  then 'open' else 'void' end`)

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

/** All of the workspace, or those that one person made. */
export function invitationList(madeBy: string | null): ListSpec {
  return {
    base: sql`select i.id, i.email, i.role, array_position(${[...roles]}::text[], i.role) as place, ${stateInside} as state, u.name as inviter,
        i.sent_at, i.created_at from invitations i join auth_user u on u.id = i.invited_by
      where ${madeBy}::text is null or i.invited_by = ${madeBy}`,
    search: ['email', 'inviter'],
    sorts: { email: 'email', role: 'place', sent: 'sent_at', made: 'created_at' },
    defaultSort: '-made',
    filled: ['created_at', 'sent_at'],
    facets: { role: { column: 'role' }, state: { column: 'state' } },
  }
}

/** Invitations by id, as the list tells their states: `void` where whoever made one may no longer invite with its role. */
export async function invitationsByIds(tx: Tx, ids: readonly string[]): Promise<InvitationRow[]> {
  const { rows } =
    await sql<Read>`select ${columnsWith(stateInside)} where i.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(shown)
}

/** The role that an open invitation would give to this address; null where there is none. */
export async function roleInvitedWith(tx: Tx, email: string): Promise<InvitedRole | null> {
  const { rows } = await sql<{ role: InvitedRole }>`select role from invitations
    where email = ${email} and used_at is null and revoked_at is null and ${alive}`.execute(tx)
  return rows[0]?.role ?? null
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
