// What the engine's own tables tell beside ours: whose work is open, and which of our jobs nobody works on. Its tables are made, and
// otherwise used, by the engine alone.
import { sql } from 'kysely'
import { openJobStatuses } from '../model/job.ts'
import type { Db, Tx } from './db.ts'

/** Work that is not ended, with the executor that has taken it. */
export async function openWork(db: Db): Promise<{ id: string; executor: string }[]> {
  const { rows } = await sql<{ id: string; executor: string }>`
    select workflow_uuid as id, executor_id as executor from dbos.workflow_status where status = 'PENDING'`.execute(
    db.kysely,
  )
  return rows
}

export interface StrandedJob {
  id: string
  workspaceId: string
  kind: string
  /** How its work ended without telling; null where it never began. */
  ended: string | null
}

/** Open jobs of every workspace that no work belongs to any more, or not yet for ten seconds; also those of a clock that was ahead. For `across`. */
export async function strandedJobs(tx: Tx): Promise<StrandedJob[]> {
  const { rows } = await sql<StrandedJob>`
    select j.id, j.workspace_id, j.kind, w.status as ended from jobs j
    left join dbos.workflow_status w on w.workflow_uuid = j.id::text
    where j.status = any(${[...openJobStatuses]}) and j.updated_at not between now() - interval '10 seconds' and now() + interval '1 minute'
      and (w.status is null or w.status not in ('PENDING', 'ENQUEUED', 'DELAYED'))`.execute(tx)
  return rows
}

/** Those of the jobs that somebody asked to stop. For `across`. */
export async function askedToCancel(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .where('cancelRequestedAt', 'is not', null)
    .execute()
  return rows.map((row) => row.id)
}
