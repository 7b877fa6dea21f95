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

/** A holder before the words of "because …" are put together. */
export type HolderRow = Omit<ResourceDetails['holders'][number], 'because'> & {
  through: string | null
  role: string | null
}

export type ResourceParts = ResourceRow & {
  facts: Record<string, string>
  path: Path
  shares: ResourceDetails['shares']
  holders: HolderRow[]
}

/** One resource with its shares and everybody who can touch it, strongest right first. Throws `not_found`. */
export async function resourceDetails(tx: Tx, id: string): Promise<ResourceParts> {
  const [resource] = await resourcesByIds(tx, [id])
  if (resource === undefined) throw new AppError('not_found', 'There is no such asset.')
  const { facts, path } = await tx
    .selectFrom('resources')
    .select(['facts', 'path'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const shares = await tx
    .selectFrom('shares')
    .innerJoin('partners', 'partners.id', 'shares.partnerId')
    .where('shares.resourceId', '=', id)
    .where('shares.endedAt', 'is', null)
    .select([
      'shares.partnerId',
      'partners.name as partnerName',
      'shares.direction',
      'shares.entitlements',
      'shares.rank',
      'shares.status',
      'partners.status as partnerStatus',
    ])
    .orderBy(sql`lower(coalesce(partners.name, partners.external_id))`)
    .orderBy('shares.id')
    .execute()
  return { ...resource, facts, path, shares, holders: await holdersOf(tx, id) }
}

async function holdersOf(tx: Tx, resourceId: string): Promise<HolderRow[]> {
  const readAt = {
    own: sql`(select c.read_at from connections c join resources r on r.connection_id = c.id where r.id = ${resourceId})`,
    theirs: sql`pa.read_at`,
  }
  const { rows } = await sql<
    Omit<HolderRow, 'firstSeenAt' | 'lastConfirmedAt'> & { firstSeenAt: Date; lastConfirmedAt: Date }
  >`
    select p.id as principal_id, p.name, p.email, p.kind, p.partner_id, pa.name as partner_name, p.role, g.entitlements, g.rank, g.how,
      nullif(g.through, '') as through, g.path, g.first_seen_at, ${lastConfirmed('g', 'either', readAt)} as last_confirmed_at
    from grants g join principals p on p.id = g.principal_id left join partners pa on pa.id = p.partner_id
    where g.resource_id = ${resourceId} and g.ended_at is null
    order by array_position(array['full', 'edit', 'view', 'none'], g.rank), p.partner_id is not null,
      lower(coalesce(p.name, p.email, p.external_id)), p.id, g.id limit 10000`.execute(tx)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
  }))
}
