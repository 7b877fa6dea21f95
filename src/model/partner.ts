// Another business that shares assets with ours, in either direction, and its states as one machine.
import { z } from 'zod'
import { CredentialInfo } from './credential.ts'
import { paths } from './snapshot.ts'
import { TokenRequest } from './token-request.ts'

export const partnerStatuses = [
  'pending',
  'requested',
  'checking',
  'onboarded',
  'expires_soon',
  'expired',
  'attention',
  'disconnected',
  'gone',
] as const
export const PartnerStatus = z.enum(partnerStatuses)
export type PartnerStatus = z.infer<typeof PartnerStatus>

/** The words on the screen. */
export const partnerStatusLabels: Record<PartnerStatus, string> = {
  pending: 'Pending onboarding',
  requested: 'Token requested',
  checking: 'Checking token',
  onboarded: 'Onboarded',
  expires_soon: 'Token expires soon',
  expired: 'Connection expired',
  attention: 'Needs attention',
  disconnected: 'Disconnected',
  gone: 'No longer a partner',
}

/** A partner is read by a check for updates exactly in these states. */
export const readStatuses: readonly PartnerStatus[] = ['onboarded', 'expires_soon']

export const EXPIRES_SOON_DAYS = 14

/** What is known of a partner when its status is worked out. */
export interface PartnerFacts {
  /** Something is shared in either direction. */
  hasShares: boolean
  /** The sealed token, if there is one, and how its last judgement ended. */
  token: 'none' | 'checking' | 'good' | 'dead' | 'attention'
  tokenExpiresAt: Date | null
  /** A token was there and has been disconnected. */
  wasDisconnected: boolean
  requested: boolean
}

/** The one place that decides a partner's status. */
export function partnerStatus(facts: PartnerFacts, now: Date): PartnerStatus {
  if (!facts.hasShares) return 'gone'
  switch (facts.token) {
    case 'checking':
      return 'checking'
    case 'dead':
      return 'expired'
    case 'attention':
      return 'attention'
    case 'good': {
      if (facts.tokenExpiresAt === null) return 'onboarded'
      const left = facts.tokenExpiresAt.getTime() - now.getTime()
      if (left <= 0) return 'expired'
      return left <= EXPIRES_SOON_DAYS * 86_400_000 ? 'expires_soon' : 'onboarded'
    }
    case 'none':
      if (facts.requested) return 'requested'
      return facts.wasDisconnected ? 'disconnected' : 'pending'
  }
}

export const Partner = z.object({
  id: z.string(),
  connectionId: z.string(),
  externalId: z.string(),
  name: z.string().nullable(),
  isAgency: z.boolean(),
  isClient: z.boolean(),
  status: PartnerStatus,
  /** Why, where the status alone does not say. */
  statusReason: z.string().nullable(),
  shares: z.number(),
  /** Null until the partner was read once. */
  people: z.number().nullable(),
  sharedOnly: z.boolean(),
  /** How it was last read: through the provider's API or on its pages. */
  path: z.enum(paths),
  firstSeenAt: z.string(),
  lastConfirmedAt: z.string().nullable(),
  /** When this partner's people were last read completely. */
  peopleConfirmedAt: z.string().nullable(),
  credential: CredentialInfo.nullable(),
  /** The last token request, in whatever state. */
  request: TokenRequest.nullable(),
})
export type Partner = z.infer<typeof Partner>
