// Turns one page of a list into observations, the scopes that are read completely by it, and the reads that follow.
import type { Context, Seal } from '../connector.ts'
import { changed, expandedPage, isObject, names, noAsset, noPerson, notAssigned, text } from './answer.ts'
import type { JsonObject, Page } from './answer.ts'
import { ownerOf } from './asset-kind.ts'
import type { AssetKind } from './asset-kind.ts'
import { assetScope, assignedOf, leavesOut, onAsset, ownedBy, rowOf } from './asset-lists.ts'
import { partnerEdges, partnerRow, principalOf } from './businesses.ts'
import { edgeAnew, edgeOf, furtherLimit, listOf, maySeePeople, readsAgencies, untoldOf } from './edges.ts'
import type { Edge } from './edges.ts'
import { errorIn } from './failures.ts'
import { kinds } from './kinds.ts'
import { DAY, knownOwner, noteAnswered, noteLarge } from './learnt.ts'
import { noteLists, silentKinds } from './left-out.ts'
import { assetQuery, expandedAs, limits, readerOf, stepOn } from './queries.ts'
import type { AssetQuery, EdgeQuery, OwnerQuery, UnsureQuery } from './queries.ts'
import { add, listedOf, nothing, sealList, withoutFields } from './seen.ts'
import type { Seen } from './seen.ts'
import { isTold, noteTold } from './told-inside.ts'

/** One page of an edge of the business. */
export function onEdge(ctx: Context, query: EdgeQuery, page: Page): Seen {
  const edge = edgeOf(query.edge)
  const seen = nothing()
  const scope = `${readerOf(ctx)}/${query.edge}`
  const told = new Map(Object.entries(query.walk.told ?? {}))
  noteAnswered(ctx, query.edge)
  if (edge.of === 'people') {
    if (query.walk.limit > limits.people) noteLarge(ctx)
    for (const row of page.rows) {
      notAssigned(row, edge.edge)
      noAsset(row, edge.edge)
      const principal = principalOf(edge, row, readerOf(ctx), scope)
      const { externalId, role } = principal
      if ((told.get(externalId)?.[0] ?? role) !== role)
        throw changed(`${edge.edge} names somebody twice, with two roles`)
      if (role !== null) told.set(externalId, [role])
      listedOf(ctx).add(principal.externalId)
      seen.observations.push(principal)
    }
  } else if (edge.of === 'partners') {
    for (const row of page.rows) {
      noPerson(row, edge.edge)
      noAsset(row, edge.edge)
      seen.observations.push(...partnerRow(ctx, edge, row, scope))
    }
    noteRights(told, seen)
    noteLists(told, page.rows)
  } else if (query.want !== null) {
    noteInside(ctx, query, page)
    return onPartnersAssets(ctx, query, edge.kind, page)
  } else {
    noteInside(ctx, query, page)
    const samples = samplesIn(ctx, page.rows)
    for (const row of page.rows) onOwnAsset(ctx, query, edge, row, { seen, samples })
    noteRights(told, seen)
    noteOwnerless(ctx, told, edge, page)
    followAssets(ctx, query, edge, page.rows, seen)
  }
  if (page.next === null) {
    const untold = [...untoldOf(ctx, edge), ...unsaidOf(told)]
    const beside = besideOf(ctx, edge)
    sealList(seen, scope, query.walk, page, edgeAnew(ctx, edge.edge, { again: true }), {
      untold: withoutFields(untold),
      beside,
    })
    if (query.again === true && edge.edge === 'agencies') seen.silent = silentKinds(told)
  } else {
    const walk = stepOn(query.walk, page.next, page.rows, query.edge)
    const limit = furtherLimit(ctx, edge, query.walk)
    seen.next.push({ ...query, walk: { ...walk, limit, told: Object.fromEntries(told) } })
  }
  return seen
}

/** In what is kept of a list's pages: rows of clients' assets that did not tell whose they are. */
const OWNERLESS = 'owner_business'

/** Type of asset → rights that any share of such assets was told with in this list, each once. */
function noteRights(told: Map<string, string[]>, { observations }: Seen): void {
  for (const o of observations)
    if (o.of === 'share') told.set(o.type, [...new Set([...(told.get(o.type) ?? []), ...o.entitlements])])
}

function noteOwnerless(
  ctx: Context,
  told: Map<string, string[]>,
  edge: Edge & { of: 'assets' },
  page: Page,
): void {
  const { kind, relation } = edge
  if (relation === 'owned' || !kind.clientFields.some((field) => field.startsWith(OWNERLESS))) return
  if (page.rows.some((row) => ownerOf(row, readerOf(ctx)) === null)) told.set(OWNERLESS, [kind.type])
}

/**
 * What a list leaves out without a word: a client's asset is somebody's, and where it tells of shares and of none what it is good for, that is not
 * told: nothing is shared without any right.
 */
function unsaidOf(told: ReadonlyMap<string, string[]>): { field: string; type: string }[] {
  return kinds.flatMap(({ type }) => [
    ...(told.get(type)?.length === 0 ? [{ field: 'permitted_tasks', type }] : []),
    ...(told.get(OWNERLESS)?.includes(type) === true ? [{ field: OWNERLESS, type }] : []),
  ])
}

/** The other list that an asset or a partner may come to while both are read: of what others own instead of ours, or the other way round. */
function besideOf(ctx: Context, edge: Edge): Seal['beside'] {
  const other =
    edge.of === 'assets'
      ? edge.kind[edge.relation === 'owned' ? 'client' : 'owned']
      : partnerEdges.find((one) => edge.of === 'partners' && one.edge !== edge.edge)?.edge
  return other === undefined ? undefined : listOf(ctx, other)
}

/** One asset of ours: itself, its owner where it is a client's, and what is expanded in it. */
function onOwnAsset(
  ctx: Context,
  query: EdgeQuery,
  edge: Edge & { of: 'assets' },
  row: JsonObject,
  { seen, samples }: { seen: Seen; samples: Samples },
): void {
  const { kind, relation } = edge
  const reader = readerOf(ctx)
  const scope = `${reader}/${query.edge}`
  noPerson(row, query.edge)
  const externalId = kind.id(row)
  const owner = relation === 'client' ? ownerOf(row, reader) : null
  seen.observations.push({
    of: 'resource',
    scope,
    type: kind.type,
    externalId,
    name: kind.name(row),
    relation,
    ownerBusiness: owner?.id ?? null,
    facts: kind.facts(row),
  })
  if (owner !== null) {
    seen.observations.push(
      { of: 'partner', scope, externalId: owner.id, name: owner.name, as: 'client' },
      {
        of: 'share',
        scope,
        partner: owner.id,
        type: kind.type,
        resource: externalId,
        direction: 'in',
        entitlements: names(kind.permitted(row)),
        status: null,
      },
    )
  }
  const user = text(row.ig_user_id)
  if (relation === 'client' && owner === null && user !== null) {
    const asks: OwnerQuery = { q: 'owner', type: kind.type, id: externalId, node: user }
    const known = knownOwner(ctx, kind.type, externalId)
    if (known === null) seen.next.push(asks)
    else add(seen, ownedBy(ctx, asks, known))
  }
  if (query.level < 2 && maySeePeople(ctx, kind)) {
    nested(ctx, assetQuery('assigned', kind.type, externalId), row, query.edge, { seen, samples })
  }
  if (query.level === 0 && readsAgencies(ctx, edge)) {
    nested(ctx, assetQuery('agencies', kind.type, externalId), row, query.edge, { seen, samples })
  }
}

/** Takes note of what is expanded in the rows of a list. */
function noteInside(ctx: Context, query: EdgeQuery, page: Page): void {
  for (const key of Object.values(expandedAs))
    if (page.rows.some((row) => row[key] !== undefined)) noteTold(ctx, query.edge, key, 'seen')
}

/** So many assets are asked by themselves where a list tells nobody of any, as also where Meta leaves an expansion out without saying so. */
const SAMPLES = 10

/** True of the rows that are asked by themselves. */
type Samples = (row: JsonObject, key: string) => boolean

/** Others every day: what is in one asset's list, and left out, is met at last. */
function samplesIn(ctx: Context, rows: readonly JsonObject[]): Samples {
  const chosen = new Map<string, ReadonlySet<JsonObject>>()
  const choose = (key: string) => {
    const silent = rows.filter((row) => row[key] === undefined)
    const from = (Math.floor(ctx.clock() / DAY) * SAMPLES) % Math.max(1, silent.length)
    return new Set([...silent, ...silent].slice(from, from + SAMPLES))
  }
  return (row, key) => {
    const some = chosen.get(key) ?? choose(key)
    chosen.set(key, some)
    return some.has(row)
  }
}

/** A list that came expanded in its asset's row; one that an earlier try has read to its end is not walked on. */
function nested(
  ctx: Context,
  query: AssetQuery,
  row: JsonObject,
  edge: string,
  { seen, samples }: { seen: Seen; samples: Samples },
): void {
  if (ctx.sealed?.(assetScope(ctx, query)) === true) return
  const key = expandedAs[query.q]
  const inside = row[key]
  if (inside === undefined && leavesOut(ctx, edge, query.q)) {
    seen.next.push(query)
    return
  }
  if (inside === undefined && !isTold(ctx, edge, key)) {
    if (samples(row, key)) seen.next.push({ ...query, silent: edge })
    else unsureIn(seen, query, edge).ids.push(query.id)
    return
  }
  const error = isObject(inside) && inside.error !== undefined ? errorIn(inside, 200) : null
  if (error !== null || inside === null) {
    // A part of a good answer that failed, or is not there as nothing else of Graph is: asked once more by itself.
    seen.next.push(query)
    return
  }
  add(seen, onAsset(ctx, query, expandedPage(row, key, key)))
}

function unsureIn(seen: Seen, { q, type }: AssetQuery, edge: string): UnsureQuery {
  const known = seen.next.find((one) => one.q === 'unsure' && one.of === q)
  if (known?.q === 'unsure') return known
  const unsure: UnsureQuery = { q: 'unsure', of: q, edge, type, ids: [] }
  seen.next.push(unsure)
  return unsure
}

/** What was not expanded in the list: who is assigned and whom it is shared with, asset by asset. */
function followAssets(
  ctx: Context,
  query: EdgeQuery,
  edge: Edge & { of: 'assets' },
  rows: readonly JsonObject[],
  seen: Seen,
): void {
  const ids = rows.map((row) => edge.kind.id(row))
  if (query.level > 0 && readsAgencies(ctx, edge)) {
    add(seen, rowOf(ctx, 'agencies', edge.kind, ids, query.careful))
  }
  if (query.level === 2 || !maySeePeople(ctx, edge.kind)) {
    add(seen, assignedOf(ctx, edge.kind, ids, query.careful))
  }
}

/**
 * One page of a partner's own list: only assets that are shared with us count, everything else is passed over here and goes nowhere.
 * The list is followed only while that is expected to cost less than asking the missing assets themselves.
 */
function onPartnersAssets(ctx: Context, query: EdgeQuery, kind: AssetKind, page: Page): Seen {
  const seen = nothing()
  const left = new Set(query.want)
  const samples = samplesIn(
    ctx,
    page.rows.filter((row) => left.has(kind.id(row))),
  )
  for (const row of page.rows) {
    const id = kind.id(row)
    if (left.delete(id))
      nested(ctx, assetQuery('assigned', kind.type, id), row, query.edge, { seen, samples })
  }
  const found = (query.want?.length ?? 0) - left.size
  const more = found === 0 ? Infinity : Math.ceil(left.size / found)
  // As dear as what is missing is enough: next pages of several lists come in one call.
  if (page.next !== null && left.size > 0 && more <= left.size) {
    const walk = stepOn(query.walk, page.next, page.rows, query.edge)
    seen.next.push({ ...query, walk, want: [...left] })
  } else {
    add(seen, assignedOf(ctx, kind, [...left], false))
  }
  return seen
}
