// What must be so before anything that a token showed may end: after the read it is as good, and may as much, as before. A token that lost
// a permission in between shows shorter lists without saying so.
import type { Failure } from '../model/error.ts'
import { loadCredentials } from '../store/credentials.ts'
import { read } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { outcomeOfStep, putStep, stepLabel } from '../store/jobs.ts'
import { unsealScopes } from '../store/staging.ts'
import type { AppliedReader } from '../sync/apply.ts'
import { inspectToken } from './inspect-token.ts'
import type { Found } from './inspect-token.ts'
import { problemOf } from './problems.ts'
import { readStepName } from './steps.ts'
import type { Parts, Run } from './work.ts'

/**
 * Judges the tokens of these readers of a job again. What one read that is worse now counts as not read to its end, and its step says so. One
 * that cannot be judged now is believed: its lists were answered.
 */
export async function confirmTokens(
  parts: Parts,
  run: Run,
  connectionId: string,
  readers: readonly AppliedReader[],
): Promise<void> {
  const { workspaceId, jobId } = run.input
  const confirm = async (reader: AppliedReader) => {
    const { partnerId } = reader
    const before = await read(parts.db, workspaceId, (tx) => loadCredentials(tx, connectionId, partnerId))
    const token = before.find((credential) => credential.kind === 'token')
    // What is known to be wrong with a token was told by its read.
    if (token?.state !== 'good') return
    const compare = async (tx: Tx, found: Found) => {
      const failure = worseThan(token, found)
      if (failure !== null) await disbelieve(tx, run, reader, failure)
    }
    await inspectToken(parts, { workspaceId, jobId, connectionId, partnerId }, run.signal, compare)
  }
  await Promise.all(readers.map(confirm))
}

/** What a token that is not as good any more, or may less, makes of everything that was read with it; null where it is as it was. */
export function worseThan(
  before: { scopes: readonly string[] },
  { state, stateReason, scopes }: Found,
): Failure | null {
  const lost = scopes === undefined ? [] : before.scopes.filter((scope) => !scopes.includes(scope))
  if (state === 'good' && lost.length === 0) return null
  return {
    kind: 'denied',
    sentence: stateReason ?? `The token lost a permission while it was used: ${lost.join(', ')}.`,
    fix: 'Give the token its permissions back, or replace it, and check for updates again.',
    code: null,
    trace: null,
    retryAt: null,
  }
}

async function disbelieve(
  tx: Tx,
  run: Run,
  { reader, partnerId }: AppliedReader,
  failure: Failure,
): Promise<void> {
  const { workspaceId, jobId } = run.input
  const name = readStepName(partnerId)
  await unsealScopes(tx, { workspaceId, jobId, reader }, failure)
  const problem = problemOf(await stepLabel(tx, jobId, name), failure)
  const { problems, notes } = (await outcomeOfStep(tx, jobId, name)) ?? { problems: [], notes: [] }
  const outcome = { problems: [...problems, problem], notes }
  await putStep(tx, run.input, { name, status: 'failed', problem, outcome })
}
