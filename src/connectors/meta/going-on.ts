// Lists that go on after the expanded read of the business: the next pages of all of them are one expanded read again, so that a round of them
// costs one call and not one for each list. https://developers.facebook.com/docs/graph-api/guides/field-expansion
import type { Context } from '../connector.ts'
import { edgeOf, firstLimit } from './edges.ts'
import { mayGoOnTogether } from './learnt.ts'
import { edgeQuery } from './queries.ts'
import type { EdgeQuery, Query, RootQuery, Walk } from './queries.ts'

/** What may stand between the brackets of an argument. */
const argument = /^[\w=+/.%~:-]+$/

/** What follows from an expanded read, with the lists that go on put into one. A single one is asked by itself, and so is a page that just came with none. */
export function together(ctx: Context, query: RootQuery, next: readonly Query[]): Query[] {
  const all = query.scale < 1 ? next.map((one) => inUsualParts(ctx, one)) : next
  const lists = all.filter(
    (one): one is EdgeQuery =>
      one.q === 'edge' && goesOn(one) && next.includes(one) && one.walk !== query.walks?.[one.edge],
  )
  if (lists.length < 2 || !mayGoOnTogether(ctx)) return [...all]
  const of = <T>(told: (list: EdgeQuery) => T): Record<string, T> =>
    Object.fromEntries(lists.map((list) => [list.edge, told(list)]))
  const wanted = lists.flatMap(({ edge, want }) => (want === null ? [] : [[edge, want] as const]))
  const joint: RootQuery = {
    q: 'root',
    edges: lists.map(({ edge }) => edge),
    want: Object.fromEntries(wanted),
    scale: query.scale,
    levels: of(({ level }) => level),
    walks: of(({ walk }) => walk),
  }
  return [joint, ...all.filter((one) => !lists.some((list) => list === one))]
}

/**
 * A list of people that came in small parts since what came with it was too much: nothing is expanded in its rows, so the rest of it is asked by
 * itself, in parts of the usual size.
 */
function inUsualParts(ctx: Context, one: Query): Query {
  if (one.q !== 'edge' || edgeOf(one.edge).of !== 'people') return one
  const limit = firstLimit(ctx, edgeOf(one.edge))
  return one.walk.limit < limit ? { ...one, walk: { ...one.walk, limit } } : one
}

/** Its next page is named by a cursor that can be an argument of a field. */
function goesOn({ walk, trial, careful }: EdgeQuery): boolean {
  const { after, ...others } = walk.after ?? {}
  if (after === undefined || Object.keys(others).length > 0) return false
  return trial === null && !careful && argument.test(after)
}

/** The next page of one list of an expanded read, asked by itself. */
export function byItself({ want, levels }: RootQuery, edge: string, walk: Walk): EdgeQuery {
  return edgeQuery(edge, walk.limit, { walk, want: want[edge] ?? null, level: levels[edge] ?? 0 })
}

/** All of them, each by itself. */
export function eachByItself(query: RootQuery, walks: Record<string, Walk>): EdgeQuery[] {
  return Object.entries(walks).map(([edge, walk]) => byItself(query, edge, walk))
}
