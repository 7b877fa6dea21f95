// Ends the session of the database that holds a connection's place for a browser, as a proxy or a restart of the database does.
import type { TestDb } from './open-test-db.ts'

export async function loseBrowserPlace(t: TestDb, connectionId: string): Promise<void> {
  const { rows } = await t.root.query<{ ended: boolean }>(
    `select pg_terminate_backend(pid) as ended from pg_locks
     where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
       and (classid::bigint << 32) | objid::bigint = hashtextextended($1, 0)`,
    [`browser/${connectionId}`],
  )
  if (rows[0]?.ended !== true) throw new Error('Nobody held the place.')
}
