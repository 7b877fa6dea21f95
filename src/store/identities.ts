// Humans over all connections of a workspace: principals with the same e-mail stand as one, whoever has none stands alone. Nothing is kept
// of them: a list reads the same rows and sums as a list of principals, and the few e-mails that occur more than once are put together.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { strongest } from '../model/entitlement.ts'
import type { Identity } from '../model/identity.ts'
import type { Principal } from '../model/principal.ts'
import type { Tx } from './db.ts'
import { liveRow } from './held.ts'
import { inventoryVersion, lastConfirmed, ofConnections } from './inventory.ts'
import type { ListSpec } from './list.ts'
import { principalsByIds, principalSorts, rankWord } from './principals.ts'

const partnerName = (alias: string) =>
  sql`coalesce(${sql.ref(`${alias}.name`)}, ${sql.ref(`${alias}.external_id`)}, 'Our own')`

/**
 * The humans who hold something in these connections, each as one of their principals. The value of the facet `partner` is the provider's id,
 * or `own`: a business is one partner in however many connections.
 */
export function identityList(connectionIds: readonly string[]): ListSpec {
  const live = (alias: string) =>
    sql`${ofConnections(`${alias}.connection_id`, connectionIds)} and ${sql.ref(`${alias}.ended_at`)} is null`
  const rank = sql`coalesce(t.rank_number, p.held_rank)`
  // Whom we know ourselves stands for the others, an invitation for nobody who is there already. The join of t is left out where no column of it is asked for.
  return {
    base: sql`select p.id, p.name, p.email, p.email_key, p.external_id, t.words, lower(coalesce(p.name, p.email, p.external_id)) as name_key,
        coalesce(t.partners, array[coalesce(pa.external_id, 'own')]) as partners, coalesce(t.partner_name, ${partnerName('pa')}) as partner_name,
        coalesce(t.connections, array[p.connection_id::text]) as connections, coalesce(t.connection_label, lower(c.label)) as connection_label,
        coalesce(t.kinds, array[p.kind]) as kinds, coalesce(t.role, p.role) as role,
        coalesce(t.two_factors, array[coalesce(p.facts->>'twoFactor', 'unknown')]) as two_factors,
        coalesce(t.two_factor, p.facts->>'twoFactor', 'unknown') as two_factor, ${rank} as rank_number, ${rankWord(rank)} as rank,
        case when coalesce(t.not_confirmed, p.not_confirmed_since is not null) then 'no' else 'yes' end as confirmed,
        coalesce(t.first_seen_at, p.first_seen_at) as first_seen_at, coalesce(t.last_confirmed_at, ${lastConfirmed('p', 'either')}) as last_confirmed_at
      from principals p left join partners pa on pa.id = p.partner_id left join connections c on c.id = p.connection_id
      left join (${together(live)}) t on t.email_key = p.email_key
      where ${live('p')} and not exists (select 1 from principals o where o.email_key = p.email_key and o.email_key <> '' and ${live('o')}
        and (o.kind = 'invitation', o.partner_id is not null, o.id) < (p.kind = 'invitation', p.partner_id is not null, p.id))`,
    search: ['name', 'email', 'external_id', 'words'],
    sorts: { ...principalSorts, connection: 'connection_label' },
    defaultSort: 'name',
    filled: ['name_key'],
    facets: {
      partner: { column: 'partners', many: true },
      rank: { column: 'rank' },
      kind: { column: 'kinds', many: true },
      twoFactor: { column: 'two_factors', many: true },
      confirmed: { column: 'confirmed' },
      connection: { column: 'connections', many: true },
    },
    version: inventoryVersion(connectionIds),
  }
}

/** What holds of all principals of an e-mail together, for e-mails of more than one. */
function together(live: (alias: string) => RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select q.email_key, string_agg(concat_ws(chr(10), q.name, q.external_id), chr(10)) as words,
      array_agg(distinct coalesce(qa.external_id, 'own')) as partners, min(${partnerName('qa')}) as partner_name,
      array_agg(distinct q.connection_id::text) as connections, min(lower(qc.label)) as connection_label,
      array_agg(distinct q.kind) as kinds, min(q.role) as role,
      array_agg(distinct coalesce(q.facts->>'twoFactor', 'unknown')) as two_factors, min(coalesce(q.facts->>'twoFactor', 'unknown')) as two_factor,
      min(q.held_rank) as rank_number, bool_or(q.not_confirmed_since is not null) as not_confirmed,
      min(q.first_seen_at) as first_seen_at, min(${lastConfirmed('q', 'either')}) as last_confirmed_at
    from principals q left join partners qa on qa.id = q.partner_id left join connections qc on qc.id = q.connection_id
    where ${live('q')} and q.email_key in (select m.email_key from principals m
      where ${live('m')} and m.email_key <> '' group by m.email_key having count(*) > 1)
    group by q.email_key`
}

/** Humans by the id of the principal that stands for them, of connections that were not removed. */
export async function identitiesByIds(tx: Tx, ids: readonly string[]): Promise<Identity[]> {
  const { rows: members } = await sql<{ human: string; id: string }>`
    select p.id as human, every.id from principals p cross join lateral (
      select p.id union select o.id from principals o join connections c on c.id = o.connection_id and c.removed_at is null
        where o.email_key = p.email_key and o.email_key <> '' and o.ended_at is null) every
    where p.id = any(${ids}::uuid[])`.execute(tx)
  const principals = new Map(
    (
      await principalsByIds(
        tx,
        members.map(({ id }) => id),
      )
    ).map((row) => [row.id, row]),
  )
  const humans = new Map<string, Principal[]>()
  for (const { human, id } of members) {
    const principal = principals.get(id)
    if (principal !== undefined) humans.set(human, [...(humans.get(human) ?? []), principal])
  }
  const several = members.filter(({ human }) => (humans.get(human)?.length ?? 0) > 1)
  const assets = several.length === 0 ? new Map<string, number>() : await assetsOf(tx, several)
  return [...humans].flatMap(([id, all]) => {
    const first = principals.get(id)
    return first === undefined ? [] : [asOne(first, all, assets.get(id) ?? first.assets)]
  })
}

/** How many assets each human can touch: one that several of their principals hold counts once, which no sum tells. */
async function assetsOf(
  tx: Tx,
  members: readonly { human: string; id: string }[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ human: string; assets: number }>`
    select m.human::text as human, count(distinct g.resource_id)::int as assets
    from unnest(${members.map(({ human }) => human)}::uuid[], ${members.map(({ id }) => id)}::uuid[]) as m (human, id)
      left join grants g on g.principal_id = m.id and ${liveRow('g.ended_at')}
    group by m.human`.execute(tx)
  return new Map(rows.map(({ human, assets }) => [human, assets]))
}

function asOne(first: Principal, all: readonly Principal[], assets: number): Identity {
  const earliest = (times: (string | null)[]) => times.filter((time) => time !== null).sort()[0]
  return {
    ...first,
    assets,
    rank: strongest(all.map(({ rank }) => rank)),
    how: [...new Set(all.flatMap(({ how }) => how))].sort(),
    firstSeenAt: earliest(all.map((one) => one.firstSeenAt)) ?? first.firstSeenAt,
    lastConfirmedAt: earliest(all.map((one) => one.lastConfirmedAt)) ?? first.lastConfirmedAt,
    notConfirmedSince: earliest(all.map((one) => one.notConfirmedSince)) ?? null,
    principals: [...all].sort((a, b) => placeOf(a).localeCompare(placeOf(b)) || a.id.localeCompare(b.id)),
  }
}

const placeOf = (principal: Principal) =>
  principal.partnerName ?? (principal.partnerId === null ? 'Our own' : '')

/** Names of partners by the provider's ids, as far as they were told. */
export async function partnerNames(
  tx: Tx,
  connectionIds: readonly string[],
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ externalId: string; name: string }>`
    select external_id, min(name) as name from partners
    where ${ofConnections('connection_id', connectionIds)} and external_id = any(${externalIds}::text[]) and name is not null
    group by external_id`.execute(tx)
  return new Map(rows.map(({ externalId, name }) => [externalId, name]))
}
