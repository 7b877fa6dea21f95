// Keeps every partner's status in step with what is shared and with its token. The rule itself is the model's.
import { sql } from 'kysely'
import { partnerStatus, readStatuses } from '../model/partner.ts'
import type { PartnerFacts, PartnerStatus } from '../model/partner.ts'
import type { Tx } from './db.ts'
import { tell } from './notices.ts'

interface Row {
  id: string
  status: PartnerStatus
  statusReason: string | null
  hasShares: boolean
  token: PartnerFacts['token'] | null
  tokenReason: string | null
  tokenExpiresAt: Date | null
  wasDisconnected: boolean
  requested: boolean
  credentialId: string | null
  /** The token answered a token request. */
  answered: boolean
  /** Its people were read once. */
  wasRead: boolean
}

/**
 * Works out the status of all partners of a connection and writes those that differ. A partner that the provider still lists counts as
 * sharing until a share of it has been seen and ended: what it shares may be of a kind that could not be read.
 */
export async function recomputePartnerStatuses(tx: Tx, connectionId: string, now: Date): Promise<void> {
  const { rows } = await sql<Row>`
    select p.id, p.status, p.status_reason, p.was_disconnected, k.state as token, k.state_reason as token_reason,
      k.expires_at as token_expires_at, k.id as credential_id, p.people_confirmed_at is not null as was_read,
      coalesce(s.live, p.ended_at is null) as has_shares,
      exists (select from token_requests r where r.partner_id = p.id and r.spent_at is null and r.revoked_at is null
        and r.expires_at > now()) as requested,
      exists (select from token_requests r where r.credential_id = k.id and r.spent_at is not null) as answered
    from partners p
      left join credentials k on k.connection_id = p.connection_id and k.partner_id = p.id and k.kind = 'token'
      left join (select partner_id, bool_or(ended_at is null) as live from shares where connection_id = ${connectionId}
        group by partner_id) s on s.partner_id = p.id
    where p.connection_id = ${connectionId} order by p.id for update of p`.execute(tx)
  for (const row of rows) {
    const facts: PartnerFacts = { ...row, token: row.token ?? 'none' }
    const status = partnerStatus(facts, now)
    const told = status === 'attention' || status === 'expired' || status === 'checking'
    const statusReason = told ? row.tokenReason : null
    if (status === row.status && statusReason === row.statusReason) continue
    await tx.updateTable('partners').set({ status, statusReason }).where('id', '=', row.id).execute()
    if (isNew(row, status)) {
      await tell(tx, {
        kind: 'partner-onboarded',
        once: row.credentialId ?? row.id,
        connectionId,
        partnerId: row.id,
        data: { answered: row.answered },
      })
    }
  }
}

/** True where a partner is read from now on that was not before: a token in place of one that failed is no news of this kind. */
function isNew(row: Row, status: PartnerStatus): boolean {
  const replaced = row.status === 'expired' || row.status === 'attention'
  return readStatuses.includes(status) && !readStatuses.includes(row.status) && !(replaced && row.wasRead)
}
