// Reads a target to its end as sync would, for tests: follows every read, gathers what was seen, and keeps the scopes apart that were sealed,
// that failed, and that failed without harm.
import { Redacted } from '../../model/redacted.ts'
import { inForce } from '../../model/snapshot.ts'
import type { Failure } from '../../model/error.ts'
import type {
  GrantObservation,
  Observation,
  PrincipalObservation,
  ShareObservation,
} from '../../model/snapshot.ts'
import type { Connector, Context, Read, Seal, Target, Usage } from '../connector.ts'
import { makeContext } from '../registry.ts'
import type { MemoryRows } from '../registry.ts'

export interface Driven {
  observations: Observation[]
  seals: Map<string, Seal>
  failed: Map<string, Failure>
  optional: Map<string, Failure>
  /** Failed, and answered before. */
  answered: Set<string>
  usage: Usage
  logged: string[]
  rounds: number
}

/** Reads until nothing follows. Fails where more rounds are needed than a list may have pages. */
export async function drive(connector: Connector, ctx: Context, logged: string[] = []): Promise<Driven> {
  const driven: Driven = {
    observations: [],
    seals: new Map(),
    failed: new Map(),
    optional: new Map(),
    answered: new Set(),
    usage: ctx.usage,
    logged,
    rounds: 0,
  }
  let reads: Read[] = connector.plan(ctx)
  while (reads.length > 0) {
    if (++driven.rounds > 600) throw new Error('reading does not end')
    const next: Read[] = []
    for await (const result of connector.read(ctx, JSON.parse(JSON.stringify(reads)) as Read[])) {
      if ('error' in result) {
        const kept = result.optional === true ? driven.optional : driven.failed
        for (const scope of result.scopes) kept.set(scope, result.error.failure)
        if (result.answered === true) for (const scope of result.scopes) driven.answered.add(scope)
        continue
      }
      driven.observations.push(...result.observations)
      for (const seal of result.seals) driven.seals.set(seal.scope, seal)
      next.push(...result.next)
    }
    reads = next
  }
  return driven
}

export interface World {
  address: string
  appId: string
  appSecret: string
}

/** A context for a test; whatever is logged ends up in `logged`. */
export function contextFor(
  world: World,
  token: string,
  target: Target,
  more: {
    memory?: MemoryRows
    scopes?: readonly string[]
    logged?: string[]
    signal?: AbortSignal
    clock?: () => number
  } = {},
): Context {
  const { logged = [] } = more
  return makeContext({
    address: world.address,
    settings: { app_id: world.appId, version: 'v26.0' },
    secrets: { app_secret: new Redacted(world.appSecret) },
    token: new Redacted(token),
    target,
    memory: more.memory ?? new Map(),
    signal: more.signal ?? new AbortController().signal,
    log: (message, facts) => logged.push(`${message} ${JSON.stringify(facts ?? {})}`),
    scopes: more.scopes,
    clock: more.clock,
  })
}

export const of = {
  principals: (driven: Driven): PrincipalObservation[] =>
    driven.observations.filter((o) => o.of === 'principal'),
  grants: (driven: Driven): GrantObservation[] => driven.observations.filter((o) => o.of === 'grant'),
  shares: (driven: Driven): ShareObservation[] => driven.observations.filter((o) => o.of === 'share'),
}

/** What is shared with or by partners and in force, as a partner's target names it. */
export function sharedIn(observations: readonly Observation[]): (Target & { kind: 'partner' })['shared'] {
  return observations.flatMap((o) =>
    o.of === 'share' && inForce(o.status)
      ? [{ type: o.type, externalId: o.resource, direction: o.direction }]
      : [],
  )
}
