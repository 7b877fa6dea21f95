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
import { stagedShares } from './staging.ts'

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

/** Every live row of a connection, linked by the provider's ids. */
export async function loadInventory(tx: Tx, connectionId: string): Promise<Inventory> {
  return { ...(await loadGround(tx, connectionId)), ...(await loadPeople(tx, connectionId, 'all')) }
}

/** Whose people: those of one partner (by its external id), our own (null), or everybody's. */
export type Whose = { partner: string | null } | 'all'

/** Partners, assets and shares. */
export async function loadGround(
  tx: Tx,
  connectionId: string,
): Promise<Pick<Inventory, 'partners' | 'resources' | 'shares'>> {
  const partners = await sql<PartnerRow>`
    select id, external_id, name, is_agency, is_client, scopes, path, not_confirmed_since is null as confirmed
    from partners where connection_id = ${connectionId} and ended_at is null`.execute(tx)
  const resources = await sql<ResourceRow>`
    select id, type, external_id, name, relation, owner_business, facts, scope, path, not_confirmed_since is null as confirmed
    from resources where connection_id = ${connectionId} and ended_at is null`.execute(tx)
  const shares = await sql<ShareRow>`
    select s.id, p.external_id as partner, r.type, r.external_id as resource, s.direction, s.entitlements, s.rank, s.status, s.scope, s.path,
      s.not_confirmed_since is null as confirmed
    from shares s join partners p on p.id = s.partner_id join resources r on r.id = s.resource_id
    where s.connection_id = ${connectionId} and s.ended_at is null`.execute(tx)
  return {
    partners: new Map(partners.rows.map((r) => [r.externalId, r])),
    resources: new Map(resources.rows.map((r) => [resourceKey(r), r])),
    shares: new Map(shares.rows.map((r) => [shareKey(r), r])),
  }
}

/** People and what they hold. A grant belongs to whom its holder belongs. */
export async function loadPeople(
  tx: Tx,
  connectionId: string,
  whose: Whose,
): Promise<Pick<Inventory, 'principals' | 'grants'>> {
  const theirs =
    whose === 'all'
      ? sql`true`
      : whose.partner === null
        ? sql`o.partner_id is null`
        : sql`o.partner_id = (select w.id from partners w where w.connection_id = ${connectionId} and w.external_id = ${whose.partner})`
  const principals = await sql<PrincipalRow>`
    select o.id, o.external_id, o.kind, p.external_id as partner, o.business, o.name, o.email, o.role, o.reaches_all, o.source, o.facts,
      o.scope, o.path, o.not_confirmed_since is null as confirmed
    from principals o left join partners p on p.id = o.partner_id
    where o.connection_id = ${connectionId} and o.ended_at is null and ${theirs}`.execute(tx)
  // Holder by holder: in a table that is just being filled the statistics say nothing yet, and the index over a connection's live grants
  // would be read whole for each business.
  const grants = await sql<GrantRow>`
    select g.id, o.external_id as principal, r.type, r.external_id as resource, p.external_id as partner, g.how, g.through,
      g.entitlements, g.rank, g.scope, g.not_confirmed_since is null as confirmed
    from principals o join grants g on g.principal_id = o.id join resources r on r.id = g.resource_id
      left join partners p on p.id = g.partner_id
    where o.connection_id = ${connectionId} and o.ended_at is null and num_nulls(g.ended_at) = 1 and ${theirs}`.execute(
    tx,
  )
  return {
    principals: new Map(principals.rows.map((r) => [r.externalId, r])),
    grants: new Map(grants.rows.map((r) => [grantKey(r), r])),
  }
}

/** Partners (external ids) who have live people; a person may belong to one that has ended. */
export async function partnersWithPeople(tx: Tx, connectionId: string): Promise<string[]> {
  const { rows } = await sql<{ externalId: string }>`
    select external_id from partners p where connection_id = ${connectionId} and exists (
      select from principals o where o.connection_id = p.connection_id and o.partner_id = p.id and o.ended_at is null)
    order by external_id`.execute(tx)
  return rows.map((r) => r.externalId)
}

/** Scopes of one reader (null: ours) that have live rows: one that is suddenly empty is read again before it is believed. */
export async function scopesInUse(
  tx: Tx,
  connectionId: string,
  partner: string | null,
): Promise<Set<string>> {
  const live = sql`connection_id = ${connectionId} and ended_at is null`
  const theirs =
    partner === null
      ? sql`partner_id is null`
      : sql`partner_id = (select w.id from partners w where w.connection_id = ${connectionId} and w.external_id = ${partner})`
  const ground = sql`
    union select unnest(scopes) from partners where ${live} union select scope from resources where ${live}
    union select scope from shares where ${live}`
  const { rows } = await sql<{ scope: string }>`
    select scope from principals where ${live} and ${theirs} union select scope from grants where ${live} and ${theirs}
    ${partner === null ? ground : sql``}`.execute(tx)
  return new Set(rows.map((r) => r.scope))
}

/** External ids of the live principals of one partner. */
export async function principalsOf(tx: Tx, connectionId: string, partner: string): Promise<Set<string>> {
  const { rows } = await sql<{ externalId: string }>`
    select o.external_id from principals o join partners p on p.id = o.partner_id
    where o.connection_id = ${connectionId} and p.external_id = ${partner} and o.ended_at is null`.execute(tx)
  return new Set(rows.map((r) => r.externalId))
}

/** Keys of the resources that are shared with or by a partner with effect, as stored or as this job has just staged it. */
export async function sharedInForce(
  tx: Tx,
  what: { connectionId: string; partner: string; jobId: string },
): Promise<Set<string>> {
  const { rows } = await sql<{ type: string; externalId: string }>`
    select r.type, r.external_id from shares s join resources r on r.id = s.resource_id join partners p on p.id = s.partner_id
      where s.connection_id = ${what.connectionId} and p.external_id = ${what.partner} and s.ended_at is null
        and coalesce(upper(s.status), 'CONFIRMED') = 'CONFIRMED'`.execute(tx)
  const staged = await stagedShares(tx, what.jobId, what.partner)
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
