// Who can hold access, as lists and drawers read them: how many assets, the strongest right and the way to it, from the sums of live grants.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { ranks } from '../model/entitlement.ts'
import type { Rank } from '../model/entitlement.ts'
import { AppError } from '../model/error.ts'
import type { Access, Principal, PrincipalDetails, PrincipalTab } from '../model/principal.ts'
import type { Tx } from './db.ts'
import { countTouched, rankNumber } from './held.ts'
import { inventoryVersion, lastConfirmed } from './inventory.ts'
import type { ListSpec } from './list.ts'
import { forgetStaged } from './staging.ts'

const tabs: Record<PrincipalTab, RawBuilder<unknown>> = {
  own: sql`p.kind = 'person' and p.partner_id is null`,
  guests: sql`p.kind = 'person' and p.partner_id is not null`,
  system_users: sql`p.kind = 'system_user'`,
  invitations: sql`p.kind = 'invitation'`,
}

export const rankWord = (number: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(array['full', 'edit', 'view', 'none'])[${number}]`

/** By what a list of principals is sorted, also where several stand as one. */
export const principalSorts = {
  name: 'name_key',
  email: 'email_key',
  partner: 'partner_name',
  role: 'role',
  twoFactor: 'two_factor',
  rank: 'rank_number',
  firstSeenAt: 'first_seen_at',
  lastConfirmedAt: 'last_confirmed_at',
}

/** The live principals of one tab. */
export function principalList(connectionId: string, tab: PrincipalTab): ListSpec {
  return {
    base: sql`select p.id, p.name, p.email, p.external_id, lower(coalesce(p.name, p.email, p.external_id)) as name_key,
        p.email_key, coalesce(p.partner_id::text, 'own') as partner, coalesce(pa.name, pa.external_id, 'Our own') as partner_name,
        p.role, coalesce(p.facts->>'twoFactor', 'unknown') as two_factor, p.held_assets as assets, p.held_rank as rank_number,
        ${rankWord(sql`p.held_rank`)} as rank, p.held_how as how, p.held_types as types, case when p.not_confirmed_since is null then 'yes' else 'no' end as confirmed,
        p.first_seen_at, ${lastConfirmed('p', 'either')} as last_confirmed_at
      from principals p left join partners pa on pa.id = p.partner_id
      where p.connection_id = ${connectionId} and p.ended_at is null and ${tabs[tab]}`,
    search: ['name', 'email', 'external_id'],
    sorts: { ...principalSorts, assets: 'assets' },
    defaultSort: 'name',
    filled: ['name_key'],
    facets: {
      partner: { column: 'partner', label: 'partner_name' },
      rank: { column: 'rank' },
      assetType: { column: 'types', many: true },
      how: { column: 'how', many: true },
      twoFactor: { column: 'two_factor' },
      confirmed: { column: 'confirmed' },
    },
    version: inventoryVersion(connectionId),
  }
}

type Row = Omit<Principal, 'firstSeenAt' | 'lastConfirmedAt' | 'notConfirmedSince' | 'endedAt'> & {
  firstSeenAt: Date
  lastConfirmedAt: Date
  notConfirmedSince: Date | null
  endedAt: Date | null
}

/** When our own and the partner's reader last read, of rows that are joined already. */
const readersOf = { own: sql`c.read_at`, theirs: sql`pa.read_at` }

/** Principals by id, ended ones too, of connections that were not removed. */
export async function principalsByIds(tx: Tx, ids: readonly string[]): Promise<Principal[]> {
  const { rows } = await sql<Row>`
    select p.id, p.connection_id, p.external_id, p.kind, p.name, p.email, p.partner_id, pa.name as partner_name, p.role,
      p.facts->>'twoFactor' as two_factor, p.facts->>'financePermission' as finance_permission, p.source, p.path,
      p.held_assets as assets, ${rankWord(sql`p.held_rank`)} as rank, p.held_how as how,
      p.first_seen_at, ${lastConfirmed('p', 'either', readersOf)} as last_confirmed_at, p.not_confirmed_since, p.ended_at
    from principals p join connections c on c.id = p.connection_id and c.removed_at is null
    left join partners pa on pa.id = p.partner_id
    where p.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
    notConfirmedSince: row.notConfirmedSince?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  }))
}

type Details = Omit<PrincipalDetails, 'access'> & {
  access: Omit<Access, 'resourceTypeLabel'>[]
  connector: string
}

/** One principal with every access, live ones first, and the same human elsewhere in the workspace. Throws `not_found`. */
export async function principalDetails(tx: Tx, id: string): Promise<Details> {
  const [[principal], more, access, identity] = await Promise.all([
    principalsByIds(tx, [id]),
    tx
      .selectFrom('principals')
      .innerJoin('connections', 'connections.id', 'principals.connectionId')
      .select(['principals.facts', 'connections.connector'])
      .where('principals.id', '=', id)
      .executeTakeFirst(),
    accessOf(tx, id),
    sameHuman(tx, id),
  ])
  if (principal === undefined || more === undefined) throw noPerson()
  const facts = Object.entries(more.facts).map(([name, value]) => [
    name,
    value === null ? null : String(value),
  ])
  return {
    ...principal,
    connector: more.connector,
    facts: Object.fromEntries(facts) as Record<string, string | null>,
    access,
    identity,
  }
}

/** Throws `not_found` where the principal is not there, or its connection was removed. */
export async function demandPrincipal(tx: Tx, id: string): Promise<void> {
  const [principal] = await principalsByIds(tx, [id])
  if (principal === undefined) throw noPerson()
}

function noPerson(): AppError {
  return new AppError('not_found', 'There is no such person.')
}

async function accessOf(tx: Tx, principalId: string): Promise<Omit<Access, 'resourceTypeLabel'>[]> {
  const readAt = {
    own: sql`(select c.read_at from connections c join principals p on p.connection_id = c.id where p.id = ${principalId})`,
    theirs: sql`(select pa.read_at from partners pa join principals p on p.partner_id = pa.id where p.id = ${principalId})`,
  }
  const { rows } = await sql<
    Omit<Access, 'resourceTypeLabel' | 'firstSeenAt' | 'lastConfirmedAt' | 'endedAt'> & Times
  >`
    select g.resource_id, r.name as resource_name, r.external_id as resource_external_id, r.type as resource_type, g.entitlements, g.rank,
      g.how, nullif(g.through, '') as through, g.path, g.first_seen_at, ${lastConfirmed('g', 'either', readAt)} as last_confirmed_at, g.ended_at
    from grants g join resources r on r.id = g.resource_id where g.principal_id = ${principalId}
    order by g.ended_at desc nulls first, ${rankNumber('g.rank')}, lower(coalesce(r.name, r.external_id)), g.id limit 10000`.execute(
    tx,
  )
  return rows.map((row) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastConfirmedAt: row.lastConfirmedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }))
}

interface Times {
  firstSeenAt: Date
  lastConfirmedAt: Date
  endedAt: Date | null
}

async function sameHuman(tx: Tx, id: string): Promise<PrincipalDetails['identity']> {
  const { rows } = await sql<PrincipalDetails['identity'][number]>`
    select o.id, o.connection_id, o.name, o.partner_id, pa.name as partner_name
    from principals o join connections c on c.id = o.connection_id and c.removed_at is null left join partners pa on pa.id = o.partner_id
    where o.email_key = (select p.email_key from principals p where p.id = ${id} and p.email_key <> '') and o.id <> ${id} and o.ended_at is null
    order by o.id limit 50`.execute(tx)
  return rows
}

/**
 * Deletes what is known of a human: every principal with the same e-mail in the workspace, of removed apps too, with its access and its
 * history; without an e-mail the one principal. What a running check has read of them goes too. Gives the erased ids; throws `not_found`.
 */
export async function erasePerson(tx: Tx, id: string): Promise<string[]> {
  const [principal] = await principalsByIds(tx, [id])
  if (principal === undefined) throw noPerson()
  const email = principal.email?.trim().toLowerCase() ?? ''
  const them = sql`(id = ${id} or (${email} <> '' and email_key = ${email}))`
  // A check that is being applied has read them already, and would write of them again.
  await sql`select from connections where id in (select connection_id from principals where ${them}) order by id for update`.execute(
    tx,
  )
  const touched = await sql<{ id: string }>`select distinct resource_id as id from grants
    where principal_id in (select id from principals where ${them})`.execute(tx)
  await sql`delete from changes where principal_id in (select id from principals where ${them})`.execute(tx)
  const { rows } = await sql<{ id: string; externalId: string; name: string | null }>`delete from principals
    where ${them} returning id, external_id, name`.execute(tx)
  await countTouched(
    tx,
    touched.rows.map((row) => row.id),
  )
  // The name also stands at whom they invited.
  const names = rows.flatMap((row) => row.name ?? [])
  await sql`update principals set facts = facts - 'createdBy' where facts ->> 'createdBy' = any(${names}::text[])`.execute(
    tx,
  )
  await forgetStaged(
    tx,
    rows.map((row) => row.externalId),
  )
  return rows.map((row) => row.id)
}

/** Live people and system users per group and strongest rank, for the overview. */
export async function accessCounts(
  tx: Tx,
  connectionId: string,
): Promise<{ group: 'own' | 'guests' | 'system_users'; rank: Rank; count: number }[]> {
  const { rows } = await sql<{ group: 'own' | 'guests' | 'system_users'; rank: Rank; count: number }>`
    select case when p.kind = 'system_user' then 'system_users' when p.partner_id is null then 'own' else 'guests' end as "group",
      ${rankWord(sql`p.held_rank`)} as rank, count(*)::int as count
    from principals p where p.connection_id = ${connectionId} and p.ended_at is null and p.kind <> 'invitation' group by 1, 2`.execute(
    tx,
  )
  return rows.filter((row) => ranks.includes(row.rank))
}
