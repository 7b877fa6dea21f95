// How often something goes to the database and back: what a test of growth counts in place of a time.
import pg from 'pg'
import type { Db } from '../db.ts'

/** The fewest ways in a few tries, over connections of this pool alone: what runs in the background goes the same way now and then. */
export async function waysTo(db: Db, fn: () => Promise<unknown>): Promise<number> {
  const ours = new Set<pg.PoolClient>()
  const note = (client: pg.PoolClient) => ours.add(client)
  db.pool.on('acquire', note)

  const query = pg.Client.prototype.query as (...asked: unknown[]) => unknown
  let ways = 0
  pg.Client.prototype.query = function (this: pg.PoolClient, ...asked: unknown[]) {
    if (ours.has(this)) ways += 1
    return query.apply(this, asked)
  } as typeof pg.Client.prototype.query
  try {
    const tries: number[] = []
    for (let n = 0; n < 5; n++) {
      ways = 0
      await fn()
      tries.push(ways)
    }
    return Math.min(...tries)
  } finally {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query
    db.pool.off('acquire', note)
  }
}
