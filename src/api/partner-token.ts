// The one door by which a partner's token comes in, whoever brings it: looked at, judged at the provider, sealed, and the partner's status
// with it. Used by the admin's dialog and by token requests.
import { startTokenCheck } from '../jobs/start.ts'
import type { Actor } from '../model/audit.ts'
import type { Claim, Verdict } from '../model/credential.ts'
import type { JobTrigger } from '../model/job.ts'
import { AppError } from '../model/error.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Environment } from '../model/workspace.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { loadCredentials } from '../store/credentials.ts'
import type { NewCredential } from '../store/credentials.ts'
import type { AuditEntry, Tx } from '../store/db.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { lockPartner, markConnected, partnerById, sharesOfPartner } from '../store/partners.ts'
import type { Parts } from './parts.ts'
import { judge, openOwn, ownVerdict, putSealed, sealedRow } from './token-guard.ts'

export type Present = Awaited<ReturnType<typeof presentPartner>>

/** Everything that is known of a partner before a token is looked at. Throws `not_found`. */
export async function presentPartner(tx: Tx, partnerId: string) {
  const partner = await partnerById(tx, partnerId)
  return {
    partner,
    connection: await loadCheckedConnection(tx, partner.connectionId),
    own: await loadCredentials(tx, partner.connectionId, null),
    held: (await loadCredentials(tx, partner.connectionId, partner.id)).find((row) => row.kind === 'token'),
    shared: await sharesOfPartner(tx, partner.id),
  }
}

/** True where the token is the connection's own. */
export function isOwnToken(parts: Pick<Parts, 'vault'>, now: Present, token: Redacted): boolean {
  const own = now.own.find((row) => row.kind === 'token')
  return own !== undefined && own.fingerprint === parts.vault.fingerprint(token)
}

/** A verdict of one refuted claim, reached without asking the provider. */
export function refutedVerdict(claim: Omit<Claim, 'state'>): Verdict {
  return ownVerdict([{ ...claim, state: 'refuted' }])
}

/** Judges a token as this partner's. Outcome `later` where the provider cannot be reached. */
export function judgePartner(
  parts: Parts,
  environment: Environment,
  now: Present,
  token: Redacted,
): Promise<Verdict> {
  return judge(parts, {
    connector: now.connection.connector,
    environment,
    settings: now.connection.settings,
    secrets: openOwn(parts, now.own).secrets,
    token,
    target: {
      kind: 'partner',
      business: now.connection.externalId,
      partner: now.partner.externalId,
      sharedOnly: now.partner.sharedOnly,
      shared: now.shared,
    },
  })
}

/** A token that works is not given up for one that could not be judged. */
export function keptWhatWorks(verdict: Verdict): Verdict {
  const claim = {
    id: 'kept',
    label: 'The present token',
    state: 'unknown' as const,
    sentence:
      'The new token could not be checked now, so the present one stays in use and nothing was changed.',
    fix: 'Try again in a few minutes.',
  }
  return { ...verdict, claims: [...verdict.claims, claim] }
}

/** The partner's token as a row that is ready to store. `by`: the member who brings it; null where nobody is signed in. */
export function partnerRow(
  parts: Pick<Parts, 'vault'>,
  now: Present,
  token: Redacted,
  verdict: Verdict,
  by: string | null,
): NewCredential {
  const { workspaceId, id: connectionId } = now.connection
  const of = { workspaceId, connectionId, partnerId: now.partner.id, kind: 'token', text: token, by }
  return sealedRow(parts, of, verdict)
}

/**
 * Puts the row in the place of the partner's token, with the status that follows. Throws `conflict` where somebody else changed the token
 * since `now` was read.
 */
export async function storePartnerToken(
  parts: Pick<Parts, 'vault'>,
  tx: Tx,
  audit: (entry: AuditEntry) => Promise<void>,
  now: Present,
  row: NewCredential,
  data: Record<string, unknown> = {},
): Promise<void> {
  const { id, connectionId } = now.partner
  await lockPartner(tx, id)
  await partnerById(tx, id)
  const held = (await loadCredentials(tx, connectionId, id)).find((one) => one.kind === 'token')
  if (held?.id !== now.held?.id) {
    throw new AppError(
      'conflict',
      'Somebody else has just changed the token of this partner. Look at it, then try again.',
    )
  }
  await putSealed(parts, tx, row)
  await markConnected(tx, id)
  await recomputePartnerStatuses(tx, connectionId, new Date())
  await audit({
    action: held === undefined ? 'partner.connect' : 'partner.replace',
    subjectKind: 'partner',
    subjectId: id,
    data: {
      fingerprint: row.fingerprint,
      outcome: row.verdict?.outcome ?? null,
      confirmed: row.confirmed?.claims ?? [],
      ...data,
    },
  })
}

/** Starts the check of a token that could not be judged yet. */
export async function checkLater(
  parts: Parts,
  now: Present,
  actor: Actor,
  trigger: JobTrigger = 'person',
): Promise<void> {
  await startTokenCheck(parts.engine, {
    workspaceId: now.connection.workspaceId,
    connectionId: now.connection.id,
    partnerId: now.partner.id,
    actor,
    trigger,
  })
}
