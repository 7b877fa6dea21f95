// A workspace: what it is, what the caller may do in it, how many jobs run, live.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { actions, can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { Member, Role } from '../model/member.ts'
import { Workspace } from '../model/workspace.ts'
import { forUser, read as readIn, write as writeIn, writeAbout } from '../store/db.ts'
import type { Inside, Tx } from '../store/db.ts'
import { isAnyOver } from '../store/jobs.ts'
import { isPresent, lockMembers, memberRows } from '../store/members.ts'
import { unreadNotices } from '../store/notices.ts'
import type { Reader } from '../store/notices.ts'
import { addWorkspace, changeWorkspace, deleteWorkspace } from '../store/workspaces.ts'
import { holdWorkspace, jobCounts, workspacesOf } from '../store/workspaces.ts'
import { nothingHere } from './errors.ts'
import { workspaceNews } from './events.ts'
import type { ServerEvent } from './events.ts'
import type { Parts } from './parts.ts'
import { inWorkspace, signedIn } from './route.ts'

export const one = inWorkspace({
  answer: z.object({
    workspace: Workspace,
    can: z.array(z.enum(actions as [Action, ...Action[]])),
    counts: z.object({ openJobs: z.number(), waitingJobs: z.number(), unreadNotices: z.number() }),
    /** The caller's own stay: since when, by whose invitation, and until when where it ends. */
    stay: Member.pick({ joinedAt: true, invitedBy: true, endsAt: true }),
  }),
  handle: async ({ read, workspace, member, person, trigger, may }) => ({
    workspace,
    stay: await read((tx) => stayOf(tx, person.id)),
    can: actions.filter((action) => may(action)),
    counts: await read((tx) => countsOf(tx, trigger === 'api' ? null : member, may('console.see'))),
  }),
})

/** What the side bar and the bell tell; a program has no notices, and a guest sees no jobs. */
async function countsOf(tx: Tx, reader: Reader | null, jobs: boolean) {
  return {
    ...(jobs ? await jobCounts(tx) : { openJobs: 0, waitingJobs: 0 }),
    unreadNotices: reader === null ? 0 : await unreadNotices(tx, reader),
  }
}

async function stayOf(tx: Tx, userId: string) {
  const [row] = await memberRows(tx, userId)
  if (row === undefined) throw nothingHere()
  return row
}

const Name = z.string().trim().min(1).max(200)

export const make = signedIn({
  body: z.object({ name: Name }),
  answer: Workspace,
  handle: async ({ parts, person, body, address }) => {
    await demandOwner(parts, person.id)
    const id = newId()
    const actor = { kind: 'person' as const, id: person.id, address }
    await writeIn(parts.db, { workspaceId: id, actor }, async (tx, audit) => {
      await addWorkspace(tx, { id, name: body.name, environment: 'live' }, person.id)
      await audit({
        action: 'workspace.make',
        subjectKind: 'workspace',
        subjectId: id,
        data: { owner: person.id },
      })
    })
    return { id, name: body.name, environment: 'live' as const, role: 'owner' as const }
  },
})

/** Throws `forbidden` unless the person owns a workspace; returns those. */
async function demandOwner(parts: Parts, personId: string): Promise<string[]> {
  const mine = await forUser(parts.db, personId, (tx) => workspacesOf(tx, personId))
  const owned = mine.filter(({ role }) => can({ role, userId: personId }, 'workspace.make'))
  if (owned.length === 0)
    throw new AppError('forbidden', 'Only the owner of a workspace may make another one.')
  return owned.map(({ id }) => id)
}

/** Those of these that the person owns now; they stay so until the transaction ends, and two who ask take turns. */
async function ownedStill(
  [tx, inside]: [Tx, Inside],
  personId: string,
  ids: readonly string[],
): Promise<string[]> {
  const held: string[] = []
  for (const id of ids.toSorted()) {
    const place = (await inside(id, () => lockMembers(tx, [personId]))).get(personId)
    if (isPresent(place) && can(place, 'workspace.delete')) held.push(id)
  }
  return held
}

export const change = inWorkspace({
  body: z.object({
    name: Name.optional(),
    /** Whether a role must have a second factor; roles that are left out stay as they are. */
    twoFactor: z.partialRecord(Role, z.boolean()).optional(),
  }),
  answer: z.object({ workspace: Workspace, twoFactorRoles: z.array(Role) }),
  handle: async (ask) => {
    const { body, member, workspace } = ask
    return ask.write(async (tx, audit) => {
      const before = await holdWorkspace(tx, workspace.id)
      const asked = {
        ...Object.fromEntries(before.twoFactorRoles.map((role) => [role, true])),
        ...body.twoFactor,
      }
      const after = Role.options.filter((role) => asked[role] === true)
      if (member.role !== 'owner' && before.twoFactorRoles.includes('owner') !== after.includes('owner'))
        throw new AppError('forbidden', 'What is asked of the owner, the owner alone decides.')
      const name = body.name ?? before.name
      await changeWorkspace(tx, workspace.id, { name, twoFactorRoles: after })
      await audit({
        action: 'workspace.change',
        subjectKind: 'workspace',
        subjectId: workspace.id,
        data: { renamed: name !== before.name, twoFactorRoles: after },
      })
      return { workspace: { ...workspace, name }, twoFactorRoles: after }
    })
  },
})

export const remove = inWorkspace({
  body: z.object({ name: z.string().max(200) }),
  answer: 'nothing',
  handle: async (ask) => {
    const { body, workspace, person, parts, actor } = ask
    if (body.name.trim() !== workspace.name) {
      throw new AppError('invalid', 'Type the name of the workspace to delete it.', {
        name: 'This is not its name.',
      })
    }
    const owned = await demandOwner(parts, person.id)
    const entry = { action: 'workspace.delete', subjectKind: 'workspace', subjectId: workspace.id }
    // Its own log goes with it: the owner's other workspaces remember, in the same transaction.
    await writeAbout(parts.db, { userId: person.id, actor }, async (tx, audit, inside) => {
      const held = await ownedStill([tx, inside], person.id, owned)
      if (!held.includes(workspace.id)) throw nothingHere()
      if (held.length === 1)
        throw new AppError('conflict', 'This is your only workspace. Make another one first.')
      await audit(entry)
      if (!(await deleteWorkspace(tx, workspace.id)))
        throw new AppError(
          'conflict',
          'A job of this workspace is still open. Cancel it or wait, then try again.',
        )
    })
    parts.log.info('a workspace was deleted', { workspace: workspace.id, by: person.id })
  },
})

export const events = inWorkspace({
  answer: 'events',
  handle: ({ parts, workspace, member, trigger }) => {
    const reader = trigger === 'api' ? null : member
    return Promise.resolve({ events: (gone) => workspaceEvents(parts, workspace.id, reader, gone) })
  },
})

async function* workspaceEvents(
  parts: Parts,
  workspaceId: string,
  reader: Reader | null,
  gone: AbortSignal,
): AsyncIterable<ServerEvent> {
  for await (const { jobs, notices } of workspaceNews(parts.db, workspaceId, gone)) {
    const { counts, ended } = await readIn(parts.db, workspaceId, async (tx) => ({
      counts: await countsOf(tx, reader, true),
      ended: jobs === null || (await isAnyOver(tx, jobs)),
    }))
    yield { event: 'jobs', data: { ...counts, changed: jobs ?? [], ended, notices } }
  }
}
