// Workspaces as their members see them, and the one way to make one.
import type { Membership } from '../model/member.ts'
import type { Environment, Workspace } from '../model/workspace.ts'
import type { Tx } from './db.ts'

/** The workspaces that a person belongs to today: not removed, not past the end of a guest's stay. Inside forUser() or a workspace. */
export function workspacesOf(tx: Tx, userId: string): Promise<Workspace[]> {
  return memberships(tx, userId).orderBy('workspaces.createdAt').orderBy('workspaces.id').execute()
}

/** A person's place in one workspace, or null: not a member, not any more, or no such workspace. Inside forUser(). */
export async function membershipOf(
  tx: Tx,
  userId: string,
  workspaceId: string,
): Promise<{ workspace: Workspace; member: Membership } | null> {
  const workspace = await memberships(tx, userId).where('workspaces.id', '=', workspaceId).executeTakeFirst()
  if (workspace === undefined) return null
  return { workspace, member: { workspaceId, userId, role: workspace.role } }
}

function memberships(tx: Tx, userId: string) {
  return tx
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .where('members.userId', '=', userId)
    .where('members.status', '=', 'active')
    .where((where) =>
      where.or([where('members.endsAt', 'is', null), where('members.endsAt', '>', new Date())]),
    )
    .select(['workspaces.id', 'workspaces.name', 'workspaces.environment', 'members.role'])
}

/** Makes a workspace and its owner. Inside write() of the new workspace's own id. */
export async function addWorkspace(
  tx: Tx,
  workspace: { id: string; name: string; environment: Environment },
  ownerId: string,
): Promise<void> {
  await tx.insertInto('workspaces').values(workspace).execute()
  await tx
    .insertInto('members')
    .values({ workspaceId: workspace.id, userId: ownerId, role: 'owner' })
    .execute()
}

/** How many jobs run or wait for a person, for the side bar. */
export async function jobCounts(tx: Tx): Promise<{ openJobs: number; waitingJobs: number }> {
  const row = await tx
    .selectFrom('jobs')
    .where('parentId', 'is', null)
    .where('status', 'in', ['queued', 'running', 'retrying', 'waiting'])
    .select((select) => [
      select.fn.countAll<number>().as('openJobs'),
      select.fn.countAll<number>().filterWhere('status', '=', 'waiting').as('waitingJobs'),
    ])
    .executeTakeFirstOrThrow()
  return row
}
