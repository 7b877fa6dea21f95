// A token request in words, and how its page asks the server: shared by the page's parts.
import type { HandOver, LiveCheck, OpenedRequest, RequestState } from '../../src/model/token-request.ts'
import { cleanName } from '../components/PersonCell.tsx'
import type { Tone } from '../components/StatusDot.tsx'

/** How the page asks: by the secret of a link, or as the guest who is signed in. */
export interface Desk {
  live(): Promise<LiveCheck | null>
  handOver(input: { token: string; anyway: boolean }): Promise<HandOver>
}

export type Told = NonNullable<OpenedRequest['request']>

/** The business that asks, for sentences. */
export const askerOf = (request: Told) => cleanName(request.business.name) ?? request.workspaceName

export const requestTones: Record<RequestState, Tone> = {
  open: 'wait',
  spent: 'ok',
  revoked: 'idle',
  expired: 'idle',
  exhausted: 'bad',
}
