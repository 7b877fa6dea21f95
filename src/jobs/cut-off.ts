// What a process that ended between two steps has left behind: a token that nobody judges, and a token of which nobody knows whether it was
// ended at the provider. Every process looks; the database lets one of them take each.
import type { Actor } from '../model/audit.ts'
import { leftTokens } from '../store/checks.ts'
import { across } from '../store/db.ts'
import { takeUntold, workspacesWithUntold } from '../store/revocations.ts'
import { DoneByAnother, writeFirst } from './by-another.ts'
import { each } from './each.ts'
import { startTokenCheck } from './start.ts'
import type { JobEngine } from './work.ts'

const actor: Actor = { kind: 'system', id: 'schedule', address: null }

/** Starts judging every token that waits for it while no task does so. */
export async function judgeLeftTokens(engine: JobEngine): Promise<void> {
  const { db, log } = engine
  await each(log, 'a token was left unjudged', await across(db, leftTokens), (left) => {
    const { workspaceId, connectionId, partnerId } = left
    return startTokenCheck(engine, { workspaceId, connectionId, partnerId, actor, trigger: 'schedule' })
  })
}

/**
 * Says in the activity log of every token that was to be ended at the provider, and of which nothing was told since, that nobody knows: it may
 * still work, and it is not here any more to ask again with.
 */
export async function tellUntoldRevocations({ db, log }: Pick<JobEngine, 'db' | 'log'>): Promise<void> {
  const workspaces = await across(db, workspacesWithUntold)
  await each(log, 'the end of tokens was not told', workspaces, (workspaceId) =>
    writeFirst(db, { workspaceId, actor }, async (tx, audit) => {
      const untold = await takeUntold(tx)
      if (untold.length === 0) throw new DoneByAnother()
      for (const { partnerId, fingerprint } of untold)
        await audit({
          action: 'credential.revoke',
          subjectKind: 'partner',
          subjectId: partnerId,
          data: { revoked: null, fingerprint },
        })
    }),
  )
}
