// Automation's list: jobs as a person reads them, those that run first. Jobs themselves are written in jobs.ts.
import { sql } from 'kysely'
import { jobKindLabels } from '../model/job.ts'
import type { Job } from '../model/job.ts'
import type { Tx } from './db.ts'
import type { ListSpec } from './list.ts'

/** The workspace's jobs, without the children of others. */
export function jobList(): ListSpec {
  const labels = sql.join(
    Object.entries(jobKindLabels).map(([kind, label]) => sql`(${kind}::text, ${label}::text)`),
  )
  return {
    base: sql`select j.id, j.status, j.kind, coalesce(kinds.label, j.kind) as label, j.connection_id::text as connection, c.label as connection_label,
        p.name as partner_name, u.name as actor, j.created_at, j.updated_at,
        row_number() over (order by (j.status in ('queued', 'running', 'retrying', 'waiting')) desc, j.created_at desc, j.id) as place
      from jobs j left join connections c on c.id = j.connection_id left join partners p on p.id = j.partner_id
      left join auth_user u on u.id = j.actor_id left join (values ${labels}) as kinds (kind, label) on kinds.kind = j.kind
      where j.parent_id is null`,
    search: ['label', 'connection_label', 'partner_name', 'actor'],
    sorts: {
      place: 'place',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
      status: 'status',
      kind: 'label',
    },
    defaultSort: 'place',
    facets: {
      status: { column: 'status' },
      kind: { column: 'kind', label: 'label' },
      connection: { column: 'connection', label: 'connection_label' },
    },
  }
}

/** Jobs by id. */
export async function jobsByIds(tx: Tx, ids: readonly string[]): Promise<Job[]> {
  const rows = await tx
    .selectFrom('jobs')
    .leftJoin('connections', 'connections.id', 'jobs.connectionId')
    .leftJoin('partners', 'partners.id', 'jobs.partnerId')
    .leftJoin('authUser', 'authUser.id', 'jobs.actorId')
    .where('jobs.id', 'in', ids)
    .select([
      'jobs.id',
      'jobs.kind',
      'jobs.connectionId',
      'connections.label as connectionLabel',
      'jobs.partnerId',
      'partners.name as partnerName',
      'jobs.status',
      'jobs.trigger',
      'authUser.name as actor',
      'jobs.actorId',
      'jobs.createdAt',
      'jobs.startedAt',
      'jobs.updatedAt',
      'jobs.finishedAt',
      'jobs.retryAt',
      'jobs.progress',
      'jobs.problems',
      'jobs.result',
    ])
    .execute()
  return rows.map((row) => ({
    ...row,
    label: jobKindLabels[row.kind] ?? row.kind,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    updatedAt: row.updatedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    retryAt: row.retryAt?.toISOString() ?? null,
  }))
}
