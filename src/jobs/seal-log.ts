// Seals the activity log: what was written is put into the chain within a second, by whichever process looks first. A process that dies
// leaves nothing half done, since events, chain and head change in one transaction; what it did not reach, the next one seals.
import type { Log } from '../lib/log.ts'
import { ChainBroken, sealEvents, unsealedWorkspaces } from '../store/audit-chain.ts'
import type { Notary } from '../store/audit-chain.ts'
import type { Db } from '../store/db.ts'
import { repeat } from './repeat.ts'

const LOOK_MS = 500
/** A chain that is broken is looked at again, since a restored database or key mends it. */
const BROKEN_MS = 60_000

/** Looks twice a second until the function that it gives back has resolved. */
export function startSealer({ db, vault, log }: { db: Db; vault: Notary; log: Log }): () => Promise<void> {
  const broken = new Map<string, number>()
  return repeat(LOOK_MS, async () => {
    for (const workspace of await unsealedWorkspaces(db)) {
      if (performance.now() < (broken.get(workspace) ?? 0)) continue
      try {
        await sealEvents(db, vault, workspace)
        broken.delete(workspace)
      } catch (error) {
        if (error instanceof ChainBroken && !broken.has(workspace)) {
          log.error('the chain of an activity log is broken: verify it in the console', { workspace })
        }
        broken.set(workspace, performance.now() + (error instanceof ChainBroken ? BROKEN_MS : LOOK_MS * 4))
      }
    }
  })
}
