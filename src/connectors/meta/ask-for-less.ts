// What follows where Meta asks for less: smaller pages, and where even few rows are too much, a look at whether it is the size of the list or what
// is expanded in it.
import type { Context } from '../connector.ts'
import { assignedOf } from './asset-lists.ts'
import { edgeOf, nestedRows, usualLimit } from './edges.ts'
import { askInside, askLessInside, mayAskInside, rowsInside } from './inside-rows.ts'
import type { Edge } from './edges.ts'
import type { GraphError } from './failures.ts'
import { askAlone, ceiling, edgeLimit, lowerCeiling, lowerEdge, shrinkEdge } from './learnt.ts'
import { limits } from './queries.ts'
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

/** What is asked for after a page of so many rows was too much: half of it, or what is usual where it was more. */
export function smaller(edge: Edge, limit: number): number {
  const usual = usualLimit(edge)
  return limit > usual ? usual : half(limit)
}

/** True where asking for half of this may help: always where Meta says so. */
export const mayShrink = (error: GraphError, limit: number): boolean =>
  asksForLess(error) && limit > (error.failure.kind === 'too_much' ? 1 : SMALL)

/** Lists inside the rows of a page go on, each with a call of its own: from so many on it is cheaper to ask for fewer rows and more of each. */
const MANY_GO_ON = 2

const manyGoOn = (seen: Seen): boolean =>
  seen.next.filter((one) => (one.q === 'assigned' || one.q === 'agencies') && one.walk.after !== null)
    .length >= MANY_GO_ON

/** An edge that was asked with others, in smaller parts than usual: it is asked by itself where its parts were too small. */
export function aloneNext(ctx: Context, name: string, seen: Seen): void {
  if (manyGoOn(seen)) askAlone(ctx, name, true)
}

/** The same of one that is asked by itself: from the next check on half as many rows, and twice as much of each, is as much in all. */
export function deeperNext(ctx: Context, { edge: name, walk }: EdgeQuery, seen: Seen): void {
  const edge = edgeOf(name)
  const limit = half(walk.limit)
  if (edge.of !== 'assets' || walk.limit >= usualLimit(edge) || limit < SMALL) return
  // It goes on in the parts of what it came with.
  if (walk.limit < edgeLimit(ctx, name, usualLimit(edge))) {
    aloneNext(ctx, name, seen)
    return
  }
  const rows = nestedRows(ctx, edge, walk.limit)
  if (rows >= limits.nested || !mayAskInside(ctx, name) || !manyGoOn(seen)) return
  shrinkEdge(ctx, name, limit)
  askInside(ctx, name, limit, Math.min(limits.nested, 2 * rows))
}

/** Where Meta refuses that, it was not as much in all: the edge goes back to what was answered. Null where it was nothing of the kind. */
export function lessDeep(ctx: Context, query: EdgeQuery): Seen | null {
  const { edge, walk } = query
  if (rowsInside(ctx, edge, walk.limit) <= walk.limit) return null
  askLessInside(ctx, edge)
  const limit = 2 * walk.limit
  shrinkEdge(ctx, edge, limit)
  return one({ ...query, walk: { ...walk, limit } })
}

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
