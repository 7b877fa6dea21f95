// An invitation: a link that lets one person join one workspace, once, with the role that was fixed when it was made.
import { z } from 'zod'

/** Every role but owner: ownership is handed over, never given by a link. */
export const invitedRoles = ['admin', 'auditor', 'member', 'guest'] as const
export const InvitedRole = z.enum(invitedRoles)
export type InvitedRole = z.infer<typeof InvitedRole>

export const INVITATION_HOURS = 72

export const Invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: InvitedRole,
  /** `void`: whoever made it may no longer invite; somebody else may send it again. */
  state: z.enum(['open', 'expired', 'revoked', 'used', 'void']),
  invitedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: z.string(),
  /** When the present link was made. */
  sentAt: z.string(),
  expiresAt: z.string(),
  usedAt: z.string().nullable(),
  /** Of a guest: when the stay will end. */
  endsAt: z.string().nullable(),
  /** True where the caller may send it again or revoke it. */
  mayManage: z.boolean(),
})
export type Invitation = z.infer<typeof Invitation>

/** What somebody who opens the link is to do, or why the link does not work. */
export const invitationStates = [
  'new-person',
  'sign-in',
  'accept',
  'somebody-else',
  'member-already',
  'expired',
  'revoked',
  'used',
  'void',
  'unknown',
] as const
export type InvitationState = (typeof invitationStates)[number]

export const OpenedInvitation = z.object({
  state: z.enum(invitationStates),
  /** Why it does not work and what to do; null where it works. */
  sentence: z.string().nullable(),
  invitation: z
    .object({
      workspaceName: z.string(),
      email: z.string(),
      role: InvitedRole,
      inviterName: z.string(),
      endsAt: z.string().nullable(),
    })
    .nullable(),
  /** The e-mail address of whoever is signed in in this browser. */
  signedInAs: z.string().nullable(),
})
export type OpenedInvitation = z.infer<typeof OpenedInvitation>
