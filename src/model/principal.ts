// Who can hold access: a person, a system user, a pending invitation; ours or a partner's.
import { z } from 'zod'
import { Rank } from './entitlement.ts'
import { paths } from './snapshot.ts'

export const principalTabs = ['own', 'guests', 'system_users', 'invitations'] as const
export const PrincipalTab = z.enum(principalTabs)
export type PrincipalTab = z.infer<typeof PrincipalTab>

export const Principal = z.object({
  id: z.string(),
  connectionId: z.string(),
  externalId: z.string(),
  kind: z.enum(['person', 'system_user', 'invitation']),
  name: z.string().nullable(),
  email: z.string().nullable(),
  partnerId: z.string().nullable(),
  partnerName: z.string().nullable(),
  role: z.string().nullable(),
  twoFactor: z.string().nullable(),
  financePermission: z.string().nullable(),
  /** `list` or `assigned` (seen only on an asset). */
  source: z.enum(['list', 'assigned']),
  /** How it was last read: through the provider's API or on its pages. */
  path: z.enum(paths),
  assets: z.number(),
  rank: Rank,
  how: z.array(z.enum(['direct', 'role', 'group'])),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string(),
  /** Set where the last reads could not confirm this row. */
  notConfirmedSince: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export type Principal = z.infer<typeof Principal>

/** One access of a principal, with the resource it is to. */
export const Access = z.object({
  resourceId: z.string(),
  resourceName: z.string().nullable(),
  resourceExternalId: z.string(),
  resourceType: z.string(),
  resourceTypeLabel: z.string(),
  entitlements: z.array(z.string()),
  rank: Rank,
  how: z.enum(['direct', 'role', 'group']),
  through: z.string().nullable(),
  /** The way on which it was last read. */
  path: z.enum(paths),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string(),
  endedAt: z.string().nullable(),
})
export type Access = z.infer<typeof Access>

export const PrincipalDetails = Principal.extend({
  facts: z.record(z.string(), z.string().nullable()),
  access: z.array(Access),
  /** The same human in other businesses: equal normalised e-mail. */
  identity: z.array(
    z.object({
      id: z.string(),
      connectionId: z.string(),
      name: z.string().nullable(),
      partnerId: z.string().nullable(),
      partnerName: z.string().nullable(),
    }),
  ),
})
export type PrincipalDetails = z.infer<typeof PrincipalDetails>
