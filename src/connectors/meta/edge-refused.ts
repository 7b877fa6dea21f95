// What follows where one list of a business is refused: smaller pages, fewer fields, less expanded in its rows, and at last its scope as not read.
import type { Context } from '../connector.ts'
import { assignedOf } from './asset-lists.ts'
import { lessDeep, mayShrink, one, sizeIt, smaller, withoutExpansions, FEW } from './ask-for-less.ts'
import {
  agencyFields,
  assignedFields,
  bareName,
  dropCount,
  edgeOf,
  maySeePeople,
  readsAgencies,
  rowFields,
} from './edges.ts'
import type { Edge } from './edges.ts'
import type { GraphError } from './failures.ts'
import {
  ceiling,
  dropField,
  lowerCeiling,
  lowerEdge,
  refuse,
  refusedTwice,
  shrinkEdge,
  wasAnswered,
} from './learnt.ts'
import { readerOf } from './queries.ts'
import type { EdgeQuery } from './queries.ts'
import { nothing } from './seen.ts'
import type { Seen } from './seen.ts'

/** It was refused by what this token may, or is not there. */
export const refusal = (error: GraphError): boolean =>
  error.failure.kind === 'denied' || error.failure.kind === 'gone'

/** Where a field that Meta does not know may be left out: the edge itself, or what is expanded in it. */
export function placesOf(ctx: Context, edge: Edge, field: string): string[] {
  const places: string[] = []
  const needed = edge.of === 'people' ? edge.needed : ['id']
  if (rowFields(ctx, edge).some((f) => bareName(f) === field) && !needed.includes(field))
    places.push(edge.edge)
  if (edge.of === 'assets' && maySeePeople(ctx, edge.kind)) {
    const optional = ['name', 'user_type']
    if (assignedFields(ctx, edge.kind).includes(field) && optional.includes(field))
      places.push(`assigned/${edge.kind.type}`)
  }
  if (edge.of === 'assets' && readsAgencies(ctx, edge)) {
    if (agencyFields(ctx, edge.kind).includes(field) && field !== 'id')
      places.push(`agencies/${edge.kind.type}`)
  }
  return places
}

/** What follows where a list of the business was refused. */
export function edgeRefused(ctx: Context, query: EdgeQuery, error: GraphError): Seen {
  const edge = edgeOf(query.edge)
  if (mayShrink(error, query.walk.limit)) {
    const less = edge.of === 'assets' ? lessDeep(ctx, query) : null
    if (less !== null) return less
    // What another list has learnt meanwhile is tried first.
    const limit = ceiling(ctx) < query.walk.limit ? ceiling(ctx) : smaller(edge, query.walk.limit)
    if (query.trial !== null) return sizeIt(ctx, query, query.trial, limit)
    if (edge.of === 'assets' && query.level < 2 && limit < FEW && query.walk.limit >= FEW)
      return withoutExpansions(ctx, query, edge, limit)
    if (error.failure.kind === 'too_much') {
      shrinkEdge(ctx, query.edge, limit)
      if (edge.of === 'people' || query.level === 2) lowerCeiling(ctx, limit)
    }
    return one({ ...query, walk: { ...query.walk, limit } })
  }
  const places = error.unknownField === null ? [] : placesOf(ctx, edge, error.unknownField)
  if (error.unknownField !== null && places.length > 0) {
    for (const place of places) dropField(ctx, place, error.unknownField)
    return one(query)
  }
  if (error.code === 100 && error.failure.kind === 'changed' && dropCount(ctx, edge)) return one(query)
  if (query.want !== null && edge.of === 'assets') {
    if (refusal(error) && !refusedTwice(ctx, query.edge)) return one(query)
    // Without the partner's list, the shared assets themselves are asked.
    if (refusal(error)) refuse(ctx, query.edge, error.failure.code)
    else lowerEdge(ctx, query.edge, 2)
    return assignedOf(ctx, edge.kind, query.want, refusal(error))
  }
  if (edge.of === 'assets' && query.level < 2) {
    const level =
      query.level === 0 && readsAgencies(ctx, edge) && error.unknownField !== 'assigned_users' ? 1 : 2
    if (refusal(error)) refusedTwice(ctx, query.edge)
    else lowerEdge(ctx, query.edge, level)
    return one({ ...query, level, careful: refusal(error) })
  }
  const optional = edge.of === 'assets' && edge.kind.beyondGuide && error.failure.kind !== 'transient'
  if (refusal(error) || optional) {
    if (!refusedTwice(ctx, query.edge)) return one(query)
    refuse(ctx, query.edge, error.failure.code)
  }
  const scopes = [`${readerOf(ctx)}/${query.edge}`]
  return { ...nothing(), failures: [{ scopes, error, optional, answered: wasAnswered(ctx, query.edge) }] }
}
