// Who did what in our product. Rows hold ids, not names: names are looked up when the log is read.
import { z } from 'zod'

/** Who acts: a person, or the product itself (`system`: schedule, job, start-up). */
export interface Actor {
  kind: 'person' | 'system'
  /** The person's id; for `system` what acted, as `job:<id>`. */
  id: string
  /** The network address of the request; null for the system. */
  address: string | null
  /** The API key that a program used in the person's name. */
  key?: string
}

export const AuditEvent = z.object({
  id: z.string(),
  at: z.string(),
  actorKind: z.enum(['person', 'system']),
  actorId: z.string(),
  actorName: z.string().nullable(),
  /** verb.noun in the past tense is on the screen; here `partner.connect`. */
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  /** The subject's present name, where it still exists. */
  subjectName: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  address: z.string().nullable(),
  /** The name of the API key that it was done with, where it was one. */
  keyName: z.string().nullable(),
  /** Its place in the chain; null for the second or two until it is sealed. */
  seq: z.number().nullable(),
})
export type AuditEvent = z.infer<typeof AuditEvent>
