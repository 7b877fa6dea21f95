// What can be asked about a business, as data that survives JSON: a read of the plan is one of these, and so is what follows from it.
import type { Context, Read } from '../connector.ts'
import type { Cursor, JsonObject } from './answer.ts'
import { changed, cursorMark, id, isObject } from './answer.ts'
import { kinds } from './kinds.ts'

/** Rows of one page at the start; Meta publishes no largest limit, and 50 to 100 is what these edges were seen to take. */
export const limits = { people: 100, partners: 50, assets: 50, groups: 25, nested: 100 } as const
/** Rows of one page where Meta takes more of it: projects in the field ask for up to 500. Of a partner's assets little is asked of each. */
export const large = { people: 500, partnersAssets: 100 } as const
/** A list that goes on after this many pages does not end; where pages are short it may take more of them. */
const MOST_PAGES = 500
const MOST_SHORT_PAGES = 1_900
const SHORT_PAGE = 10
/** So many pages in a row without a row that is new lead nowhere. */
const MOST_IDLE_PAGES = 50

/** How far a list has been walked. */
export interface Walk {
  limit: number
  after: Cursor | null
  /** Marks of the cursors that were there: a list that leads to one of them goes in a circle. */
  seen: string[]
  /** Ids of the rows so far: a row that comes again on a later page is one row. */
  ids: string[]
  /** Pages in a row that told nothing new. */
  idle: number
  /** Id → what the pages so far told of a row: its rights, or its role. A row that comes again may tell something else. */
  told?: Record<string, string[]>
}

/** All edges of a business in one expanded read of its node. */
export interface RootQuery {
  q: 'root'
  edges: string[]
  /** Per edge of assets: the ids that are looked for; absent where every asset counts. */
  want: Record<string, string[]>
  /** Share of the usual limits, halved where Meta asked for less. */
  scale: number
  /** How many edges were refused by name so far. */
  named?: number
  /** Levels of edges in this run, where they are lower than what is remembered. */
  levels: Record<string, Level>
  /** Of a read of next pages: how far each list was walked. Absent in the first one. */
  walks?: Record<string, Walk>
}

/** 0: with everything expanded; 1: without the assets' own agencies; 2: the plain list. */
export type Level = 0 | 1 | 2

/** One list edge of a business. */
export interface EdgeQuery {
  q: 'edge'
  edge: string
  level: Level
  walk: Walk
  /** The ids that are looked for; null where every asset counts. */
  want: string[] | null
  /** Level 2 was reached because something was refused: ask one asset first. */
  careful: boolean
  /** The list told less than before. */
  again?: boolean
  /** The plain list, tried to learn what is too much: its size, or what is expanded in it. What to go on with where it is the size. */
  trial: { level: Level; limit: number } | null
}

/** Who is assigned to one asset, or which partners it is shared with. */
export interface AssetQuery {
  q: 'assigned' | 'agencies'
  type: string
  id: string
  walk: Walk
  /** Assets of the same kind that are asked after this one, unless it is refused. */
  rest: string[]
  /** How often one of this row of assets was not visible. */
  strikes: number
  /** The edge that told this list of none of its rows: where it tells something by itself, the edge does not expand it and does not say so. */
  silent?: string
}

/** Where such a list stands in its asset's row, where its edge expands it. */
export const expandedAs = { assigned: 'assigned_users', agencies: 'agencies' } as const

/** Groups of the business, and groups that others share with it; the second list is in Meta's reference pages alone. */
export const groupsEdges = ['business_asset_groups', 'client_business_asset_groups'] as const
export type GroupsEdge = (typeof groupsEdges)[number]

/** True where a list of the business is one of groups. */
export const isGroups = (edge: string): edge is GroupsEdge => groupsEdges.some((one) => one === edge)

/** Groups of assets, with what they contain and who is assigned: expanded, or (`plain`) list by list. */
export interface GroupsQuery {
  q: 'groups'
  edge: GroupsEdge
  plain: boolean
  limit: number
  /** The groups tell less than before: lists that are told of none of them are asked by themselves. */
  again?: boolean
}

/** Who owns a client's Instagram account: the IG user knows. */
export interface OwnerQuery {
  q: 'owner'
  type: string
  id: string
  node: string
}

/** Assets that an invitation will carry. */
export interface CarriedQuery {
  q: 'carried'
  invitation: string
}

/** Lists that an edge told of none of these assets: empty, or left out as what is asked of some others of the edge meanwhile will show. */
export interface UnsureQuery {
  q: 'unsure'
  of: AssetQuery['q']
  edge: string
  type: string
  ids: string[]
}

/** Something that this token may not read by its permissions: told without asking. */
export interface RefusedQuery {
  q: 'refused'
  scopes: string[]
  what: string
  lacks: string
  optional: boolean
  answered?: boolean
}

export type Query =
  RootQuery | EdgeQuery | AssetQuery | GroupsQuery | OwnerQuery | CarriedQuery | UnsureQuery | RefusedQuery

export function startOf(limit: number): Walk {
  return { limit, after: null, seen: [], ids: [], idle: 0 }
}

const idsIn = (rows: readonly JsonObject[]): string[] =>
  rows.map((row) => id(row.id)).filter((found) => found !== null)

/** Rows of a list with its last page, each counted once. */
export function rowsOf(walk: Walk, last: readonly JsonObject[]): number {
  return new Set([...walk.ids, ...idsIn(last)]).size
}

/**
 * The walk after a page. Throws ConnectorError `changed` for a cursor that was there before and for a list without an end.
 * An empty page that has a next one is passed over.
 */
export function stepOn(walk: Walk, next: Cursor, rows: readonly JsonObject[], what: string): Walk {
  const mark = cursorMark(next)
  const { seen, ids } = walk
  if (seen.includes(mark)) throw changed(`${what} leads to the same page again`)
  const most = ids.length < SHORT_PAGE * seen.length ? MOST_SHORT_PAGES : MOST_PAGES
  if (seen.length >= most) throw changed(`${what} does not end after ${most} pages`)
  const known = new Set(ids)
  const idle = rows.some((row) => !known.has(id(row.id) ?? '')) ? 0 : walk.idle + 1
  if (idle >= MOST_IDLE_PAGES) throw changed(`${what} goes on without telling anything new`)
  return { limit: walk.limit, after: next, seen: [...seen, mark], ids: [...ids, ...idsIn(rows)], idle }
}

/** The business that is read: ours, or the partner's. */
export function readerOf(ctx: Context): string {
  return ctx.target.kind === 'own' ? ctx.target.business : ctx.target.partner
}

export function edgeQuery(edge: string, limit: number, rest: Partial<EdgeQuery> = {}): EdgeQuery {
  return {
    q: 'edge',
    edge,
    level: 0,
    walk: startOf(limit),
    want: null,
    careful: false,
    trial: null,
    ...rest,
  }
}

export function assetQuery(
  q: AssetQuery['q'],
  type: string,
  id: string,
  rest: Partial<AssetQuery> = {},
): AssetQuery {
  return { q, type, id, walk: startOf(limits.nested), rest: [], strikes: 0, ...rest }
}

const peopleUnits: Record<string, string> = {
  business_users: 'people',
  system_users: 'system users',
  pending_users: 'invitations',
}

const units: Record<string, string> = {
  ...peopleUnits,
  agencies: 'partners',
  clients: 'partners',
  ...Object.fromEntries(
    kinds.flatMap((kind) => [
      [kind.owned, kind.labelPlural],
      [kind.client, kind.labelPlural],
    ]),
  ),
}

/** A query as a read, with the words in which its progress is counted. */
export function asRead(query: Query): Read {
  const unit = unitOf(query)
  const people =
    query.q === 'root'
      ? query.edges.every((edge) => edge in peopleUnits)
      : query.q === 'edge'
        ? query.edge in peopleUnits
        : query.q === 'assigned' || query.q === 'carried' || (query.q === 'unsure' && query.of === 'assigned')
  return people ? { unit, people, query } : { unit, query }
}

function unitOf(query: Query): string {
  switch (query.q) {
    case 'root':
      return query.walks === undefined ? 'lists' : (units[query.edges[0] ?? ''] ?? 'lists')
    case 'edge':
      return units[query.edge] ?? 'lists'
    case 'carried':
      return 'lists'
    case 'groups':
      return 'asset groups'
    default:
      return 'assets'
  }
}

/** The query of a read. It was made here, so only its kind is looked at. */
export function asQuery(read: Read): Query {
  const query: unknown = read.query
  if (!isObject(query) || typeof query.q !== 'string') throw changed('a read that this version does not know')
  return query as unknown as Query
}
