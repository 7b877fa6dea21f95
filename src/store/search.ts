// The palette's search: apps, partners, people, assets and tasks whose name, e-mail or id holds what was typed.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Tx } from './db.ts'

export interface Found {
  kind: 'connection' | 'partner' | 'principal' | 'resource' | 'job'
  id: string
  connectionId: string | null
  title: string
  /** For a resource: its type; the label of a type is the connector's to give. */
  hint: string
  connector: string | null
}

const MOST = 8

const people = (which: RawBuilder<unknown>, first: string): RawBuilder<unknown> => sql`
  select 'principal', o.id, o.connection_id, coalesce(o.name, o.email, o.external_id), coalesce(o.email, p.name, o.external_id), c.connector
    from principals o join connections c on c.id = o.connection_id and c.removed_at is null left join partners p on p.id = o.partner_id
    where o.ended_at is null and ${which}
    order by coalesce(o.name, '') ilike ${first} desc, lower(o.name), o.id limit ${MOST}`

/**
 * At most eight of each kind; names that begin with the text come first. Whoever has exactly this address or id is found without looking at
 * anybody else.
 */
export async function search(tx: Tx, text: string): Promise<Found[]> {
  const whole = text.trim()
  const escaped = whole.replaceAll(/[\\%_]/g, (found) => `\\${found}`)
  if (escaped === '') return []
  const [inside, first] = [`%${escaped}%`, `${escaped}%`]
  const { rows } = await sql<Found>`
    with exact as materialized (
      select o.id from principals o join connections c on c.id = o.connection_id and c.removed_at is null
        where o.email_key = lower(${whole}) and o.ended_at is null
      union select o.id from connections c join principals o on o.connection_id = c.id
        where c.removed_at is null and o.external_id = ${whole} and o.ended_at is null)
    (select 'connection' as kind, c.id, c.id as connection_id, c.label as title, c.external_id as hint, c.connector
      from connections c where c.removed_at is null and (c.label ilike ${inside} or c.name ilike ${inside} or c.external_id ilike ${inside})
      order by c.label ilike ${first} desc, lower(c.label), c.id limit ${MOST})
    union all
    (select 'partner', p.id, p.connection_id, coalesce(p.name, p.external_id), p.external_id, c.connector
      from partners p join connections c on c.id = p.connection_id and c.removed_at is null
      where p.status <> 'gone' and (p.name ilike ${inside} or p.external_id ilike ${inside})
      order by coalesce(p.name, '') ilike ${first} desc, lower(p.name), p.id limit ${MOST})
    union all
    (${people(sql`o.id in (select id from exact)`, first)})
    union all
    (${people(sql`not exists (select from exact) and (o.name ilike ${inside} or o.email ilike ${inside} or o.external_id ilike ${inside})`, first)})
    union all
    (select 'resource', r.id, r.connection_id, coalesce(r.name, r.external_id), r.type, c.connector
      from resources r join connections c on c.id = r.connection_id and c.removed_at is null
      where r.ended_at is null and (r.name ilike ${inside} or r.external_id ilike ${inside})
      order by coalesce(r.name, '') ilike ${first} desc, lower(r.name), r.id limit ${MOST})
    union all
    (select 'job', j.id, j.connection_id, j.kind, coalesce(p.name, c.label, ''), c.connector
      from jobs j left join connections c on c.id = j.connection_id left join partners p on p.id = j.partner_id
      where j.parent_id is null and (c.label ilike ${inside} or p.name ilike ${inside} or j.id::text ilike ${first} or replace(j.kind, '-', ' ') ilike ${inside})
      order by j.created_at desc limit ${MOST})`.execute(tx)
  return rows
}
