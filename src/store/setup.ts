// The first run: a fresh installation is closed until somebody enters the setup code. Only a hash of the code is kept, and it is
// valid only while no user has ever existed.
import { sql } from 'kysely'
import type { Db, Tx } from './db.ts'

/** Tries of the setup code, whoever makes them, until this many seconds after the first. */
export const SETUP_TRIES = { most: 10, windowSeconds: 15 * 60 }

/** True while no user has ever existed. */
export async function setupNeeded(db: Db): Promise<boolean> {
  const { rows } = await sql<{ needed: boolean }>`
    select done_at is null and not exists (select 1 from auth_user) as needed from setup`.execute(db.kysely)
  return rows[0]?.needed ?? false
}

/** Puts a new code's hash in the place of the last one. False, and nothing stored, where a user has existed. */
export async function putSetupCode(db: Db, codeHash: Buffer): Promise<boolean> {
  const { rows } = await sql`
    update setup set code_hash = ${codeHash}, tries = 0, tries_since = now()
    where done_at is null and not exists (select 1 from auth_user) returning one`.execute(db.kysely)
  return rows.length > 0
}

/**
 * Counts one try before it is looked at, in a transaction of its own, and gives the hash to compare with: null where there is none any
 * more, `limited` where too many were made.
 */
export async function takeSetupTry(db: Db): Promise<Buffer | null | 'limited'> {
  const over = sql`tries_since not between now() - make_interval(secs => ${SETUP_TRIES.windowSeconds}) and now() + interval '1 minute'`
  const { rows } = await sql<{ codeHash: Buffer | null; tries: number }>`
    update setup set tries = case when ${over} then 1 else tries + 1 end, tries_since = case when ${over} then now() else tries_since end
    where done_at is null and not exists (select 1 from auth_user) returning code_hash, tries`.execute(
    db.kysely,
  )
  const row = rows[0]
  if (row === undefined) return null
  return row.tries > SETUP_TRIES.most ? 'limited' : row.codeHash
}

/** Ends the setup for good, inside the transaction that makes the first user. False where another one was faster. */
export async function endSetup(tx: Tx): Promise<boolean> {
  const { rows } = await sql`
    update setup set done_at = now(), code_hash = null
    where done_at is null and not exists (select 1 from auth_user) returning one`.execute(tx)
  return rows.length > 0
}
