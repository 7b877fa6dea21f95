// Partners as lists and dialogs read them, and what a person changes about one. What a check for updates finds is written by sync.
import { sql } from 'kysely'
import { AppError } from '../model/error.ts'
import type { Partner } from '../model/partner.ts'
import type { Rank } from '../model/entitlement.ts'
import type { Path } from '../model/snapshot.ts'
import { credentialInfos } from './credential-infos.ts'
import type { Tx } from './db.ts'
import { doubtPartner, lastConfirmed, ofConnections } from './inventory.ts'
import type { ListSpec } from './list.ts'
import { lastRequests } from './token-requests.ts'

/** Partners of a connection. Those that share nothing any more are there only where they are asked for by status. */
export function partnerList(connectionId: string, withGone: boolean): ListSpec {
  return {
    base: sql`select p.id, p.name, p.external_id, lower(coalesce(p.name, p.external_id)) as name_key, p.status,
        array_remove(array[case when p.is_agency then 'agency' end, case when p.is_client then 'client' end,
          case when p.is_agency and p.is_client then 'both' end], null) as direction,
        coalesce(shared.count, 0) as shares, people.count as people, ${lastConfirmed('p', 'own')} as last_confirmed_at, p.first_seen_at
      from partners p left join (${sharesPerPartner(connectionId)}) shared on shared.partner_id = p.id
      left join (${peoplePerPartner(connectionId)}) people on people.partner_id = p.id
      where p.connection_id = ${connectionId} and (p.status <> 'gone' or ${withGone})`,
    search: ['name', 'external_id'],
    sorts: {
      name: 'name_key',
      status: 'status',
      shares: 'shares',
      people: 'people',
      lastConfirmedAt: 'last_confirmed_at',
      firstSeenAt: 'first_seen_at',
    },
    defaultSort: 'name',
    facets: { status: { column: 'status' }, direction: { column: 'direction', many: true } },
  }
}

const sharesPerPartner = (connectionId: string) =>
  sql`select partner_id, count(distinct resource_id)::int as count from shares
    where connection_id = ${connectionId} and ended_at is null group by partner_id`
const peoplePerPartner = (connectionId: string) =>
  sql`select partner_id, count(*)::int as count from principals
    where connection_id = ${connectionId} and ended_at is null and kind = 'person' and partner_id is not null group by partner_id`

type Row = Omit<
  Partner,
  'firstSeenAt' | 'lastConfirmedAt' | 'peopleConfirmedAt' | 'credential' | 'request'
> & {
  firstSeenAt: Date
  lastConfirmedAt: Date | null
  peopleConfirmedAt: Date | null
}

/** Partners by id, of connections that were not removed. */
export async function partnersByIds(tx: Tx, ids: readonly string[]): Promise<Partner[]> {
  const { rows } = await sql<Row>`
    select p.id, p.connection_id, p.external_id, p.name, p.is_agency, p.is_client, p.status, p.status_reason, p.shared_only, p.path,
      (select count(distinct s.resource_id)::int from shares s where s.partner_id = p.id and s.ended_at is null) as shares,
      case when p.people_confirmed_at is null then null else
        (select count(*)::int from principals o where o.connection_id = p.connection_id and o.partner_id = p.id
          and o.ended_at is null and o.kind = 'person') end as people,
      p.first_seen_at, ${lastConfirmed('p', 'own')} as last_confirmed_at, p.people_confirmed_at
    from partners p join connections c on c.id = p.connection_id and c.removed_at is null
    where p.id = any(${ids}::uuid[])`.execute(tx)
  const infos = await credentialInfos(tx, 'partner', ids)
  const requests = await lastRequests(tx, ids)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt?.toISOString() ?? null,
    peopleConfirmedAt: row.peopleConfirmedAt?.toISOString() ?? null,
    credential: infos.get(row.id) ?? null,
    request: requests.get(row.id) ?? null,
  }))
}

/** Throws `not_found` where one of these is no partner of the connection, or of none of several: asked before a list is filtered by them. */
export async function demandPartners(
  tx: Tx,
  of: string | readonly string[],
  ids: readonly string[] | undefined,
): Promise<void> {
  if (ids === undefined) return
  const { rows } = await sql`select from partners
    where ${ofConnections('connection_id', of)} and id::text = any(${ids}::text[])`.execute(tx)
  if (rows.length < new Set(ids).size) throw noPartner()
}

/** One partner; throws `not_found`. */
export async function partnerById(tx: Tx, id: string): Promise<Partner> {
  const [partner] = await partnersByIds(tx, [id])
  if (partner === undefined) throw noPartner()
  return partner
}

/** Throws `not_found` where the partner is not there, or its connection was removed: asked beside a list of what it has. */
export async function demandPartner(tx: Tx, id: string): Promise<{ connector: string }> {
  const { rows } = await sql<{ connector: string }>`
    select c.connector from partners p join connections c on c.id = p.connection_id and c.removed_at is null where p.id = ${id}`.execute(
    tx,
  )
  if (rows[0] === undefined) throw noPartner()
  return rows[0]
}

function noPartner(): AppError {
  return new AppError('not_found', 'There is no such partner.')
}

export interface PartnerShare {
  id: string
  resourceId: string
  name: string | null
  externalId: string
  type: string
  direction: 'out' | 'in'
  entitlements: string[]
  rank: Rank
  status: string | null
  path: Path
  firstSeenAt: string
  lastConfirmedAt: string
}

/** What is shared with or by one partner at present. */
export function shareList(partnerId: string): ListSpec {
  const name = sql`lower(coalesce(r.name, r.external_id))`
  return {
    base: sql`select s.id, r.name, r.external_id, ${name} as name_key, r.type, row(r.type, ${name}) as place, s.direction, s.first_seen_at
      from shares s join resources r on r.id = s.resource_id where s.partner_id = ${partnerId} and s.ended_at is null`,
    search: ['name', 'external_id'],
    sorts: { type: 'place', name: 'name_key', firstSeenAt: 'first_seen_at' },
    defaultSort: 'type',
    filled: ['place', 'name_key', 'first_seen_at'],
    facets: { direction: { column: 'direction' }, type: { column: 'type' } },
    version: sql`select concat(c.id, ':', c.inventory_version) as version from connections c
      where c.id = (select p.connection_id from partners p where p.id = ${partnerId})`,
  }
}

/** Shares by id. */
export async function sharesByIds(tx: Tx, ids: readonly string[]): Promise<PartnerShare[]> {
  const { rows } = await sql<
    Omit<PartnerShare, 'firstSeenAt' | 'lastConfirmedAt'> & { firstSeenAt: Date; lastConfirmedAt: Date }
  >`
    select s.id, s.resource_id, r.name, r.external_id, r.type, s.direction, s.entitlements, s.rank, s.status, s.path, s.first_seen_at,
      ${lastConfirmed('s', 'own')} as last_confirmed_at
    from shares s join resources r on r.id = s.resource_id where s.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
  }))
}

/** Which assets are shared with or by one partner at present, all of them: what a token of it is judged by. */
export function sharesOfPartner(
  tx: Tx,
  partnerId: string,
): Promise<Pick<PartnerShare, 'type' | 'externalId' | 'direction'>[]> {
  return tx
    .selectFrom('shares')
    .innerJoin('resources', 'resources.id', 'shares.resourceId')
    .where('shares.partnerId', '=', partnerId)
    .where('shares.endedAt', 'is', null)
    .select(['resources.type', 'resources.externalId', 'shares.direction'])
    .orderBy('resources.type')
    .orderBy(sql`lower(coalesce(resources.name, resources.external_id))`)
    .orderBy('shares.id')
    .execute()
}

/** Narrows or widens how a partner is read; the next check for updates follows it. */
export async function setSharedOnly(tx: Tx, partnerId: string, sharedOnly: boolean): Promise<void> {
  await tx.updateTable('partners').set({ sharedOnly }).where('id', '=', partnerId).execute()
}

/**
 * Holds the partner's row, and those of all partners of its connection, until the transaction ends: two connects take turns. All, and in one
 * order, because the statuses of all are worked out afterwards: two transactions that each held one would wait for each other. The
 * connection first, as whoever applies a check does.
 */
export async function lockPartner(tx: Tx, partnerId: string): Promise<void> {
  await sql`select 1 from connections where id = (select connection_id from partners where id = ${partnerId}) for no key update`.execute(
    tx,
  )
  await sql`select 1 from partners where connection_id = (select connection_id from partners where id = ${partnerId})
    order by id for update`.execute(tx)
}

/** A token is there again: the partner is not a disconnected one any more. */
export async function markConnected(tx: Tx, partnerId: string): Promise<void> {
  await tx
    .updateTable('partners')
    .set({ wasDisconnected: false, statusReason: null })
    .where('id', '=', partnerId)
    .execute()
}

/** The token is gone and the people stay: from now on nobody confirms them. */
export async function markDisconnected(tx: Tx, partnerId: string): Promise<void> {
  await tx
    .updateTable('partners')
    .set({ wasDisconnected: true, statusReason: null })
    .where('id', '=', partnerId)
    .execute()
  await doubtPartner(tx, partnerId, new Date())
}
