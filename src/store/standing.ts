// What stands in each scope: a read notices by it what a list does not tell any more.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { observationKey } from '../model/snapshot.ts'
import type { Observation } from '../model/snapshot.ts'
import type { Tx } from './db.ts'
import { partnerIn } from './inventory.ts'

/** Names what an answer tells of; null of what stands in no list of its own: somebody who was only seen as assigned. */
export function keyOf(o: Observation): string | null {
  if (o.of === 'principal' && o.source !== 'list') return null
  // Agency and client are two sides of one row.
  return `${o.of}|${o.of === 'partner' ? o.externalId : observationKey(o)}`
}

/** The same in SQL, of a row of the table `alias`; null of what the API did not tell. */
const keyIn = (alias: string, ...parts: readonly RawBuilder<unknown>[]): RawBuilder<string | null> =>
  sql`case when ${sql.ref(`${alias}.path`)} = 'api' then concat_ws('|', ${sql.join(parts)}) end`

/**
 * Scopes that have live rows, with the names of those that the API told of: our own with everything that is shared, or those of one partner. A scope
 * of which only pages told, or only who is assigned, has none. What follows from roles is told by no scope.
 */
export async function standingIn(
  tx: Tx,
  connectionId: string,
  partner: string | null,
): Promise<Map<string, readonly string[]>> {
  const live = (alias: string): RawBuilder<boolean> => {
    const column = (name: string) => sql.ref(`${alias}.${name}`)
    return sql`${column('connection_id')} = ${connectionId} and ${column('ended_at')} is null`
  }
  const theirs = (alias: string) => {
    const column = sql.ref(`${alias}.partner_id`)
    return partner === null ? sql`${column} is null` : sql`${column} = ${partnerIn(connectionId, partner)}`
  }
  const [o, r, w] = [sql`o.external_id`, sql`r.external_id`, sql`w.external_id`]
  const ground = sql`
    union all select unnest(w.scopes), ${keyIn('w', sql`'partner'`, w)} from partners w where ${live('w')}
    union all select r.scope, ${keyIn('r', sql`'resource'`, sql`r.type`, r)} from resources r where ${live('r')}
    union all select s.scope, ${keyIn('s', sql`'share'`, w, sql`r.type`, r, sql`s.direction`)} from shares s
      join partners w on w.id = s.partner_id join resources r on r.id = s.resource_id where ${live('s')}`
  const { rows } = await sql<{ scope: string; keys: string[] }>`
    select scope, coalesce(json_agg(key) filter (where key is not null), '[]') as keys from (
      select o.scope, case when o.source = 'list' then ${keyIn('o', sql`'principal'`, o)} end as key
        from principals o where ${live('o')} and ${theirs('o')}
      union all select g.scope, ${keyIn('g', sql`'grant'`, o, sql`r.type`, r, sql`g.how`, sql`g.through`)} from grants g
        join principals o on o.id = g.principal_id join resources r on r.id = g.resource_id
        where ${live('g')} and ${theirs('g')} and g.how <> 'role'
      ${partner === null ? ground : sql``}) as standing group by scope`.execute(tx)
  return new Map(rows.map(({ scope, keys }) => [scope, keys]))
}
