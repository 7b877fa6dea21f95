// What follows a refusal: the ladder's lower rungs. A read that Meta refuses is taken apart until only the refused part is left, what was
// learnt is remembered, and what cannot be read at all is told with its scopes.
import type { Context } from '../connector.ts'
import { assetScope, assignedOf, ownerScope } from './asset-lists.ts'
import { dropGroupField, groupNode, groupsQuery, groupsScope } from './asset-groups.ts'
import { edgeAnew, edgeOf, readsAgencies, rootLimit, usualLimit } from './edges.ts'
import { asksForLess, half, mayShrink, one } from './ask-for-less.ts'
import { edgeRefused, placesOf, refusal } from './edge-refused.ts'
import type { GraphError } from './failures.ts'
import { eachByItself } from './going-on.ts'
import { carriedRefused } from './invitations.ts'
import { kindOf, kinds } from './kinds.ts'
import {
  askAlone,
  dropField,
  edgeLevel,
  lowerEdge,
  noteAbsent,
  provenEdge,
  refuse,
  refuseGoingOn,
  refuseRoot,
  refusedTwice,
  scaleRoot,
  shrinkEdge,
} from './learnt.ts'
import { assetQuery, groupsEdges, isGroups, readerOf } from './queries.ts'
import type { AssetQuery, GroupsQuery, Level, OwnerQuery, Query, RootQuery } from './queries.ts'
import { add, nothing } from './seen.ts'
import type { Seen } from './seen.ts'

/** So many edges refused by name, one after the other: the node takes none of them. */
const TAKES_NONE = 3

export function stepDown(ctx: Context, query: Query, error: GraphError): Seen {
  ctx.log('A read of Meta was refused', {
    read: query.q === 'edge' ? query.edge : query.q,
    kind: error.failure.kind,
    code: error.failure.code,
    trace: error.failure.trace,
  })
  switch (query.q) {
    case 'root':
      return rootRefused(ctx, query, error)
    case 'edge':
      return edgeRefused(ctx, query, error)
    case 'groups':
      return groupsRefused(ctx, query, error)
    case 'carried':
      carriedRefused(ctx, query, error)
      return nothing()
    case 'owner':
      return ownerRefused(ctx, query, error)
    case 'assigned':
    case 'agencies':
      return assetRefused(ctx, query, error)
    case 'unsure':
    case 'refused':
      return nothing()
  }
}

function rootRefused(ctx: Context, query: RootQuery, error: GraphError): Seen {
  const usual = inUsualPages(ctx, query, error)
  if (usual !== null) return one(usual)
  if (query.walks !== undefined) {
    refuseGoingOn(ctx)
    return { ...nothing(), next: eachByItself(query, query.walks) }
  }
  if (asksForLess(error) && query.scale > 0.25) {
    const scale = query.scale / 2
    if (error.failure.kind === 'too_much') scaleRoot(ctx, scale)
    return one({ ...query, scale })
  }
  const groups = query.edges.filter(isGroups)
  if (error.nodeType === groupNode && groups.length > 0) {
    const seen = one({ ...query, edges: query.edges.filter((name) => !isGroups(name)) })
    for (const edge of groups) add(seen, groupsRefused(ctx, groupsQuery(ctx, edge), error))
    return seen
  }
  const alone = query.edges.find((name) => name === error.unknownField)
  const named = (query.named ?? 0) + 1
  if (alone !== undefined && error.nodeType === 'Business' && named < TAKES_NONE) {
    askAlone(ctx, alone)
    const edges = query.edges.filter((name) => name !== alone)
    return { ...nothing(), next: [{ ...query, edges, named }, ...rootEdges(ctx, [alone], query.want)] }
  }
  const lower = lowered(ctx, query, error)
  if (lower !== null) return lower
  const field = error.unknownField
  if (field !== null) {
    const places = query.edges.flatMap((edge) => (isGroups(edge) ? [] : placesOf(ctx, edgeOf(edge), field)))
    if (places.length === 1 && places[0] !== undefined) {
      dropField(ctx, places[0], field)
      return one(query)
    }
  }
  // What is too much in any size was refused more than once, and so was what refuses one edge after the other.
  refuseRoot(ctx, query.edges, asksForLess(error) || named === TAKES_NONE)
  return { ...nothing(), next: rootEdges(ctx, query.edges, query.want, !asksForLess(error)) }
}

/** The same read with no page larger than usual, where some were and that may be what was too much; null otherwise. */
function inUsualPages(ctx: Context, query: RootQuery, error: GraphError): RootQuery | null {
  if (!asksForLess(error)) return null
  const walks = { ...query.walks }
  let less = false
  for (const name of query.edges) {
    if (isGroups(name)) continue
    const usual = usualLimit(edgeOf(name))
    const walk = walks[name]
    if ((walk?.limit ?? rootLimit(ctx, name, query.scale)) <= usual) continue
    if (error.failure.kind === 'too_much') shrinkEdge(ctx, name, usual)
    else if (walk === undefined) continue
    if (walk !== undefined) walks[name] = { ...walk, limit: usual }
    less = true
  }
  if (!less) return null
  return query.walks === undefined ? query : { ...query, walks }
}

/**
 * Meta does not expand who is assigned to a kind of asset, or its own agencies: the same read with plain lists of that kind, and of the
 * kinds of which it is not known either. Null where the error is about something else.
 */
function lowered(ctx: Context, query: RootQuery, error: GraphError): Seen | null {
  const kind = kinds.find((k) => k.node === error.nodeType)
  const level = error.unknownField === 'assigned_users' ? 2 : error.unknownField === 'agencies' ? 1 : 0
  if (kind === undefined || level === 0) return null
  const levels = { ...query.levels }
  for (const name of query.edges) {
    const edge = isGroups(name) ? null : edgeOf(name)
    if (edge?.of !== 'assets' || (level === 1 && !readsAgencies(ctx, edge))) continue
    if (level === 2 && edge.kind !== kind && edge.kind.seenExpanded && !kind.seenExpanded) continue
    // Where even a kind refuses that was seen to do it, the others are believed to refuse as well.
    if (edge.kind === kind || kind.seenExpanded) lowerEdge(ctx, name, level)
    levels[name] = Math.max(levels[name] ?? 0, level) as Level
  }
  const dropped = query.edges.filter((name) => (levels[name] ?? 0) > (query.levels[name] ?? 0))
  if (dropped.length === 0) return null
  if (ctx.target.kind === 'own') return one({ ...query, levels })
  // A plain list of a partner's assets is worth nothing: the shared ones are asked themselves.
  const seen = one({ ...query, edges: query.edges.filter((name) => !dropped.includes(name)) })
  for (const name of dropped) {
    const edge = edgeOf(name)
    if (edge.of === 'assets') add(seen, assignedOf(ctx, edge.kind, query.want[name] ?? [], false))
  }
  return seen
}

/**
 * The edges of an expanded read, one by one. `wary`: something in it was refused, so the expansion that Meta is least known to do is
 * left out at once.
 */
export function rootEdges(
  ctx: Context,
  edges: readonly string[],
  want: RootQuery['want'],
  wary = false,
): Query[] {
  return edges.map((name): Query => {
    if (isGroups(name)) return groupsQuery(ctx, name)
    const level = wary && readsAgencies(ctx, edgeOf(name)) ? 1 : 0
    return edgeAnew(ctx, name, {
      want: want[name] ?? null,
      level: Math.max(edgeLevel(ctx, name), level) as Level,
    })
  })
}

function groupsRefused(ctx: Context, query: GroupsQuery, error: GraphError): Seen {
  if (error.unknownField !== null && dropGroupField(ctx, error.unknownField)) return one(query)
  if (mayShrink(error, query.limit)) {
    const limit = half(query.limit)
    shrinkEdge(ctx, query.edge, limit)
    return one({ ...query, limit })
  }
  // A business without this feature answers that the edge does not exist: there is nothing to miss. Groups that others share are in Meta's
  // reference pages alone, so a version without them is expected.
  const absent = error.unknownField === query.edge
  const shared = query.edge !== groupsEdges[0]
  if (absent) noteAbsent(ctx, query.edge)
  if (absent && shared) return nothing()
  if (!absent && !query.plain && !refusal(error)) {
    lowerEdge(ctx, query.edge, 2)
    return one({ ...query, plain: true })
  }
  if (refusal(error)) {
    if (!refusedTwice(ctx, query.edge)) return one(query)
    refuse(ctx, query.edge, error.failure.code)
  }
  const optional = absent || (shared && error.failure.kind !== 'transient')
  return { ...nothing(), failures: [{ scopes: [groupsScope(ctx, query.edge)], error, optional }] }
}

function ownerRefused(ctx: Context, query: OwnerQuery, error: GraphError): Seen {
  const scope = ownerScope(readerOf(ctx), query.type, query.id)
  return { ...nothing(), failures: [{ scopes: [scope], error, optional: true }] }
}

function assetRefused(ctx: Context, query: AssetQuery, error: GraphError): Seen {
  const kind = kindOf(query.type)
  if (kind === undefined) return nothing()
  if (mayShrink(error, query.walk.limit)) {
    return one({
      ...query,
      walk: { ...query.walk, limit: half(query.walk.limit) },
    })
  }
  const place = `${query.q}/${query.type}`
  const droppable =
    query.q === 'assigned' ? ['name', 'user_type'] : ['name', 'permitted_tasks', 'access_status']
  if (error.unknownField !== null && droppable.includes(error.unknownField)) {
    dropField(ctx, place, error.unknownField)
    return one(query)
  }
  const seen = nothing()
  const [following, ...rest] = query.rest
  const denied = error.failure.kind === 'denied'
  const all = query.rest.length > 0 && (denied || query.strikes > 0)
  // It concerns the whole row, or all of a kind of which nobody's list was ever answered; else this asset alone.
  const asked = all || !provenEdge(ctx, place) ? place : `${place}/${query.id}`
  if (denied && !refusedTwice(ctx, asked)) return one(query)
  if (denied || all) refuse(ctx, asked, error.failure.code)
  const ids = all ? [query.id, ...query.rest] : [query.id]
  seen.failures.push({
    scopes: ids.map((id) => assetScope(ctx, { ...query, id })),
    error,
    optional: kind.beyondGuide && refusal(error),
  })
  if (!all && following !== undefined) {
    add(seen, one(assetQuery(query.q, query.type, following, { rest, strikes: query.strikes + 1 })))
  }
  return seen
}

/** Scopes that a query was to read, for a failure that concerns all of it. */
export function scopesOf(ctx: Context, query: Query): string[] {
  const reader = readerOf(ctx)
  switch (query.q) {
    case 'root':
      return query.edges.map((edge) => `${reader}/${edge}`)
    case 'edge':
      return [`${reader}/${query.edge}`]
    case 'groups':
      return [groupsScope(ctx, query.edge)]
    case 'carried':
      return []
    case 'owner':
      return [ownerScope(reader, query.type, query.id)]
    case 'assigned':
    case 'agencies':
      return [query.id, ...query.rest].map((id) => assetScope(ctx, { ...query, id }))
    case 'unsure':
      return query.ids.map((id) => assetScope(ctx, { q: query.of, type: query.type, id }))
    case 'refused':
      return query.scopes
  }
}
