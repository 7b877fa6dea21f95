// What is live of a connection, as comparing needs it, and when each row was last confirmed.
//
// An unchanged read writes no rows: when a reader's rows have been compared, its read_at moves (connections.read_at for ours,
// partners.read_at for a partner's), and every live row of that reader which was not seen gets not_confirmed_since. So a live row
// without it was seen at read_at, and everything else keeps the last_confirmed_at that was written into it.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { grantKey, resourceKey, shareKey } from '../model/inventory.ts'
import type {
  GrantRow,
  Inventory,
  PartnerRow,
  PrincipalRow,
  ResourceRow,
  ShareRow,
} from '../model/inventory.ts'
import type { Tx } from './db.ts'
import { liveRow } from './held.ts'
import { stagedShares } from './staged.ts'

/**
 * SQL for when a row was last confirmed. `alias` is the row's table in the query; `of`: rows that our own reader answers for
 * (`own`: partners, resources, shares), or rows that may be a partner's (`either`: principals, grants). `readAt`: when our own and the row's
 * partner's reader last read, where the query knows them without a look-up for each row.
 */
export function lastConfirmed(
  alias: string,
  of: 'own' | 'either',
  readAt: { own?: RawBuilder<unknown>; theirs?: RawBuilder<unknown> } = {},
): RawBuilder<Date> {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  const own =
    readAt.own ?? sql`(select c_.read_at from connections c_ where c_.id = ${column('connection_id')})`
  const theirs =
    readAt.theirs ?? sql`(select p_.read_at from partners p_ where p_.id = ${column('partner_id')})`
  const read =
    of === 'own' ? own : sql`case when ${column('partner_id')} is null then ${own} else ${theirs} end`
  return sql<Date>`greatest(${column('last_confirmed_at')}, case when ${column('ended_at')} is null
    and (${column('not_confirmed_since')} is null or ${read} < ${column('not_confirmed_since')}) then ${read} end)`
}

/** SQL for rows of one connection, in words that an index by connection answers in order, or of several. */
export function ofConnections(column: string, of: string | readonly string[]): RawBuilder<boolean> {
  return typeof of === 'string'
    ? sql<boolean>`${sql.ref(column)} = ${of}`
    : sql<boolean>`${sql.ref(column)} = any(${of}::uuid[])`
}

/** SQL for what becomes another text with every write to the people, assets, shares and rights of connections, and to their partners' names. */
export function inventoryVersion(of: string | readonly string[]): RawBuilder<{ version: string }> {
  return sql`select string_agg(concat(id, ':', inventory_version), ' ' order by id) as version from connections
    where ${ofConnections('id', of)} having count(*) > 0`
}

/** SQL for our id of a connection's partner. */
export const partnerIn = (connectionId: string, externalId: string): RawBuilder<string> =>
  sql`(select w.id from partners w where w.connection_id = ${connectionId} and w.external_id = ${externalId})`

/** Every live row of a connection, linked by the provider's ids. */
export async function loadInventory(tx: Tx, connectionId: string): Promise<Inventory> {
  const { names, ...ground } = await loadGround(tx, connectionId)
  const shares = await loadShares(tx, connectionId, 'all', names)
  const principals = await loadPrincipals(tx, connectionId, 'all', names)
  const grants = await loadGrants(tx, idsOfHolders(principals), names, 'all')
  return { ...ground, shares, principals, grants }
}

/**
 * The provider's ids of a connection's partners and assets by ours, of ended ones too. Rows are linked here and not in the database: in
 * tables that were just filled the statistics say nothing yet, and a join would try every asset for each person.
 */
export interface Names {
  partners: ReadonlyMap<string, string>
  resources: ReadonlyMap<string, { type: string; externalId: string }>
}

/** Partners and assets, and the names that everything else links to them by. */
export async function loadGround(
  tx: Tx,
  connectionId: string,
): Promise<Pick<Inventory, 'partners' | 'resources'> & { names: Names }> {
  const partners = await sql<PartnerRow>`
    select id, external_id, name, is_agency, is_client, scopes, path, not_confirmed_since is null as confirmed
    from partners where connection_id = ${connectionId} and ended_at is null`.execute(tx)
  const resources = await sql<ResourceRow>`
    select id, type, external_id, name, relation, owner_business, facts, scope, path, not_confirmed_since is null as confirmed
    from resources where connection_id = ${connectionId} and ended_at is null`.execute(tx)
  return {
    partners: new Map(partners.rows.map((r) => [r.externalId, r])),
    resources: new Map(resources.rows.map((r) => [resourceKey(r), r])),
    names: await namesOf(tx, connectionId, partners.rows, resources.rows),
  }
}

type OnResource = { resourceId: string }

/** What is shared with or by these partners (our ids), or all. */
export async function loadShares(
  tx: Tx,
  connectionId: string,
  partnerIds: readonly string[] | 'all',
  names: Names,
): Promise<Map<string, ShareRow>> {
  const theirs = partnerIds === 'all' ? sql`true` : sql`partner_id = any(${partnerIds}::uuid[])`
  const { rows } = await sql<
    Omit<ShareRow, 'partner' | 'type' | 'resource'> & OnResource & { partnerId: string }
  >`
    select id, partner_id, resource_id, direction, entitlements, rank, status, scope, path, not_confirmed_since is null as confirmed
    from shares where connection_id = ${connectionId} and ${liveRow('ended_at')} and ${theirs}`.execute(tx)
  return keyed(rows, shareKey, ({ partnerId, resourceId, ...row }) => {
    const [partner, resource] = [names.partners.get(partnerId), names.resources.get(resourceId)]
    return partner === undefined || resource === undefined
      ? null
      : { ...row, partner, type: resource.type, resource: resource.externalId }
  })
}

/** How many live shares each partner (our id) has. */
export async function countShares(tx: Tx, connectionId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; n: number }>`
    select partner_id as id, count(*)::int as n from shares
    where connection_id = ${connectionId} and ended_at is null group by 1`.execute(tx)
  return new Map(rows.map((r) => [r.id, r.n]))
}

/** The names of what is live, which is given, and of what has ended. */
async function namesOf(
  tx: Tx,
  connectionId: string,
  partners: readonly Pick<PartnerRow, 'id' | 'externalId'>[],
  resources: readonly Pick<ResourceRow, 'id' | 'type' | 'externalId'>[],
): Promise<Names> {
  const ended = sql`connection_id = ${connectionId} and ended_at is not null`
  const left = await sql<{ id: string; externalId: string }>`
    select id, external_id from partners where ${ended}`.execute(tx)
  const gone = await sql<{ id: string; type: string; externalId: string }>`
    select id, type, external_id from resources where ${ended}`.execute(tx)
  return {
    partners: new Map([...partners, ...left.rows].map(({ id, externalId }) => [id ?? '', externalId])),
    resources: new Map(
      [...resources, ...gone.rows].map(({ id, type, externalId }) => [id ?? '', { type, externalId }]),
    ),
  }
}

function keyed<Stored, Row>(
  rows: readonly Stored[],
  key: (row: Row) => string,
  linked: (row: Stored) => Row | null,
): Map<string, Row> {
  const map = new Map<string, Row>()
  for (const stored of rows) {
    const row = linked(stored)
    if (row !== null) map.set(key(row), row)
  }
  return map
}

/** Whose people: our own, those of some partners (their external ids), both, or everybody's. */
export type Whose = { own: boolean; partners: readonly string[] } | 'all'

export async function loadPrincipals(
  tx: Tx,
  connectionId: string,
  whose: Whose,
  names: Names,
): Promise<Map<string, PrincipalRow>> {
  const partnerOf = (id: string | null) => (id === null ? null : (names.partners.get(id) ?? null))
  type Stored = Omit<PrincipalRow, 'partner'> & { partnerId: string | null }
  const { rows } = await sql<Stored>`
    select o.id, o.external_id, o.kind, o.partner_id, o.business, o.name, o.email, o.role, o.reaches_all, o.source, o.facts,
      o.scope, o.path, o.not_confirmed_since is null as confirmed
    from principals o where o.connection_id = ${connectionId} and o.ended_at is null and ${theirs(whose, names)}`.execute(
    tx,
  )
  return keyed(
    rows,
    (row: PrincipalRow) => row.externalId,
    ({ partnerId, ...row }: Stored) => ({ ...row, partner: partnerOf(partnerId) }),
  )
}

function theirs(whose: Whose, names: Names): RawBuilder<unknown> {
  if (whose === 'all') return sql`true`
  const wanted = new Set(whose.partners)
  const ids = Array.from(names.partners).flatMap(([id, externalId]) => (wanted.has(externalId) ? [id] : []))
  const some = sql`o.partner_id = any(${ids}::uuid[])`
  if (!whose.own) return some
  return wanted.size === 0 ? sql`o.partner_id is null` : sql`(o.partner_id is null or ${some})`
}

/** Partners (external ids; null: ourselves) with on how many assets their live people hold something in all, and how many these are. */
export async function countHeld(tx: Tx, connectionId: string): Promise<Map<string | null, number>> {
  const { rows } = await sql<{ externalId: string | null; n: number }>`
    select p.external_id, o.n from (
      select partner_id, (count(*) + sum(held_assets))::int as n from principals
      where connection_id = ${connectionId} and ended_at is null group by partner_id) o
    left join partners p on p.id = o.partner_id`.execute(tx)
  return new Map(rows.map(({ externalId, n }) => [externalId, n]))
}

/** Our ids of stored principals, each with the external id. */
export type Holders = ReadonlyMap<string, string>

export function idsOfHolders(principals: Iterable<readonly [string, PrincipalRow]>): Holders {
  return new Map(Array.from(principals).flatMap(([key, { id }]) => (id === null ? [] : [[id, key]])))
}

/**
 * What these live principals hold: all of it, what follows from their roles, or everything else; `on`: on those resources alone of which it is
 * true, by their keys. A grant belongs to whom its holder belongs.
 */
export async function loadGrants(
  tx: Tx,
  holders: Holders,
  names: Names,
  which: 'all' | 'by roles' | 'without roles',
  on?: (resource: string) => boolean,
): Promise<Map<string, GrantRow>> {
  if (holders.size === 0) return new Map()
  const ids = (of: NonNullable<typeof on>) =>
    Array.from(names.resources).flatMap(([id, resource]) => (of(resourceKey(resource)) ? [id] : []))
  const there = on === undefined ? sql`true` : sql`g.resource_id = any(${ids(on)}::uuid[])`
  const how = { all: sql`true`, 'by roles': sql`g.how = 'role'`, 'without roles': sql`g.how <> 'role'` }
  // Holder by holder through the index, which `offset 0` keeps apart: whatever the statistics say of a table that was just filled. There are so
  // many rows that their columns are named as they are to be, not renamed one by one.
  const { rows } = await sql<StoredGrant>`
    select h.principal, g.* from unnest(${[...holders.keys()]}::uuid[], ${[...holders.values()]}::text[]) as h (id, principal),
      lateral (select ${ofGrant} from grants g
        where g.principal_id = h.id and ${how[which]} and ${there} and ${liveRow('g.ended_at')} offset 0) g`.execute(
    tx.withoutPlugins(),
  )
  return keyed(rows, grantKey, linkedGrant(names))
}

type StoredGrant = Omit<GrantRow, 'partner' | 'type' | 'resource'> & OnResource & { partnerId: string | null }

const ofGrant = sql`g.id, g.resource_id as "resourceId", g.partner_id as "partnerId", g.how, g.through, g.entitlements, g.rank, g.scope, g.path,
  g.not_confirmed_since is null as confirmed`

const linkedGrant =
  ({ partners, resources }: Names) =>
  ({ resourceId, partnerId, ...row }: StoredGrant): GrantRow | null => {
    const resource = resources.get(resourceId)
    const partner = partnerId === null ? null : (partners.get(partnerId) ?? null)
    return resource === undefined
      ? null
      : { ...row, partner, type: resource.type, resource: resource.externalId }
  }

/** Partners (external ids) who have live people; a person may belong to one that has ended. */
export async function partnersWithPeople(tx: Tx, connectionId: string): Promise<string[]> {
  const { rows } = await sql<{ externalId: string }>`
    select external_id from partners p where connection_id = ${connectionId} and exists (
      select from principals o where o.connection_id = p.connection_id and o.partner_id = p.id and o.ended_at is null)
    order by external_id`.execute(tx)
  return rows.map((r) => r.externalId)
}

/** Scopes of our own reader that have live rows: one that is suddenly empty is read again before it is believed. */
export async function scopesInUse(tx: Tx, connectionId: string): Promise<Set<string>> {
  const live = sql`connection_id = ${connectionId} and ended_at is null`
  const { rows } = await sql<{ scope: string }>`
    select scope from principals where ${live} and partner_id is null union select scope from grants where ${live} and partner_id is null
    union select unnest(scopes) from partners where ${live} union select scope from resources where ${live}
    union select scope from shares where ${live}`.execute(tx)
  return new Set(rows.map((r) => r.scope))
}

/** External ids of our own principals that hold a live right in one of these scopes. */
export async function holdersIn(
  tx: Tx,
  connectionId: string,
  scopes: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ externalId: string }>`
    select distinct o.external_id from grants g join principals o on o.id = g.principal_id
    where g.connection_id = ${connectionId} and g.ended_at is null and g.partner_id is null and g.scope = any(${scopes}::text[])`.execute(
    tx,
  )
  return new Set(rows.map((r) => r.externalId))
}

/** External ids of the live principals of one partner. */
export async function principalsOf(tx: Tx, connectionId: string, partner: string): Promise<Set<string>> {
  const { rows } = await sql<{ externalId: string }>`
    select o.external_id from principals o where o.connection_id = ${connectionId} and o.ended_at is null
      and o.partner_id = ${partnerIn(connectionId, partner)}`.execute(tx)
  return new Set(rows.map((r) => r.externalId))
}

/** Keys of the resources that are shared with or by a partner with effect, as stored or as this job has just staged it. */
export async function sharedInForce(
  tx: Tx,
  what: { connectionId: string; partner: string; jobId: string },
): Promise<Set<string>> {
  const [{ rows }, staged] = await Promise.all([
    sql<{ type: string; externalId: string }>`
      select r.type, r.external_id from shares s join resources r on r.id = s.resource_id join partners p on p.id = s.partner_id
        where s.connection_id = ${what.connectionId} and p.external_id = ${what.partner} and s.ended_at is null
          and coalesce(upper(s.status), 'CONFIRMED') = 'CONFIRMED'`.execute(tx),
    stagedShares(tx, what.jobId, what.partner),
  ])
  return new Set([
    ...rows.map(resourceKey),
    ...staged.map((s) => resourceKey({ type: s.type, externalId: s.resource })),
  ])
}

/**
 * Marks the live people and grants of a partner as not confirmed, as when nobody reads them any more. Keeps when they were last
 * confirmed.
 */
export async function doubtPartner(tx: Tx, partnerId: string, now: Date): Promise<void> {
  for (const table of ['principals', 'grants']) {
    await sql`update ${sql.table(table)} t set last_confirmed_at = ${lastConfirmed('t', 'either')}, not_confirmed_since = ${now}
      where t.connection_id = (select w.connection_id from partners w where w.id = ${partnerId}) and t.partner_id = ${partnerId}
        and t.ended_at is null and t.not_confirmed_since is null`.execute(tx)
  }
}
