// Members of a workspace: who they are, with which role, until when. A row is never deleted: a former member's stays, as removed.
import { sql } from 'kysely'
import type { Member, Role } from '../model/member.ts'
import type { Tx } from './db.ts'

/** A row of the list without what depends on who looks. */
export type MemberRow = Omit<Member, 'may'>

/** Everybody who is or was in the workspace, or one of them; those with most rights first. */
export async function memberRows(tx: Tx, userId: string | null = null): Promise<MemberRow[]> {
  const { rows } = await sql<
    Omit<MemberRow, 'lastSeenAt' | 'joinedAt' | 'endsAt' | 'invitedBy'> & {
      lastSeenAt: Date | null
      joinedAt: Date
      endsAt: Date | null
      inviterId: string | null
      inviterName: string | null
    }
  >`
    select m.user_id, u.name, u.email, m.role,
      case when m.status = 'active' and m.ends_at <= now() then 'ended' else m.status end as status,
      coalesce(u.two_factor_enabled, false) as two_factor,
      (select count(*) from auth_passkey k where k.user_id = m.user_id) as passkeys,
      p.last_seen_at, m.created_at as joined_at, m.ends_at, inviter.id as inviter_id, inviter.name as inviter_name
    from members m join auth_user u on u.id = m.user_id
    left join people p on p.user_id = m.user_id
    left join auth_user inviter on inviter.id = m.invited_by
    where ${userId}::text is null or m.user_id = ${userId}
    order by array_position(array['owner', 'admin', 'auditor', 'member', 'guest'], m.role), lower(u.name), m.user_id`.execute(
    tx,
  )
  return rows.map(({ inviterId, inviterName, ...row }) => ({
    ...row,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    joinedAt: row.joinedAt.toISOString(),
    endsAt: row.endsAt?.toISOString() ?? null,
    invitedBy: inviterId === null || inviterName === null ? null : { id: inviterId, name: inviterName },
  }))
}

export interface Place {
  userId: string
  role: Role
  status: 'active' | 'removed'
  endsAt: Date | null
  /** By the database's clock at the moment of the answer: whoever waited for a lock began before it. */
  over: boolean
  invitedBy: string | null
}

/** True for a member of today: not removed, and no guest past the end. */
export function isPresent(place: Place | undefined): place is Place {
  return place !== undefined && place.status === 'active' && !place.over
}

/** These members' places, as they are now. */
export async function placesOf(tx: Tx, userIds: readonly string[]): Promise<Map<string, Place>> {
  if (userIds.length === 0) return new Map()
  return new Map((await places(tx, userIds).execute()).map((row) => [row.userId, row]))
}

/** The same, held until the transaction ends, so that what is judged of them stays true; always in one order. */
export async function lockMembers(tx: Tx, userIds: readonly string[]): Promise<Map<string, Place>> {
  return new Map((await places(tx, userIds).forUpdate().execute()).map((row) => [row.userId, row]))
}

function places(tx: Tx, userIds: readonly string[]) {
  return tx
    .selectFrom('members')
    .select([
      'userId',
      'role',
      'status',
      'endsAt',
      sql<boolean>`coalesce(ends_at <= clock_timestamp(), false)`.as('over'),
      'invitedBy',
    ])
    .where('userId', 'in', [...userIds])
    .orderBy('userId')
}

/** Makes somebody a member, or a former member one again. */
export async function addMember(
  tx: Tx,
  workspaceId: string,
  member: { userId: string; role: Role; endsAt: Date | null; invitedBy: string | null },
): Promise<void> {
  const { userId, ...rest } = member
  const values = { ...rest, status: 'active' as const, createdAt: new Date() }
  await tx
    .insertInto('members')
    .values({ workspaceId, userId, ...values })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'userId']).doUpdateSet(values))
    .execute()
}

/** Changes one member's row. */
export async function setMember(
  tx: Tx,
  userId: string,
  to: { role?: Role; status?: 'active' | 'removed'; endsAt?: Date | null; invitedBy?: string },
): Promise<void> {
  await tx.updateTable('members').set(to).where('userId', '=', userId).execute()
}

/** Hands ownership over: the old owner becomes an admin. Both rows are held by the caller; the order keeps "one owner" true at each step. */
export async function passOwnership(
  tx: Tx,
  workspaceId: string,
  from: string | null,
  to: string,
): Promise<void> {
  if (from !== null) await setMember(tx, from, { role: 'admin' })
  await addOwner(tx, workspaceId, to)
}

async function addOwner(tx: Tx, workspaceId: string, userId: string): Promise<void> {
  const values = { role: 'owner' as const, status: 'active' as const, endsAt: null }
  // Who comes back begins anew: keys that ended with their going stay ended.
  const createdAt = sql<Date>`case when members.status = 'removed' or members.ends_at <= now() then now() else members.created_at end`
  await tx
    .insertInto('members')
    .values({ workspaceId, userId, ...values })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'userId']).doUpdateSet({ ...values, createdAt }),
    )
    .execute()
}

/** The present owner's id; null only where somebody broke the rule from outside. */
export async function ownerOf(tx: Tx): Promise<string | null> {
  const row = await tx
    .selectFrom('members')
    .select('userId')
    .where('role', '=', 'owner')
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row?.userId ?? null
}
