// Whether the partner's app request is there and approved, as the provider tells our own token. The answer is kept: an anonymous page
// asks us, and only now and then do we ask the provider.
import { connectorOf, makeContext } from '../connectors/registry.ts'
import { ConnectorError } from '../model/error.ts'
import type { LiveCheck } from '../model/token-request.ts'
import { read } from '../store/db.ts'
import { LIVE_EVERY_MINUTES, liveCheckOf, putLiveCheck, takeLiveCheck } from '../store/live-checks.ts'
import type { LiveRow } from '../store/live-checks.ts'
import { loadMemory } from '../store/memory.ts'
import type { Present } from './partner-token.ts'
import type { Parts } from './parts.ts'
import { openOwn } from './token-guard.ts'

const ASK_MS = 15_000

/** What is known; null where the provider has no such thing. */
export async function liveCheck(parts: Parts, now: Present): Promise<LiveCheck | null> {
  if (connectorOf(now.connection.connector).appRequest === undefined) return null
  return shown(await liveCheckOf(parts.db, at(now)))
}

/** The same, asked anew where it is time. What the provider does not answer leaves what was known. */
export async function refreshLiveCheck(parts: Parts, now: Present): Promise<LiveCheck | null> {
  const { appRequest } = connectorOf(now.connection.connector)
  if (appRequest === undefined) return null
  if (await takeLiveCheck(parts.db, at(now))) {
    try {
      await putLiveCheck(parts.db, at(now), await appRequest(await contextOf(parts, now)))
    } catch (error) {
      if (!(error instanceof ConnectorError) && !isLate(error)) throw error
      parts.log.info('an app request could not be looked up', { partner: now.partner.id })
    }
  }
  return shown(await liveCheckOf(parts.db, at(now)))
}

const at = (now: Present) => ({
  workspaceId: now.connection.workspaceId,
  connectionId: now.connection.id,
  partnerId: now.partner.id,
})

function isLate(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
}

async function contextOf(parts: Parts, now: Present) {
  const { token, secrets } = openOwn(parts, now.own)
  if (token === null)
    throw new ConnectorError({ kind: 'auth', sentence: 'There is no token to ask with.', fix: '' })
  return makeContext({
    address: parts.addressOf(now.connection.environment),
    settings: now.connection.settings,
    secrets,
    token,
    target: {
      kind: 'partner',
      business: now.connection.externalId,
      partner: now.partner.externalId,
      sharedOnly: true,
      shared: [],
    },
    // With what is remembered of limits: no call goes out while the provider asked for a pause.
    memory: new Map(
      await read(parts.db, now.connection.workspaceId, (tx) => loadMemory(tx, now.connection.id)),
    ),
    signal: AbortSignal.any([AbortSignal.timeout(ASK_MS), parts.stopping]),
    log: (message, facts) => parts.log.debug(message, facts),
  })
}

function shown(row: LiveRow | null): LiveCheck {
  const again = row === null ? Date.now() : row.askedAt.getTime() + LIVE_EVERY_MINUTES * 60_000
  return {
    lines: row?.lines ?? [],
    toldAt: row?.toldAt?.toISOString() ?? null,
    againAt: new Date(again).toISOString(),
  }
}
