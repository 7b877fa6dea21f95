// One right on an asset as the asset's page lists it: who holds it, how they come to it, and why.
import { z } from 'zod'
import { Rank } from './entitlement.ts'
import { paths } from './snapshot.ts'

export const Holder = z.object({
  /** Of the right: somebody may hold several on one asset. */
  id: z.string(),
  principalId: z.string(),
  /** `own`, `systems`, or the id of the partner whose people these are. */
  group: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  kind: z.enum(['person', 'system_user', 'invitation']),
  partnerId: z.string().nullable(),
  partnerName: z.string().nullable(),
  entitlements: z.array(z.string()),
  rank: Rank,
  how: z.enum(['direct', 'role', 'group']),
  /** "because …", in plain words. */
  because: z.string(),
  path: z.enum(paths),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string(),
  /** Set where the last reads could not confirm this right. */
  notConfirmedSince: z.string().nullable(),
})
export type Holder = z.infer<typeof Holder>
