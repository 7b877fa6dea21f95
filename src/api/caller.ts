// Who asks, and from where.
import type { Place } from '../store/workspaces.ts'

export interface Person {
  id: string
  name: string
  email: string
  sessionId: string
  /** True where signing in asks for a second factor. */
  twoFactor: boolean
}

export interface SignedIn {
  person: Person
  /** To send along where the session was prolonged. */
  cookies: string[]
  /** Their place in the workspace that was asked about; undefined where it was not looked up along with the session. */
  place?: Place | null
}

export interface SessionAsk {
  /** Of the caller, kept as the one that the session was used from last. */
  address?: string | null
  workspace?: string | null
}

/** How long a look at who asks holds, so that what was begun is over within a second of what opened it. */
export const LOOK_MS = 750

/** What a request tells about where it comes from. */
export interface Caller {
  headers: Headers
  address: string | null
}
