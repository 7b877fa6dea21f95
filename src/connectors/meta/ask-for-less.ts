// What follows where Meta asks for less: smaller pages, and where even few rows are too much, a look at whether it is the size of the list or what
// is expanded in it.
import type { Context } from '../connector.ts'
import { assignedOf } from './asset-lists.ts'
import { usualLimit } from './edges.ts'
import type { Edge } from './edges.ts'
import type { GraphError } from './failures.ts'
import { ceiling, lowerCeiling, lowerEdge, shrinkEdge } from './learnt.ts'
import type { EdgeQuery, Level, Query } from './queries.ts'
import { nothing } from './seen.ts'
import type { Seen } from './seen.ts'

/** Below this size of a page an unknown error is not one of size any more. */
const SMALL = 5

/** Meta asks for less, or fails with its unknown error, which too large requests get too. */
export const asksForLess = (error: GraphError): boolean =>
  error.failure.kind === 'too_much' || (error.code === 1 && error.failure.kind === 'transient')

/** Where a list with expansions is too much in pages of less than this, the expansions may be what is too much. */
export const FEW = 12

export const half = (limit: number): number => Math.max(1, Math.floor(limit / 2))

/** True where asking for half of this may help: always where Meta says so. */
export const mayShrink = (error: GraphError, limit: number): boolean =>
  asksForLess(error) && limit > (error.failure.kind === 'too_much' ? 1 : SMALL)

export const one = (query: Query): Seen => ({ ...nothing(), next: [query] })

/**
 * Even few rows with what is expanded in them are too much: of our own list the plain form is tried, in pages of the usual size. Of a
 * partner's it is worth nothing, so the shared assets are asked themselves.
 */
export function withoutExpansions(
  ctx: Context,
  query: EdgeQuery,
  edge: Edge & { of: 'assets' },
  limit: number,
): Seen {
  const usual = Math.min(usualLimit(edge), ceiling(ctx))
  if (query.want !== null) {
    shrinkEdge(ctx, query.edge, usual)
    lowerEdge(ctx, query.edge, 2, true)
    return assignedOf(ctx, edge.kind, query.want, false)
  }
  const trial = { level: query.level, limit }
  return one({ ...query, level: 2, trial, walk: { ...query.walk, limit: usual } })
}

/** The plain list is too large as well: it is the size, and the expansions may stay. */
export function sizeIt(
  ctx: Context,
  query: EdgeQuery,
  { level, limit }: { level: Level; limit: number },
  most: number,
): Seen {
  lowerCeiling(ctx, most)
  shrinkEdge(ctx, query.edge, limit)
  return one({ ...query, level, trial: null, walk: { ...query.walk, limit } })
}
