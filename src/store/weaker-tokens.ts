// Tokens that were found to be worse while a check is open: kept with the check, in the transaction that writes down how the token was judged, so
// that whoever goes on with it does not believe what the weaker token leaves out.
import { sql } from 'kysely'
import type { Failure } from '../model/error.ts'
import { openJobStatuses } from '../model/job.ts'
import type { Tx } from './db.ts'

/** Our own token (partner null) or a partner's. */
interface Whose {
  connectionId: string
  partnerId: string | null
}

const nameOf = (partnerId: string | null): string => partnerId ?? 'own'

/** Tells every open check of the connection. */
export async function tellWeaker(
  tx: Tx,
  { connectionId, partnerId }: Whose,
  failure: Failure,
): Promise<void> {
  const told = JSON.stringify({ [nameOf(partnerId)]: failure })
  await tx
    .updateTable('jobs')
    .set({ weaker: sql`weaker || ${told}::jsonb` })
    .where('connectionId', '=', connectionId)
    .where('kind', '=', 'check-for-updates')
    .where('status', 'in', [...openJobStatuses])
    .execute()
}

/** What was found of a token since a job began; null where nothing was. */
export async function foundWeaker(tx: Tx, jobId: string, partnerId: string | null): Promise<Failure | null> {
  const row = await tx
    .selectFrom('jobs')
    .select(sql<Failure | null>`weaker -> ${nameOf(partnerId)}`.as('failure'))
    .where('id', '=', jobId)
    .executeTakeFirst()
  return row?.failure ?? null
}
