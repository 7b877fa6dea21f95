// What access is to, as lists and pages read it: who is a partner on it, and who can touch it and why.
import { sql } from 'kysely'
import { AppError } from '../model/error.ts'
import type { Resource, ResourceDetails } from '../model/resource.ts'
import type { Path } from '../model/snapshot.ts'
import type { Tx } from './db.ts'
import { inventoryVersion, lastConfirmed, ofConnections } from './inventory.ts'
import type { ListSpec } from './list.ts'

/** The live resources of one connection, or of several and then with them as a facet; with a partner only those shared with or by it. */
export function resourceList(of: string | readonly string[], partnerId: string | undefined): ListSpec {
  return {
    base: sql`select r.id, r.name, r.external_id, lower(coalesce(r.name, r.external_id)) as name_key, r.type, r.relation,
        r.touched_partners as partners, r.touched_people as people, r.first_seen_at, ${lastConfirmed('r', 'own')} as last_confirmed_at,
        r.connection_id::text as connection, lower(c.label) as connection_label
      from resources r left join connections c on c.id = r.connection_id
      where ${ofConnections('r.connection_id', of)} and r.ended_at is null
        and (${partnerId ?? null}::uuid is null or exists (
          select 1 from shares s where s.resource_id = r.id and s.partner_id = ${partnerId ?? null}::uuid and s.ended_at is null))`,
    search: ['name', 'external_id'],
    sorts: {
      name: 'name_key',
      connection: 'connection_label',
      type: 'type',
      relation: 'relation',
      partners: 'partners',
      people: 'people',
      firstSeenAt: 'first_seen_at',
      lastConfirmedAt: 'last_confirmed_at',
    },
    defaultSort: 'name',
    filled: ['name_key'],
    facets: {
      type: { column: 'type' },
      relation: { column: 'relation' },
      ...(typeof of === 'string' ? {} : { connection: { column: 'connection' } }),
    },
    version: inventoryVersion(of),
  }
}

/** How many of its partners are named beside a resource in a list. */
const NAMED = 3

export type ResourceRow = Omit<Resource, 'typeLabel'> & { connector: string }

/** Resources by id, ended ones too, of connections that were not removed. The label of the type is the connector's to give. */
export async function resourcesByIds(tx: Tx, ids: readonly string[]): Promise<ResourceRow[]> {
  const { rows } = await sql<
    Omit<ResourceRow, 'firstSeenAt' | 'lastConfirmedAt' | 'notConfirmedSince' | 'endedAt'> & {
      firstSeenAt: Date
      lastConfirmedAt: Date
      notConfirmedSince: Date | null
      endedAt: Date | null
    }
  >`
    select r.id, r.connection_id, c.connector, r.type, r.external_id, r.name, r.relation,
      case when r.relation = 'owned' then coalesce(c.name, c.label) else coalesce(owner.name, r.owner_business) end as owner_name,
      r.touched_partners as partners, r.touched_people as people,
      array(select coalesce(s_.name, s_.external_id) from partners s_
        where s_.id in (select partner_id from shares where resource_id = r.id and ended_at is null)
        order by lower(coalesce(s_.name, s_.external_id)), s_.id limit ${NAMED}) as shared_with,
      r.first_seen_at, ${lastConfirmed('r', 'own')} as last_confirmed_at, r.not_confirmed_since, r.ended_at
    from resources r join connections c on c.id = r.connection_id and c.removed_at is null
    left join partners owner on owner.connection_id = r.connection_id and owner.external_id = r.owner_business
    where r.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
    notConfirmedSince: row.notConfirmedSince?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  }))
}

export type ResourceParts = ResourceRow & {
  facts: Record<string, string>
  path: Path
  shares: ResourceDetails['shares']
}

/** One resource with its shares. Throws `not_found`. */
export async function resourceDetails(tx: Tx, id: string): Promise<ResourceParts> {
  const [[resource], more, shares] = await Promise.all([
    resourcesByIds(tx, [id]),
    tx.selectFrom('resources').select(['facts', 'path']).where('id', '=', id).executeTakeFirst(),
    sharesOf(tx, id),
  ])
  if (resource === undefined || more === undefined) throw noResource()
  return { ...resource, ...more, shares }
}

/** Throws `not_found` where the resource is not there, or its connection was removed: asked beside a list of what is known of it. */
export async function demandResource(tx: Tx, id: string): Promise<void> {
  const { rows } = await sql`
    select from resources r join connections c on c.id = r.connection_id and c.removed_at is null where r.id = ${id}`.execute(
    tx,
  )
  if (rows.length === 0) throw noResource()
}

function noResource(): AppError {
  return new AppError('not_found', 'There is no such asset.')
}

async function sharesOf(tx: Tx, resourceId: string): Promise<ResourceDetails['shares']> {
  const { rows } = await sql<ResourceDetails['shares'][number]>`
    select s.partner_id, p.name as partner_name, s.direction, s.entitlements, s.rank, s.status, p.status as partner_status,
      coalesce(held.people, 0) as people
    from shares s join partners p on p.id = s.partner_id
    left join (select g.partner_id, count(distinct g.principal_id)::int as people from grants g
      where g.resource_id = ${resourceId} and g.ended_at is null group by 1) held on held.partner_id = s.partner_id
    where s.resource_id = ${resourceId} and s.ended_at is null
    order by lower(coalesce(p.name, p.external_id)), s.id`.execute(tx)
  return rows
}
