// Refused requests inside a workspace, in its activity log: what somebody's role does not allow, and ids of what is not there for them,
// which is how a thing of another workspace answers. Ids that were asked for are not kept: they may be another workspace's.
import type { Context } from 'hono'
import { AppError } from '../model/error.ts'
import { write } from '../store/db.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import type { Env } from './gate.ts'
import { actorOf } from './gate.ts'
import type { Parts } from './parts.ts'
import type { Route } from './route.ts'

/** Rows per person and workspace: who tries thousands of ids must not fill the log. */
const ROWS = { most: 60, windowSeconds: 60 * 60 }

/** Records the refusal where it is one. Never throws: a refusal stays one where it cannot be recorded. */
export async function noteRefusal(
  parts: Parts,
  route: Route,
  c: Context<Env>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof AppError) || (error.code !== 'not_found' && error.code !== 'forbidden')) return
  // Of somebody who is in no workspace here nothing is recorded: there is no log that it belongs to.
  const { workspace, key } = c.var as Partial<Env['Variables']>
  const workspaceId = workspace?.id ?? key?.workspaceId
  if (workspaceId === undefined) return
  const actor = actorOf(c)
  try {
    if (!(await takeTry(parts.db, triesKey('refused', `${workspaceId}/${actor.id}`), ROWS))) return
    await write(parts.db, { workspaceId, actor }, (_, audit) =>
      audit({
        action: 'request.refuse',
        subjectKind: 'route',
        subjectId: `${route.method.toUpperCase()} ${route.path}`,
        data: { code: error.code, reference: c.get('request') },
      }),
    )
  } catch {
    parts.log.warn('a refused request could not be recorded', { reference: c.get('request') })
  }
}
