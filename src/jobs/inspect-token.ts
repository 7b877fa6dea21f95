// Judges one token, inside a step, and writes down what that makes of its credential. Used by each check for updates and when a token
// waits to be judged.
import type { Actor } from '../model/audit.ts'
import { judgedState } from '../model/credential.ts'
import type { CredentialState, Verdict } from '../model/credential.ts'
import { ConnectorError } from '../model/error.ts'
import type { Failure } from '../model/error.ts'
import { setCredentialState } from '../store/credentials.ts'
import { work, write } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { lockPartner } from '../store/partners.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { reopenRequest } from '../store/token-requests.ts'
import { tellWeaker } from '../store/weaker-tokens.ts'
import { openReader } from './open-reader.ts'
import type { OpenReader, Reader } from './open-reader.ts'
import { renewToken } from './renew-token.ts'
import type { Parts } from './work.ts'

/** `none`: there is no token. `later`: it could not be judged now; the credential stays as it is. */
export type Judgement = CredentialState | 'none' | 'later'
/** `retryAt`: of `later`, the time before which the provider wants no call; null where it named none. */
export type Judged = { as: Judgement; retryAt: number | null }

/** Who writes what a job finds. */
export function actorOf(jobId: string): Actor {
  return { kind: 'system', id: `job:${jobId}`, address: null }
}

/** True of a token that was judged after a moment. A time to come was written by a clock that was wrong. */
export function isJudgedSince(moment: Date, { checkedAt }: { checkedAt: Date | null }): boolean {
  return checkedAt !== null && checkedAt >= moment && checkedAt <= new Date()
}

/** What a judgement writes down. `scopes`: absent where it did not tell them. */
type Found = { state: CredentialState; stateReason: string | null; scopes?: string[] }

/**
 * What a token that was good and is not any more, or may less, makes of everything that is read with it, since it shows shorter lists without
 * saying so; null where it is as it was. What was known to be wrong with it before is told by the read itself.
 */
function worseThan({ credential, ctx }: OpenReader, { state, stateReason, scopes }: Found): Failure | null {
  if (credential.state !== 'good') return null
  const lost = scopes === undefined ? [] : (ctx.scopes ?? []).filter((scope) => !scopes.includes(scope))
  if (state === 'good' && lost.length === 0) return null
  return {
    kind: 'denied',
    sentence: stateReason ?? `The token lost a permission: ${lost.join(', ')}.`,
    fix: 'Give the token its permissions back, or replace it, and check for updates again.',
    code: null,
    trace: null,
    retryAt: null,
  }
}

/** A person replaced, disconnected or confirmed the token while it was judged: that stands, and what is there now is judged next. */
class Overtaken extends Error {}

/**
 * Where it is found to be worse than it was, every open check of the connection is told in the same transaction. `before`: as it was opened for a
 * read; left out, as it was written down last.
 */
export async function inspectToken(
  parts: Parts,
  reader: Reader,
  signal: AbortSignal,
  before?: OpenReader,
): Promise<Judged> {
  // Apart from the reads of its workspace: whoever handed a token over need not wait for them.
  const ask = () => parts.readers(`${reader.workspaceId} tokens`, () => askOnce(parts, reader, signal))
  const first = await ask()
  // One answer may be wrong: a token that was good is refused where two judgements say so.
  const refused = first?.verdict?.outcome === 'refused' && first.opened.credential.state === 'good'
  const asked = refused ? await ask() : first
  if (asked === null) return { as: 'none', retryAt: null }
  const { opened, verdict } = asked
  const { credential } = opened
  await opened.keep()
  if (verdict === null || verdict.outcome === 'later')
    return { as: 'later', retryAt: verdict?.retryAt ?? null }
  const now = new Date()
  const judged = judgedState(verdict, credential, now)
  const found = {
    state: judged.state,
    stateReason: judged.reason,
    verdict,
    ...(verdict.scopes.length === 0 ? {} : { scopes: verdict.scopes }),
    ...(verdict.outcome === 'ok' || verdict.expiresAt !== null ? { expiresAt: verdict.expiresAt } : {}),
    checkedAt: now,
  }
  const worse = worseThan(before ?? opened, found)
  try {
    await storeState(parts, reader, opened, judged.state, async (tx) => {
      if (!(await setCredentialState(tx, credential.id, found, credential.state))) throw new Overtaken()
      // Handed over while it could not be judged: whoever did may bring a better one with the same request.
      if (credential.state === 'checking' && verdict.outcome === 'refused')
        await reopenRequest(tx, credential.id)
      if (worse !== null) await tellWeaker(tx, reader, worse)
    })
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error
    // What was read with it stands on it all the same.
    if (worse !== null) await work(parts.db, reader.workspaceId, (tx) => tellWeaker(tx, reader, worse))
    return { as: 'later', retryAt: null }
  }
  if (judged.state === 'good') await renewToken(parts, reader, opened, verdict)
  return { as: judged.state, retryAt: null }
}

/** Opens a token, which is held by those alone who have a place, and asks of it. Null where there is none. */
async function askOnce(
  parts: Parts,
  reader: Reader,
  signal: AbortSignal,
): Promise<{ opened: OpenReader; verdict: Verdict | null } | null> {
  const opened = await openReader(parts, reader, signal)
  if (opened === null) return null
  const verdict = await opened.connector.check(opened.ctx).catch((error: unknown) => {
    if (error instanceof ConnectorError) return null
    throw error
  })
  return { opened, verdict }
}

/** A read showed what an inspection did not: the token no longer works, or lost a right. */
export async function tokenFailed(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  state: 'attention' | 'dead',
  reason: string,
): Promise<void> {
  const { id } = opened.credential
  const stored = storeState(parts, reader, opened, state, async (tx) => {
    // The statuses of all partners are worked out below: held before the token, as by whoever replaces or disconnects one.
    if (reader.partnerId !== null) await lockPartner(tx, reader.partnerId)
    const found = { state, stateReason: reason, checkedAt: new Date() }
    if (!(await setCredentialState(tx, id, found))) throw new Overtaken()
    await recomputePartnerStatuses(tx, reader.connectionId, new Date())
  })
  await stored.catch((error: unknown) => {
    if (!(error instanceof Overtaken)) throw error
  })
}

/** A changed state is a write of the product, with its row in the activity log; the same state again is a job's bookkeeping. */
async function storeState(
  parts: Parts,
  reader: Reader,
  opened: OpenReader,
  state: CredentialState,
  fn: (tx: Tx) => Promise<void>,
): Promise<void> {
  if (state === opened.credential.state) return work(parts.db, reader.workspaceId, fn)
  await write(
    parts.db,
    { workspaceId: reader.workspaceId, actor: actorOf(reader.jobId) },
    async (tx, audit) => {
      await fn(tx)
      await audit({
        action: 'credential.check',
        subjectKind: 'credential',
        subjectId: opened.credential.id,
        data: {
          connection: reader.connectionId,
          partner: reader.partnerId,
          was: opened.credential.state,
          is: state,
        },
      })
    },
  )
}
