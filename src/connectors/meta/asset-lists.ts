// The lists of one asset: who is assigned to it, and the partners that it is shared with; and the owner of a client's asset.
import { ConnectorError } from '../../model/error.ts'
import { assignedScope } from '../../model/snapshot.ts'
import type { Context, Seal } from '../connector.ts'
import { changed, names, noPerson, requiredId, text } from './answer.ts'
import type { JsonObject, Page } from './answer.ts'
import type { AssetKind } from './asset-kind.ts'
import { listOf, maySeePeople } from './edges.ts'
import { kindOf } from './kinds.ts'
import { DAY, droppedFields, edgeLevel, lowerEdge, provenEdge, refusedCode, wasRefused } from './learnt.ts'
import { assetQuery, expandedAs, readerOf, rowsOf, stepOn } from './queries.ts'
import type { AssetQuery, Level, OwnerQuery, Query, UnsureQuery } from './queries.ts'
import { deniedHere, notAsked } from './refusals.ts'
import { add, noteAssigned, nothing, sealList, withoutFields } from './seen.ts'
import type { Seen } from './seen.ts'
import { isTold, noteTold } from './told-inside.ts'

/** The scope of the partners that an asset of ours is shared with, where the asset itself tells. */
export const agenciesScope = (business: string, type: string, resource: string): string =>
  `${business}/agencies-of/${type}/${resource}`

/** The scope of a client's asset's owner, where it is not told with the asset. */
export const ownerScope = (business: string, type: string, resource: string): string =>
  `${business}/owner-of/${type}/${resource}`

/** Reads of who is assigned to these assets; what is known to be refused is told without asking. */
export function assignedOf(ctx: Context, kind: AssetKind, ids: readonly string[], careful: boolean): Seen {
  if (ids.length === 0 || !kind.assignable) return nothing()
  if (maySeePeople(ctx, kind)) return rowOf(ctx, 'assigned', kind, ids, careful)
  const scopes = ids.map((id) => assignedScope(readerOf(ctx), kind.type, id))
  return { ...nothing(), failures: [notAsked(kind, scopes)] }
}

/** So many lists of one kind are asked at once though it is not known that they are answered: a first one alone would cost a request. */
const AT_ONCE = 25

/**
 * One read per asset; in a row, one after the other at first, where many may be refused. Of what an earlier try has read to its end nothing is asked
 * again.
 */
export function rowOf(
  ctx: Context,
  q: AssetQuery['q'],
  kind: AssetKind,
  all: readonly string[],
  careful: boolean,
): Seen {
  const seen = nothing()
  const ids = all.filter((id) => ctx.sealed?.(assetScope(ctx, { q, type: kind.type, id })) !== true)
  const place = `${q}/${kind.type}`
  const codeOf = (id: string) => refusedCode(ctx, place) ?? refusedCode(ctx, `${place}/${id}`)
  for (const [code, resting] of Map.groupBy(ids, codeOf)) {
    if (code === undefined) continue
    const scopes = resting.map((id) => assetScope(ctx, { q, type: kind.type, id }))
    seen.failures.push(deniedHere(kind, q, scopes, code))
  }
  const [first, ...rest] = ids.filter((id) => codeOf(id) === undefined)
  if (first === undefined) return seen
  const many = rest.length >= AT_ONCE && !provenEdge(ctx, place)
  if (careful || many || wasRefused(ctx, place)) seen.next.push(assetQuery(q, kind.type, first, { rest }))
  else seen.next.push(...[first, ...rest].map((id) => assetQuery(q, kind.type, id)))
  return seen
}

/** One page of who is assigned to an asset, or of the partners that it is shared with. */
export function onAsset(ctx: Context, query: AssetQuery, page: Page): Seen {
  const seen = nothing()
  const reader = readerOf(ctx)
  const scope = assetScope(ctx, query)
  // Whoever stands in a list twice has the rights of both rows, on whichever pages.
  const held = new Map(Object.entries(query.walk.told ?? {}))
  const both = (who: string, rights: string[]): string[] => {
    const before = held.get(who)
    const all = before === undefined ? rights : names([...before, ...rights])
    held.set(who, all)
    return all
  }
  for (const row of page.rows) {
    if (query.q === 'assigned') {
      const principal = noteAssigned(ctx, seen, row, scope)
      seen.observations.push({
        of: 'grant',
        scope,
        business: reader,
        principal,
        type: query.type,
        resource: query.id,
        how: 'direct',
        through: null,
        entitlements: both(principal, rightsOf(row)),
      })
    } else {
      noPerson(row, 'agencies')
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
          entitlements: both(partner, names(row.permitted_tasks)),
          status: text(row.access_status),
        },
      )
    }
  }
  if (query.silent !== undefined) onSilent(ctx, query, query.silent, page.rows.length > 0)
  if (page.next === null) {
    const rows = rowsOf(query.walk, page.rows)
    const cut = query.q === 'assigned' ? cutShort(query.type, rows, scope) : null
    if (cut !== null) seen.failures.push(cut)
    else {
      const again = assetQuery(query.q, query.type, query.id)
      sealList(
        seen,
        scope,
        query.walk,
        page,
        again,
        query.q === 'agencies'
          ? { untold: untoldRights(ctx, query.type, held), beside: ofOthers(ctx, query.type) }
          : {},
      )
    }
  } else {
    const walk = stepOn(query.walk, page.next, page.rows, `${query.q} of an asset`)
    seen.next.push({ ...query, walk: { ...walk, told: Object.fromEntries(held) }, rest: [] })
  }
  for (const id of query.rest) seen.next.push(assetQuery(query.q, query.type, id))
  return seen
}

/** A list that its edge did not tell of any row, asked by itself: from now on it is asked so, where that told something. */
function onSilent(ctx: Context, { q }: AssetQuery, edge: string, told: boolean): void {
  if (told) lowerEdge(ctx, edge, lowerLevel(q), true)
  else noteTold(ctx, edge, expandedAs[q], 'empty', DAY)
}

/**
 * Lists of which an edge told nothing, once what was asked of some of its assets has been answered: empty, where those were empty as well; else asked
 * by themselves. `others`: what is asked at the same time.
 */
export function onUnsure(ctx: Context, query: UnsureQuery, others: readonly Query[]): Seen {
  const { of, edge, type, ids } = query
  const seen = nothing()
  const isSample = (one: Query) => one.q === of && one.silent === edge
  if (others.some(isSample)) return { ...seen, next: [query] }
  const kind = kindOf(type)
  if (kind === undefined) return seen
  const isLower = leavesOut(ctx, edge, of)
  if (isLower || !isTold(ctx, edge, expandedAs[of])) return rowOf(ctx, of, kind, ids, !isLower)
  for (const id of ids)
    add(seen, onAsset(ctx, assetQuery(of, type, id), { rows: [], next: null, total: null }))
  return seen
}

/** The level at which an edge is read that does not expand these lists. */
const lowerLevel = (of: AssetQuery['q']): Level => (of === 'assigned' ? 2 : 1)

/** True of an edge that is known not to expand these lists. */
export const leavesOut = (ctx: Context, edge: string, of: AssetQuery['q']): boolean =>
  edgeLevel(ctx, edge) >= lowerLevel(of)

/** What a list of an asset's partners does not tell, where Meta does not know the field of their rights, or leaves it out of every row. */
const untoldRights = (ctx: Context, type: string, held: ReadonlyMap<string, string[]>) => {
  const told = Array.from(held.values()).some((rights) => rights.length > 0)
  const silent = droppedFields(ctx, `agencies/${type}`).has('permitted_tasks') || (held.size > 0 && !told)
  return withoutFields(silent ? [{ field: 'permitted_tasks', type }] : [])
}

/** An asset that is shared with nobody any more may have become another's. */
const ofOthers = (ctx: Context, type: string): Seal['beside'] => {
  const kind = kindOf(type)
  return kind === undefined ? undefined : listOf(ctx, kind.client)
}

/** A list of who is assigned always tells the rights; a row without them is not one of somebody without rights. */
function rightsOf(row: JsonObject): string[] {
  if (row.tasks === undefined || row.tasks === null || row.tasks === '')
    throw changed('a row of assigned_users has no tasks')
  return names(row.tasks)
}

/** Of some kinds Meta gives no more than so many people and does not say that there are others: such a list proves nobody's absence. */
function cutShort(type: string, rows: number, scope: string): Seen['failures'][number] | null {
  const kind = kindOf(type)
  if (kind?.mostPeople === undefined || rows < kind.mostPeople) return null
  const error = new ConnectorError({
    kind: 'denied',
    sentence: `Meta gives at most ${kind.mostPeople} people of a ${kind.label}, and this one has that many: others may not show.`,
    fix: 'Look at the account in Meta Business Manager.',
  })
  return { scopes: [scope], error, optional: kind.beyondGuide }
}

export function assetScope(ctx: Context, query: Pick<AssetQuery, 'q' | 'type' | 'id'>): string {
  const scope = query.q === 'assigned' ? assignedScope : agenciesScope
  return scope(readerOf(ctx), query.type, query.id)
}

/** A client's asset with its owner, which makes the owner a client and the asset shared by it; nothing where we own it or nobody is told. */
export function ownedBy(
  ctx: Context,
  query: OwnerQuery,
  owner: { id: string; name: string | null } | null,
): Seen {
  const reader = readerOf(ctx)
  const scope = ownerScope(reader, query.type, query.id)
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
