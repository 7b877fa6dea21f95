// Workspaces as their members see them, and the one way to make one.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Membership, Role } from '../model/member.ts'
import type { Environment, Workspace } from '../model/workspace.ts'
import type { Tx } from './db.ts'

export interface WorkspaceOf extends Workspace {
  /** True where the person's role must have a second factor, and the person has none. */
  secondFactorNeeded: boolean
}

/** The workspaces that a person belongs to today: not removed, not past the end of a guest's stay. Inside forUser() or a workspace. */
export function workspacesOf(tx: Tx, userId: string): Promise<WorkspaceOf[]> {
  return memberships(tx, userId).orderBy('workspaces.createdAt').orderBy('workspaces.id').execute()
}

/** A person's place in one workspace. */
export interface Place {
  workspace: WorkspaceOf
  member: Membership
}

/** Null: not a member, not any more, or no such workspace. Inside forUser(). */
export async function membershipOf(tx: Tx, userId: string, workspaceId: string): Promise<Place | null> {
  const workspace = await memberships(tx, userId).where('workspaces.id', '=', workspaceId).executeTakeFirst()
  return workspace === undefined ? null : placeOf(workspace, userId)
}

/** The same for whoever the transaction is about. Inside forUser() or ofSession(). */
export async function ownPlaceIn(tx: Tx, workspaceId: string): Promise<Place | null> {
  const own = memberships(tx, sql<string>`guestlist_user()`).select('members.userId')
  const row = await own.where('workspaces.id', '=', workspaceId).executeTakeFirst()
  if (row === undefined) return null
  const { userId, ...workspace } = row
  return placeOf(workspace, userId)
}

const placeOf = (workspace: WorkspaceOf, userId: string): Place => ({
  workspace,
  member: { workspaceId: workspace.id, userId, role: workspace.role },
})

function memberships(tx: Tx, userId: string | RawBuilder<string>) {
  return tx
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .where('members.userId', '=', userId)
    .where('members.status', '=', 'active')
    .where((where) =>
      where.or([
        where('members.endsAt', 'is', null),
        where('members.endsAt', '>', sql<Date>`clock_timestamp()`),
      ]),
    )
    .innerJoin('authUser', 'authUser.id', 'members.userId')
    .select([
      'workspaces.id',
      'workspaces.name',
      'workspaces.environment',
      'members.role',
      sql<boolean>`members.role = any(workspaces.two_factor_roles) and not coalesce(auth_user.two_factor_enabled, false)`.as(
        'secondFactorNeeded',
      ),
    ])
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

/** The name of the workspace that the transaction is inside of. */
export async function workspaceName(tx: Tx, id: string): Promise<string> {
  return (
    (await tx.selectFrom('workspaces').select('name').where('id', '=', id).executeTakeFirst())?.name ?? ''
  )
}

/** The roles that must have a second factor in this workspace. */
export async function twoFactorRolesOf(tx: Tx, id: string): Promise<Role[]> {
  const row = await tx
    .selectFrom('workspaces')
    .select('twoFactorRoles')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.twoFactorRoles ?? []
}

/** What a person may change of a workspace, held until the transaction ends. */
export function holdWorkspace(tx: Tx, id: string): Promise<{ name: string; twoFactorRoles: Role[] }> {
  return tx
    .selectFrom('workspaces')
    .select(['name', 'twoFactorRoles'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

/** Names of the workspaces that ask a person's role for a second factor. Inside forUser(). */
export async function requiringSecondFactor(tx: Tx, userId: string): Promise<string[]> {
  const rows = await memberships(tx, userId)
    .where(sql<boolean>`members.role = any(workspaces.two_factor_roles)`)
    .orderBy('workspaces.name')
    .execute()
  return rows.map((row) => row.name)
}

/** Changes what is given. Inside write(). */
export async function changeWorkspace(
  tx: Tx,
  id: string,
  to: { name?: string | undefined; twoFactorRoles?: Role[] | undefined },
): Promise<void> {
  await tx.updateTable('workspaces').set(to).where('id', '=', id).execute()
}

/** Deletes a workspace with everything in it, its activity log too. False, and nothing deleted, while a job of it is open. Inside writeAbout(). */
export async function deleteWorkspace(tx: Tx, id: string): Promise<boolean> {
  await sql`select set_config('guestlist.workspace', ${id}, true)`.execute(tx)
  // Whoever is adding a job holds the workspace: it is counted below, or finds none to be added to.
  await sql`select from workspaces where id = ${id} for update`.execute(tx)
  const { openJobs } = await jobCounts(tx)
  if (openJobs > 0) return false
  await tx.deleteFrom('workspaces').where('id', '=', id).execute()
  return true
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
