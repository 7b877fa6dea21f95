// Tells other processes, through the database, that something changed. One LISTEN connection per process serves all who listen.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type pg from 'pg'
import type { Db, Tx } from './db.ts'

/** What each channel carries: ids only. */
export interface Channels {
  jobs: { workspaceId: string; jobId: string }
  notices: { workspaceId: string }
}
export type Channel = keyof Channels

/**
 * Called with what was told, or with null where something may have been missed (the connection was lost and is back): look again at
 * everything. Must not throw.
 */
export type Listener<C extends Channel> = (payload: Channels[C] | null) => void

const RETRY_MS = 500
const prefix = 'guestlist_'

/** Tells all who listen, once the transaction has committed. */
export async function notify<C extends Channel>(tx: Tx, channel: C, payload: Channels[C]): Promise<void> {
  await sql`select pg_notify(${prefix + channel}, ${JSON.stringify(payload)})`.execute(tx)
}

/** The connection of one process. It is open while somebody listens. */
interface Ear {
  listeners: Map<Channel, Set<Listener<Channel>>>
  /** The session that listens; undefined while it is lost. */
  client: pg.PoolClient | undefined
  stop: () => Promise<void>
}

const ears = new WeakMap<Db, Ear>()

/** Listens until the returned function is called; resolves once nothing is missed any more. */
export async function listen<C extends Channel>(
  db: Db,
  channel: C,
  fn: Listener<C>,
): Promise<() => Promise<void>> {
  const ear = ears.get(db) ?? startEar(db)
  const set = ear.listeners.get(channel) ?? new Set()
  ear.listeners.set(channel, set)
  const listener = fn as Listener<Channel>
  set.add(listener)
  if (ear.client === undefined) await connected(db, ear)
  else if (set.size === 1) await ear.client.query(`listen ${prefix}${channel}`).catch(() => undefined)
  return async () => {
    set.delete(listener)
    if (set.size === 0) ear.listeners.delete(channel)
    if (ear.listeners.size === 0) await ear.stop()
  }
}

async function connected(db: Db, ear: Ear): Promise<void> {
  while (ear.client === undefined && ears.get(db) === ear) await sleep(10)
}

function startEar(db: Db): Ear {
  const end = new AbortController()
  const ear: Ear = {
    listeners: new Map(),
    client: undefined,
    stop: async () => {
      end.abort()
      ears.delete(db)
      db.beforeClose.delete(ear.stop)
      await running
    },
  }
  ears.set(db, ear)
  db.beforeClose.add(ear.stop)
  const running = hear(db, ear, end.signal)
  return ear
}

/** Connects, listens, and connects again, until it is ended. */
async function hear(db: Db, ear: Ear, end: AbortSignal): Promise<void> {
  for (let connections = 0; !end.aborted; connections++) {
    try {
      await session(db, ear, connections > 0, end)
    } catch {
      // No connection: the next round is the answer.
    }
    ear.client = undefined
    await sleep(RETRY_MS, undefined, { signal: end }).catch(() => undefined)
  }
}

async function session(db: Db, ear: Ear, again: boolean, end: AbortSignal): Promise<void> {
  const client = await db.pool.connect()
  const over = new Promise<void>((done) => {
    client.once('error', () => done())
    client.once('end', () => done())
    if (end.aborted) done()
    end.addEventListener('abort', () => done(), { once: true })
  })
  client.on('notification', (message) => hand(ear, message))
  try {
    for (const channel of ear.listeners.keys()) await client.query(`listen ${prefix}${channel}`)
    ear.client = client
    if (again) {
      for (const set of ear.listeners.values()) for (const listener of set) listener(null)
    }
    await over
  } finally {
    client.removeAllListeners('notification')
    // Destroyed, not given back: nobody else should hear.
    client.release(true)
  }
}

function hand(ear: Ear, message: pg.Notification): void {
  const channel = message.channel.slice(prefix.length) as Channel
  const payload = JSON.parse(message.payload ?? 'null') as Channels[Channel] | null
  for (const listener of ear.listeners.get(channel) ?? []) listener(payload)
}
