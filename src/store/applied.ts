// What is left of a run once it has been applied: its counts on the job, and when each reader's rows were compared.
import { sql } from 'kysely'
import type { AppliedResult } from '../model/job.ts'
import type { Tx } from './db.ts'

/** What a job's apply gave; null where it has not been applied. */
export async function appliedOf(tx: Tx, jobId: string): Promise<AppliedResult | null> {
  const row = await tx.selectFrom('jobs').select('applied').where('id', '=', jobId).executeTakeFirst()
  return row?.applied ?? null
}

/**
 * Holds the connection's row, so that applies, decisions about held removals and changes of tokens take turns. Before any row of it that is
 * held, and still to be pointed at by rows that others add. Null where it is not there any more.
 */
export async function holdConnection(tx: Tx, connectionId: string): Promise<{ business: string } | null> {
  const { rows } = await sql<{ business: string }>`select external_id as business from connections
    where id = ${connectionId} and removed_at is null for no key update`.execute(tx)
  return rows[0] ?? null
}

/** Every partner that was ever one, by its external id. */
export async function allPartners(
  tx: Tx,
  connectionId: string,
): Promise<Map<string, { id: string; name: string | null }>> {
  const rows = await tx
    .selectFrom('partners')
    .select(['id', 'externalId', 'name'])
    .where('connectionId', '=', connectionId)
    .execute()
  return new Map(rows.map(({ externalId, id, name }) => [externalId, { id, name }]))
}

/** Writes down that a job has been applied, and moves the read_at of the readers that it compared. */
export async function markApplied(
  tx: Tx,
  job: { jobId: string; connectionId: string; now: Date },
  applied: AppliedResult,
  readers: readonly { partnerId: string | null; complete: boolean }[],
): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ applied: JSON.stringify(applied) })
    .where('id', '=', job.jobId)
    .execute()
  if (readers.some(({ partnerId }) => partnerId === null)) {
    await tx
      .updateTable('connections')
      .set({ readAt: job.now, lastCheckedAt: job.now })
      .where('id', '=', job.connectionId)
      .execute()
  }
  for (const [complete, these] of Map.groupBy(readers, (reader) => reader.complete)) {
    const partnerIds = these.flatMap(({ partnerId }) => partnerId ?? [])
    if (partnerIds.length === 0) continue
    await tx
      .updateTable('partners')
      .set({ readAt: job.now, ...(complete ? { peopleConfirmedAt: job.now } : {}) })
      .where('id', '=', sql<string>`any(${partnerIds}::uuid[])`)
      .execute()
  }
}
