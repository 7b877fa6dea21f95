// API keys: the rows behind them. A key's text is nowhere here, only its hash.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { ApiKey, KeyScope } from '../model/api-key.ts'
import { AppError } from '../model/error.ts'
import { byHash, forUser, work } from './db.ts'
import type { Db, Tx } from './db.ts'
import type { ListSpec } from './list.ts'
import { membershipOf } from './workspaces.ts'

/** A key is 256 random bits, so that a plain hash tells nothing of it. */
export function keyHash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export interface KnownKey {
  id: string
  workspaceId: string
  scopes: KeyScope[]
  madeBy: string
  createdAt: Date
  lastUsedAt: Date | null
}

/** The key with this hash, in whatever workspace it is; null where there is none, it has ended or was revoked. */
export async function liveKey(db: Db, hash: Buffer): Promise<KnownKey | null> {
  const row = await byHash(db, hash, (tx) =>
    tx
      .selectFrom('apiKeys')
      .select(['id', 'workspaceId', 'scopes', 'madeBy', 'createdAt', 'lastUsedAt'])
      .where('secretHash', '=', hash)
      .where('revokedAt', 'is', null)
      .where((where) => where.or([where('expiresAt', 'is', null), where('expiresAt', '>', sql<Date>`now()`)]))
      .executeTakeFirst(),
  )
  return row ?? null
}

/**
 * The maker's present place and name; null where they are no member today, or became one again after they made the key: it ended with
 * their going.
 */
export function makerOf(db: Db, key: KnownKey) {
  return forUser(db, key.madeBy, async (tx) => {
    const place = await membershipOf(tx, key.madeBy, key.workspaceId)
    const since = await tx
      .selectFrom('members')
      .innerJoin('authUser', 'authUser.id', 'members.userId')
      .select(['members.createdAt', 'authUser.name', 'authUser.email', 'authUser.twoFactorEnabled'])
      .where('members.workspaceId', '=', key.workspaceId)
      .where('members.userId', '=', key.madeBy)
      .executeTakeFirst()
    if (place === null || since === undefined || since.createdAt > key.createdAt) return null
    return { ...place, name: since.name, email: since.email, twoFactor: since.twoFactorEnabled === true }
  })
}

/** Notes that the key was used, at most once a minute: a job's bookkeeping, not a write of the product. */
export async function markUsed(db: Db, key: KnownKey): Promise<void> {
  if (key.lastUsedAt !== null && Math.abs(Date.now() - key.lastUsedAt.getTime()) < 60_000) return
  await work(db, key.workspaceId, (tx) =>
    tx
      .updateTable('apiKeys')
      .set({ lastUsedAt: sql<Date>`now()` })
      .where('id', '=', key.id)
      .where(
        sql<boolean>`coalesce(last_used_at, '-infinity') not between now() - interval '1 minute' and now() + interval '1 minute'`,
      )
      .execute(),
  )
}

const state = sql`case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired'
  when m.status = 'active' and coalesce(m.ends_at, 'infinity') > now() and m.created_at <= k.created_at then 'active'
  else 'ended' end`
const from = sql`from api_keys k join auth_user u on u.id = k.made_by
  left join members m on m.workspace_id = k.workspace_id and m.user_id = k.made_by`

/** The keys of the workspace, also those that ended. */
export const apiKeyList: ListSpec = {
  base: sql`select k.id, k.name, lower(k.name) as name_key, k.prefix, u.name as maker, ${state} as state, k.last_used_at, k.expires_at,
    k.created_at ${from}`,
  search: ['name', 'prefix', 'maker'],
  sorts: { name: 'name_key', used: 'last_used_at', expires: 'expires_at', made: 'created_at' },
  defaultSort: '-made',
  filled: ['created_at'],
  facets: { state: { column: 'state' } },
}

/** Keys by id. */
export async function apiKeysByIds(tx: Tx, ids: readonly string[]): Promise<ApiKey[]> {
  const { rows } = await sql<{
    id: string
    name: string
    prefix: string
    scopes: KeyScope[]
    makerId: string
    makerName: string
    createdAt: Date
    expiresAt: Date | null
    lastUsedAt: Date | null
    revokedAt: Date | null
    state: ApiKey['state']
  }>`
    select k.id, k.name, k.prefix, k.scopes, u.id as maker_id, u.name as maker_name, k.created_at, k.expires_at, k.last_used_at,
      k.revoked_at, ${state} as state ${from} where k.id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(({ makerId, makerName, ...row }) => ({
    ...row,
    madeBy: { id: makerId, name: makerName },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }))
}

/** One key; throws `not_found`. */
export async function apiKeyById(tx: Tx, id: string): Promise<ApiKey> {
  const [key] = await apiKeysByIds(tx, [id])
  if (key === undefined) throw new AppError('not_found', 'There is no such API key.')
  return key
}

/** How many keys are in use; whoever asks holds the number until the transaction ends. */
export async function liveKeys(tx: Tx, workspaceId: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended('api-keys/' || ${workspaceId}, 0))`.execute(tx)
  const { rows } = await sql<{
    live: number
  }>`select count(*) as live ${from} where ${state} = 'active'`.execute(tx)
  return rows[0]?.live ?? 0
}

export async function addApiKey(
  tx: Tx,
  key: {
    id: string
    workspaceId: string
    name: string
    prefix: string
    secretHash: Buffer
    scopes: KeyScope[]
    madeBy: string
    expiresAt: Date | null
  },
): Promise<void> {
  await tx.insertInto('apiKeys').values(key).execute()
}

/** Ends a key. False where it was revoked before. */
export async function revokeApiKey(tx: Tx, id: string, by: string): Promise<boolean> {
  const row = await tx
    .updateTable('apiKeys')
    .set({ revokedAt: sql<Date>`now()`, revokedBy: by })
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
