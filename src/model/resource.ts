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

/** One resource, and with whom it is shared. Who can touch it is a list of its own: holder.ts. */
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
      /** How many of the partner's people are known to touch it. */
      people: z.number(),
    }),
  ),
})
export type ResourceDetails = z.infer<typeof ResourceDetails>
