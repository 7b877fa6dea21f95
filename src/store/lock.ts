// The lock under which the database's structure is changed. Polled, never awaited inside PostgreSQL: a session that waits for an advisory
// lock holds a snapshot, and "create index concurrently" in the session that has the lock would wait for it for ever.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Any number that nobody else takes on this database. */
const KEY = 7_349_001

/**
 * Runs `fn` while this session holds the lock of the structure; everybody else waits. Throws after five minutes. The lock ends with the
 * session, so that a killed process leaves none behind.
 */
export async function underLock<T>(client: pg.ClientBase, fn: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 300_000
  for (;;) {
    const got = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [KEY])
    if (got.rows[0]?.got === true) break
    if (performance.now() > deadline) {
      throw new Error(
        'Another process has been changing the structure of the database for five minutes: end it and start again.',
      )
    }
    await sleep(100)
  }
  try {
    return await fn()
  } finally {
    await client.query('select pg_advisory_unlock($1)', [KEY]).catch(() => undefined)
  }
}

/** The same in a session of its own, given to `fn`. */
export async function inLockedSession<T>(
  ownerUrl: string,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'guestlist structure' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await underLock(client, () => fn(client))
  } finally {
    await client.end()
  }
}
