// Turns one page of a list into observations, the scopes that are read completely by it, and the reads that follow.
import { assignedScope } from '../../model/snapshot.ts'
import type { Observation } from '../../model/snapshot.ts'
import type { ConnectorError } from '../../model/error.ts'
import type { Context, ReadResult, Seal } from '../connector.ts'
import { changed, expandedPage, isObject, names, requiredId, text } from './answer.ts'
import type { JsonObject, Page } from './answer.ts'
import { ownerOf } from './asset-kind.ts'
import type { AssetKind } from './asset-kind.ts'
import { assignedPrincipal, partnerRow, principalOf } from './businesses.ts'
import { edgeOf, maySeePeople, readsAgencies, usualLimit } from './edges.ts'
import type { Edge } from './edges.ts'
import { errorIn } from './failures.ts'
import { edgeLevel, edgeLimit, knownOwner, refusedCode, wasRefused } from './learnt.ts'
import { asRead, assetQuery, edgeQuery, readerOf, rowsOf, stepOn } from './queries.ts'
import type { AssetQuery, EdgeQuery, OwnerQuery, Query } from './queries.ts'
import { deniedHere, notAsked } from './refusals.ts'

/** What one answer gave, before it is cut into results. */
export interface Seen {
  observations: Observation[]
  seals: Seal[]
  next: Query[]
  failures: { scopes: string[]; error: ConnectorError; optional: boolean }[]
}

export const nothing = (): Seen => ({ observations: [], seals: [], next: [], failures: [] })

/** As results: one with everything that was seen, and one for each failure. */
export function results(seen: Seen): ReadResult[] {
  const { observations, seals, next, failures } = seen
  const good = observations.length + seals.length + next.length > 0
  return [...(good ? [{ observations, seals, next: next.map(asRead) }] : []), ...failures]
}

/** The scope of the partners that an asset of ours is shared with, where the asset itself tells. */
export const agenciesScope = (business: string, type: string, resource: string): string =>
  `${business}/agencies-of/${type}/${resource}`

/** Principals that a list of people has reported to this reader: an assignment need not report them again. */
const listed = new WeakMap<Context, Set<string>>()

function listedOf(ctx: Context): Set<string> {
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

/** One page of an edge of the business. */
export function onEdge(ctx: Context, query: EdgeQuery, page: Page): Seen {
  const edge = edgeOf(query.edge)
  const seen = nothing()
  const scope = `${readerOf(ctx)}/${query.edge}`
  if (edge.of === 'people') {
    for (const row of page.rows) {
      const principal = principalOf(edge, row, readerOf(ctx), scope)
      listedOf(ctx).add(principal.externalId)
      seen.observations.push(principal)
    }
  } else if (edge.of === 'partners') {
    for (const row of page.rows) seen.observations.push(...partnerRow(ctx, edge, row, scope))
  } else if (query.want !== null) {
    return onPartnersAssets(ctx, query, edge.kind, page)
  } else {
    for (const row of page.rows) onOwnAsset(ctx, query, edge, row, seen)
    followAssets(ctx, query, edge, page.rows, seen)
  }
  if (page.next === null) {
    sealList(seen, scope, rowsOf(query.walk, page.rows), page, edgeAgain(ctx, edge))
  } else {
    seen.next.push({ ...query, walk: stepOn(query.walk, page.next, page.rows, query.edge) })
  }
  return seen
}

function edgeAgain(ctx: Context, edge: Edge): Query {
  return edgeQuery(edge.edge, edgeLimit(ctx, edge.edge, usualLimit(edge)), {
    level: edgeLevel(ctx, edge.edge),
  })
}

/** Seals a list whose last page was read, unless Meta counts more or fewer rows than it gave. */
function sealList(seen: Seen, scope: string, rows: number, page: Page, again: Query): void {
  if (page.total !== null && page.total !== rows) {
    const what = `a list has ${rows} rows and Meta counts ${page.total}`
    seen.failures.push({ scopes: [scope], error: changed(what), optional: false })
    return
  }
  seen.seals.push({ scope, rows, again: asRead(again) })
}

/** One asset of ours: itself, its owner where it is a client's, and what is expanded in it. */
function onOwnAsset(
  ctx: Context,
  query: EdgeQuery,
  edge: Edge & { of: 'assets' },
  row: JsonObject,
  seen: Seen,
): void {
  const { kind, relation } = edge
  const reader = readerOf(ctx)
  const scope = `${reader}/${query.edge}`
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
    nested(ctx, assetQuery('assigned', kind.type, externalId), row, seen)
  }
  if (query.level === 0 && readsAgencies(ctx, edge)) {
    nested(ctx, assetQuery('agencies', kind.type, externalId), row, seen)
  }
}

/** A list that came expanded in its asset's row. */
function nested(ctx: Context, query: AssetQuery, row: JsonObject, seen: Seen): void {
  const key = query.q === 'assigned' ? 'assigned_users' : 'agencies'
  const inside = row[key]
  const error = isObject(inside) && inside.error !== undefined ? errorIn(inside, 200) : null
  if (error !== null) {
    // A part of a good answer that failed: asked once more by itself.
    seen.next.push(query)
    return
  }
  add(seen, onAsset(ctx, query, expandedPage(row, key, key)))
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
    seen.next.push(...inRow('agencies', edge.kind.type, ids, query.careful))
  }
  if (query.level === 2 || !maySeePeople(ctx, edge.kind)) {
    add(seen, assignedOf(ctx, edge.kind, ids, query.careful))
  }
}

/** Reads of who is assigned to these assets; what is known to be refused is told without asking. */
export function assignedOf(ctx: Context, kind: AssetKind, ids: readonly string[], careful: boolean): Seen {
  const seen = nothing()
  const reader = readerOf(ctx)
  const scopes = ids.map((id) => assignedScope(reader, kind.type, id))
  if (ids.length === 0 || !kind.assignable) return seen
  if (!maySeePeople(ctx, kind)) seen.failures.push(notAsked(kind, scopes))
  else if (refusedCode(ctx, `assigned/${kind.type}`) !== undefined) {
    seen.failures.push(deniedHere(kind, scopes, refusedCode(ctx, `assigned/${kind.type}`) ?? null))
  } else {
    const wary = careful || wasRefused(ctx, `assigned/${kind.type}`)
    seen.next.push(...inRow('assigned', kind.type, ids, wary))
  }
  return seen
}

/** One read per asset; in a row, one after the other at first, where a refusal is expected. */
function inRow(q: AssetQuery['q'], type: string, ids: readonly string[], careful: boolean): AssetQuery[] {
  const [first, ...rest] = ids
  if (first === undefined) return []
  return careful ? [assetQuery(q, type, first, { rest })] : ids.map((id) => assetQuery(q, type, id))
}

/** One page of who is assigned to an asset, or of the partners that it is shared with. */
export function onAsset(ctx: Context, query: AssetQuery, page: Page): Seen {
  const seen = nothing()
  const reader = readerOf(ctx)
  const scope = assetScope(ctx, query)
  for (const row of page.rows) {
    if (query.q === 'assigned') {
      seen.observations.push({
        of: 'grant',
        scope,
        business: reader,
        principal: noteAssigned(ctx, seen, row, scope),
        type: query.type,
        resource: query.id,
        how: 'direct',
        through: null,
        entitlements: names(row.tasks),
      })
    } else {
      const partner = requiredId(row, 'agencies')
      if (partner === reader) continue
      seen.observations.push(
        { of: 'partner', scope, externalId: partner, name: text(row.name), as: 'agency' },
        {
          of: 'share',
          scope,
          partner,
          type: query.type,
          resource: query.id,
          direction: 'out',
          entitlements: names(row.permitted_tasks),
          status: text(row.access_status),
        },
      )
    }
  }
  if (page.next === null) {
    const again = assetQuery(query.q, query.type, query.id)
    sealList(seen, scope, rowsOf(query.walk, page.rows), page, again)
  } else {
    const walk = stepOn(query.walk, page.next, page.rows, `${query.q} of an asset`)
    seen.next.push({ ...query, walk, rest: [] })
  }
  for (const id of query.rest) seen.next.push(assetQuery(query.q, query.type, id))
  return seen
}

export function assetScope(ctx: Context, query: Pick<AssetQuery, 'q' | 'type' | 'id'>): string {
  const scope = query.q === 'assigned' ? assignedScope : agenciesScope
  return scope(readerOf(ctx), query.type, query.id)
}

/**
 * One page of a partner's own list: only assets that are shared with us count, everything else is passed over here and goes nowhere.
 * The list is followed only while that is expected to cost less than asking the missing assets themselves.
 */
function onPartnersAssets(ctx: Context, query: EdgeQuery, kind: AssetKind, page: Page): Seen {
  const seen = nothing()
  const left = new Set(query.want)
  for (const row of page.rows) {
    const id = kind.id(row)
    if (left.delete(id)) nested(ctx, assetQuery('assigned', kind.type, id), row, seen)
  }
  const found = (query.want?.length ?? 0) - left.size
  const more = found === 0 ? Infinity : Math.ceil(left.size / found)
  if (page.next !== null && left.size > 0 && more < left.size) {
    const walk = stepOn(query.walk, page.next, page.rows, query.edge)
    seen.next.push({ ...query, walk, want: [...left] })
  } else {
    add(seen, assignedOf(ctx, kind, [...left], false))
  }
  return seen
}

export function add(to: Seen, from: Seen): void {
  for (const o of from.observations) to.observations.push(o)
  for (const seal of from.seals) to.seals.push(seal)
  for (const query of from.next) to.next.push(query)
  for (const failure of from.failures) to.failures.push(failure)
}

/** A client's asset with its owner, which makes the owner a client and the asset shared by it; nothing where we own it or nobody is told. */
export function ownedBy(
  ctx: Context,
  query: OwnerQuery,
  owner: { id: string; name: string | null } | null,
): Seen {
  const reader = readerOf(ctx)
  const scope = `${reader}/owner-of/${query.type}/${query.id}`
  const seen = nothing()
  if (owner !== null && owner.id !== reader) {
    seen.observations.push(
      { of: 'partner', scope, externalId: owner.id, name: owner.name, as: 'client' },
      {
        of: 'share',
        scope,
        partner: owner.id,
        type: query.type,
        resource: query.id,
        direction: 'in',
        entitlements: [],
        status: null,
      },
    )
  }
  seen.seals.push({ scope, rows: seen.observations.length, again: { unit: 'assets', query } })
  return seen
}
