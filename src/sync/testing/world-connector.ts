// A connector whose provider is a world given as data: it answers by scope, page by page, and fails or empties scopes as it is told.
import type { Connector, Context, Read, ReadResult } from '../../connectors/connector.ts'
import { ConnectorError } from '../../model/error.ts'
import type { Failure } from '../../model/error.ts'
import { Redacted } from '../../model/redacted.ts'
import type { Observation } from '../../model/snapshot.ts'
import { OURS, scopesOf, types } from './world.ts'
import type { World } from './world.ts'

export interface Script {
  world: World
  /** Scope → the failure that it answers with, instead of its last page. */
  fails?: (scope: string) => Partial<Failure> | null
  /** Scopes that answer empty the first time they are asked. */
  emptyAtFirst?: Set<string>
  /** Scopes whose second page answers empty, as if it were the last, the first time it is asked. */
  cutAtFirst?: Set<string>
  /** What is told in place of a scope's rows, by how often it has been asked from its start (1: the first time). */
  tells?: (scope: string, time: number, rows: Observation[]) => Observation[]
  /** Types of whose shares a scope does not tell. */
  untold?: (scope: string) => string[] | null
  /** The list that what leaves a scope may have come to. */
  beside?: (scope: string) => string | null
  /** Lists that are refused and were answered before. */
  answered?: (scope: string) => boolean
  /** Throws for the whole token when this scope is asked. */
  dies?: string
  /** What was asked, in order. */
  asked: string[]
  rowsPerPage?: number
}

interface Query {
  scope: string
  from: number
}

export function worldConnector(script: Script): Connector {
  const times = new Map<string, number>()
  return {
    manifest: {
      id: 'world',
      name: 'World',
      provider: 'World',
      description: '',
      fields: [],
      words: { partners: '', guests: '', businessId: '', agency: '', client: '' },
      resourceTypes: types,
      guide: [],
      permissions: [],
      taken: [],
      neverTaken: [],
    },
    check: () => Promise.reject(new Error('Nobody asks this connector about a token.')),
    plan: (ctx) =>
      [...scopesFor(script, ctx).keys()]
        .filter((scope) => ctx.sealed?.(scope) !== true)
        .map((scope): Read => ({ unit: 'lists', query: { scope, from: 0 } satisfies Query })),
    read: (ctx, reads) => answers(script, times, ctx, reads),
  }
}

function scopesFor(script: Script, ctx: Context): Map<string, Observation[]> {
  return scopesOf(script.world, ctx.target.kind === 'own' ? null : ctx.target.partner)
}

async function* answers(
  script: Script,
  times: Map<string, number>,
  ctx: Context,
  reads: Read[],
): AsyncGenerator<ReadResult> {
  const scopes = scopesFor(script, ctx)
  for (const read of reads) {
    const { scope, from } = read.query as Query
    script.asked.push(scope)
    await Promise.resolve()
    if (script.dies === scope) throw error({ kind: 'auth', sentence: 'The token is dead.' })
    if (from === 0) times.set(scope, (times.get(scope) ?? 0) + 1)
    const known = script.emptyAtFirst?.delete(scope) === true ? [] : (scopes.get(scope) ?? [])
    const rows = script.tells?.(scope, times.get(scope) ?? 0, known) ?? known
    const page = script.rowsPerPage ?? 2
    const observations = rows.slice(from, from + page)
    const failure = script.fails?.(scope) ?? null
    const again: Read = { unit: 'lists', query: { scope, from: 0 } }
    if (from > 0 && script.cutAtFirst?.delete(scope) === true) {
      yield { observations: [], seals: [{ scope, rows: from, again, doubtful: true }], next: [] }
    } else if (from + page < rows.length) {
      yield { observations, seals: [], next: [{ unit: 'lists', query: { scope, from: from + page } }] }
    } else if (failure !== null) {
      yield { observations: observations.slice(0, 1), seals: [], next: [] }
      const answered = script.answered?.(scope) ?? false
      yield { scopes: [scope], error: error(failure), optional: failure.code === 'optional', answered }
    } else {
      const types = script.untold?.(scope) ?? null
      const untold = types === null ? {} : { untold: { types, error: error({ kind: 'changed' }) } }
      const other = script.beside?.(scope) ?? null
      const query: Query = { scope: other ?? '', from: 0 }
      const beside = other === null ? {} : { beside: { scope: other, again: { unit: 'lists', query } } }
      yield { observations, seals: [{ scope, rows: rows.length, again, ...untold, ...beside }], next: [] }
    }
  }
}

function error(failure: Partial<Failure>): ConnectorError {
  return new ConnectorError({ kind: 'denied', sentence: 'It may not be read.', fix: 'Ask.', ...failure })
}

/** What a reader of the world is given. */
export function contextFor(script: Script, partner: string | null, signal?: AbortSignal): Context {
  return {
    address: '',
    settings: {},
    secrets: {},
    token: new Redacted('a token of the test'),
    target:
      partner === null
        ? { kind: 'own', business: OURS }
        : {
            kind: 'partner',
            business: OURS,
            partner,
            sharedOnly: false,
            shared: script.world.shares
              .filter((s) => s.partner === partner)
              .map((s) => ({
                type: script.world.assets.find((a) => a.id === s.asset)?.type ?? '',
                externalId: s.asset,
                direction: 'out',
              })),
          },
    memory: { get: () => undefined, set: () => undefined },
    limits: { get: () => undefined, set: () => undefined },
    clock: Date.now,
    log: () => undefined,
    signal: signal ?? new AbortController().signal,
    usage: { httpCalls: 0, logicalCalls: 0 },
  }
}
