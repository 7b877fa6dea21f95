// Connections of a pool that can be left all at once. Where the database's machine is gone without a word, as in a failover, the system waits a
// quarter of an hour for an answer on each connection that is open, though a new one would be answered at once.
import pg from 'pg'

/** The driver's own words where a connection breaks: by them the job engine knows that it has to ask again. */
const BROKEN = 'Connection terminated unexpectedly: the database kept silent'

/** Gives what ends every connection of the pool now; what waits on one fails as it does where a connection breaks. */
export function leaving(pool: pg.Pool): () => void {
  const open = new Set<pg.PoolClient>()
  pool.on('connect', (client) => open.add(client))
  pool.on('remove', (client) => open.delete(client))
  return () => {
    for (const { connection } of open) connection.stream.destroy(new Error(BROKEN))
  }
}

/** A database's address with one more option for each session, as `-c role=…`. */
export function withOption(url: string, option: string): string {
  const address = new URL(url)
  address.searchParams.set('options', `${address.searchParams.get('options') ?? ''} ${option}`.trim())
  return address.href
}

export interface EnginePool {
  pool: pg.Pool
  leaveAll(): void
}

/** The pool of the job engine, as the engine would open it itself. */
export function openEnginePool(
  url: string,
  { name, max, onError }: { name: string; max: number; onError: (error: Error) => void },
): EnginePool {
  const pool = new pg.Pool({
    // A transaction that was left open ends after a minute.
    connectionString: withOption(url, '-c idle_in_transaction_session_timeout=60000'),
    max,
    application_name: name,
    connectionTimeoutMillis: 15_000,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return { pool, leaveAll: leaving(pool) }
}
