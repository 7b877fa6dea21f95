// What each principal holds and who touches each resource, as sums beside them: lists sort and filter by these without reading a grant.
// Whoever writes grants or shares calls this in the same transaction, with what was touched.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { inPieces } from './bulk.ts'
import type { Tx } from './db.ts'

/** Of a column `rank`: 1 is the strongest. */
export const rankNumber = (column: string): RawBuilder<unknown> =>
  sql`case ${sql.ref(column)} when 'full' then 1 when 'edit' then 2 when 'view' then 3 else 4 end`

/** Sums up what these principals hold now; writes only sums that differ. */
export async function sumHeld(tx: Tx, principalIds: Iterable<string>): Promise<void> {
  await inPieces([...new Set(principalIds)], async (piece) => {
    await sql`
      update principals p set held_assets = s.assets, held_rank = s.rank, held_how = s.how, held_types = s.types
      from (
        select p.id, coalesce(h.assets, 0) as assets, coalesce(h.rank, 4)::smallint as rank, coalesce(h.how, '{}') as how,
          coalesce(h.types, '{}') as types
        from principals p left join (
          select a.principal_id, count(distinct a.resource_id)::int as assets, min(${rankNumber('a.rank')}) as rank,
            array_agg(distinct a.how) as how, array_agg(distinct r.type) as types
          from grants a join resources r on r.id = a.resource_id
          where a.principal_id = any(${piece}::uuid[]) and a.ended_at is null group by a.principal_id
        ) h on h.principal_id = p.id where p.id = any(${piece}::uuid[])
      ) s
      where s.id = p.id and (p.held_assets, p.held_rank, p.held_how, p.held_types) is distinct from (s.assets, s.rank, s.how, s.types)`.execute(
      tx,
    )
  })
}

/** Counts who touches these resources now; writes only counts that differ. */
export async function countTouched(tx: Tx, resourceIds: Iterable<string>): Promise<void> {
  await inPieces([...new Set(resourceIds)], async (piece) => {
    await sql`
      update resources r set touched_people = s.people, touched_partners = s.partners
      from (
        select r.id,
          (select count(distinct g.principal_id)::int from grants g where g.resource_id = r.id and g.ended_at is null) as people,
          (select count(distinct s.partner_id)::int from shares s where s.resource_id = r.id and s.ended_at is null) as partners
        from resources r where r.id = any(${piece}::uuid[])
      ) s
      where s.id = r.id and (r.touched_people, r.touched_partners) is distinct from (s.people, s.partners)`.execute(
      tx,
    )
  })
}
