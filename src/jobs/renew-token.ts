// Renews a token that ends soon, where the provider does that without a person. The old one stays in place until the new one is proven.
import { newId } from '../lib/ids.ts'
import type { Verdict } from '../model/credential.ts'
import { AppError } from '../model/error.ts'
import type { Redacted } from '../model/redacted.ts'
import { holdConnection } from '../store/applied.ts'
import { loadCredentials, putCredential, setCredentialState } from '../store/credentials.ts'
import { write } from '../store/db.ts'
import { followRenewal } from '../store/hand-overs.ts'
import { lockPartner } from '../store/partners.ts'
import type { OpenReader, Reader } from './open-reader.ts'
import type { Parts } from './work.ts'

/** So long before its end a token is renewed: each check tries, after people have been told for a week that it ends. */
const RENEW_MS = 7 * 24 * 60 * 60_000

/** Takes a new token where this one ends soon and the new one is the same principal's, as good, and lasts longer. */
export async function renewToken(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  verdict: Verdict,
): Promise<void> {
  const { connector, ctx, credential } = opened
  const ends = verdict.expiresAt === null ? Infinity : Date.parse(verdict.expiresAt)
  if (connector.renew === undefined || ends - parts.now() > RENEW_MS) return
  const token = await connector.renew(ctx).catch(() => null)
  if (token === null) return
  const proof = await connector.check({ ...ctx, token, lastVerdict: null }).catch(() => null)
  if (proof === null) return
  const longer = proof.expiresAt === null || Date.parse(proof.expiresAt) > ends
  const same = proof.actsAs?.id === verdict.actsAs?.id && proof.scopes.join() === verdict.scopes.join()
  const good = proof.outcome === 'ok' || (proof.outcome === 'confirm' && credential.confirmed !== null)
  if (longer && same && good) await replaceToken(parts, reader, opened, token, proof)
}

async function replaceToken(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  token: Redacted,
  verdict: Verdict,
): Promise<void> {
  const { workspaceId, connectionId, partnerId, jobId } = reader
  const id = newId()
  const actor = { kind: 'system' as const, id: `job:${jobId}`, address: null }
  try {
    await write(parts.db, { workspaceId, actor }, async (tx, audit) => {
      // Whoever replaces or disconnects a token holds the same.
      if (partnerId === null) await holdConnection(tx, connectionId)
      else await lockPartner(tx, partnerId)
      const rows = await loadCredentials(tx, connectionId, partnerId)
      const old = rows.find((row) => row.id === opened.credential.id)
      if (old === undefined) throw new AppError('conflict', 'The token was replaced meanwhile.')
      const renewed = {
        state: 'good' as const,
        verdict,
        scopes: verdict.scopes,
        expiresAt: verdict.expiresAt,
      }
      await putCredential(tx, {
        id,
        workspaceId,
        connectionId,
        partnerId,
        kind: old.kind,
        ...parts.vault.seal(token, `credentials/${id}`),
        lastFour: token.reveal().slice(-4),
        fingerprint: parts.vault.fingerprint(token),
        ...renewed,
        confirmed: old.confirmed,
        createdBy: old.createdBy,
      })
      await followRenewal(tx, old.id, id)
      await setCredentialState(tx, id, { ...renewed, checkedAt: new Date() })
      await audit({
        action: 'credential.renew',
        subjectKind: 'credential',
        subjectId: id,
        data: { connection: connectionId, partner: partnerId, until: verdict.expiresAt },
      })
    })
  } catch (error) {
    // Replaced or disconnected by a person meanwhile: that stands.
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error
  }
}
