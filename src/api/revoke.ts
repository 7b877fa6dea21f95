// Ends a partner's token at the provider before it is destroyed here: what nobody needs any more should not work for whoever might have a copy.
import { connectorOf } from '../connectors/registry.ts'
import type { Actor } from '../model/audit.ts'
import { loadCheckedConnection, loadCheckedPartner } from '../store/checks.ts'
import { loadCredentials } from '../store/credentials.ts'
import { write } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { addRevocation, endRevocation } from '../store/revocations.ts'
import type { Parts } from './parts.ts'
import { contextOf } from './token-guard.ts'

/** A person waits for it: a provider that is away must not keep anybody from disconnecting. */
const REVOKE_MS = 10_000

/**
 * Gives what ends a partner's token at the provider, read in the transaction that destroys it, of whoever holds the partner: it is to be the
 * same one. `end` is to be called once that is committed, and `asked` belongs into the line of the log that tells of it: whether the token
 * ended is a line of its own, and where the program ends before it is written, the missing answer is noticed (jobs/cut-off.ts). Null where
 * there is no token, or the provider offers no such thing.
 */
export async function tokenEnder(
  parts: Parts,
  tx: Tx,
  at: { workspaceId: string; connectionId: string; partnerId: string; actor: Actor },
): Promise<{ asked: { revoke: 'asked'; fingerprint: string }; end: () => Promise<void> } | null> {
  const connection = await loadCheckedConnection(tx, at.connectionId)
  const partner = await loadCheckedPartner(tx, at.connectionId, at.partnerId)
  const own = await loadCredentials(tx, at.connectionId, null)
  const theirs = await loadCredentials(tx, at.connectionId, at.partnerId)
  const { revoke } = connectorOf(connection.connector)
  const token = theirs.find((row) => row.kind === 'token')
  if (token === undefined || revoke === undefined) return null
  const open = (row: (typeof own)[number]) => parts.vault.open(row.sealed, `credentials/${row.id}`)
  // Opened only when it is used: a value that no longer opens must not keep anybody from disconnecting.
  const given = () => ({
    connector: connection.connector,
    environment: connection.environment,
    settings: connection.settings,
    secrets: Object.fromEntries(
      own.filter((row) => row.kind !== 'token').map((row) => [row.kind, open(row)]),
    ),
    token: open(token),
    target: {
      kind: 'partner' as const,
      business: connection.externalId,
      partner: partner.externalId,
      sharedOnly: true,
      shared: [],
    },
  })
  const ask = async () => revoke(await contextOf(parts, given(), REVOKE_MS))
  const { fingerprint } = token
  const { workspaceId, partnerId } = at
  const id = await addRevocation(tx, { workspaceId, partnerId, fingerprint })
  const end = async () => {
    const revoked = await ask().catch(() => false)
    await write(parts.db, at, async (tx, audit) => {
      await endRevocation(tx, id)
      await audit({
        action: 'credential.revoke',
        subjectKind: 'partner',
        subjectId: partnerId,
        data: { revoked, fingerprint },
      })
    })
  }
  return { asked: { revoke: 'asked', fingerprint }, end }
}
