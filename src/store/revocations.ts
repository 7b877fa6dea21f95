// Tokens that are being ended at the provider: a row from the moment at which one is destroyed here until the activity log tells whether it
// ended there.
import { sql } from 'kysely'
import { newId } from '../lib/ids.ts'
import type { Tx } from './db.ts'

/** Notes that the provider is about to be asked; gives the row's id. In the transaction that destroys the token. */
export async function addRevocation(
  tx: Tx,
  of: { workspaceId: string; partnerId: string; fingerprint: string },
): Promise<string> {
  const id = newId()
  const { workspaceId, partnerId, fingerprint } = of
  await tx.insertInto('revocations').values({ id, workspaceId, partnerId, fingerprint }).execute()
  return id
}

/** In the transaction that tells of it. */
export async function endRevocation(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('revocations').where('id', '=', id).execute()
}

/** Whoever asked has ended, or asks no more: an answer is waited for far less than a minute. Also one of a clock that was ahead. */
const untold = sql<boolean>`asked_at not between now() - interval '1 minute' and now() + interval '1 minute'`

/** Workspaces with tokens of which nobody told any more whether they ended. For `across`. */
export async function workspacesWithUntold(tx: Tx): Promise<string[]> {
  const rows = await tx.selectFrom('revocations').select('workspaceId').distinct().where(untold).execute()
  return rows.map((row) => row.workspaceId)
}

/** Takes a workspace's; whoever tells of them at the same moment waits, and finds none. */
export function takeUntold(tx: Tx): Promise<{ partnerId: string; fingerprint: string }[]> {
  return tx.deleteFrom('revocations').where(untold).returning(['partnerId', 'fingerprint']).execute()
}
