// The list of connectors, and how a context for one read is put together.
import { AppError } from '../model/error.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Connector, Context, Memory, SharedLimits, Target } from './connector.ts'
import { meta } from './meta/connector.ts'

export const connectors: readonly Connector[] = [meta]

/** The connector by its id. Throws AppError `not_found`. */
export function connectorOf(id: string): Connector {
  const found = connectors.find((connector) => connector.manifest.id === id)
  if (found === undefined) throw new AppError('not_found', 'There is no such kind of app.')
  return found
}

/** What is remembered, as rows that the caller loads before and stores after: key → text and its end. */
export type MemoryRows = Map<string, { value: string; untilMs: number | null }>

export interface ContextParts {
  address: string
  settings: Readonly<Record<string, string>>
  /** Secret fields other than the token, opened. */
  secrets: Readonly<Record<string, Redacted>>
  token: Redacted
  target: Target
  /** See Context. */
  run?: string
  memory: MemoryRows
  /** What the provider's limits ask for, shared by all who use the app; left out: kept with the rest of what is remembered. */
  limits?: SharedLimits
  signal: AbortSignal
  /** A person waits: see Context. */
  urgent?: boolean
  log: Context['log']
  /** Permissions of the token, as the last judgement told; left out where there was none. */
  scopes?: readonly string[]
  /** How the token was judged last; spares proofs that do not change. */
  lastVerdict?: Context['lastVerdict']
  /** Scopes that an earlier try has sealed. */
  sealed?: (scope: string) => boolean
  clock?: () => number
}

/** Under what name the limits of an app are shared: those of one app id, or of one connection where none is known. */
export function limitsName(of: {
  connector: string
  environment: string
  settings: Readonly<Record<string, string>>
  connectionId: string
}): string {
  const app = of.settings.app_id ?? ''
  return [of.connector, of.environment, app === '' ? of.connectionId : app].join('/')
}

/** A context for one read of one token, with counters at zero. */
export function makeContext(parts: ContextParts): Context {
  const clock = parts.clock ?? Date.now
  return {
    ...parts,
    address: parts.address.replace(/\/+$/, ''),
    clock,
    memory: memoryOf(parts.memory, clock),
    limits: parts.limits ?? memoryOf(parts.memory, clock),
    usage: { httpCalls: 0, logicalCalls: 0 },
  }
}

function memoryOf(rows: MemoryRows, clock: () => number): Memory {
  return {
    get: (key) => {
      const row = rows.get(key)
      return row === undefined || (row.untilMs !== null && row.untilMs <= clock()) ? undefined : row.value
    },
    set: (key, value, untilMs) => void rows.set(key, { value, untilMs: untilMs ?? null }),
  }
}
