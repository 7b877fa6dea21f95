// Removals that the safeguard held, and what a person decides about them.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Actor } from '../model/audit.ts'
import type { Proposal } from '../model/change.ts'
import { AppError } from '../model/error.ts'
import type { AuditEntry, Tx } from './db.ts'
import { countTouched, sumHeld } from './held.ts'
import { addChanges, endRows } from './inventory-write.ts'
import type { NewChange } from './inventory-write.ts'
import { tell } from './notices.ts'
import { recomputePartnerStatuses } from './partners-status.ts'

type Group = Proposal['group']

export interface NewProposal {
  id: string
  group: Group
  partnerId: string | null
  ids: string[]
  total: number
}

/** Takes back open proposals of the groups that a newer run has judged. */
export async function replaceProposals(
  tx: Tx,
  connectionId: string,
  judged: { own: boolean; partnerIds: readonly string[] },
  now: Date,
): Promise<void> {
  await sql`update proposals set status = 'replaced', decided_at = ${now}
    where connection_id = ${connectionId} and status = 'open'
      and case when partner_id is null then ${judged.own} else partner_id = any(${judged.partnerIds}::uuid[]) end`.execute(
    tx,
  )
}

export async function addProposals(
  tx: Tx,
  where: { workspaceId: string; connectionId: string; jobId: string; now: Date },
  proposals: readonly NewProposal[],
): Promise<void> {
  if (proposals.length === 0) return
  await tx
    .insertInto('proposals')
    .values(
      proposals.map(({ id, group, partnerId, ids, total }) => ({
        id,
        partnerId,
        ids,
        total,
        what: group,
        count: ids.length,
        workspaceId: where.workspaceId,
        connectionId: where.connectionId,
        jobId: where.jobId,
        createdAt: where.now,
      })),
    )
    .execute()
  const ids = proposals.flatMap((proposal) => proposal.ids)
  await tell(tx, {
    kind: 'removals-held',
    // The same removals, held again by the next run, are no news.
    once: createHash('sha256').update(ids.toSorted().join()).digest('hex'),
    connectionId: where.connectionId,
    jobId: where.jobId,
    data: { count: ids.length },
  })
}

/** The open proposals of a connection, newest first. */
export async function openProposals(tx: Tx, connectionId: string): Promise<Proposal[]> {
  const { rows } = await sql<{ id: string }>`
    select id from proposals where connection_id = ${connectionId} and status = 'open' order by created_at desc, id`.execute(
    tx,
  )
  return Promise.all(rows.map(({ id }) => proposalById(tx, id)))
}

/** One proposal with its first twenty by name; throws `not_found`. */
export async function proposalById(tx: Tx, id: string): Promise<Proposal> {
  const { rows } = await sql<Omit<Proposal, 'createdAt' | 'sample'> & { createdAt: Date; ids: string[] }>`
    select p.id, p.connection_id, p.job_id, p.created_at, p.what as "group", p.partner_id, a.name as partner_name, p.count, p.total,
      p.status, p.ids
    from proposals p left join partners a on a.id = p.partner_id where p.id = ${id}`.execute(tx)
  const [row] = rows
  if (row === undefined) throw new AppError('not_found', 'There are no such held removals.')
  const { ids, createdAt, ...rest } = row
  const table = sql.table(rest.group === 'assets' ? 'resources' : 'principals')
  const sample = await sql<Proposal['sample'][number]>`
    select id, name, external_id from ${table} where id = any(${ids}::uuid[])
    order by lower(coalesce(name, external_id)), id limit 20`.execute(tx)
  return { ...rest, createdAt: createdAt.toISOString(), sample: sample.rows }
}

interface Decision {
  id: string
  actor: Actor
  now: Date
}

interface Held {
  workspaceId: string
  connectionId: string
  jobId: string
  what: Group
  ids: string[]
}

/**
 * Ends what was held and is still live and still not confirmed, with everything that hangs on it. Throws `not_found`, and `conflict`
 * where it was decided already or a newer run took its place.
 */
export async function applyProposal(
  tx: Tx,
  audit: (entry: AuditEntry) => Promise<void>,
  { id, actor, now }: Decision,
): Promise<Proposal> {
  const held = await decide(tx, id, 'applied', actor, now)
  const where = { workspaceId: held.workspaceId, connectionId: held.connectionId, jobId: held.jobId, now }
  const table = held.what === 'assets' ? 'resources' : 'principals'
  const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)}
    where id = any(${held.ids}::uuid[]) and ended_at is null and not_confirmed_since is not null`.execute(tx)
  const ids = rows.map((r) => r.id)
  const changes =
    table === 'resources' ? await endResources(tx, where, ids) : await endPrincipals(tx, where, ids)
  await addChanges(tx, where, changes)
  await sumHeld(
    tx,
    changes.flatMap((c) => c.principalId ?? []),
  )
  await countTouched(
    tx,
    changes.flatMap((c) => c.resourceId ?? []),
  )
  await recomputePartnerStatuses(tx, held.connectionId, now)
  await audit({
    action: 'proposal.apply',
    subjectKind: 'proposal',
    subjectId: id,
    data: { group: held.what, held: held.ids.length, ended: ids.length },
  })
  return proposalById(tx, id)
}

/** Leaves everything as it is. A later check that still misses it proposes it again. Throws as `applyProposal` does. */
export async function discardProposal(
  tx: Tx,
  audit: (entry: AuditEntry) => Promise<void>,
  { id, actor, now }: Decision,
): Promise<Proposal> {
  const held = await decide(tx, id, 'discarded', actor, now)
  await audit({
    action: 'proposal.discard',
    subjectKind: 'proposal',
    subjectId: id,
    data: { group: held.what, held: held.ids.length },
  })
  return proposalById(tx, id)
}

/** Takes turns with a check that is being applied: both hold the connection's row. */
async function decide(
  tx: Tx,
  id: string,
  status: 'applied' | 'discarded',
  actor: Actor,
  now: Date,
): Promise<Held> {
  await sql`select 1 from connections where id = (select connection_id from proposals where id = ${id}) for no key update`.execute(
    tx,
  )
  const row = await tx
    .selectFrom('proposals')
    .select(['workspaceId', 'connectionId', 'jobId', 'what', 'ids', 'status'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There are no such held removals.')
  if (row.status !== 'open') {
    throw new AppError(
      'conflict',
      row.status === 'replaced'
        ? 'A newer check for updates has looked again: decide about what it found.'
        : 'These removals have been decided about already.',
    )
  }
  await tx
    .updateTable('proposals')
    .set({ status, decidedAt: now, decidedBy: actor.id })
    .where('id', '=', id)
    .execute()
  return row
}

type Where = Parameters<typeof addChanges>[1]

async function endResources(tx: Tx, where: Where, ids: string[]): Promise<NewChange[]> {
  const holders = await sql<{ id: string }>`select distinct principal_id as id from grants
    where resource_id = any(${ids}::uuid[]) and ended_at is null`.execute(tx)
  const grants = await endHanging(tx, where, 'grants', 'resource_id', ids)
  const shares = await endHanging(tx, where, 'shares', 'resource_id', ids)
  const resources = await ending(tx, where, 'resources', ids)
  // A partner's people are kept only while something of ours is theirs.
  const { rows } = await sql<{ id: string }>`select id from principals o
    where id = any(${holders.rows.map((r) => r.id)}::uuid[]) and partner_id is not null and ended_at is null
      and not exists (select from grants g where g.principal_id = o.id and g.ended_at is null)`.execute(tx)
  return [
    ...grants,
    ...shares,
    ...resources,
    ...(await ending(
      tx,
      where,
      'principals',
      rows.map((r) => r.id),
    )),
  ]
}

async function endPrincipals(tx: Tx, where: Where, ids: string[]): Promise<NewChange[]> {
  const grants = await endHanging(tx, where, 'grants', 'principal_id', ids)
  return [...grants, ...(await ending(tx, where, 'principals', ids))]
}

async function endHanging(
  tx: Tx,
  where: Where,
  table: 'grants' | 'shares',
  column: 'resource_id' | 'principal_id',
  ids: string[],
): Promise<NewChange[]> {
  const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)}
    where ${sql.ref(column)} = any(${ids}::uuid[]) and ended_at is null`.execute(tx)
  return ending(
    tx,
    where,
    table,
    rows.map((r) => r.id),
  )
}

/** What history keeps of each kind of row that ends: the same as comparing keeps. */
const kept = {
  grants: {
    noun: 'grant',
    columns: sql`partner_id, principal_id, resource_id,
      jsonb_build_object('how', how, 'through', through, 'entitlements', entitlements, 'rank', rank) as before`,
  },
  shares: {
    noun: 'share',
    columns: sql`partner_id, null::uuid as principal_id, resource_id,
      jsonb_build_object('direction', direction, 'entitlements', entitlements, 'rank', rank, 'status', status) as before`,
  },
  principals: {
    noun: 'principal',
    columns: sql`partner_id, id as principal_id, null::uuid as resource_id, jsonb_build_object('kind', kind, 'role', role) as before`,
  },
  resources: {
    noun: 'resource',
    columns: sql`null::uuid as partner_id, null::uuid as principal_id, id as resource_id,
      jsonb_build_object('relation', relation) as before`,
  },
} as const

async function ending(tx: Tx, where: Where, table: keyof typeof kept, ids: string[]): Promise<NewChange[]> {
  const ended = await endRows(tx, table, where, ids)
  const { noun, columns } = kept[table]
  const { rows } = await sql<Pick<NewChange, 'partnerId' | 'principalId' | 'resourceId' | 'before'>>`
    select ${columns} from ${sql.table(table)} where id = any(${ended}::uuid[])`.execute(tx)
  return rows.map((row) => ({ ...row, kind: 'removed', noun, after: null }))
}
