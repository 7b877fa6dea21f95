// Members and guests: who is in the workspace, and what those who manage them may do. Nobody acts on somebody above their own role, and
// there is exactly one owner, who is replaced only by handing over.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { can, giveableRoles, mayManage } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { InvitedRole } from '../model/invitation.ts'
import { Member, memberActs, Role } from '../model/member.ts'
import type { MemberAct } from '../model/member.ts'
import { forUser, writeAbout } from '../store/db.ts'
import type { Db, Inside, Tx } from '../store/db.ts'
import { isPresent, lockMembers, memberRows, passOwnership, setMember } from '../store/members.ts'
import type { MemberRow, Place } from '../store/members.ts'
import { tell } from '../store/notices.ts'
import { addPasswordLink } from '../store/password-links.ts'
import { dropSecondFactor, endSessions, tellPerson } from '../store/people.ts'
import { endShares } from '../store/secrets.ts'
import { twoFactorRolesOf, workspacesOf } from '../store/workspaces.ts'
import { nothingHere } from './errors.ts'
import { guestEnd } from './guest-end.ts'
import { newLink } from './links.ts'
import { inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'

type InWorkspace = WorkspaceAsk<unknown, unknown, unknown>

// Ids of people come from the auth library: any short text.
const One = z.object({ member: z.string().min(1).max(100) })

/** What the caller may do to a row; the judge of each act below asks the same. */
function mayDo(act: MemberAct, me: { role: Role; userId: string }, row: MemberRow): boolean {
  const self = row.userId === me.userId
  switch (act) {
    case 'change-role':
      return !self && row.status === 'active' && mayManage(me, row)
    case 'remove':
      return row.status !== 'removed' && mayManage(me, row)
    case 'reset-second-factor':
      return !self && row.status === 'active' && row.twoFactor && mayManage(me, row)
    case 'password-link':
      return !self && row.status === 'active' && mayManage(me, row)
    case 'extend':
      return (
        row.role === 'guest' &&
        row.status !== 'removed' &&
        (can(me, 'member.manage') || (can(me, 'guest.invite') && row.invitedBy?.id === me.userId))
      )
    case 'hand-over':
      return !self && row.status === 'active' && row.role !== 'guest' && can(me, 'workspace.hand-over')
  }
}

function seenBy(me: { role: Role; userId: string }, row: MemberRow): Member {
  return { ...row, may: memberActs.filter((act) => mayDo(act, me, row)) }
}

export const list = inWorkspace({
  answer: z.object({
    rows: z.array(Member),
    twoFactorRoles: z.array(Role),
    /** The roles that the caller may give. */
    giveable: z.array(InvitedRole),
  }),
  handle: async ({ read, member, workspace }) => ({
    rows: (await read((tx) => memberRows(tx))).map((row) => seenBy(member, row)),
    twoFactorRoles: await read((tx) => twoFactorRolesOf(tx, workspace.id)),
    giveable: giveableRoles(member),
  }),
})

/** Holds the caller and the other one, and judges by what both are now. Throws `not_found`, `forbidden`, or `conflict`. */
async function judged(
  tx: Tx,
  ask: InWorkspace,
  userId: string,
  act: MemberAct,
): Promise<{ me: Place; row: MemberRow }> {
  const places = await lockMembers(tx, [ask.person.id, userId])
  const [row] = await memberRows(tx, userId)
  if (row === undefined) throw nothingHere()
  const me = places.get(ask.person.id)
  if (!isPresent(me)) throw nothingHere()
  if (mayDo(act, me, row)) return { me, row }
  throw refused(act, me, row)
}

function refused(act: MemberAct, me: Place, row: MemberRow): AppError {
  if (row.status === 'removed') return new AppError('conflict', 'This person is no longer a member.')
  if (row.role === 'owner' && act !== 'hand-over') {
    return new AppError(
      'forbidden',
      'The owner stays the owner until the ownership is handed over: by the owner, or on the command line of the machine.',
    )
  }
  if (row.userId === me.userId)
    return new AppError('conflict', 'This is you. Ask another admin, or use your own settings.')
  if (act === 'reset-second-factor' && mayManage(me, row) && !row.twoFactor)
    return new AppError('conflict', 'This person has no second factor.')
  if (act === 'extend' && row.role !== 'guest')
    return new AppError('conflict', 'Only guests have an end date.')
  if (row.status === 'ended') return new AppError('conflict', "This guest's stay has ended. Extend it first.")
  if (act === 'hand-over')
    return new AppError('conflict', 'A guest cannot own a workspace. Change the role first.')
  return new AppError('forbidden', 'Your role in this workspace does not allow this for this person.')
}

async function after(tx: Tx, me: Place, userId: string): Promise<Member> {
  const [row] = await memberRows(tx, userId)
  if (row === undefined) throw nothingHere()
  return seenBy({ role: me.role, userId: me.userId }, row)
}

export const changeRole = inWorkspace({
  params: One,
  body: z.object({ role: Role }),
  answer: Member,
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const { member } = ask.params
      const { me, row } = await judged(tx, ask, member, 'change-role')
      const role = giveableRoles(me).find((one) => one === ask.body.role)
      if (role === undefined) {
        throw new AppError('forbidden', 'You may not give this role: nobody gives more than they have.')
      }
      const guest =
        role === 'guest' ? { endsAt: guestEnd(undefined), invitedBy: ask.person.id } : { endsAt: null }
      await setMember(tx, member, { role, ...(row.role === role ? {} : guest) })
      await audit({
        action: 'member.role',
        subjectKind: 'member',
        subjectId: member,
        data: { from: row.role, to: role },
      })
      return after(tx, me, member)
    }),
})

export const extend = inWorkspace({
  params: One,
  body: z.object({ endsAt: z.iso.datetime({ offset: true }) }),
  answer: Member,
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const { member } = ask.params
      const { me, row } = await judged(tx, ask, member, 'extend')
      const endsAt = guestEnd(ask.body.endsAt)
      await setMember(tx, member, { endsAt })
      await audit({
        action: 'member.extend',
        subjectKind: 'member',
        subjectId: member,
        data: { from: row.endsAt, to: endsAt.toISOString() },
      })
      return after(tx, me, member)
    }),
})

export const remove = inWorkspace({
  params: One,
  answer: 'nothing',
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const { member } = ask.params
      const { row } = await judged(tx, ask, member, 'remove')
      await setMember(tx, member, { status: 'removed' })
      await audit({
        action: 'member.remove',
        subjectKind: 'member',
        subjectId: member,
        data: { role: row.role },
      })
      await endShares(tx, audit, member)
    }),
})

/**
 * True where somebody may act on another one's account as a whole: they manage every workspace that the other one belongs to. Without
 * this, managing one workspace would open all others of its members.
 */
export async function mayHelp(db: Db, helperId: string, personId: string): Promise<boolean> {
  const theirs = await forUser(db, personId, (tx) => workspacesOf(tx, personId))
  const mine = await forUser(db, helperId, (tx) => workspacesOf(tx, helperId))
  const roleIn = new Map(mine.map((workspace) => [workspace.id, workspace.role]))
  return (
    theirs.length > 0 &&
    theirs.every(({ id, role }) => {
      const own = roleIn.get(id)
      return own !== undefined && mayManage({ role: own, userId: helperId }, { role })
    })
  )
}

/**
 * The same inside writeAbout(), of places that are held until it ends: whoever would change them waits, and what they changed before is
 * seen. Throws `forbidden`, also where the person no longer belongs to `here`.
 */
export async function demandStillHelps(
  [tx, inside]: [Tx, Inside],
  who: { helperId: string; personId: string; here?: string },
): Promise<void> {
  const { helperId, personId, here } = who
  const ids = (await workspacesOf(tx, personId)).map(({ id }) => id)
  const held: string[] = []
  // In one order, as two who help at once would wait for each other.
  for (const id of ids.sort()) {
    const places = await inside(id, () => lockMembers(tx, [helperId, personId]))
    const [own, theirs] = [places.get(helperId), places.get(personId)]
    if (!isPresent(theirs)) continue
    if (!isPresent(own) || !mayManage(own, theirs)) throw noLongerHelps()
    held.push(id)
  }
  if (held.length === 0 || (here !== undefined && !held.includes(here))) throw noLongerHelps()
}

const noLongerHelps = () =>
  new AppError(
    'forbidden',
    'Your place or that of this person has just changed, so their account is not yours to open. Nothing was changed.',
  )

/** A first look, which says why not; what counts is asked again where it is written. */
async function demandHelper(ask: InWorkspace, userId: string, act: MemberAct): Promise<void> {
  const row = (await ask.read((tx) => memberRows(tx, userId)))[0]
  if (row === undefined) throw nothingHere()
  if (!mayDo(act, ask.member, row)) {
    throw refused(act, { ...ask.member, status: 'active', endsAt: null, over: false, invitedBy: null }, row)
  }
  if (await mayHelp(ask.parts.db, ask.person.id, userId)) return
  throw new AppError(
    'forbidden',
    'This person also belongs to a workspace that you do not manage, so their account is not yours to open. They can help themselves by mail or with a backup code.',
  )
}

export const resetSecondFactor = inWorkspace({
  params: One,
  answer: 'nothing',
  handle: async (ask) => {
    const userId = ask.params.member
    await demandHelper(ask, userId, 'reset-second-factor')
    await writeAbout(ask.parts.db, { userId, actor: ask.actor }, async (tx, audit, inside) => {
      await demandStillHelps([tx, inside], {
        helperId: ask.person.id,
        personId: userId,
        here: ask.workspace.id,
      })
      if (!(await dropSecondFactor(tx, userId)))
        throw new AppError('conflict', 'This person has no second factor.')
      await endSessions(tx, userId, null)
      await tellPerson(
        tx,
        userId,
        `${ask.person.name} took your second factor away. Set one up again, and ask them if you did not expect this.`,
      )
      await audit({ action: 'second-factor.reset', subjectKind: 'person', subjectId: userId }, () =>
        tell(tx, { kind: 'second-factor-reset', once: newId(), about: userId }),
      )
    })
  },
})

export const passwordLink = inWorkspace({
  params: One,
  answer: z.object({ link: z.string(), expiresAt: z.string() }),
  handle: async (ask) => {
    const userId = ask.params.member
    await demandHelper(ask, userId, 'password-link')
    const { secretHash, link } = newLink(ask.parts, 'password')
    const madeBy = ask.person.id
    const ends = await writeAbout(ask.parts.db, { userId, actor: ask.actor }, async (tx, audit, inside) => {
      await demandStillHelps([tx, inside], { helperId: madeBy, personId: userId, here: ask.workspace.id })
      const expiresAt = await addPasswordLink(tx, { secretHash, userId, madeBy })
      await tellPerson(
        tx,
        userId,
        `${ask.person.name} made a one-time link to a new password for you. Ask them if you did not expect this.`,
      )
      await audit({ action: 'password-link.make', subjectKind: 'person', subjectId: userId })
      return expiresAt
    })
    return { link, expiresAt: ends.toISOString() }
  },
})

export const handOver = inWorkspace({
  body: z.object({ memberId: z.string().min(1).max(100), password: z.string().min(1).max(1_000) }),
  answer: 'nothing',
  handle: async (ask) => {
    const { body, person, parts, workspace } = ask
    await parts.auth.demandPassword(person, body.password)
    await ask.write(async (tx, audit) => {
      await judged(tx, ask, body.memberId, 'hand-over')
      await passOwnership(tx, workspace.id, person.id, body.memberId)
      await tellPerson(tx, body.memberId, `${person.name} made you the owner of ${workspace.name}.`)
      await tell(tx, { kind: 'ownership-transferred', once: newId(), about: body.memberId })
      await audit({
        action: 'workspace.hand-over',
        subjectKind: 'member',
        subjectId: body.memberId,
        data: { from: person.id },
      })
    })
  },
})
