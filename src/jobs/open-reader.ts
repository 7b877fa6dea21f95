// Opens a credential for one step: everything that a connector is given for one token, and what it learnt afterwards.
import type { Connector, Context, Target } from '../connectors/connector.ts'
import { connectorOf, limitsName, makeContext } from '../connectors/registry.ts'
import type { CredentialState, Verdict } from '../model/credential.ts'
import type { Redacted } from '../model/redacted.ts'
import { loadCheckedConnection, loadCheckedPartner, loadShared } from '../store/checks.ts'
import type { CheckedConnection, CheckedPartner } from '../store/checks.ts'
import { loadCredentials } from '../store/credentials.ts'
import { read, work } from '../store/db.ts'
import { loadMemory, newlyLearnt, storeMemory } from '../store/memory.ts'
import type { Remembered } from '../store/memory.ts'
import { gathering } from './gathering.ts'
import type { Parts } from './work.ts'

/** Whose token is used: our own (partner null) or a partner's, in one job. */
export type Reader = {
  workspaceId: string
  jobId: string
  connectionId: string
  partnerId: string | null
}

export interface OpenReader {
  connection: CheckedConnection
  partner: CheckedPartner | null
  connector: Connector
  ctx: Context
  /** The token's row, without what was sealed. */
  credential: {
    id: string
    state: CredentialState
    reason: string | null
    /** What a person has confirmed, where the provider could not tell it. */
    confirmed: readonly string[] | null
    verdict: Verdict | null
    checkedAt: Date | null
  }
  /** Stores what the connector remembers. */
  keep(): Promise<void>
}

/**
 * Opens the token and the connection's other secrets. Null where there is no token (any more). Must be called inside a step, and what it
 * gives must not leave that step. Throws `not_found` where the connection or the partner is gone.
 */
export async function openReader(
  parts: Parts,
  reader: Reader,
  signal: AbortSignal,
): Promise<OpenReader | null> {
  const { connectionId, partnerId, jobId, workspaceId } = reader
  const found = await read(parts.db, workspaceId, async (tx) => {
    const [partner, connection, own, theirs, memory] = await Promise.all([
      partnerId === null ? null : loadCheckedPartner(tx, connectionId, partnerId),
      loadCheckedConnection(tx, connectionId),
      loadCredentials(tx, connectionId, null),
      partnerId === null ? null : loadCredentials(tx, connectionId, partnerId),
      loadMemory(tx, connectionId),
    ])
    const shared = partner === null ? [] : await loadShared(tx, { connectionId, partner, jobId })
    return { partner, connection, own, theirs, memory, shared }
  })
  const { connection, partner, own } = found
  const token = (found.theirs ?? own).find((c) => c.kind === 'token')
  if (token === undefined) return null
  const open = (c: { id: string; sealed: Buffer }): Redacted =>
    parts.vault.open(c.sealed, `credentials/${c.id}`)
  const memory = new Map([...found.memory].map(([key, value]) => [key, { ...value }]))
  const target: Target =
    partner === null
      ? { kind: 'own', business: connection.externalId }
      : {
          kind: 'partner',
          business: connection.externalId,
          partner: partner.externalId,
          sharedOnly: partner.sharedOnly,
          shared: found.shared,
        }
  const log = parts.log.with({ job: jobId })
  const limits = await parts.limits.of(limitsName({ ...connection, connectionId }))
  return {
    connection,
    partner,
    connector: connectorOf(connection.connector),
    credential: {
      id: token.id,
      state: token.state,
      reason: token.stateReason,
      confirmed: token.confirmed?.claims ?? null,
      verdict: token.verdict,
      checkedAt: token.checkedAt,
    },
    ctx: makeContext({
      address: parts.addressOf(connection.environment),
      settings: connection.settings,
      secrets: Object.fromEntries(own.filter((c) => c.kind !== 'token').map((c) => [c.kind, open(c)])),
      token: open(token),
      target,
      run: jobId,
      memory,
      limits,
      signal,
      log: (message, facts) => log.debug(message, facts),
      scopes: token.scopes,
      lastVerdict: token.verdict,
      clock: parts.now,
    }),
    keep: async () => {
      const learnt = newlyLearnt(found.memory, memory)
      if (learnt.length === 0) return
      await keepLearnt(parts.db, { workspaceId, connectionId }, learnt)
    },
  }
}

/** Readers of one connection learn the same at the same time. */
const keepLearnt = gathering(
  ({ connectionId }: { workspaceId: string; connectionId: string }) => connectionId,
  (db, where, learnt: readonly (readonly [string, Remembered][])[]) =>
    work(db, where.workspaceId, (tx) => storeMemory(tx, where, [...new Map(learnt.flat())])),
)
