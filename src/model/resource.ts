// What access is to: an ad account, a page, a pixel, a catalog …
import { z } from 'zod'
import { Rank } from './entitlement.ts'
import { paths } from './snapshot.ts'

export const Resource = z.object({
  id: z.string(),
  connectionId: z.string(),
  type: z.string(),
  /** From the connector, as "Ad account". */
  typeLabel: z.string(),
  externalId: z.string(),
  name: z.string().nullable(),
  relation: z.enum(['owned', 'client']),
  ownerName: z.string().nullable(),
  partners: z.number(),
  /** Names of the first three of these partners. */
  sharedWith: z.array(z.string()),
  people: z.number(),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string(),
  notConfirmedSince: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export type Resource = z.infer<typeof Resource>

/** Who can touch one resource, and why. */
export const ResourceDetails = Resource.extend({
  facts: z.record(z.string(), z.string()),
  /** The way on which it was last read. */
  path: z.enum(paths),
  shares: z.array(
    z.object({
      partnerId: z.string(),
      partnerName: z.string().nullable(),
      direction: z.enum(['out', 'in']),
      entitlements: z.array(z.string()),
      rank: Rank,
      status: z.string().nullable(),
      partnerStatus: z.string(),
    }),
  ),
  holders: z.array(
    z.object({
      principalId: z.string(),
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
    }),
  ),
})
export type ResourceDetails = z.infer<typeof ResourceDetails>
