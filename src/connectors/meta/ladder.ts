// How a business is read: the cheapest reads first, one batch per round, and each answer turned into what was seen and what follows.
// Nothing is kept between rounds but what the reads themselves carry.
import { ConnectorError } from '../../model/error.ts'
import type { Context, Read, ReadResult } from '../connector.ts'
import { changed, expandedPage, isObject, page, reference } from './answer.ts'
import type { Json, JsonObject, Page } from './answer.ts'
import { aloneNext, asksForLess, deeperNext } from './ask-for-less.ts'
import { onAsset, onUnsure, ownedBy } from './asset-lists.ts'
import { groupsCall, groupsIn, groupsQuery, groupsRootField, readGroups } from './asset-groups.ts'
import {
  agencyFields,
  assignedFields,
  edgeCall,
  rootFields,
  rootLevel,
  rootLimit,
  walkParams,
} from './edges.ts'
import { errorIn, GraphError } from './failures.ts'
import { byItself, eachByItself, together } from './going-on.ts'
import { BATCH_SIZE, openGraph } from './graph.ts'
import type { Call, Graph } from './graph.ts'
import { carriedCall, invitationsEdge, onCarried, withCarried } from './invitations.ts'
import { kindOf } from './kinds.ts'
import { askAssets } from './left-out.ts'
import { allow, edgeLimit, lowerEdge, prove, rememberOwner, shrinkEdge } from './learnt.ts'
import { onEdge } from './observe.ts'
import { asQuery, edgeQuery, isGroups, readerOf } from './queries.ts'
import type { EdgeQuery, OwnerQuery, Query, RefusedQuery, RootQuery, UnsureQuery } from './queries.ts'
import { nothing, results } from './seen.ts'
import type { Seen } from './seen.ts'
import { rootEdges, scopesOf, stepDown } from './steps-down.ts'

export { plan } from './plan.ts'

const isCall = (query: Query): query is Exclude<Query, RefusedQuery | UnsureQuery> =>
  query.q !== 'refused' && query.q !== 'unsure'

/** Answers reads, all of them in as few HTTP requests as there may be. See the connector's contract for what it throws. */
export async function* read(ctx: Context, reads: Read[]): AsyncIterable<ReadResult> {
  const graph = openGraph(ctx)
  const queries = reads.map(asQuery)
  for (const query of queries) {
    if (query.q === 'refused') yield* results(told(query))
    if (query.q === 'unsure') yield* results(onUnsure(ctx, query, queries))
  }
  const [asked, later] = fullBatches(queries.filter(isCall))
  if (later.length > 0) yield* results({ ...nothing(), next: later })
  if (asked.length === 0) return
  const answers = await graph.ask(asked.map((query) => callOf(ctx, query)))
  // Where others are answered at the same moment it is no failure of the service.
  const serves = answers.some(({ ok }) => ok)
  let fatal: ConnectorError | null = null
  for (const query of asked) {
    // Whoever takes in what was seen may take long: what is behind it is not held.
    const answer = answers.shift()
    if (answer === undefined) continue
    try {
      if (answer.ok) for await (const seen of onAnswer(ctx, graph, query, answer.body)) yield* results(seen)
      else if (serves && isAway(answer.error)) yield* results(leftOpen(ctx, query, answer.error))
      else if (endsRun(answer.error)) fatal ??= answer.error
      else yield* results(stepDown(ctx, query, answer.error))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      if (endsRun(error)) fatal ??= error
      else yield* results(onBroken(ctx, query, error))
    }
  }
  if (fatal !== null) throw fatal
}

/**
 * What is asked now, and what waits for the next round. A list that goes on brings more to ask, so a batch that is not full is better
 * filled then: lists go first, and what is left of the single assets waits for them.
 */
function fullBatches<T extends Query>(queries: readonly T[]): [T[], T[]] {
  const lists = queries.filter((query) => query.q !== 'assigned' && query.q !== 'agencies')
  if (lists.length === 0 || queries.length <= BATCH_SIZE) return [[...queries], []]
  const ordered = [...lists, ...queries.filter((query) => !lists.includes(query))]
  const now = Math.max(lists.length, Math.floor(ordered.length / BATCH_SIZE) * BATCH_SIZE)
  return [ordered.slice(0, now), ordered.slice(now)]
}

/** Failures of the whole token, app or service; anything else concerns an edge. */
function endsRun(error: ConnectorError): boolean {
  const { kind } = error.failure
  return isAway(error) || kind === 'auth' || kind === 'limited'
}

/** The service failed at the moment, and not by what it was asked for. */
const isAway = (error: ConnectorError): boolean =>
  error.failure.kind === 'transient' && !(error instanceof GraphError && asksForLess(error))

const leftOpen = (ctx: Context, query: Query, error: ConnectorError): Seen => ({
  ...nothing(),
  failures: [{ scopes: scopesOf(ctx, query), error, optional: false }],
})

/** An answer that came and could not be read: groups may still be asked another way; a list stays open. */
function onBroken(ctx: Context, query: Query, error: ConnectorError): Seen {
  if (query.q === 'groups' && error instanceof GraphError) return stepDown(ctx, query, error)
  if (query.q === 'carried') return nothing()
  if (query.q === 'root') {
    const { edges, walks } = query
    const next = walks === undefined ? rootEdges(ctx, edges, query.want) : eachByItself(query, walks)
    return { ...nothing(), next }
  }
  return leftOpen(ctx, query, error)
}

function told(query: RefusedQuery): Seen {
  const error = new ConnectorError({
    kind: 'denied',
    sentence: `${query.what} cannot be seen: the token lacks ${query.lacks}.`,
    fix: `Generate a new token with ${query.lacks} and replace it.`,
  })
  const { scopes, optional, answered = false } = query
  return { ...nothing(), failures: [{ scopes, error, optional, answered }] }
}

function callOf(ctx: Context, query: Exclude<Query, RefusedQuery | UnsureQuery>): Call {
  switch (query.q) {
    case 'root': {
      const lists = rootFields(
        ctx,
        query,
        query.edges.filter((edge) => !isGroups(edge)),
      )
      const groups = query.edges.filter(isGroups).map((edge) => groupsRootField(ctx, edge, query.scale))
      return { path: readerOf(ctx), params: { fields: ['id', 'name', ...lists, ...groups].join(',') } }
    }
    case 'edge':
      return edgeCall(ctx, query)
    case 'groups':
      return groupsCall(ctx, query)
    case 'carried':
      return carriedCall(query)
    case 'owner':
      return { path: query.node, params: { fields: 'id,owner_business' } }
    case 'assigned':
    case 'agencies': {
      const kind = kindOf(query.type)
      if (kind === undefined) throw changed(`a kind of asset that is not known here`)
      const fields = query.q === 'assigned' ? assignedFields(ctx, kind) : agencyFields(ctx, kind)
      const business: Record<string, string> = query.q === 'assigned' ? { business: readerOf(ctx) } : {}
      return {
        path: `${query.id}/${query.q === 'assigned' ? 'assigned_users' : 'agencies'}`,
        params: { ...walkParams(ctx, query.walk), ...business, fields: fields.join(',') },
      }
    }
  }
}

/** List by list where an answer holds many: what was seen in one is handed on before the next is taken apart. */
async function* onAnswer(ctx: Context, graph: Graph, query: Query, body: Json): AsyncIterable<Seen> {
  if (query.q === 'root') yield* onRoot(ctx, graph, query, body)
  else yield await onList(ctx, graph, query, body)
}

async function onList(
  ctx: Context,
  graph: Graph,
  query: Exclude<Query, RootQuery>,
  body: Json,
): Promise<Seen> {
  switch (query.q) {
    case 'edge': {
      prove(ctx, query.edge)
      allow(ctx, query.edge)
      if (query.trial !== null) settle(ctx, query)
      const seen = onEdge(ctx, { ...query, trial: null }, completed(ctx, query.edge, page(body, query.edge)))
      deeperNext(ctx, query, seen)
      if (seen.silent !== undefined) await askAssets(ctx, graph, seen, seen.silent)
      return seen
    }
    case 'groups':
      prove(ctx, query.edge)
      allow(ctx, query.edge)
      return readGroups(ctx, graph, page(body, query.edge), query)
    case 'carried':
      onCarried(ctx, query, body)
      return nothing()
    case 'owner':
      return onOwner(ctx, query, body)
    case 'assigned':
    case 'agencies':
      prove(ctx, `${query.q}/${query.type}`)
      allow(ctx, `${query.q}/${query.type}`)
      return onAsset(ctx, query, page(body, query.q))
    case 'unsure':
    case 'refused':
      return nothing()
  }
}

/** The plain list came in pages of the usual size: what was too much is what was expanded in it. */
function settle(ctx: Context, query: EdgeQuery): void {
  lowerEdge(ctx, query.edge, 2, true)
  shrinkEdge(ctx, query.edge, query.walk.limit)
}

/** A page with what is known of its rows beside it. */
function completed(ctx: Context, edge: string, found: Page): Page {
  return edge === invitationsEdge ? withCarried(ctx, found) : found
}

/** The node of the business with its edges inside. A part that failed inside a good answer is asked by itself. */
async function* onRoot(ctx: Context, graph: Graph, query: RootQuery, body: Json): AsyncIterable<Seen> {
  if (!isObject(body) || reference(body)?.id !== readerOf(ctx))
    throw changed('the business that was asked for')
  const next: Query[] = []
  for (const name of query.edges) {
    const seen = await rootPart(ctx, graph, query, body, name)
    next.push(...seen.next)
    yield { ...seen, next: [] }
  }
  yield { ...nothing(), next: together(ctx, query, next) }
}

async function rootPart(
  ctx: Context,
  graph: Graph,
  query: RootQuery,
  body: JsonObject,
  name: string,
): Promise<Seen> {
  const inside = body[name]
  const part: JsonObject = { [name]: inside }
  // A list that was taken in is not held while those behind it are.
  body[name] = undefined
  const walk = query.walks?.[name]
  const alone: Seen = {
    ...nothing(),
    next: walk === undefined ? rootEdges(ctx, [name], query.want) : [byItself(query, name, walk)],
  }
  if (isObject(inside) && inside.error !== undefined && errorIn(inside, 200) !== null) return alone
  // A next page that a list led to has its key, also where it is empty.
  if (walk !== undefined && inside === undefined) return alone
  try {
    if (isGroups(name)) return await readGroups(ctx, graph, groupsIn(part, name), groupsQuery(ctx, name))
    const level = rootLevel(ctx, query, name)
    const limit = edgeLimit(ctx, name, rootLimit(ctx, name, query.scale))
    const asEdge =
      walk === undefined
        ? edgeQuery(name, limit, { level, want: query.want[name] ?? null })
        : { ...byItself(query, name, walk), level }
    const seen = onEdge(ctx, asEdge, completed(ctx, name, expandedPage(part, name, name)))
    if (query.scale < 1) aloneNext(ctx, name, seen)
    return seen
  } catch (error) {
    if (!(error instanceof ConnectorError) || endsRun(error)) throw error
    ctx.log('A part of an expanded answer is asked by itself', { edge: name, kind: error.failure.kind })
    return alone
  }
}

function onOwner(ctx: Context, query: OwnerQuery, body: Json): Seen {
  const owner = isObject(body) ? reference(body.owner_business) : null
  if (owner !== null) rememberOwner(ctx, query.type, query.id, owner)
  return ownedBy(ctx, query, owner)
}
