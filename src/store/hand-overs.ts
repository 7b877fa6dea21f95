// Who brought a partner's token, and what such a person may see of it: their own business, what was read of it, and nothing else.
import { sql } from 'kysely'
import type { OwnBusiness, OwnPerson } from '../model/own-data.ts'
import type { Tx } from './db.ts'
import { lastConfirmed } from './inventory.ts'

/** Notes that this person's token became the partner's: from now on they see what is taken with it. */
export async function recordHandOver(
  tx: Tx,
  row: { workspaceId: string; partnerId: string; userId: string; credentialId: string },
): Promise<void> {
  await tx.insertInto('handOvers').values(row).execute()
}

/** A token was renewed at the provider and sealed under a new id: whoever brought it may still see and withdraw it. */
export async function followRenewal(tx: Tx, from: string, to: string): Promise<void> {
  await tx.updateTable('handOvers').set({ credentialId: to }).where('credentialId', '=', from).execute()
  await tx.updateTable('tokenRequests').set({ credentialId: to }).where('credentialId', '=', from).execute()
}

interface BusinessRow {
  partnerId: string
  connectionId: string
  name: string | null
  externalId: string
  status: OwnBusiness['status']
  handedOverAt: Date
  people: number
  systemUsers: number
  assets: number
  tokenThere: boolean
  lastFour: string | null
  readAt: Date | null
}

/** The businesses whose token this person brought, with how much of each is kept. */
export async function ownBusinesses(
  tx: Tx,
  userId: string,
): Promise<(OwnBusiness & { connectionId: string })[]> {
  const kept = (
    kind: string,
  ) => sql`(select count(*)::int from principals o where o.connection_id = p.connection_id
    and o.partner_id = p.id and o.ended_at is null and o.kind = ${kind})`
  const { rows } = await sql<BusinessRow>`
    select p.id as partner_id, p.connection_id, p.name, p.external_id, p.status, mine.at as handed_over_at,
      ${kept('person')} as people, ${kept('system_user')} as system_users,
      (select count(distinct s.resource_id)::int from shares s where s.partner_id = p.id and s.ended_at is null) as assets,
      k.id is not null as token_there, k.last_four, p.people_confirmed_at as read_at
    from partners p join connections c on c.id = p.connection_id and c.removed_at is null
      join lateral (select max(h.at) as at from hand_overs h where h.partner_id = p.id and h.user_id = ${userId}
        having count(*) > 0) mine on true
      left join credentials k on k.connection_id = p.connection_id and k.partner_id = p.id and k.kind = 'token'
        and exists (select from hand_overs h where h.credential_id = k.id and h.user_id = ${userId})
    order by lower(coalesce(p.name, p.external_id)), p.id`.execute(tx)
  return rows.map(({ tokenThere, lastFour, handedOverAt, readAt, ...row }) => ({
    ...row,
    handedOverAt: handedOverAt.toISOString(),
    readAt: readAt?.toISOString() ?? null,
    token: tokenThere ? { lastFour: lastFour ?? '' } : null,
  }))
}

/** True where this person brought a token of the partner, now or before. */
export async function isOwnBusiness(tx: Tx, userId: string, partnerId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('handOvers')
    .select('credentialId')
    .where('userId', '=', userId)
    .where('partnerId', '=', partnerId)
    .executeTakeFirst()
  return row !== undefined
}

type PersonRow = Omit<OwnPerson, 'firstSeenAt' | 'lastConfirmedAt' | 'access'> & {
  firstSeenAt: Date
  lastConfirmedAt: Date
}

/** A portion of the people and system users that are kept of a partner, by name, each with every access; and how many there are. */
export async function ownPeople(
  tx: Tx,
  partnerId: string,
  ask: { offset: number; limit: number; search: string },
): Promise<{ rows: OwnPerson[]; total: number }> {
  const like = `%${ask.search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`
  const wanted = sql`from principals p where p.connection_id = (select w.connection_id from partners w where w.id = ${partnerId})
    and p.partner_id = ${partnerId} and p.ended_at is null
    and (${ask.search} = '' or p.name ilike ${like} or p.email ilike ${like})`
  const { rows: counted } = await sql<{ total: number }>`select count(*)::int as total ${wanted}`.execute(tx)
  const { rows } = await sql<PersonRow>`
    select p.id, p.kind, p.name, p.email, p.external_id, p.role, p.facts->>'twoFactor' as two_factor,
      p.facts->>'financePermission' as finance_permission, p.first_seen_at, ${lastConfirmed('p', 'either')} as last_confirmed_at
    ${wanted} order by lower(coalesce(p.name, p.email, p.external_id)), p.id limit ${ask.limit} offset ${ask.offset}`.execute(
    tx,
  )
  const access = await accessOf(
    tx,
    rows.map((row) => row.id),
  )
  return {
    total: counted[0]?.total ?? 0,
    rows: rows.map((row) => ({
      ...row,
      firstSeenAt: row.firstSeenAt.toISOString(),
      lastConfirmedAt: row.lastConfirmedAt.toISOString(),
      access: access.get(row.id) ?? [],
    })),
  }
}

async function accessOf(tx: Tx, principalIds: readonly string[]): Promise<Map<string, OwnPerson['access']>> {
  const { rows } = await sql<OwnPerson['access'][number] & { principalId: string }>`
    select g.principal_id, r.name, r.external_id, r.type, r.type as type_label, g.how,
      coalesce((select array_agg(distinct e) from unnest(g.entitlements) e), '{}') as entitlements
    from grants g join resources r on r.id = g.resource_id
    where g.principal_id = any(${principalIds}::uuid[]) and g.ended_at is null
    order by r.type, lower(coalesce(r.name, r.external_id)), g.id`.execute(tx)
  const found = new Map<string, OwnPerson['access']>()
  for (const { principalId, ...one } of rows) {
    const list = found.get(principalId)
    if (list === undefined) found.set(principalId, [one])
    else list.push(one)
  }
  return found
}

/** Notes that the person took their token back. False where the partner's present token is not theirs. */
export async function withdrawHandOver(tx: Tx, userId: string, partnerId: string): Promise<boolean> {
  const { rows } = await sql`update hand_overs h set withdrawn_at = now() from credentials k
    where h.user_id = ${userId} and h.partner_id = ${partnerId} and k.id = h.credential_id and k.partner_id = h.partner_id
    returning h.credential_id`.execute(tx)
  return rows.length > 0
}
