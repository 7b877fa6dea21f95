// Who may do what: one readable table, the only judge of rights. Rows are actions, columns are roles.
import type { InvitedRole } from './invitation.ts'
import type { Role } from './member.ts'

const table = {
  //                            guest  member auditor admin  owner
  'request.answer': /*      */ [true, true, false, true, true],
  'secret.open': /*         */ [true, true, false, true, true],
  'secret.add': /*          */ [true, true, false, true, true],
  'own-data.see': /*        */ [true, false, false, false, false],
  'workspace.see': /*       */ [true, true, true, true, true],
  'console.see': /*         */ [false, true, true, true, true],
  'export.make': /*         */ [false, true, true, true, true],
  'check.start': /*         */ [false, true, false, true, true],
  'job.stop-own': /*        */ [false, true, false, true, true],
  'job.stop-any': /*        */ [false, false, false, true, true],
  'secret.share': /*        */ [false, true, false, true, true],
  'guest.invite': /*        */ [false, true, false, true, true],
  'connection.manage': /*   */ [false, false, false, true, true],
  'partner.connect': /*     */ [false, false, false, true, true],
  'request.send': /*        */ [false, false, false, true, true],
  'proposal.decide': /*     */ [false, false, false, true, true],
  'automation.manage': /*   */ [false, false, false, true, true],
  'person.erase': /*        */ [false, false, false, true, true],
  'member.manage': /*       */ [false, false, false, true, true],
  'key.make': /*            */ [false, false, false, true, true],
  'audit.read': /*          */ [false, false, true, true, true],
  'workspace.change': /*    */ [false, false, false, true, true],
  'workspace.make': /*      */ [false, false, false, false, true],
  'workspace.hand-over': /* */ [false, false, false, false, true],
  'workspace.delete': /*    */ [false, false, false, false, true],
} as const satisfies Record<string, readonly [boolean, boolean, boolean, boolean, boolean]>

export type Action = keyof typeof table
export const actions = Object.keys(table) as Action[]

const columns: Record<Role, number> = { guest: 0, member: 1, auditor: 2, admin: 3, owner: 4 }

/** True where the role may do the action. `thing` narrows it: whose job it is. */
export function can(
  who: { role: Role; userId: string },
  action: Action,
  thing?: { startedBy: string | null },
): boolean {
  if (action === 'job.stop-own' && thing !== undefined && thing.startedBy !== who.userId) {
    return can(who, 'job.stop-any')
  }
  return table[action][columns[who.role]] ?? false
}

// Not the list of invitation.ts: the console takes this file without the schema library.
const given: readonly InvitedRole[] = ['admin', 'auditor', 'member', 'guest']

type Who = { role: Role; userId: string }

/** The roles that somebody may give: never owner, never above the own one, and for those who do not manage members guests alone. */
export function giveableRoles(who: Who): InvitedRole[] {
  if (can(who, 'member.manage')) return given.filter((role) => columns[role] <= columns[who.role])
  return can(who, 'guest.invite') ? ['guest'] : []
}

/** True where somebody may change another member's place or help them to sign in: managers, never above their own role, never the owner. */
export function mayManage(who: Who, other: { role: Role }): boolean {
  return can(who, 'member.manage') && other.role !== 'owner' && columns[other.role] <= columns[who.role]
}
