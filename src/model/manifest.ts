// What a connector says about itself, as data: the screens take every word of the provider from here, so that neither the
// console nor the API needs to know one. Lives in the model because the console draws it.
import { z } from 'zod'
import type { Rank } from './entitlement.ts'

/** A field that the console draws in the wizard. Secret fields are sealed; the others become the connection's settings. */
export interface FieldSpec {
  name: string
  label: string
  hint: string
  secret: boolean
  required: boolean
  /** What an empty field means; shown as placeholder. */
  default: string | null
  /** Regular expression that a value must match, and the sentence when it does not. */
  pattern: { source: string; sentence: string } | null
}

export interface EntitlementSpec {
  name: string
  /** As a person reads it, "Manage ad account". */
  label: string
  rank: Rank
}

export interface ResourceTypeSpec {
  /** Stable name, as `ad_account`. */
  type: string
  label: string
  labelPlural: string
  entitlements: EntitlementSpec[]
  /** Rank of an entitlement that the provider added after this list was written. */
  unknownRank: Rank
}

/** A step of the guide that a partner's admin follows. In its sentences **two stars** stand around the provider's own labels. */
export const GuideStep = z.object({
  title: z.string(),
  sentences: z.array(z.string()),
  /** Names of settings of the connection that are copied in this step. */
  copies: z.array(z.string()),
  /** True where the permissions are chosen. */
  permissions: z.boolean(),
  /** True where the provider may tell whether it is done. */
  live: z.boolean(),
  /** True for the last one, which the page of a token request does itself. */
  handOver: z.boolean(),
})
export type GuideStep = z.infer<typeof GuideStep>

/** A permission that the guide asks for. */
export const PermissionSpec = z.object({
  name: z.string(),
  /** Why it is needed, in one sentence. */
  why: z.string(),
})
export type PermissionSpec = z.infer<typeof PermissionSpec>

export interface Manifest {
  id: string
  /** As "Meta Business Manager". */
  name: string
  /** The provider in one word, as "Meta". */
  provider: string
  description: string
  /** Fields of the wizard, in order. `token` is the credential; `business` is the connection's external id. */
  fields: FieldSpec[]
  /** Words of the screens that belong to the provider. */
  words: {
    /** "Meta Business Partners" */
    partners: string
    /** "Meta Business guest users" */
    guests: string
    /** "Business ID" */
    businessId: string
    agency: string
    client: string
  }
  resourceTypes: ResourceTypeSpec[]
  guide: GuideStep[]
  permissions: PermissionSpec[]
  /** What is read with a partner's token, and what never is: told to whoever hands one over. */
  taken: string[]
  neverTaken: string[]
}
