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

/** "a member", "an admin" */
export function asRole(role: InvitedRole | Role): string {
  const word = roleWords[role].label.toLowerCase()
  return role === 'owner' ? 'the owner' : `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
}
