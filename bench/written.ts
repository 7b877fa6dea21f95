// What a database has written so far: rows of what the product knows, and bytes of its log.
import type pg from 'pg'

/** Tables that hold what the product knows; staging, jobs and the engine's are its working papers. */
const inventory = ['partners', 'principals', 'resources', 'shares', 'grants', 'changes', 'compared'] as const

export async function written(root: pg.Pool): Promise<{ rows: number; walBytes: number }> {
  // Other sessions tell what they did at once or, where they told something within a second before, ten seconds after they became idle.
  await new Promise((go) => setTimeout(go, 10_500))
  const { rows } = await root.query<{ rows: string; wal: string }>(
    `select (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where relname = any($1)) as rows,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal`,
    [inventory],
  )
  return { rows: Number(rows[0]?.rows), walBytes: Number(rows[0]?.wal) }
}
