// Who can touch one asset and why, as a list: our people first, then each partner's, then system users, the strongest right first.
import { sql } from 'kysely'
import type { Holder } from '../model/holder.ts'
import type { Tx } from './db.ts'
import { rankNumber } from './held.ts'
import { lastConfirmed } from './inventory.ts'
import type { ListSpec } from './list.ts'

/** How somebody comes to an asset: as one of ours, of a partner, or as a program of either. */
const group = sql`case when p.kind = 'system_user' then 'systems' else coalesce(p.partner_id::text, 'own') end`
const partnerName = sql`coalesce(pa.name, pa.external_id)`

/** The live rights on one asset. */
export function holderList(resourceId: string): ListSpec {
  const name = sql`lower(coalesce(p.name, p.email, p.external_id))`
  const strength = rankNumber('g.rank')
  return {
    base: sql`select g.id, p.name, p.email, p.external_id, ${name} as name_key, ${group} as "group",
        case when p.kind = 'system_user' then 'System users' when p.partner_id is null then 'Our people' else ${partnerName} end as group_label,
        row(case when p.kind = 'system_user' then 2 when p.partner_id is null then 0 else 1 end,
          case when p.kind = 'system_user' then '' else lower(${partnerName}) end, case when p.kind <> 'system_user' then p.partner_id end,
          ${strength}, ${name}) as place,
        g.rank, row(${strength}, ${name}) as strength, g.how, g.first_seen_at
      from grants g join principals p on p.id = g.principal_id left join partners pa on pa.id = p.partner_id
      where g.resource_id = ${resourceId} and g.ended_at is null`,
    search: ['name', 'email', 'external_id'],
    sorts: {
      group: 'place',
      name: 'name_key',
      rank: 'strength',
      how: 'how',
      firstSeenAt: 'first_seen_at',
    },
    defaultSort: 'group',
    filled: ['place', 'strength', 'name_key'],
    facets: {
      group: { column: 'group', label: 'group_label' },
      rank: { column: 'rank' },
      how: { column: 'how' },
    },
    version: sql`select concat(c.id, ':', c.inventory_version) as version from connections c
      where c.id = (select r.connection_id from resources r where r.id = ${resourceId})`,
  }
}

/** A holder before the words of "because …" are put together. */
export type HolderRow = Omit<Holder, 'because'> & { through: string | null; role: string | null }

/** Rights by id, of live and of ended ones. */
export async function holdersByIds(tx: Tx, ids: readonly string[]): Promise<HolderRow[]> {
  const { rows } = await sql<
    Omit<HolderRow, 'firstSeenAt' | 'lastConfirmedAt' | 'notConfirmedSince'> & {
      firstSeenAt: Date
      lastConfirmedAt: Date
      notConfirmedSince: Date | null
    }
  >`
    select g.id, p.id as principal_id, ${group} as "group", p.name, p.email, p.kind, p.partner_id, pa.name as partner_name, p.role,
      g.entitlements, g.rank, g.how, nullif(g.through, '') as through, g.path, g.first_seen_at,
      ${lastConfirmed('g', 'either', { theirs: sql`pa.read_at` })} as last_confirmed_at, g.not_confirmed_since
    from grants g join principals p on p.id = g.principal_id left join partners pa on pa.id = p.partner_id
    where g.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
    notConfirmedSince: row.notConfirmedSince?.toISOString() ?? null,
  }))
}
