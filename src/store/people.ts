// People as accounts: the auth library's rows where the product reads or changes them itself, and what is kept about a person beside them.
// These tables belong to no workspace; whoever calls has found out that the caller may.
import { sql } from 'kysely'
import { newId } from '../lib/ids.ts'
import type { News, Passkey, Settings } from '../model/person.ts'
import type { Db, Tx } from './db.ts'
import { notEnded } from './ends.ts'

/** How long the right password waits for the second factor. */
const CHALLENGE_MS = 600_000

/** What needs no transaction of its own: reading, and keeping count. */
type Asked = Db['kysely']

export interface Account {
  id: string
  name: string
  email: string
  twoFactor: boolean
}

/** Adds a person with a password's hash; returns the id. Throws the database's unique violation where the address has an account. */
export async function addPerson(
  tx: Tx,
  person: { id?: string | undefined; name: string; email: string; hash: string },
): Promise<string> {
  const id = person.id ?? newId()
  await sql`insert into auth_user (id, name, email, email_verified)
    values (${id}, ${person.name}, ${emailKey(person.email)}, false)`.execute(tx)
  await sql`insert into auth_account (id, account_id, provider_id, user_id, password, updated_at)
    values (${newId()}, ${id}, 'credential', ${id}, ${person.hash}, now())`.execute(tx)
  return id
}

/** An e-mail address in the one spelling that is stored and compared. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase()
}

export async function personByEmail(tx: Asked, email: string): Promise<Account | null> {
  return (await accounts(tx).where('email', '=', emailKey(email)).executeTakeFirst()) ?? null
}

export async function personById(tx: Asked, id: string): Promise<Account | null> {
  return (await accounts(tx).where('id', '=', id).executeTakeFirst()) ?? null
}

function accounts(tx: Asked) {
  return tx
    .selectFrom('authUser')
    .select(['id', 'name', 'email', sql<boolean>`coalesce(two_factor_enabled, false)`.as('twoFactor')])
}

/** Null where the person has no password. */
export async function passwordHashOf(tx: Asked, userId: string): Promise<string | null> {
  const { rows } = await sql<{ password: string | null }>`
    select password from auth_account where user_id = ${userId} and provider_id = 'credential'`.execute(tx)
  return rows[0]?.password ?? null
}

/**
 * What a sign-in with a password rests on, as one text; null where nobody has this address or id. `hold`: whoever would change it and end
 * what rests on it waits until the transaction ends, and what they changed before is seen.
 */
export async function proofOf(
  tx: Asked,
  of: { id: string } | { email: string },
  hold = false,
): Promise<string | null> {
  const whose = 'id' in of ? sql`u.id = ${of.id}` : sql`u.email = ${emailKey(of.email)}`
  const account = sql`from auth_user u join auth_account a on a.user_id = u.id and a.provider_id = 'credential' where ${whose}`
  if (hold) await sql`select ${account} for share of a`.execute(tx)
  const { rows } = await sql<{
    proof: string
  }>`select concat(coalesce(u.two_factor_enabled, false), ' ', a.password) as proof ${account}`.execute(tx)
  return rows[0]?.proof ?? null
}

/** Sets a new password and ends everything that the old one opened: sessions (but one, where it is named), and links to a new password. */
export async function setPassword(
  tx: Tx,
  userId: string,
  hash: string,
  exceptSession: string | null = null,
): Promise<void> {
  await sql`update auth_account set password = ${hash}, updated_at = now()
    where user_id = ${userId} and provider_id = 'credential'`.execute(tx)
  await endSessions(tx, userId, exceptSession)
  await endPasswordLinks(tx, userId)
}

/**
 * Ends all sessions of a person but one, and every sign-in that waits for its second factor. Whoever signs in at this moment waits, and looks
 * again at what they have proven.
 */
export async function endSessions(tx: Tx, userId: string, exceptId: string | null): Promise<void> {
  await sql`select from auth_account where user_id = ${userId} for no key update`.execute(tx)
  await endChallenges(tx, userId)
  await sql`delete from auth_session where user_id = ${userId} and id is distinct from ${exceptId}`.execute(
    tx,
  )
}

/** Ends every sign-in that waits for its second factor. */
export async function endChallenges(tx: Asked, userId: string): Promise<void> {
  await sql`delete from auth_verification where value = ${userId}`.execute(tx)
}

/** Ends every open link to a new password. */
export async function endPasswordLinks(tx: Tx, userId: string): Promise<void> {
  await tx
    .updateTable('passwordLinks')
    .set({ endedAt: new Date() })
    .where('userId', '=', userId)
    .where('usedAt', 'is', null)
    .where('endedAt', 'is', null)
    .execute()
}

export interface SessionInfo {
  id: string
  createdAt: Date
  lastSeenAt: Date
  address: string | null
  userAgent: string | null
}

export async function sessionsOf(tx: Asked, userId: string): Promise<SessionInfo[]> {
  const { rows } = await sql<SessionInfo>`
    select id, created_at, updated_at as last_seen_at, nullif(ip_address, '') as address, user_agent from auth_session
    where user_id = ${userId} and expires_at > now() order by updated_at desc, id`.execute(tx)
  return rows
}

/** Ends all sessions of a person but one; gives their ids. */
export async function endOtherSessions(tx: Tx, userId: string, exceptId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from auth_session where user_id = ${userId} and id <> ${exceptId} and expires_at > now() returning id`.execute(
    tx,
  )
  return rows.map((row) => row.id)
}

/** Notes the network address that a session was used from last. */
export async function noteAddress(tx: Asked, sessionId: string, address: string): Promise<void> {
  await sql`update auth_session set ip_address = ${address} where id = ${sessionId}`.execute(tx)
}

/** Ends one session of a person; false where there is no such. */
export async function endSession(tx: Asked, userId: string, sessionId: string): Promise<boolean> {
  const { rows } =
    await sql`delete from auth_session where id = ${sessionId} and user_id = ${userId} returning id`.execute(
      tx,
    )
  return rows.length > 0
}

/** Notes that a person was here now. */
export async function noteSeen(tx: Asked, userId: string): Promise<void> {
  await sql`insert into people (user_id, last_seen_at) values (${userId}, now())
    on conflict (user_id) do update set last_seen_at = now()`.execute(tx)
}

/** Takes a code for one use; false where it was used within the time that any clock could still call it right. */
export async function takeCode(tx: Asked, userId: string, codeHash: string): Promise<boolean> {
  // The last ones stay longer: where the clock was ahead for a moment, a code that looks old may still be right.
  await sql`delete from auth_used_codes where user_id = ${userId} and at < now() - interval '5 minutes' and code not in
    (select code from auth_used_codes where user_id = ${userId} order by at desc limit 20)`.execute(tx)
  const { rows } = await sql`insert into auth_used_codes (user_id, code) values (${userId}, ${codeHash})
    on conflict do nothing returning user_id`.execute(tx)
  return rows.length > 0
}

/** Gives a code back that turned out wrong: it may be right at another time. */
export async function returnCode(tx: Asked, userId: string, codeHash: string): Promise<void> {
  await sql`delete from auth_used_codes where user_id = ${userId} and code = ${codeHash}`.execute(tx)
}

/** Takes a person's second factor away; false where there was none. Passkeys stay. */
export async function dropSecondFactor(tx: Tx, userId: string): Promise<boolean> {
  const { rows } = await sql<{ had: boolean }>`
    with before as (select coalesce(two_factor_enabled, false) as had from auth_user where id = ${userId} for update),
      gone as (delete from auth_two_factor where user_id = ${userId}),
      off as (update auth_user set two_factor_enabled = false, updated_at = now() where id = ${userId})
    select had from before`.execute(tx)
  return rows[0]?.had ?? false
}

/** Whom a challenge of the second factor is about; null where it is over. */
export async function challengedPerson(tx: Asked, challenge: string): Promise<string | null> {
  const { rows } = await sql<{ value: string }>`
    select value from auth_verification where identifier = ${challenge} and ${notEnded('expires_at', CHALLENGE_MS)}`.execute(
    tx,
  )
  return rows[0]?.value ?? null
}

/** `host`: the present one. */
export async function passkeysOf(tx: Asked, userId: string, host: string): Promise<Passkey[]> {
  const { rows } = await sql<Omit<Passkey, 'createdAt'> & { createdAt: Date }>`
    select id, coalesce(name, 'Passkey') as name, coalesce(created_at, now()) as created_at, backed_up as synced,
      nullif(host, ${host}) as other_host
    from auth_passkey where user_id = ${userId} order by created_at, id`.execute(tx)
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** Whose passkey this is, by the id that its device gave it; null where nobody added it. */
export async function passkeyOwner(tx: Asked, credentialId: string): Promise<string | null> {
  const { rows } = await sql<{ userId: string }>`
    select user_id from auth_passkey where credential_id = ${credentialId}`.execute(tx)
  return rows[0]?.userId ?? null
}

/** Notes the host that a passkey was just made for. */
export async function notePasskeyHost(tx: Asked, id: string, host: string): Promise<void> {
  await sql`update auth_passkey set host = ${host} where id = ${id}`.execute(tx)
}

/** How many passkeys were made for other hosts, and are lost at this one. Those of which it is not known count as this one's from now on. */
export async function passkeysOfOtherHosts(
  tx: Asked,
  host: string,
): Promise<{ host: string; count: number }[]> {
  await sql`update auth_passkey set host = ${host} where host is null`.execute(tx)
  const { rows } = await sql<{ host: string; count: number }>`
    select host, count(*) as count from auth_passkey where host <> ${host} group by host order by host`.execute(
    tx,
  )
  return rows
}

/** True where anybody has set up a second factor. */
export async function holdsSecondFactors(tx: Asked): Promise<boolean> {
  return (await sql`select from auth_two_factor limit 1`.execute(tx)).rows.length > 0
}

/** The secret of every second factor, as the auth library sealed it. */
export async function sealedSecondFactors(tx: Asked): Promise<string[]> {
  const { rows } = await sql<{ secret: string }>`select secret from auth_two_factor`.execute(tx)
  return rows.map((row) => row.secret)
}

/** False where the person has no such passkey. */
export async function renamePasskey(tx: Tx, userId: string, id: string, name: string): Promise<boolean> {
  const { rows } =
    await sql`update auth_passkey set name = ${name} where id = ${id} and user_id = ${userId} returning id`.execute(
      tx,
    )
  return rows.length > 0
}

/** False where the person has no such passkey. */
export async function removePasskey(tx: Tx, userId: string, id: string): Promise<boolean> {
  const { rows } =
    await sql`delete from auth_passkey where id = ${id} and user_id = ${userId} returning id`.execute(tx)
  return rows.length > 0
}

export async function settingsOf(tx: Asked, userId: string): Promise<Settings> {
  const { rows } = await sql<Settings>`
    select u.name, p.locale, coalesce(p.theme, 'system') as theme, coalesce(p.density, 'comfortable') as density, p.time_zone
    from auth_user u left join people p on p.user_id = u.id where u.id = ${userId}`.execute(tx)
  const row = rows[0]
  if (row === undefined) throw new Error('settings of somebody who is not there')
  return row
}

/** Changes what is given, and nothing else: two changes at once both stand. */
export async function putSettings(tx: Tx, userId: string, change: Partial<Settings>): Promise<void> {
  const { name, ...rest } = change
  if (name !== undefined)
    await sql`update auth_user set name = ${name}, updated_at = now() where id = ${userId} and name <> ${name}`.execute(
      tx,
    )
  if (Object.keys(rest).length === 0) return
  await tx
    .insertInto('people')
    .values({ userId, ...rest })
    .onConflict((conflict) => conflict.column('userId').doUpdateSet(rest))
    .execute()
}

/** Tells a person something at the next sign-in. */
export async function tellPerson(tx: Tx, userId: string, sentence: string): Promise<void> {
  await tx.insertInto('personNews').values({ userId, sentence }).execute()
}

export async function newsOf(tx: Asked, userId: string): Promise<News[]> {
  const rows = await tx
    .selectFrom('personNews')
    .select(['id', 'at', 'sentence'])
    .where('userId', '=', userId)
    .where('seenAt', 'is', null)
    .orderBy('at', 'desc')
    .limit(20)
    .execute()
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

/** False where the person has no such news. */
export async function putNewsAway(tx: Tx, userId: string, id: string): Promise<boolean> {
  const row = await tx
    .updateTable('personNews')
    .set({ seenAt: new Date() })
    .where('id', '=', id)
    .where('userId', '=', userId)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
