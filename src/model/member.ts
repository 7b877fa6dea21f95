// Who signs in to a workspace, with which role.
import { z } from 'zod'

export const roles = ['owner', 'admin', 'auditor', 'member', 'guest'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** A signed-in person as the judge of rights sees them: their role in one workspace. */
export interface Membership {
  workspaceId: string
  userId: string
  role: Role
}

/** What one member may do to another one's place; the console offers exactly these. */
export const memberActs = [
  'change-role',
  'remove',
  'reset-second-factor',
  'password-link',
  'extend',
  'hand-over',
] as const
export type MemberAct = (typeof memberActs)[number]

/** A guest's stay, unless another end is said, and the longest one, counted from now. */
export const GUEST_DAYS = { usual: 90, most: 366 }

/** A row of Members. `ended`: a guest past the end date. */
export const Member = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: Role,
  status: z.enum(['active', 'ended', 'removed']),
  /** True where signing in with the password asks for a second factor. */
  twoFactor: z.boolean(),
  passkeys: z.number(),
  lastSeenAt: z.string().nullable(),
  joinedAt: z.string(),
  invitedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Guests alone have an end. */
  endsAt: z.string().nullable(),
  may: z.array(z.enum(memberActs)),
})
export type Member = z.infer<typeof Member>
