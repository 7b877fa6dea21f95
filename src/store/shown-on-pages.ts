// What stands in lists that pages show, and what these lists left out of it the last time: by that a read of pages knows whether a list that does
// not tell how many rows it has may be believed.
import { sql } from 'kysely'
import type { StepOutcome } from '../model/job.ts'
import type { Tx } from './db.ts'
import { namesInSql } from './standing.ts'

/**
 * Scope → names of its live rows (nameOf in standing.ts): our own people, their direct rights, partners and what is shared, whoever told of them. Of
 * rights only those whose holders stand in a list.
 */
export async function standOnPages(
  tx: Tx,
  connectionId: string,
  scopes: readonly string[],
): Promise<Map<string, string[]>> {
  const lives = (alias: string) =>
    sql`${sql.ref(`${alias}.connection_id`)} = ${connectionId} and ${sql.ref(`${alias}.ended_at`)} is null
      and ${sql.ref(`${alias}.scope`)} = any(${scopes}::text[])`
  const { rows } = await sql<{ scope: string; names: string[] }>`
    select scope, array_agg(name order by name collate "C") as names from (
      select o.scope, ${namesInSql.principal} as name from principals o
        where ${lives('o')} and o.partner_id is null and o.source = 'list'
      union all
      select g.scope, ${namesInSql.grant} from grants g
        join principals o on o.id = g.principal_id join resources r on r.id = g.resource_id
        where ${lives('g')} and g.partner_id is null and g.how = 'direct' and o.source = 'list'
      union all
      select w.scope, ${namesInSql.partner} from (select *, unnest(scopes) as scope from partners) w
        where ${lives('w')}
      union all
      select s.scope, ${namesInSql.share} from shares s
        join partners w on w.id = s.partner_id join resources r on r.id = s.resource_id where ${lives('s')}
    ) as standing group by scope`.execute(tx)
  return new Map(rows.map(({ scope, names }) => [scope, names]))
}

/** What the lists of a step left out in the last check of all that was applied; nothing where it did not read them to their end. */
export async function shortBefore(
  tx: Tx,
  { connectionId, jobId, step }: { connectionId: string; jobId: string; step: string },
): Promise<NonNullable<StepOutcome['short']>> {
  const { rows } = await sql<{ short: StepOutcome['short'] | null }>`
    select s.outcome -> 'short' as short from jobs j left join job_steps s on s.job_id = j.id and s.name = ${step}
    where j.connection_id = ${connectionId} and j.partner_id is null and j.id <> ${jobId} and j.applied is not null
    order by j.created_at desc limit 1`.execute(tx)
  return rows[0]?.short ?? {}
}
