// A process's place among the processes on one database: slot n is held by a session lock, so it is free the moment its holder
// dies, and whoever can take the lock of a slot knows that its holder is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import type { Db } from './db.ts'

/** First half of the lock's key; the second is the slot. Chosen once: two releases must agree on it. */
const LOCK_CLASS = 1_735_157_619
const MOST_SLOTS = 1_000
/** Held by the one server of a data folder. */
const ALONE = 1_001
/**
 * How the server finds out that a holder's machine or network is gone, where nothing ends the connection: after 25 s, within which the same
 * place is tried for again. Its own default is two hours. https://www.postgresql.org/docs/current/runtime-config-connection.html
 */
const LOOK_FOR_ME = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3`

export interface Slot {
  number: number
  /** Called once if the lock's connection is lost. `silent`: nobody ended it, and it is not answered on. */
  onLost(fn: (silent: boolean) => void): void
  /** Runs `fn` while the lock of another slot is held; false, without running it, where its holder lives. */
  ifDead(other: number, fn: () => Promise<void>): Promise<boolean>
  /** Proves that the connection, and so the lock, is there. Throws where it is not. */
  ping(): Promise<void>
  release(): Promise<void>
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'guestlist slot',
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    keepAlive: true,
  })
  // Without a listener an error of an idle connection ends the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(LOOK_FOR_ME)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function tryLock(client: pg.Client, key: number): Promise<boolean> {
  const answer = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1, $2) as got', [
    LOCK_CLASS,
    key,
  ])
  return answer.rows[0]?.got === true
}

async function unlock(client: pg.Client, key: number): Promise<void> {
  await client.query('select pg_advisory_unlock($1, $2)', [LOCK_CLASS, key])
}

/** Takes the first free slot, or the one that is named; null where that one is taken. */
export async function takeSlot(url: string, wanted?: number): Promise<Slot | null> {
  const client = await connect(url)
  const from = wanted ?? 0
  const to = wanted ?? MOST_SLOTS
  try {
    for (let number = from; number <= to; number += 1) {
      if (await tryLock(client, number)) return hold(client, number)
    }
  } catch (error) {
    // An answer that came too late may have been a lock: it ends with its session, else nobody would take over that slot's work.
    await client.end().catch(() => undefined)
    throw error
  }
  await client.end()
  return null
}

function hold(client: pg.Client, number: number): Slot {
  let lost = false
  let released = false
  const listeners: ((silent: boolean) => void)[] = []
  const lose = (silent: boolean) => {
    if (lost || released) return
    lost = true
    for (const fn of listeners) fn(silent)
    void client.end().catch(() => undefined)
  }
  // One question at a time: the driver takes no second one.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const next = last.then(ask, ask)
    last = next.catch(() => undefined)
    return next
  }
  client.on('error', () => lose(false))
  client.on('end', () => lose(false))
  return {
    number,
    onLost: (fn) => {
      if (lost) fn(false)
      else listeners.push(fn)
    },
    ping: async () => {
      try {
        await inTurn(() => client.query('select 1'))
      } catch (error) {
        lose(error instanceof Error && error.message === 'Query read timeout')
        throw error
      }
    },
    ifDead: async (other, fn) => {
      if (other === number || !(await inTurn(() => tryLock(client, other)))) return false
      try {
        await fn()
      } finally {
        await inTurn(() => unlock(client, other))
      }
      return true
    },
    release: async () => {
      released = true
      await client.end()
    },
  }
}

/** A killed server's place is free after moments, that of one that ends after as long. */
const ALONE_MS = 10_000

/** Holds the one place that a server of a data folder takes; null where another one lives there and stays. */
export async function takeAlone(url: string): Promise<Slot | null> {
  const until = Date.now() + ALONE_MS
  for (;;) {
    const slot = await takeSlot(url, ALONE)
    if (slot !== null || Date.now() > until) return slot
    await sleep(300)
  }
}

/** The slots that living processes on this database hold. */
export async function heldSlots(db: Db): Promise<number[]> {
  const { rows } = await sql<{ slot: number }>`
    select objid::int as slot from pg_locks
    where locktype = 'advisory' and classid = ${LOCK_CLASS} and objsubid = 2 and granted and objid <= ${MOST_SLOTS}
      and database = (select oid from pg_database where datname = current_database()) order by 1`.execute(
    db.kysely,
  )
  return rows.map(({ slot }) => slot)
}
