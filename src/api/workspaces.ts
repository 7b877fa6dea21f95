// A workspace: what it is, what the caller may do in it, how many jobs run, live.
import { z } from 'zod'
import { actions, can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import { Workspace } from '../model/workspace.ts'
import { read as readIn } from '../store/db.ts'
import { jobCounts } from '../store/workspaces.ts'
import { jobNews } from './events.ts'
import type { ServerEvent } from './events.ts'
import type { Parts } from './parts.ts'
import { inWorkspace } from './route.ts'

export const one = inWorkspace({
  answer: z.object({
    workspace: Workspace,
    can: z.array(z.enum(actions as [Action, ...Action[]])),
    counts: z.object({ openJobs: z.number(), waitingJobs: z.number() }),
  }),
  handle: async ({ read, workspace, member }) => ({
    workspace,
    can: actions.filter((action) => can(member, action)),
    counts: can(member, 'console.see') ? await read(jobCounts) : { openJobs: 0, waitingJobs: 0 },
  }),
})

export const events = inWorkspace({
  answer: 'events',
  handle: ({ parts, workspace }) =>
    Promise.resolve({ events: (gone) => workspaceEvents(parts, workspace.id, gone) }),
})

async function* workspaceEvents(
  parts: Parts,
  workspaceId: string,
  gone: AbortSignal,
): AsyncIterable<ServerEvent> {
  for await (const changed of jobNews(parts.db, workspaceId, gone)) {
    yield {
      event: 'jobs',
      data: { ...(await readIn(parts.db, workspaceId, jobCounts)), changed: changed ?? [] },
    }
  }
}
