// Connections ("apps" on the screen) as cards, headers and the overview read them, and what a person changes about one.
import { sql } from 'kysely'
import type { Connection, Overview } from '../model/connection.ts'
import { AppError } from '../model/error.ts'
import { credentialInfos } from './credential-infos.ts'
import type { Tx } from './db.ts'

export type ConnectionRow = Omit<Connection, 'connectorName'>

interface Row extends Omit<ConnectionRow, 'lastCheckedAt' | 'createdAt' | 'counts' | 'credential'> {
  lastCheckedAt: Date | null
  createdAt: Date
  partners: number
  partnersPending: number
  people: number
  guests: number
  systemUsers: number
  invitations: number
  assets: number
  heldRemovals: number
}

/** The workspace's connections that were not removed, by label; one of them where an id is given. */
export async function connectionRows(tx: Tx, id?: string): Promise<ConnectionRow[]> {
  const { rows } = await sql<Row>`
    select c.id, c.connector, c.label, c.external_id, c.name, w.environment, c.health, c.health_reason, c.last_checked_at, c.created_at,
      c.settings, c.schedule, running.id as running_job_id,
      partners.partners, partners.partners_pending, holders.people, holders.guests, holders.system_users, holders.invitations,
      (select count(*)::int from resources r where r.connection_id = c.id and r.ended_at is null) as assets,
      (select coalesce(sum(count), 0)::int from proposals o where o.connection_id = c.id and o.status = 'open') as held_removals
    from connections c join workspaces w on w.id = c.workspace_id
    left join lateral (select j.id from jobs j where j.connection_id = c.id and j.kind = 'check-for-updates' and j.parent_id is null
      and j.status in ('queued', 'running', 'retrying', 'waiting') order by j.created_at limit 1) running on true
    cross join lateral (select count(*)::int as partners, (count(*) filter (where p.status in ('pending', 'requested')))::int as partners_pending
      from partners p where p.connection_id = c.id and p.status <> 'gone') partners
    cross join lateral (select (count(*) filter (where o.kind = 'person' and o.partner_id is null))::int as people,
        (count(*) filter (where o.kind = 'person' and o.partner_id is not null))::int as guests,
        (count(*) filter (where o.kind = 'system_user'))::int as system_users,
        (count(*) filter (where o.kind = 'invitation'))::int as invitations
      from principals o where o.connection_id = c.id and o.ended_at is null) holders
    where c.removed_at is null and (${id ?? null}::uuid is null or c.id = ${id ?? null}::uuid)
    order by lower(c.label), c.id`.execute(tx)
  const infos = await credentialInfos(
    tx,
    'connection',
    rows.map((row) => row.id),
  )
  return rows.map((row) => shaped(row, infos.get(row.id) ?? null))
}

function shaped(row: Row, credential: Connection['credential']): ConnectionRow {
  const {
    partners,
    partnersPending,
    people,
    guests,
    systemUsers,
    invitations,
    assets,
    heldRemovals,
    ...rest
  } = row
  return {
    ...rest,
    lastCheckedAt: row.lastCheckedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    counts: { partners, partnersPending, people, guests, systemUsers, invitations, assets, heldRemovals },
    credential,
  }
}

/** One connection; throws `not_found` where it is not there or was removed. */
export async function connectionById(tx: Tx, id: string): Promise<ConnectionRow> {
  const [row] = await connectionRows(tx, id)
  if (row === undefined) throw noConnection()
  return row
}

export interface ConnectionWords {
  id: string
  connector: string
  label: string
}

function wordsOf(tx: Tx) {
  return tx.selectFrom('connections').select(['id', 'connector', 'label']).where('removedAt', 'is', null)
}

/** The connections that were not removed, by label, without what they hold: asked before a list over all of them. */
export async function liveConnections(tx: Tx): Promise<ConnectionWords[]> {
  return wordsOf(tx)
    .orderBy(sql`lower(label)`)
    .orderBy('id')
    .execute()
}

/** Throws `not_found` where the connection is not there or was removed: asked before a list of what it holds. */
export async function demandConnection(tx: Tx, id: string): Promise<ConnectionWords> {
  const row = await wordsOf(tx).where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw noConnection()
  return row
}

/** Throws `not_found` where one of these never was a connection of the workspace: asked before a list is filtered by them. */
export async function demandConnections(tx: Tx, ids: readonly string[] | undefined): Promise<void> {
  if (ids === undefined) return
  const { rows } = await sql`select from connections where id::text = any(${ids}::text[])`.execute(tx)
  if (rows.length < new Set(ids).size) throw noConnection()
}

function noConnection(): AppError {
  return new AppError('not_found', 'There is no such app.')
}

/** Adds a connection; throws `conflict` where this business is connected already. */
export async function addConnection(
  tx: Tx,
  connection: {
    id: string
    workspaceId: string
    connector: string
    label: string
    externalId: string
    name: string | null
    settings: Record<string, string>
    createdBy: string | null
  },
): Promise<void> {
  const { settings, ...rest } = connection
  const added = await tx
    .insertInto('connections')
    .values({ ...rest, settings: JSON.stringify(settings) })
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (added === undefined) {
    throw new AppError(
      'conflict',
      'This business is connected already. Open its app, or remove it there first.',
      {
        business: 'This business is connected already.',
      },
    )
  }
}

/** Changes what a person may set; a new schedule begins to count from now. */
export async function changeConnection(
  tx: Tx,
  id: string,
  change: {
    label?: string | undefined
    schedule?: Connection['schedule'] | undefined
    settings?: Record<string, string>
    name?: string
  },
): Promise<void> {
  const { label, schedule, settings, name } = change
  if (label === undefined && schedule === undefined && settings === undefined && name === undefined) return
  await tx
    .updateTable('connections')
    .set({
      ...(label === undefined ? {} : { label }),
      ...(name === undefined ? {} : { name }),
      ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
      ...(schedule === undefined
        ? {}
        : {
            schedule,
            nextCheckAt: sql<Date | null>`case ${schedule}::text when 'hourly' then now() + interval '1 hour' when 'daily' then now() + interval '1 day' end`,
          }),
    })
    .where('id', '=', id)
    .execute()
}

/** How many days the data of a removed connection stays, in case it was removed by mistake. */
export const STAY_DAYS = 30

/**
 * Takes a connection out of sight. Its tokens are destroyed by the caller, and its data stays for a while; `atOnce`: its stay is over already,
 * so that the schedule deletes it where the caller, who does so next, is cut off.
 */
export async function removeConnection(tx: Tx, id: string, atOnce: boolean): Promise<void> {
  const days = atOnce ? STAY_DAYS : 0
  await tx
    .updateTable('connections')
    .set({
      removedAt: sql<Date>`now() - make_interval(days => ${days}, secs => 1)`,
      schedule: 'off',
      nextCheckAt: null,
    })
    .where('id', '=', id)
    .execute()
}

/** Deletes a connection with all that it holds; false where it is not there (any more). */
export async function deleteConnection(tx: Tx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('connections').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Removed connections of every workspace whose stay is over. For `across`; delete each with deleteConnection. */
export function connectionsToDelete(tx: Tx): Promise<{ id: string; workspaceId: string }[]> {
  return tx
    .selectFrom('connections')
    .select(['id', 'workspaceId'])
    .where('removedAt', '<', sql<Date>`now() - make_interval(days => ${STAY_DAYS})`)
    .execute()
}

/** The open jobs of a connection. */
export async function openJobsOf(tx: Tx, connectionId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('jobs')
    .select('id')
    .where('connectionId', '=', connectionId)
    .where('status', 'in', ['queued', 'running', 'retrying', 'waiting'])
    .execute()
  return rows.map((row) => row.id)
}

/** Changes per day, days without a change too. */
export async function changesPerDay(
  tx: Tx,
  connectionId: string,
  days: readonly { day: string; from: Date; to: Date }[],
): Promise<Overview['changes']> {
  const [names, starts, ends] = [
    days.map((one) => one.day),
    days.map((one) => one.from),
    days.map((one) => one.to),
  ]
  const { rows } = await sql<Overview['changes'][number]>`
    select days.day, (count(c.id) filter (where c.kind = 'added'))::int as added,
      (count(c.id) filter (where c.kind = 'removed'))::int as removed, (count(c.id) filter (where c.kind = 'changed'))::int as changed
    from unnest(${names}::text[], ${starts}::timestamptz[], ${ends}::timestamptz[]) as days (day, starts, ends)
    left join changes c on c.connection_id = ${connectionId} and c.at >= days.starts and c.at < days.ends
    group by days.day order by days.day`.execute(tx)
  return rows
}

/** Partners whose people cannot be seen yet, most shared first. */
export async function pendingPartners(tx: Tx, connectionId: string): Promise<Overview['pendingPartners']> {
  const { rows } = await sql<Overview['pendingPartners'][number]>`
    select p.id, p.name, p.external_id, count(distinct s.resource_id)::int as shares
    from partners p left join shares s on s.partner_id = p.id and s.ended_at is null
    where p.connection_id = ${connectionId} and p.status in ('pending', 'requested')
    group by p.id order by shares desc, lower(coalesce(p.name, p.external_id)) limit 200`.execute(tx)
  return rows
}

/** What may need a person: partners whose token is not well, and the last check where it was not completed. */
export async function troubles(
  tx: Tx,
  connectionId: string,
): Promise<{
  partners: {
    id: string
    name: string | null
    externalId: string
    status: string
    statusReason: string | null
    expiresAt: Date | null
  }[]
  lastJob: { id: string; status: string; sentence: string | null; fix: string | null } | null
}> {
  const partners = await tx
    .selectFrom('partners')
    .leftJoin('credentials', (join) =>
      join.onRef('credentials.partnerId', '=', 'partners.id').on('credentials.kind', '=', 'token'),
    )
    .where('partners.connectionId', '=', connectionId)
    .where('partners.status', 'in', ['expires_soon', 'expired', 'attention', 'checking'])
    .select([
      'partners.id',
      'partners.name',
      'partners.externalId',
      'partners.status',
      'partners.statusReason',
      'credentials.expiresAt',
    ])
    .orderBy(sql`lower(coalesce(partners.name, partners.external_id))`)
    .limit(100)
    .execute()
  const { rows } = await sql<{ id: string; status: string; sentence: string | null; fix: string | null }>`
    select id, status, problems->0->>'sentence' as sentence, problems->0->>'fix' as fix from jobs
    where connection_id = ${connectionId} and parent_id is null and kind = 'check-for-updates' and finished_at is not null
    order by finished_at desc limit 1`.execute(tx)
  return { partners, lastJob: rows[0] ?? null }
}
