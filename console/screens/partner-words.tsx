// A partner in words: its status, direction and name, the same wherever it stands.
import type { ReactNode } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Partner } from '../../src/model/partner.ts'
import { partnerStatusLabels } from '../../src/model/partner.ts'
import { cleanName } from '../components/PersonCell.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import type { Tone } from '../components/StatusDot.tsx'

/** In place of a partner in the address of a token request: every one that is pending. */
export const ALL_PENDING = 'pending'

const tones: Record<Partner['status'], Tone> = {
  pending: 'wait',
  requested: 'wait',
  checking: 'busy',
  onboarded: 'ok',
  expires_soon: 'wait',
  expired: 'bad',
  attention: 'bad',
  disconnected: 'idle',
  gone: 'idle',
}

/** A partner's name for sentences, where there may be none. */
export function partnerName(partner: { name: string | null; externalId: string }): string {
  return cleanName(partner.name) ?? partner.externalId
}

/** "Agency", "Client", or both, in the provider's words. */
export function directionWords(partner: Partner, manifest: Manifest | undefined): string {
  const words = [
    ...(partner.isAgency ? [manifest?.words.agency ?? 'Agency'] : []),
    ...(partner.isClient ? [manifest?.words.client ?? 'Client'] : []),
  ]
  return words.join(' and ')
}

/** True where a token of the partner is sealed here. */
export function hasToken(partner: Partner): boolean {
  return partner.credential !== null && partner.status !== 'disconnected'
}

export function PartnerStatusDot({ partner }: { partner: Pick<Partner, 'status'> }) {
  return <StatusDot tone={tones[partner.status]}>{partnerStatusLabels[partner.status]}</StatusDot>
}

/** How the last token request stands, where that says more than the status. */
export function requestLine({ request, status }: Partner): ReactNode {
  if (request === null || status === 'gone') return undefined
  switch (request.state) {
    case 'open':
      return request.openedAt === null ? 'Not opened yet' : 'Opened'
    case 'expired':
      return status === 'pending' || status === 'disconnected' ? 'Request expired' : undefined
    case 'exhausted':
      return 'Too many tries'
    default:
      return undefined
  }
}
