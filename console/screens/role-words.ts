// The roles in words: what each is called, and what it may do in one sentence.
import type { InvitedRole } from '../../src/model/invitation.ts'
import type { Role } from '../../src/model/member.ts'

export const roleWords: Record<Role, { label: string; may: string }> = {
  owner: {
    label: 'Owner',
    may: 'Everything, and alone: hand over the ownership, make another workspace, delete this one.',
  },
  admin: { label: 'Admin', may: 'Manages apps, partners, members and keys, and reads the activity log.' },
  auditor: { label: 'Auditor', may: 'Sees and exports everything, with the activity log; changes nothing.' },
  member: { label: 'Member', may: 'Sees and exports everything, checks for updates and invites guests.' },
  guest: {
    label: 'Guest',
    may: 'Somebody from outside: sees only what is addressed to them, until an end date.',
  },
}

/** The same, to whoever is invited. */
export const youMay: Record<InvitedRole, string> = {
  admin: 'You manage apps, partners, members and keys, and read the activity log.',
  auditor: 'You see and export everything, with the activity log, and change nothing.',
  member: 'You see and export everything, check for updates and invite guests.',
  guest: 'You see only what is addressed to you, until the day below.',
}

/** "a member", "an admin" */
export function asRole(role: InvitedRole | Role): string {
  const word = roleWords[role].label.toLowerCase()
  return role === 'owner' ? 'the owner' : `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
}
