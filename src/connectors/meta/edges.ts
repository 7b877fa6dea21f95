// The list edges of a business, and what is asked of each: fields, who is assigned, and the asset's own partners, as one expansion.
// https://developers.facebook.com/docs/graph-api/guides/field-expansion
import type { Context, Seal } from '../connector.ts'
import type { AssetKind } from './asset-kind.ts'
import { partnerEdges, partnerFields, peopleEdges } from './businesses.ts'
import type { PartnerEdge, PeopleEdge } from './businesses.ts'
import type { Call } from './graph.ts'
import { rowsInside } from './inside-rows.ts'
import { kinds } from './kinds.ts'
import { ceiling, dropField, droppedFields, edgeLevel, edgeLimit, takesLarge } from './learnt.ts'
import { asRead, edgeQuery, large, limits, readerOf } from './queries.ts'
import type { EdgeQuery, Level, RootQuery, Walk } from './queries.ts'

export type Edge =
  | ({ of: 'people' } & PeopleEdge)
  | ({ of: 'partners' } & PartnerEdge)
  | { of: 'assets'; edge: string; kind: AssetKind; relation: 'owned' | 'client' }

const edges = new Map<string, Edge>([
  ...peopleEdges.map((edge): [string, Edge] => [edge.edge, { of: 'people', ...edge }]),
  ...partnerEdges.map((edge): [string, Edge] => [edge.edge, { of: 'partners', ...edge }]),
  ...kinds.flatMap((kind): [string, Edge][] => [
    [kind.owned, { of: 'assets', edge: kind.owned, kind, relation: 'owned' }],
    [kind.client, { of: 'assets', edge: kind.client, kind, relation: 'client' }],
  ]),
])

/** The edge by its name. Throws where a read names one that is not known. */
export function edgeOf(name: string): Edge {
  const found = edges.get(name)
  if (found === undefined) throw new Error(`There is no edge ${name}.`)
  return found
}

/** Rows of a page that are usual for an edge. */
export function usualLimit(edge: Edge): number {
  return edge.of === 'people' ? limits.people : edge.of === 'partners' ? limits.partners : limits.assets
}

/** The most rows of a page that are asked of an edge. */
function largeLimit(ctx: Context, edge: Edge): number {
  if (edge.of === 'people') return large.people
  return edge.of === 'assets' && ctx.target.kind === 'partner' ? large.partnersAssets : usualLimit(edge)
}

/** Rows of a first page: the usual ones, or more where Meta was seen to take that. */
export function firstLimit(ctx: Context, edge: Edge): number {
  return edgeLimit(ctx, edge.edge, takesLarge(ctx) ? largeLimit(ctx, edge) : usualLimit(edge))
}

/** Rows of the page after this one: of people, in whom nothing is expanded, more are tried where the first page came in the usual size. */
export function furtherLimit(ctx: Context, edge: Edge, { after, limit }: Walk): number {
  const more = edge.of === 'people' && after === null && limit >= limits.people
  return more ? Math.min(ceiling(ctx), edgeLimit(ctx, edge.edge, large.people)) : limit
}

/** An edge asked from its start, as many rows at once and as much of each as it was answered with before. */
export function edgeAnew(ctx: Context, name: string, rest: Partial<EdgeQuery> = {}): EdgeQuery {
  const limit = firstLimit(ctx, edgeOf(name))
  return edgeQuery(name, limit, { level: edgeLevel(ctx, name), ...rest })
}

/** A list by its scope, with what reads it once more. */
export function listOf(ctx: Context, name: string): NonNullable<Seal['beside']> {
  return { scope: `${readerOf(ctx)}/${name}`, again: asRead(edgeAnew(ctx, name)) }
}

/** The plain name of a field: `owner_business` of `owner_business{id,name}`. */
export const bareName = (field: string): string => /^\w+/.exec(field)?.[0] ?? field

const without = (fields: readonly string[], dropped: ReadonlySet<string>): string[] =>
  fields.filter((field) => !dropped.has(bareName(field)))

/** Fields of who is assigned to an asset of a kind. */
export function assignedFields(ctx: Context, kind: AssetKind): string[] {
  return without(['id', 'name', 'user_type', 'tasks'], droppedFields(ctx, `assigned/${kind.type}`))
}

/** Fields of the partners that an asset is shared with, as its own edge tells. */
export function agencyFields(ctx: Context, kind: AssetKind): string[] {
  return without(kind.agencyFields ?? [], droppedFields(ctx, `agencies/${kind.type}`))
}

/** True where the partners of an asset are read from the asset itself. */
export function readsAgencies(ctx: Context, edge: Edge): boolean {
  return (
    ctx.target.kind === 'own' &&
    edge.of === 'assets' &&
    edge.relation === 'owned' &&
    edge.kind.agencyFields !== null
  )
}

/** What is asked of each row of an edge. Of a partner's assets only the id: their names are none of our business. */
export function rowFields(ctx: Context, edge: Edge): string[] {
  const dropped = droppedFields(ctx, edge.edge)
  if (edge.of === 'people') return without(edge.fields, dropped)
  if (edge.of === 'partners') return without(partnerFields, dropped)
  if (ctx.target.kind === 'partner') return ['id']
  return without(
    [...edge.kind.fields, ...(edge.relation === 'client' ? edge.kind.clientFields : [])],
    dropped,
  )
}

/** Fields that tell what is shared and are left out of the rows of an edge, since Meta does not know them. */
export function untoldOf(ctx: Context, edge: Edge): { field: string; type: string }[] {
  const dropped = droppedFields(ctx, edge.edge)
  if (dropped.size === 0 || edge.of === 'people') return []
  const telling =
    edge.of === 'partners'
      ? kinds.map(({ permissionList, type }) => ({ field: permissionList ?? '', type }))
      : edge.kind.clientFields.map((field) => ({ field: bareName(field), type: edge.kind.type }))
  return telling.filter(({ field }) => dropped.has(field))
}

/** True where the token may read who is assigned to assets of a kind, as far as its permissions are known. */
export function maySeePeople(ctx: Context, kind: AssetKind): boolean {
  return kind.assignable && holdsOne(ctx, kind.peopleScopes)
}

/** True where the token's permissions are not known, or hold one of these. */
export function holdsOne(ctx: Context, scopes: readonly string[]): boolean {
  const held = ctx.scopes ?? []
  return held.length === 0 || scopes.length === 0 || scopes.some((scope) => held.includes(scope))
}

/** Rows that are asked of the lists inside the rows of an edge. */
export function nestedRows(ctx: Context, edge: Edge, limit: number): number {
  const small = limit < usualLimit(edge)
  return Math.min(ceiling(ctx), small ? rowsInside(ctx, edge.edge, limit) : limits.nested)
}

/** Row fields and, by level, what is expanded in them: in smaller parts where the list itself is asked in smaller ones. */
export function edgeFields(ctx: Context, edge: Edge, level: Level, limit = usualLimit(edge)): string {
  const fields = rowFields(ctx, edge)
  if (edge.of === 'assets' && level < 2 && maySeePeople(ctx, edge.kind)) {
    const nested = nestedRows(ctx, edge, limit)
    const people = assignedFields(ctx, edge.kind).join(',')
    fields.push(`assigned_users.business(${readerOf(ctx)}).limit(${nested}){${people}}`)
    if (level === 0 && readsAgencies(ctx, edge)) {
      fields.push(`agencies.limit(${nested}){${agencyFields(ctx, edge.kind).join(',')}}`)
    }
  }
  return fields.join(',')
}

/** The parameters of one page of a list. */
export function walkParams(ctx: Context, walk: Walk): Record<string, string> {
  return { limit: String(Math.min(walk.limit, ceiling(ctx))), ...walk.after }
}

/** Meta documents a count of these lists, and it costs nothing: one that differs from the rows keeps the list open. */
const isCounted = (ctx: Context, edge: Edge): boolean =>
  edge.of !== 'assets' && !droppedFields(ctx, countOf(edge)).has(COUNTED)
const countOf = ({ edge }: Edge): string => `count/${edge}`
const COUNTED = 'summary'
const COUNT = '.summary(total_count)'

/** Meta did not accept the form of the call: it may be the count. False where none was asked for. */
export function dropCount(ctx: Context, edge: Edge): boolean {
  if (!isCounted(ctx, edge)) return false
  dropField(ctx, countOf(edge), COUNTED)
  return true
}

export function edgeCall(ctx: Context, query: EdgeQuery): Call {
  const edge = edgeOf(query.edge)
  const counted: Record<string, string> = isCounted(ctx, edge) ? { summary: 'total_count' } : {}
  return {
    path: `${readerOf(ctx)}/${query.edge}`,
    params: {
      ...walkParams(ctx, query.walk),
      ...counted,
      fields: edgeFields(ctx, edge, query.level, query.walk.limit),
    },
  }
}

/** Rows that are asked of an edge inside the one expanded read. */
export function rootLimit(ctx: Context, name: string, scale: number): number {
  return Math.min(ceiling(ctx), Math.max(1, Math.floor(firstLimit(ctx, edgeOf(name)) * scale)))
}

/** The level of an edge inside the one expanded read. */
export function rootLevel(ctx: Context, query: RootQuery, name: string): Level {
  return Math.max(edgeLevel(ctx, name), query.levels[name] ?? 0) as Level
}

/** Several edges as fields of the business's node, each with its own limit and, of a next page, where it goes on. */
export function rootFields(ctx: Context, query: RootQuery, names: readonly string[]): string[] {
  return names.map((name) => {
    const edge = edgeOf(name)
    const walk = query.walks?.[name]
    const limit = walk === undefined ? rootLimit(ctx, name, query.scale) : Math.min(walk.limit, ceiling(ctx))
    const from = walk === undefined ? '' : `.after(${walk.after?.after})${isCounted(ctx, edge) ? COUNT : ''}`
    return `${name}.limit(${limit})${from}{${edgeFields(ctx, edge, rootLevel(ctx, query, name), limit)}}`
  })
}
