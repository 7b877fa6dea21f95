// Whether work on pages is switched on for a connection, and its login: sealed credentials of kinds of their own, which no reader of the
// API is given.
import { sql } from 'kysely'
import type { PoolClient } from 'pg'
import { AppError } from '../model/error.ts'
import type { Automation, Reading } from '../model/automation.ts'
import type { Db, Tx } from './db.ts'

export const LOGIN = 'browser-login'
export const SESSION = 'browser-state'

/** Sign-ins whose end is not known before a person is asked to store the login anew. */
const MOST_OPEN = 2

export async function automationOf(
  tx: Tx,
  connectionId: string,
): Promise<{ enabled: boolean; enabledAt: Date | null; refused: boolean; reading: Reading }> {
  const row = await tx
    .selectFrom('automations')
    .selectAll()
    .where('connectionId', '=', connectionId)
    .executeTakeFirst()
  return {
    enabled: row?.enabled ?? false,
    enabledAt: row?.enabledAt ?? null,
    reading: row?.reading ?? 'off',
    refused: row !== undefined && (row.refusedAt !== null || row.openSignIns >= MOST_OPEN),
  }
}

/** What is stored to sign in with, without what was sealed. `totp` stands in the row's scopes. */
export async function loginOf(tx: Tx, connectionId: string): Promise<Omit<Automation['login'], 'refused'>> {
  const rows = await browserCredentials(tx, connectionId)
  const login = rows.find((row) => row.kind === LOGIN)
  const session = rows.find((row) => row.kind === SESSION)
  return {
    password:
      login === undefined
        ? null
        : { storedAt: login.createdAt.toISOString(), totp: login.scopes.includes('totp') },
    session: session === undefined ? null : { storedAt: session.createdAt.toISOString() },
  }
}

export function browserCredentials(tx: Tx, connectionId: string) {
  return tx
    .selectFrom('credentials')
    .select(['id', 'kind', 'sealed', 'scopes', 'createdAt'])
    .where('connectionId', '=', connectionId)
    .where('partnerId', 'is', null)
    .where('kind', 'in', [LOGIN, SESSION])
    .execute()
}

export async function destroyBrowserCredentials(tx: Tx, connectionId: string, kind?: string): Promise<void> {
  await holdAutomation(tx, connectionId)
  await tx
    .deleteFrom('credentials')
    .where('connectionId', '=', connectionId)
    .where('kind', 'in', kind === undefined ? [LOGIN, SESSION] : [kind])
    .execute()
}

/** Whoever changes what is stored takes turns. */
export async function holdAutomation(tx: Tx, connectionId: string): Promise<void> {
  await tx
    .selectFrom('automations')
    .select('connectionId')
    .where('connectionId', '=', connectionId)
    .forUpdate()
    .execute()
}

/** Whether work on pages is still switched on with exactly these credentials; they stay so until the transaction ends. */
export async function stillStored(tx: Tx, connectionId: string, opened: readonly string[]): Promise<boolean> {
  await holdAutomation(tx, connectionId)
  if (!(await automationOf(tx, connectionId)).enabled) return false
  const stored = await browserCredentials(tx, connectionId)
  return stored.length === opened.length && stored.every(({ id }) => opened.includes(id))
}

export async function setAutomation(
  tx: Tx,
  at: { workspaceId: string; connectionId: string },
  set: { enabled: boolean; by: string },
): Promise<void> {
  const values = {
    enabled: set.enabled,
    enabledBy: set.enabled ? set.by : null,
    enabledAt: set.enabled ? new Date() : null,
    // Switched on again, it reads nothing before somebody wants it to.
    ...(set.enabled ? {} : { reading: 'off' as const }),
  }
  await tx
    .insertInto('automations')
    .values({ workspaceId: at.workspaceId, connectionId: at.connectionId, ...values })
    .onConflict((c) => c.column('connectionId').doUpdateSet(values))
    .execute()
}

/** When pages are read in a check for updates. */
export async function setReading(tx: Tx, connectionId: string, reading: Reading): Promise<void> {
  await tx.updateTable('automations').set({ reading }).where('connectionId', '=', connectionId).execute()
}

/** Counts a sign-in that is about to happen. Throws `conflict` where the login was refused, or two ends are not known. */
export async function beginSignIn(tx: Tx, connectionId: string): Promise<void> {
  const row = await tx
    .updateTable('automations')
    .set({ openSignIns: sql<number>`open_sign_ins + 1` })
    .where('connectionId', '=', connectionId)
    .where('refusedAt', 'is', null)
    .where('openSignIns', '<', MOST_OPEN)
    .returning('connectionId')
    .executeTakeFirst()
  if (row === undefined) throw new AppError('conflict', 'The login may not be used.')
}

/** How the sign-in ended; storing a login anew counts as a good end. `login`: only where this one is still the stored one. */
export async function endSignIn(
  tx: Tx,
  connectionId: string,
  refused: boolean,
  login?: string,
): Promise<void> {
  await holdAutomation(tx, connectionId)
  const stored = await browserCredentials(tx, connectionId)
  if (login !== undefined && !stored.some(({ id }) => id === login)) return
  await tx
    .updateTable('automations')
    .set({ openSignIns: 0, refusedAt: refused ? new Date() : null })
    .where('connectionId', '=', connectionId)
    .execute()
}

/** Browsers of one process at once: each holds a connection of the pool, and up to half a gigabyte. */
const MOST_BROWSERS = 4
const browsers = new WeakMap<Db, number>()

/** As long as it is held: whoever holds it must not use the login any more when it is lost. */
export interface BrowserPlace {
  /** Aborted when the session of the database that holds it ends: another process may have the place then. */
  lost: AbortSignal
  free(): Promise<void>
}

/** How often it is asked whether the session is there: where a network has forgotten a connection, nobody tells. Unanswered so long it is not. */
const BEAT_MS = 10_000

/**
 * Takes the connection's one place for a browser, among all processes; null where it is taken or this process has enough browsers. Ends with
 * the session that holds it, so that a killed process leaves none behind.
 */
export async function takeBrowserPlace(db: Db, connectionId: string): Promise<BrowserPlace | null> {
  const count = (change: number) => browsers.set(db, (browsers.get(db) ?? 0) + change)
  if ((browsers.get(db) ?? 0) >= MOST_BROWSERS) return null
  count(1)
  const place = await lockPlace(db, connectionId).catch((error: unknown) => {
    count(-1)
    throw error
  })
  if (place === null) {
    count(-1)
    return null
  }
  return {
    lost: place.lost,
    free: async () => {
      count(-1)
      await place.free()
    },
  }
}

async function lockPlace(db: Db, connectionId: string): Promise<BrowserPlace | null> {
  const client = await db.pool.connect()
  const key = `browser/${connectionId}`
  try {
    const { rows } = await client.query<{ got: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as got',
      [key],
    )
    if (rows[0]?.got === true) return holdPlace(client, key)
  } catch (error) {
    client.release(true)
    throw error
  }
  client.release()
  return null
}

function holdPlace(client: PoolClient, key: string): BrowserPlace {
  const losing = new AbortController()
  const lose = () => losing.abort(new Error('the place of a browser was lost'))
  client.once('error', lose)
  client.once('end', lose)
  let asked = false
  const beat = setInterval(() => {
    if (asked) return lose()
    asked = true
    client.query('select 1').then(() => (asked = false), lose)
  }, BEAT_MS).unref()
  return {
    lost: losing.signal,
    free: async () => {
      clearInterval(beat)
      client.off('error', lose)
      client.off('end', lose)
      const free = losing.signal.aborted
        ? null
        : await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => null)
      client.release(free === null)
    },
  }
}
