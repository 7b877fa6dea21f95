// Tries of what can be guessed, counted per key, whatever address they come from: sign-in per account, links per address.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from './db.ts'

/** Hashed, so that what strangers type is not kept. `what` keeps apart what is tried. */
export function triesKey(what: string, who: string): string {
  return createHash('sha256').update(`${what}/${who.trim().toLowerCase()}`).digest('hex')
}

/**
 * Counts a try before it is made, in one statement, so that tries side by side cannot slip through together. False where there were
 * too many since the first of them, until the window is over.
 */
export async function takeTry(
  db: Db,
  key: string,
  limit: { most: number; windowSeconds: number },
): Promise<boolean> {
  // From the future where the clock was ahead: nobody waits until it has come.
  const over = sql`auth_tries.since not between now() - make_interval(secs => ${limit.windowSeconds}) and now() + interval '1 minute'`
  const { rows } = await sql<{ tries: number }>`
    insert into auth_tries (account, tries, since) values (${key}, 1, now())
    on conflict (account) do update set
      tries = case when ${over} then 1 else auth_tries.tries + 1 end,
      since = case when ${over} then now() else auth_tries.since end
    returning tries`.execute(db.kysely)
  return (rows[0]?.tries ?? 0) <= limit.most
}

/** After a right try; sweeps what is long over as well. */
export async function forgetTries(db: Db, key: string): Promise<void> {
  await sql`delete from auth_tries where account = ${key} or since < now() - interval '1 day'`.execute(
    db.kysely,
  )
}

/** Takes one try back: it was right, and others from the same place still count. */
export async function giveBackTry(db: Db, key: string): Promise<void> {
  await sql`update auth_tries set tries = greatest(tries - 1, 0) where account = ${key}`.execute(db.kysely)
}

/**
 * Forgets what the sign-in library counted while a clock was more than an hour ahead: where that was too much, it would refuse until that
 * time has come.
 */
export async function forgetFutureRequests(db: Db): Promise<void> {
  await sql`delete from auth_rate_limit where last_request > ${Date.now() + 3_600_000}`.execute(db.kysely)
}
