// What happens by the clock: checks for updates by each connection's schedule, the end of removed connections' data, of expired secrets and
// of token requests. Every process looks; the database lets one of them take each.
import type { Actor } from '../model/audit.ts'
import { dueChecks } from '../store/checks.ts'
import { connectionsToDelete, deleteConnection } from '../store/connections.ts'
import { across, work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { deleteOldPictures, workspacesWithOldPictures } from '../store/job-questions.ts'
import { deleteExpiredSecret, expiredSecrets } from '../store/secrets.ts'
import { lapseRequests, workspacesWithLapsed } from '../store/token-requests.ts'
import { forgetFutureRequests } from '../store/tries.ts'
import { DoneByAnother, writeFirst } from './by-another.ts'
import { judgeLeftTokens, tellUntoldRevocations } from './cut-off.ts'
import { each } from './each.ts'
import { startDueCheck } from './start.ts'
import type { JobEngine } from './work.ts'

const LOOK_MS = 30_000

/** Starts every check that is due now; gives the ids of the jobs that this process started. */
export async function startDueChecks(engine: JobEngine): Promise<string[]> {
  const started: string[] = []
  await each(engine.log, 'a due check was not started', await across(engine.db, dueChecks), async (due) => {
    const jobId = await startDueCheck(engine, { workspaceId: due.workspaceId, connectionId: due.id })
    if (jobId !== null) started.push(jobId)
  })
  return started
}

const actor: Actor = { kind: 'system', id: 'schedule', address: null }

/** Deletes each thing that is due with its line in the activity log; gives the ids of those that this process deleted. */
async function deleteDue(
  { db, log }: Pick<JobEngine, 'db' | 'log'>,
  failed: string,
  dueOf: (tx: Tx) => Promise<{ id: string; workspaceId: string }[]>,
  remove: (tx: Tx, id: string) => Promise<boolean>,
  entry: { action: string; subjectKind: string },
): Promise<string[]> {
  const deleted: string[] = []
  await each(log, failed, await across(db, dueOf), async ({ id, workspaceId }) => {
    const mine = await writeFirst(db, { workspaceId, actor }, async (tx, audit) => {
      if (!(await remove(tx, id))) throw new DoneByAnother()
      await audit({ ...entry, subjectId: id })
    })
    if (mine) deleted.push(id)
  })
  return deleted
}

/** Deletes the data of every removed connection whose stay is over; gives the ids of those that this process deleted. */
export function deleteRemoved(engine: Pick<JobEngine, 'db' | 'log'>): Promise<string[]> {
  const entry = { action: 'connection.delete', subjectKind: 'connection' }
  return deleteDue(engine, 'a removed app was not deleted', connectionsToDelete, deleteConnection, entry)
}

/** Deletes every secret that has expired; gives the ids of those that this process deleted. */
export function deleteExpired(engine: Pick<JobEngine, 'db' | 'log'>): Promise<string[]> {
  const entry = { action: 'secret.expire', subjectKind: 'secret' }
  return deleteDue(engine, 'an expired secret was not deleted', expiredSecrets, deleteExpiredSecret, entry)
}

/** Notices token requests whose time is over. */
export async function lapseTokenRequests({ db, log }: Pick<JobEngine, 'db' | 'log'>): Promise<void> {
  await each(log, 'token requests were not ended', await across(db, workspacesWithLapsed), (workspaceId) =>
    work(db, workspaceId, lapseRequests),
  )
}

/** Deletes the pictures of jobs whose time is over. */
export async function deletePictures({ db, log }: Pick<JobEngine, 'db' | 'log'>): Promise<void> {
  await each(
    log,
    'old pictures were not deleted',
    await across(db, workspacesWithOldPictures),
    (workspaceId) => work(db, workspaceId, deleteOldPictures),
  )
}

const duties: readonly { id: string; act: (engine: JobEngine) => Promise<unknown> }[] = [
  { id: 'due checks', act: startDueChecks },
  { id: 'removed apps', act: deleteRemoved },
  { id: 'expired secrets', act: deleteExpired },
  { id: 'token requests', act: lapseTokenRequests },
  { id: 'pictures', act: deletePictures },
  { id: 'unjudged tokens', act: judgeLeftTokens },
  { id: 'ends of tokens', act: tellUntoldRevocations },
  { id: 'requests of the future', act: ({ db }) => forgetFutureRequests(db) },
]

/** Looks every half minute until the function that it gives back is called. */
export function startSchedule(engine: JobEngine): () => void {
  const timer = setInterval(() => {
    if (!engine.healthy()) return
    void each(engine.log, 'the schedule missed a round', duties, ({ act }) => act(engine))
  }, LOOK_MS)
  return () => clearInterval(timer)
}
