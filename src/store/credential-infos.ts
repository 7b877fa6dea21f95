// Credentials as they may be shown: last four characters, fingerprint, judgement; never the sealed value.
import { sql } from 'kysely'
import type { CredentialInfo } from '../model/credential.ts'
import type { Tx } from './db.ts'

/** The token of each of these partners, or of each of these connections themselves, by the id that was asked for. */
export async function credentialInfos(
  tx: Tx,
  of: 'partner' | 'connection',
  ids: readonly string[],
): Promise<Map<string, CredentialInfo>> {
  if (ids.length === 0) return new Map()
  const owner = sql.ref(of === 'partner' ? 'c.partner_id' : 'c.connection_id')
  const own = of === 'partner' ? sql`true` : sql`c.partner_id is null`
  const { rows } = await sql<Row>`
    select ${owner} as owner, c.id, c.last_four, c.fingerprint, c.expires_at, c.scopes, c.created_at, coalesce(maker.name, c.created_by) as created_by,
      c.checked_at, c.verdict, c.confirmed, coalesce(confirmer.name, c.confirmed->>'by') as confirmed_by
    from credentials c
    left join auth_user maker on maker.id = c.created_by
    left join auth_user confirmer on confirmer.id = c.confirmed->>'by'
    where c.kind = 'token' and ${own} and ${owner} = any(${ids}::uuid[])`.execute(tx)
  return new Map(rows.map((row) => [row.owner, infoOf(row)]))
}

type Row = Omit<CredentialInfo, 'expiresAt' | 'createdAt' | 'checkedAt'> & {
  owner: string
  expiresAt: Date | null
  createdAt: Date
  checkedAt: Date | null
  confirmedBy: string | null
}

function infoOf(row: Row): CredentialInfo {
  return {
    id: row.id,
    lastFour: row.lastFour,
    fingerprint: row.fingerprint,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    scopes: row.scopes,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    checkedAt: row.checkedAt?.toISOString() ?? null,
    verdict: row.verdict,
    confirmed: row.confirmed === null ? null : { ...row.confirmed, by: row.confirmedBy ?? row.confirmed.by },
  }
}
