// Vaults: public keys, private keys as files that only their owners can open, and the fingerprints that each owner has confirmed.
import { sql } from 'kysely'
import { can } from '../model/can.ts'
import { roles } from '../model/member.ts'
import type { Membership } from '../model/member.ts'
import type { OwnVault, Pin, PublicKey, Recipient } from '../model/secret.ts'
import type { Tx } from './db.ts'

/** The present vault of a person in this workspace, with its confirmed fingerprints; null where there is none. */
export async function vaultOfPerson(tx: Tx, userId: string): Promise<OwnVault | null> {
  const row = await tx
    .selectFrom('vaults')
    .select(['id', 'recipient', 'signing', 'passphraseFile', 'recoveryFile', 'madeAt'])
    .where('userId', '=', userId)
    .where('replacedAt', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  const pins = await tx
    .selectFrom('vaultPins')
    .select(['about', 'fingerprint', 'code'])
    .where('vaultId', '=', row.id)
    .orderBy('about')
    .execute()
  return {
    ...row,
    passphraseFile: row.passphraseFile ?? '',
    recoveryFile: row.recoveryFile ?? '',
    madeAt: row.madeAt.toISOString(),
    pins,
  }
}

/** False where the person has a vault already. */
export async function addVault(
  tx: Tx,
  vault: {
    id: string
    workspaceId: string
    userId: string
    passphraseFile: string
    recoveryFile: string
  } & PublicKey,
): Promise<boolean> {
  const added = await tx
    .insertInto('vaults')
    .values(vault)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

/** Ends a vault: its files and its confirmed fingerprints are deleted. False where it is not the person's present one. */
export async function endVault(tx: Tx, userId: string, id: string): Promise<boolean> {
  const ended = await tx
    .updateTable('vaults')
    .set({ replacedAt: new Date(), passphraseFile: null, recoveryFile: null })
    .where('id', '=', id)
    .where('userId', '=', userId)
    .where('replacedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (ended === undefined) return false
  await tx.deleteFrom('vaultPins').where('vaultId', '=', id).execute()
  return true
}

/** Puts other files in place of a vault's. False where it is not the person's present one. */
export async function rewrapVault(
  tx: Tx,
  userId: string,
  id: string,
  files: { passphraseFile?: string | undefined; recoveryFile?: string | undefined },
): Promise<boolean> {
  const changed = await tx
    .updateTable('vaults')
    // A file that is left out stays.
    .set(files)
    .where('id', '=', id)
    .where('userId', '=', userId)
    .where('replacedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}

/** Keeps a confirmed fingerprint in place of an older one about the same person. */
export async function putPin(tx: Tx, workspaceId: string, vaultId: string, pin: Pin): Promise<void> {
  const { about, ...rest } = pin
  await tx
    .insertInto('vaultPins')
    .values({ workspaceId, vaultId, about, ...rest })
    .onConflict((conflict) => conflict.columns(['vaultId', 'about']).doUpdateSet({ ...rest, at: new Date() }))
    .execute()
}

/** The roles that may open a secret. */
export const openers = roles.filter((role) => can({ role, userId: '' }, 'secret.open'))
const managers = roles.filter((role) => can({ role, userId: '' }, 'member.manage'))

type Read = Omit<Recipient, 'key'> & {
  vaultId: string | null
  recipient: string | null
  signing: string | null
  madeAt: Date | null
}

/**
 * Everybody to whom somebody may give a secret, with their public keys: all who can open secrets; for those who may not share with
 * members, whoever invited them and those who manage the workspace. Never the person themselves.
 */
export async function recipientsFor(tx: Tx, me: Pick<Membership, 'userId' | 'role'>): Promise<Recipient[]> {
  const all = can(me, 'secret.share')
  const { rows } = await sql<Read>`
    select m.user_id, u.name, case when ${all} then u.email end as email, m.role, m.user_id = own.invited_by as inviter,
      v.id as vault_id, v.recipient, v.signing, v.made_at
    from members m join auth_user u on u.id = m.user_id
    cross join (select coalesce(max(invited_by), '') as invited_by from members where user_id = ${me.userId}) own
    left join vaults v on v.user_id = m.user_id and v.replaced_at is null
    where m.user_id <> ${me.userId} and m.status = 'active' and (m.ends_at is null or m.ends_at > now())
      and m.role = any(${openers}::text[])
      and (${all} or m.user_id = own.invited_by or m.role = any(${managers}::text[]))
    order by m.user_id = own.invited_by desc, v.id is null, lower(u.name), m.user_id`.execute(tx)
  return rows.map(({ vaultId, recipient, signing, madeAt, ...row }) => ({
    ...row,
    key:
      vaultId === null || recipient === null || signing === null || madeAt === null
        ? null
        : { vaultId, recipient, signing, madeAt: madeAt.toISOString() },
  }))
}

/** The vaults of these people, those that were replaced as well. */
export function vaultsOf(
  tx: Tx,
  userIds: readonly string[],
): Promise<{ id: string; userId: string; replacedAt: Date | null }[]> {
  return tx
    .selectFrom('vaults')
    .select(['id', 'userId', 'replacedAt'])
    .where('userId', 'in', ['', ...userIds])
    .execute()
}
