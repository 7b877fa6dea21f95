// What a guest sees of their own business, once a token that they handed over connected it: exactly what is kept.
import { z } from 'zod'
import { PartnerStatus } from './partner.ts'

export const OwnBusiness = z.object({
  partnerId: z.string(),
  name: z.string().nullable(),
  externalId: z.string(),
  status: PartnerStatus,
  handedOverAt: z.string(),
  people: z.number(),
  systemUsers: z.number(),
  assets: z.number(),
  /** The guest's token, while it is the one in use; null once it was withdrawn, disconnected or replaced. */
  token: z.object({ lastFour: z.string() }).nullable(),
  /** When the business's people were last read completely; null before the first time. */
  readAt: z.string().nullable(),
})
export type OwnBusiness = z.infer<typeof OwnBusiness>

export const OwnPerson = z.object({
  id: z.string(),
  kind: z.enum(['person', 'system_user', 'invitation']),
  name: z.string().nullable(),
  email: z.string().nullable(),
  externalId: z.string(),
  role: z.string().nullable(),
  twoFactor: z.string().nullable(),
  financePermission: z.string().nullable(),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string(),
  access: z.array(
    z.object({
      name: z.string().nullable(),
      externalId: z.string(),
      type: z.string(),
      typeLabel: z.string(),
      how: z.enum(['direct', 'role', 'group']),
      entitlements: z.array(z.string()),
    }),
  ),
})
export type OwnPerson = z.infer<typeof OwnPerson>
