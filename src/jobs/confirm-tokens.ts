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
    const compare = async (tx: Tx, { state, stateReason, scopes }: Found) => {
      const lost = scopes === undefined ? [] : token.scopes.filter((scope) => !scopes.includes(scope))
      if (state === 'good' && lost.length === 0) return
      const without = `The token lost a permission while it was used: ${lost.join(', ')}.`
      await disbelieve(tx, run, reader, stateReason ?? without)
    }
    await inspectToken(parts, { workspaceId, jobId, connectionId, partnerId }, run.signal, compare)
  }
  await Promise.all(readers.map(confirm))
}

async function disbelieve(
  tx: Tx,
  run: Run,
  { reader, partnerId }: AppliedReader,
  sentence: string,
): Promise<void> {
  const { workspaceId, jobId } = run.input
  const name = readStepName(partnerId)
  const failure: Failure = {
    kind: 'denied',
    sentence,
    fix: 'Give the token its permissions back, or replace it, and check for updates again.',
    code: null,
    trace: null,
    retryAt: null,
  }
  await unsealScopes(tx, { workspaceId, jobId, reader }, failure)
  const problem = problemOf(await stepLabel(tx, jobId, name), failure)
  const { problems, notes } = (await outcomeOfStep(tx, jobId, name)) ?? { problems: [], notes: [] }
  const outcome = { problems: [...problems, problem], notes }
  await putStep(tx, run.input, { name, status: 'failed', problem, outcome })
}
