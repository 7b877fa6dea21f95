// What was asked, without secrets: tests count calls here and plan faults by the same identity.

/** One logical call, or one edge inside another call (`nested`). */
export interface CallIdentity {
  /** Number of the logical call since the last reset, from 1. */
  call: number
  method: string
  /** First part of the path: an id, `me`, `debug_token`; empty at the root. */
  node: string
  edge: string | null
  /** Page of the edge, from 1. */
  page: number
  /** How often this same call was made since the last reset, from 1. */
  attempt: number
  /** Label of the token, `none` or `unknown`. */
  token: string
  nested: boolean
  inBatch: boolean
}
export interface LoggedCall extends CallIdentity {
  status: number
  /** Meta's error code; null where none. */
  code: number | null
  /** What `fields` asked for. */
  fields: string | null
  /** Names of all parameters; never a value. */
  parameters: readonly string[]
}
export interface Counts {
  /** Requests over the wire. */
  http: number
  /** Calls as Meta counts them: every item of a batch. */
  logical: number
  /** Rows and nodes in all answers. */
  objects: number
}

const most = 100_000

export interface CallLog {
  counts: Counts
  calls: LoggedCall[]
  attempt(identity: Omit<CallIdentity, 'attempt' | 'call'>): number
  add(call: LoggedCall): void
  reset(): void
}

export function callLog(): CallLog {
  const attempts = new Map<string, number>()
  const log: CallLog = {
    counts: { http: 0, logical: 0, objects: 0 },
    calls: [],
    attempt: ({ method, node, edge, page, token, nested }) => {
      const key = `${method} ${node} ${edge ?? ''} ${page} ${token} ${nested}`
      const attempt = (attempts.get(key) ?? 0) + 1
      attempts.set(key, attempt)
      return attempt
    },
    add: (call) => {
      if (log.calls.length < most) log.calls.push(call)
    },
    reset: () => {
      attempts.clear()
      log.counts = { http: 0, logical: 0, objects: 0 }
      log.calls = []
    },
  }
  return log
}
