// Sealed credentials: rows hold what the vault sealed and what a check found, never a text.
import type { Verdict } from '../model/credential.ts'
import { across, read } from './db.ts'
import type { Db, Tx } from './db.ts'
import { tell } from './notices.ts'

export type CredentialState = 'checking' | 'good' | 'attention' | 'dead'

export interface NewCredential {
  /** The id that the value was sealed for: `credentials/<id>`. */
  id: string
  workspaceId: string
  connectionId: string
  /** Null: the connection's own. */
  partnerId: string | null
  /** `token`, or the name of another secret field of the connector. */
  kind: string
  sealed: Buffer
  keyVersion: number
  lastFour: string
  fingerprint: string
  state: CredentialState
  /** Why it needs attention, where it does. */
  stateReason?: string | null
  verdict: Verdict | null
  confirmed: { by: string; at: string; claims: string[] } | null
  scopes: string[]
  expiresAt: Date | string | null
  createdBy: string | null
}

/** Stores a credential in place of the one of the same connection, partner and kind, which is destroyed. */
export async function putCredential(tx: Tx, credential: NewCredential): Promise<void> {
  await tx
    .deleteFrom('credentials')
    .where('connectionId', '=', credential.connectionId)
    .where('partnerId', 'is not distinct from', credential.partnerId)
    .where('kind', '=', credential.kind)
    .execute()
  await tx
    .insertInto('credentials')
    .values({
      ...credential,
      verdict: credential.verdict && JSON.stringify(credential.verdict),
      confirmed: credential.confirmed && JSON.stringify(credential.confirmed),
      checkedAt: credential.verdict === null ? null : new Date(),
    })
    .execute()
}

/** The API's credentials of a connection itself (partner null) or of one partner, with what the vault sealed; logins of pages are not among them. */
export function loadCredentials(tx: Tx, connectionId: string, partnerId: string | null) {
  return tx
    .selectFrom('credentials')
    .selectAll()
    .where('connectionId', '=', connectionId)
    .where('partnerId', 'is not distinct from', partnerId)
    .where('kind', 'not like', 'browser-%')
    .execute()
}

/**
 * Writes down how a check judged a credential; what is left out stays. One that no longer works is told of, once. False, and nothing
 * written, where it was replaced or disconnected meanwhile, or is not any more as it `was` when it was judged.
 */
export async function setCredentialState(
  tx: Tx,
  id: string,
  found: {
    state: CredentialState
    stateReason?: string | null
    verdict?: Verdict | null
    scopes?: string[]
    expiresAt?: Date | string | null
    checkedAt?: Date | string | null
  },
  was?: CredentialState,
): Promise<boolean> {
  const { verdict, ...plain } = found
  let update = tx
    .updateTable('credentials')
    .set({
      ...plain,
      ...(verdict === undefined ? {} : { verdict: verdict && JSON.stringify(verdict) }),
    })
    .where('id', '=', id)
  if (was !== undefined) update = update.where('state', '=', was)
  const row = await update.returning(['connectionId', 'partnerId']).executeTakeFirst()
  if (row === undefined) return false
  if (found.state === 'dead') await tell(tx, { kind: 'token-died', once: id, ...row })
  return true
}

/** Writes down who vouches for what could not be told: the token may be used from now on. */
export async function confirmCredential(
  tx: Tx,
  id: string,
  confirmed: NonNullable<NewCredential['confirmed']>,
): Promise<void> {
  await tx
    .updateTable('credentials')
    .set({ confirmed: JSON.stringify(confirmed), state: 'good', stateReason: null })
    .where('id', '=', id)
    .execute()
}

/** Destroys the sealed values of a connection itself (null), of one partner, or of everybody (left out). Returns how many. */
export async function destroyCredentials(
  tx: Tx,
  connectionId: string,
  partnerId?: string | null,
): Promise<number> {
  const query = tx.deleteFrom('credentials').where('connectionId', '=', connectionId)
  const narrowed =
    partnerId === undefined ? query : query.where('partnerId', 'is not distinct from', partnerId)
  return Number((await narrowed.executeTakeFirst()).numDeletedRows)
}

/** The credentials of all workspaces that another version of the master key sealed: for changing the key only. */
export async function credentialsOfOtherKeys(
  db: Db,
  keyVersion: number,
): Promise<{ workspaceId: string; id: string }[]> {
  const workspaces = await across(db, (tx) => tx.selectFrom('workspaces').select('id').execute())
  const found: { workspaceId: string; id: string }[] = []
  for (const { id: workspaceId } of workspaces) {
    const rows = await read(db, workspaceId, (tx) =>
      tx.selectFrom('credentials').select('id').where('keyVersion', '!=', keyVersion).orderBy('id').execute(),
    )
    found.push(...rows.map(({ id }) => ({ workspaceId, id })))
  }
  return found
}

/** Seals a credential anew, while its row is locked. False where it is gone by now. */
export async function resealCredential(
  tx: Tx,
  id: string,
  reseal: (sealed: Buffer) => { sealed: Buffer; keyVersion: number; fingerprint: string },
): Promise<boolean> {
  const row = await tx
    .selectFrom('credentials')
    .select('sealed')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) return false
  await tx.updateTable('credentials').set(reseal(row.sealed)).where('id', '=', id).execute()
  return true
}
