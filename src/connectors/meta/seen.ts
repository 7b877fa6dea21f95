// What one answer of Meta gave: observations, the scopes that are read completely by it, the reads that follow, and what could not be read.
import { ConnectorError } from '../../model/error.ts'
import type { Observation } from '../../model/snapshot.ts'
import type { Context, ReadResult, Seal } from '../connector.ts'
import { changed } from './answer.ts'
import type { JsonObject, Page } from './answer.ts'
import { assignedPrincipal } from './businesses.ts'
import { asRead, readerOf, rowsOf } from './queries.ts'
import type { Query, Walk } from './queries.ts'

/** What one answer gave, before it is cut into results. */
export interface Seen {
  observations: Observation[]
  seals: Seal[]
  next: Query[]
  /** Kinds of assets that a list of partners had no field of, where it told less than before. */
  silent?: string[]
  failures: { scopes: string[]; error: ConnectorError; optional: boolean; answered?: boolean }[]
}

export const nothing = (): Seen => ({ observations: [], seals: [], next: [], failures: [] })

/** As results: one with everything that was seen, and one for each failure. */
export function results(seen: Seen): ReadResult[] {
  const { observations, seals, next, failures } = seen
  const good = observations.length + seals.length + next.length > 0
  return [...(good ? [{ observations, seals, next: next.map(asRead) }] : []), ...failures]
}

export function add(to: Seen, from: Seen): void {
  for (const o of from.observations) to.observations.push(o)
  for (const seal of from.seals) to.seals.push(seal)
  for (const query of from.next) to.next.push(query)
  for (const failure of from.failures) to.failures.push(failure)
}

/** Principals that a list of people has reported to this reader: an assignment need not report them again. */
const listed = new WeakMap<Context, Set<string>>()

export function listedOf(ctx: Context): Set<string> {
  const known = listed.get(ctx) ?? new Set<string>()
  listed.set(ctx, known)
  return known
}

/** An assigned person or system user, unless a list has told more of it already. */
export function noteAssigned(ctx: Context, seen: Seen, row: JsonObject, scope: string): string {
  const principal = assignedPrincipal(row, readerOf(ctx), scope)
  if (!listedOf(ctx).has(principal.externalId)) seen.observations.push(principal)
  return principal.externalId
}

/** Seals a list whose last page was read, unless Meta counts more or fewer rows than it gave. `walk`: what led to that page. */
export function sealList(
  seen: Seen,
  scope: string,
  walk: Walk,
  page: Page,
  again: Query,
  { untold = null, beside }: { untold?: Seal['untold'] | null; beside?: Seal['beside'] } = {},
): void {
  const rows = rowsOf(walk, page.rows)
  if (page.total !== null && page.total !== rows) {
    const what = `a list has ${rows} rows and Meta counts ${page.total}`
    seen.failures.push({ scopes: [scope], error: changed(what), optional: false })
    return
  }
  const doubtful = walk.after !== null && page.rows.length === 0 && page.total === null
  const more = {
    ...(doubtful ? { doubtful } : {}),
    ...(untold === null ? {} : { untold }),
    ...(beside && { beside }),
  }
  seen.seals.push({ scope, rows, again: asRead(again), ...more })
}

/**
 * What a list does not tell because Meta does not know these fields (any more), or leaves them out, each with the type of asset that it is about.
 * `says`: what they say, and what stays.
 */
export function withoutFields(
  fields: readonly { field: string; type: string }[],
  says = 'what is shared: what was shared before',
): NonNullable<Seal['untold']> | null {
  if (fields.length === 0) return null
  const names = [...new Set(fields.map(({ field }) => field))].join(', ')
  const error = new ConnectorError({
    kind: 'changed',
    sentence: `Meta does not tell ${names}, which says ${says} stays as it was.`,
    fix: 'Set another version of the Graph API for this app. If it stays, report it.',
  })
  return { types: fields.map(({ type }) => type), error }
}
