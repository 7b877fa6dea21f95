// One difference between what was stored and what a sync saw, in a form that history, screens and exports share.
import { z } from 'zod'

export const Change = z.object({
  id: z.string(),
  at: z.string(),
  jobId: z.string().nullable(),
  kind: z.enum(['added', 'removed', 'changed']),
  noun: z.enum(['partner', 'principal', 'resource', 'share', 'grant']),
  partnerId: z.string().nullable(),
  partnerName: z.string().nullable(),
  principalId: z.string().nullable(),
  principalName: z.string().nullable(),
  resourceId: z.string().nullable(),
  resourceName: z.string().nullable(),
  resourceType: z.string().nullable(),
  /** What was and what is: only the fields that differ. */
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
})
export type Change = z.infer<typeof Change>

/** Removals that a safeguard held for a person. */
export const Proposal = z.object({
  id: z.string(),
  connectionId: z.string(),
  jobId: z.string(),
  createdAt: z.string(),
  /** What would vanish: people of ours, people of a partner, assets. */
  group: z.enum(['own_people', 'partner_people', 'assets']),
  partnerId: z.string().nullable(),
  partnerName: z.string().nullable(),
  /** How many would vanish, of how many. */
  count: z.number(),
  total: z.number(),
  status: z.enum(['open', 'applied', 'discarded', 'replaced']),
  /** The first twenty, by name, to look at before deciding. */
  sample: z.array(z.object({ id: z.string(), name: z.string().nullable(), externalId: z.string() })),
})
export type Proposal = z.infer<typeof Proposal>
