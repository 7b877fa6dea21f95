// One configured connector with a credential: what the screen calls an app.
import { z } from 'zod'
import { CredentialInfo } from './credential.ts'

/** `healthy` | `attention` (with the reason) | `expired` | `new` (never checked). A running check is told by `runningJobId`. */
export const Health = z.enum(['new', 'healthy', 'attention', 'expired'])
export type Health = z.infer<typeof Health>

export const Connection = z.object({
  id: z.string(),
  connector: z.string(),
  /** The connector's name, as "Meta Business Manager". */
  connectorName: z.string(),
  label: z.string(),
  /** The business in the provider. */
  externalId: z.string(),
  /** The business's name in the provider, once read. */
  name: z.string().nullable(),
  environment: z.enum(['live', 'simulator']),
  health: Health,
  healthReason: z.string().nullable(),
  lastCheckedAt: z.string().nullable(),
  createdAt: z.string(),
  /** Settings that the connector's credential fields declare as not secret, as `app_id`, `version`. */
  settings: z.record(z.string(), z.string()),
  /** How often a check for updates starts by itself. */
  schedule: z.enum(['off', 'daily', 'hourly']),
  runningJobId: z.string().nullable(),
  counts: z.object({
    partners: z.number(),
    partnersPending: z.number(),
    people: z.number(),
    guests: z.number(),
    systemUsers: z.number(),
    invitations: z.number(),
    assets: z.number(),
    heldRemovals: z.number(),
  }),
  credential: CredentialInfo.nullable(),
})
export type Connection = z.infer<typeof Connection>

/** The five questions of the Overview tab. */
export const Overview = z.object({
  connection: Connection,
  /** Who can touch our assets: strongest rank per group. */
  access: z.array(
    z.object({
      group: z.enum(['own', 'guests', 'system_users']),
      full: z.number(),
      edit: z.number(),
      view: z.number(),
      none: z.number(),
    }),
  ),
  pendingPartners: z.array(
    z.object({ id: z.string(), name: z.string().nullable(), externalId: z.string(), shares: z.number() }),
  ),
  /** One entry per day of the time zone that was asked for, oldest first, 30 days. */
  changes: z.array(
    z.object({ day: z.string(), added: z.number(), removed: z.number(), changed: z.number() }),
  ),
  attention: z.array(
    z.object({
      kind: z.string(),
      sentence: z.string(),
      fix: z.string(),
      partnerId: z.string().nullable(),
      jobId: z.string().nullable(),
    }),
  ),
})
export type Overview = z.infer<typeof Overview>
