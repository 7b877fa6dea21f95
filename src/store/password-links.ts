// One-time links to a new password: made by an admin for somebody, or asked for by mail. Only a hash of the secret is kept.
import { sql } from 'kysely'
import type { Db, Tx } from './db.ts'
import { notEnded } from './ends.ts'
import { endPasswordLinks } from './people.ts'

export const PASSWORD_LINK_MINUTES = 60
const alive = notEnded('expires_at', PASSWORD_LINK_MINUTES * 60_000)

export interface PasswordLink {
  userId: string
  madeBy: string | null
  state: 'open' | 'expired' | 'used' | 'void'
}

/**
 * Adds a link and returns when it ends. One that an admin made voids all earlier ones; one that was asked for by mail voids none, since
 * anybody may ask for it.
 */
export async function addPasswordLink(
  tx: Tx,
  link: { secretHash: Buffer; userId: string; madeBy: string | null },
): Promise<Date> {
  if (link.madeBy !== null) await endPasswordLinks(tx, link.userId)
  const expiresAt = new Date(Date.now() + PASSWORD_LINK_MINUTES * 60_000)
  await tx
    .insertInto('passwordLinks')
    .values({ ...link, expiresAt })
    .execute()
  return expiresAt
}

/** The look-up by hash; null where no link has this secret. */
export async function passwordLinkBySecret(db: Db, secretHash: Buffer): Promise<PasswordLink | null> {
  const { rows } = await sql<PasswordLink>`
    select user_id, made_by, case when used_at is not null then 'used' when ended_at is not null then 'void'
      when ${alive} then 'open' else 'expired' end as state
    from password_links where secret_hash = ${secretHash}`.execute(db.kysely)
  return rows[0] ?? null
}

/** Uses a link up: one caller wins, and true is told to nobody else. */
export async function takePasswordLink(tx: Tx, secretHash: Buffer): Promise<boolean> {
  const { rows } = await sql`
    update password_links set used_at = now()
    where secret_hash = ${secretHash} and used_at is null and ended_at is null and ${alive} returning user_id`.execute(
    tx,
  )
  return rows.length > 0
}
