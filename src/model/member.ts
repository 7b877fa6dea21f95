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
