// What each principal holds and who touches each resource, as sums beside them: lists sort and filter by these without reading a grant.
// Whoever writes grants or shares calls this in the same transaction, with what was touched.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { inPieces } from './bulk.ts'
import type { Tx } from './db.ts'

/** Of a column `rank`: 1 is the strongest. */
export const rankNumber = (column: string): RawBuilder<unknown> =>
  sql`case ${sql.ref(column)} when 'full' then 1 when 'edit' then 2 when 'view' then 3 else 4 end`

/**
 * `is null` in words that no partial index answers to: in a table that was just filled, whose statistics say nothing yet, the whole index of a
 * connection would be read for each holder.
 */
export const liveRow = (column: string): RawBuilder<unknown> => sql`num_nulls(${sql.ref(column)}) = 1`

/** Sums up what these principals hold now; writes only sums that differ. */
export async function sumHeld(tx: Tx, principalIds: Iterable<string>): Promise<void> {
  await inPieces([...new Set(principalIds)], async (piece) => {
    // Holder by holder through the index: whatever the statistics say of a table that was just filled.
    await sql`
      update principals p set held_assets = s.assets, held_rank = s.rank, held_how = s.how, held_types = s.types
      from unnest(${piece}::uuid[]) as x (id), lateral (
        select count(distinct g.resource_id)::int as assets, coalesce(min(${rankNumber('g.rank')}), 4)::smallint as rank,
          coalesce(array_agg(distinct g.how), '{}') as how, coalesce(array_agg(distinct (select r.type from resources r where r.id = g.resource_id)), '{}') as types
        from grants g where g.principal_id = x.id and ${liveRow('g.ended_at')}
      ) s
      where p.id = x.id and (p.held_assets, p.held_rank, p.held_how, p.held_types) is distinct from (s.assets, s.rank, s.how, s.types)`.execute(
      tx,
    )
  })
}

/** Counts who touches these resources now; writes only counts that differ. */
export async function countTouched(tx: Tx, resourceIds: Iterable<string>): Promise<void> {
  await inPieces([...new Set(resourceIds)], async (piece) => {
    // Without `offset 0` both are counted twice: once to compare, once to write.
    await sql`
      update resources r set touched_people = s.people, touched_partners = s.partners
      from unnest(${piece}::uuid[]) as x (id), lateral (
        select (select count(distinct g.principal_id)::int from grants g where g.resource_id = x.id and ${liveRow('g.ended_at')}) as people,
          (select count(distinct s.partner_id)::int from shares s where s.resource_id = x.id and ${liveRow('s.ended_at')}) as partners offset 0
      ) s
      where r.id = x.id and (r.touched_people, r.touched_partners) is distinct from (s.people, s.partners)`.execute(
      tx,
    )
  })
}
