// Secrets as their members see them: labels, people, versions as encrypted files. Whoever is no member of a secret finds nothing here.
import { sql } from 'kysely'
import { SECRET_LIMITS } from '../model/secret.ts'
import type { Secret, SecretDeed, SecretDetails, SecretKind, SecretRole } from '../model/secret.ts'
import type { AuditEntry, Tx } from './db.ts'
import type { ListSpec } from './list.ts'
import { openers } from './vaults.ts'

const alive = sql`(s.expires_at is null or s.expires_at > now())`
const present = sql`exists (select from members w where w.user_id = m.user_id and w.status = 'active' and (w.ends_at is null or w.ends_at > now()))`

/** One person's secrets. */
export function secretList(userId: string): ListSpec {
  return {
    base: sql`select s.id, s.label, lower(s.label) as label_key, s.kind, me.role, s.changed_at, s.expires_at,
        (select string_agg(u.name, ', ') from secret_members m join auth_user u on u.id = m.user_id where m.secret_id = s.id) as people
      from secrets s join secret_members me on me.secret_id = s.id and me.user_id = ${userId} where ${alive}`,
    search: ['label', 'people'],
    sorts: { label: 'label_key', kind: 'kind', changedAt: 'changed_at', expiresAt: 'expires_at' },
    defaultSort: 'label',
    facets: { kind: { column: 'kind' }, role: { column: 'role' } },
  }
}

type Row = Omit<Secret, 'expiresAt' | 'createdAt' | 'changedAt' | 'changedBy'> & {
  expiresAt: Date | null
  createdAt: Date
  changedAt: Date
  changedById: string
  changedByName: string
}

/** Secrets by id, as far as the person is a member of them. */
export async function secretsByIds(tx: Tx, ids: readonly string[], userId: string): Promise<Secret[]> {
  const { rows } = await sql<Row>`
    select s.id, s.label, s.kind, s.version, s.expires_at, s.created_at, s.changed_at, s.changed_by as changed_by_id,
      coalesce(by.name, 'A former member') as changed_by_name, me.role,
      exists (select from vaults v where v.user_id = me.user_id and v.replaced_at is null and v.id = any(now.vaults)) as can_open,
      (select jsonb_agg(jsonb_build_object('userId', m.user_id, 'name', u.name, 'role', m.role, 'canOpen',
          exists (select from vaults v where v.user_id = m.user_id and v.replaced_at is null and v.id = any(now.vaults)))
          order by m.role desc, lower(u.name), m.user_id)
        from secret_members m join auth_user u on u.id = m.user_id where m.secret_id = s.id and ${present}) as members
    from secrets s join secret_members me on me.secret_id = s.id and me.user_id = ${userId}
    join secret_versions now on now.secret_id = s.id and now.version = s.version
    left join auth_user by on by.id = s.changed_by
    where s.id = any(${ids}::uuid[]) and ${alive}`.execute(tx)
  return rows.map(({ changedById, changedByName, ...row }) => ({
    ...row,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    changedBy: { id: changedById, name: changedByName },
  }))
}

/**
 * One of them; null where the person is no member of it. `hold` keeps others from changing it until the transaction ends: a secret of others
 * is not held, so that whoever asks for it neither waits for them nor takes longer than for one that is not there.
 */
export async function secretById(tx: Tx, id: string, userId: string, hold = false): Promise<Secret | null> {
  if (hold)
    await sql`select from secrets s where s.id = ${id}
      and exists (select from secret_members me where me.secret_id = s.id and me.user_id = ${userId}) for update of s`.execute(
      tx,
    )
  return (await secretsByIds(tx, [id], userId))[0] ?? null
}

/** Its versions, and what happened to it. */
export async function secretHistory(
  tx: Tx,
  id: string,
  userId: string,
): Promise<Pick<SecretDetails, 'versions' | 'events'>> {
  const versions = await sql<{
    version: number
    at: Date
    byId: string
    byName: string
    deed: SecretDeed
    label: string
    kind: SecretKind
    canOpen: boolean
  }>`
    select w.version, w.at, w.by as by_id, coalesce(u.name, 'A former member') as by_name, w.deed, w.label, w.kind,
      exists (select from vaults v where v.user_id = ${userId} and v.replaced_at is null and v.id = any(w.vaults)) as can_open
    from secret_versions w left join auth_user u on u.id = w.by where w.secret_id = ${id} order by w.version desc`.execute(
    tx,
  )
  const events = await sql<{ at: Date; actorName: string; action: string }>`
    select e.at, case when e.actor_kind = 'system' then 'Guestlist' else coalesce(u.name, 'A former member') end as actor_name, e.action
    from audit_events e left join auth_user u on u.id = e.actor_id
    where e.subject_kind = 'secret' and e.subject_id = ${id} order by e.id desc limit 100`.execute(tx)
  return {
    versions: versions.rows.map(({ byId, byName, ...row }) => ({
      ...row,
      at: row.at.toISOString(),
      by: { id: byId, name: byName },
    })),
    events: events.rows.map((row) => ({ ...row, at: row.at.toISOString() })),
  }
}

/** How many secrets somebody has made and still has. */
export async function secretsMadeBy(tx: Tx, userId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('secrets')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('createdBy', '=', userId)
    .executeTakeFirstOrThrow()
  return count
}

/** False where the id is taken, in whatever workspace. */
export async function addSecret(
  tx: Tx,
  secret: {
    id: string
    workspaceId: string
    label: string
    kind: SecretKind
    by: string
    expiresAt: Date | null
  },
): Promise<boolean> {
  const { by, ...rest } = secret
  const added = await tx
    .insertInto('secrets')
    .values({ ...rest, version: 1, createdBy: by, changedBy: by })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

export interface NewVersion {
  workspaceId: string
  secretId: string
  version: number
  label: string
  kind: SecretKind
  sealed: string
  deed: SecretDeed
  by: string
  members: readonly { userId: string; role: SecretRole; vaultId: string | null }[]
}

/**
 * Makes a version the present one, and its members the secret's; the oldest versions beyond the limit go. The caller holds the secret. Gives
 * who had it and has it no more, guests whose stay is over among them.
 */
export async function putVersion(tx: Tx, version: NewVersion): Promise<string[]> {
  const { members, ...row } = version
  const { workspaceId, secretId, by } = row
  const vaults = members.flatMap(({ vaultId }) => vaultId ?? [])
  await tx
    .insertInto('secretVersions')
    .values({ ...row, vaults })
    .execute()
  await tx
    .updateTable('secrets')
    .set({ version: row.version, label: row.label, kind: row.kind, changedAt: new Date(), changedBy: by })
    .where('id', '=', secretId)
    .execute()
  const ids = members.map(({ userId }) => userId)
  const gone = await tx
    .deleteFrom('secretMembers')
    .where('secretId', '=', secretId)
    .where('userId', 'not in', ids)
    .returning('userId')
    .execute()
  await tx
    .insertInto('secretMembers')
    .values(members.map(({ userId, role }) => ({ workspaceId, secretId, userId, role, addedBy: by })))
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'secretId', 'userId'])
        .doUpdateSet((eb) => ({ role: eb.ref('excluded.role') })),
    )
    .execute()
  await tx
    .deleteFrom('secretVersions')
    .where('secretId', '=', secretId)
    .where('version', '<=', row.version - SECRET_LIMITS.versions)
    .execute()
  return gone.map(({ userId }) => userId)
}

/** One version as it was encrypted; null where there is no such. The caller knows that the reader is a member. */
export async function sealedVersion(
  tx: Tx,
  secretId: string,
  version: number,
): Promise<{ sealed: string; label: string; kind: SecretKind; version: number; by: string } | null> {
  const row = await tx
    .selectFrom('secretVersions')
    .select(['sealed', 'label', 'kind', 'version', 'by'])
    .where('secretId', '=', secretId)
    .where('version', '=', version)
    .executeTakeFirst()
  return row ?? null
}

export async function setSecretExpiry(tx: Tx, id: string, expiresAt: Date | null): Promise<void> {
  await tx.updateTable('secrets').set({ expiresAt }).where('id', '=', id).execute()
}

/** Deletes a secret with everything that belongs to it. */
export async function deleteSecret(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('secrets').where('id', '=', id).execute()
}

export async function leaveSecret(tx: Tx, id: string, userId: string): Promise<void> {
  await tx.deleteFrom('secretMembers').where('secretId', '=', id).where('userId', '=', userId).execute()
}

/**
 * Takes from somebody who goes, or comes back as a new member, every secret that others can open: they share it again, or not. What nobody
 * else can open stays theirs, since it would be lost to everybody.
 */
export async function endShares(
  tx: Tx,
  audit: (entry: AuditEntry) => Promise<void>,
  userId: string,
): Promise<void> {
  const mine = sql`select me.secret_id from secret_members me where me.user_id = ${userId}`
  // Whoever shares one of them meanwhile does so before, or finds the person gone.
  await sql`select from secrets where id in (${mine}) order by id for update`.execute(tx)
  const { rows } = await sql<{ id: string }>`delete from secret_members me where me.user_id = ${userId}
    and exists (select from secret_members m
      join members w on w.user_id = m.user_id and w.role = any(${openers}::text[])
      join secrets s on s.id = m.secret_id
      join secret_versions now on now.secret_id = s.id and now.version = s.version
      join vaults v on v.user_id = m.user_id and v.replaced_at is null and v.id = any(now.vaults)
      where m.secret_id = me.secret_id and m.user_id <> ${userId} and ${present})
    returning me.secret_id as id`.execute(tx)
  for (const { id } of rows)
    await audit({ action: 'secret.unshare', subjectKind: 'secret', subjectId: id, data: { from: [userId] } })
}

/** Who brought a partner's token as a secret; null where the reader has no such secret. */
export async function bringerOf(tx: Tx, id: string, readerId: string): Promise<string | null> {
  const secret = await secretById(tx, id, readerId)
  if (secret?.kind !== 'partner-token') return null
  const row = await tx.selectFrom('secrets').select('createdBy').where('id', '=', id).executeTakeFirst()
  return row?.createdBy ?? null
}

/** Secrets of every workspace that have expired. For `across`; delete each with deleteExpiredSecret. */
export function expiredSecrets(tx: Tx): Promise<{ id: string; workspaceId: string }[]> {
  return tx
    .selectFrom('secrets')
    .select(['id', 'workspaceId'])
    .where('expiresAt', '<=', sql<Date>`now()`)
    .limit(500)
    .execute()
}

/** False where another process was first, or the expiry was moved in between. */
export async function deleteExpiredSecret(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom('secrets')
    .where('id', '=', id)
    .where('expiresAt', '<=', sql<Date>`now()`)
    .returning('id')
    .executeTakeFirst()
  return gone !== undefined
}
