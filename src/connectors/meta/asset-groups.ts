// Access through groups of assets: who is assigned to a group has its rights on what the group contains, and Meta's lists of who is
// assigned to an asset may not show it. Groups have rights of their own per kind; catalogs and Instagram accounts get none from them.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business-user/assigned_business_asset_groups
import type { Context } from '../connector.ts'
import type { ResourceTypeSpec } from '../../model/manifest.ts'
import { expandedPage, isObject, names, noPerson, requiredId, text } from './answer.ts'
import type { JsonObject, Page } from './answer.ts'
import type { AssetKind } from './asset-kind.ts'
import { walkParams } from './edges.ts'
import type { Call, Graph } from './graph.ts'
import { contained, perKind, tellRights, untoldOfMembers } from './group-rights.ts'
import type { Gathered } from './group-rights.ts'
import { ceiling, dropField, droppedFields, edgeLevel, edgeLimit, lowerEdge, notePresent } from './learnt.ts'
import { noteAssigned, nothing } from './seen.ts'
import type { Seen } from './seen.ts'
import { groupTasks } from './tasks.ts'
import { asRead, groupsEdges, limits, readerOf, startOf } from './queries.ts'
import type { GroupsEdge, GroupsQuery, Walk } from './queries.ts'
import { allRows } from './walks.ts'
import type { List } from './walks.ts'
import { isTold, noteTold, stillSilent } from './told-inside.ts'

/** Groups as assets: what they are called, and what their members may do. */
export const groupType: ResourceTypeSpec = {
  type: 'asset_group',
  label: 'Asset group',
  labelPlural: 'Asset groups',
  entitlements: groupTasks,
  unknownRank: 'edit',
}

/**
 * How rights are asked for: per kind, not at all (then each member is asked), or at last as one list, which does not say on which kind somebody
 * has which right.
 */
type Form = 'per_kind' | 'members' | 'one_list'

function formOf(ctx: Context): Form {
  const dropped = droppedFields(ctx, 'groups')
  if (!dropped.has('per_kind')) return 'per_kind'
  return dropped.has('members') ? 'one_list' : 'members'
}

/** Meta says that it does not know a field of groups: asked in the next form. False where that cannot help. */
export function dropGroupField(ctx: Context, field: string): boolean {
  if (perKind.includes(field)) dropField(ctx, 'groups', 'per_kind')
  else if (field === 'user_type' || field === 'name') dropField(ctx, 'groups', field)
  else return false
  return true
}

/** Meta's name of the node, as its errors give it. */
export const groupNode = 'BusinessAssetGroup'
export const groupsScope = (ctx: Context, edge: string): string => `${readerOf(ctx)}/${edge}`

function memberFields(ctx: Context): string {
  const form = formOf(ctx)
  const tasks = form === 'per_kind' ? perKind : form === 'one_list' ? ['tasks'] : []
  const dropped = droppedFields(ctx, 'groups')
  return ['id', ...['name', 'user_type'].filter((f) => !dropped.has(f)), ...tasks].join(',')
}

/** Rows that are asked of the lists in a group: fewer where the groups themselves had to be asked in smaller parts. */
function nestedLimit(ctx: Context, limit: number): number {
  return Math.min(ceiling(ctx), limit < limits.groups ? limit : limits.nested)
}

/** What is asked of each group: everything at once, or nothing but its id. */
function groupFields(ctx: Context, plain: boolean, limit: number): string {
  // Of a partner's groups only the id: their names are none of our business.
  const named = ctx.target.kind === 'own' && !droppedFields(ctx, 'groups').has('name')
  const own = named ? ['id', 'name'] : ['id']
  if (plain) return own.join(',')
  const nested = nestedLimit(ctx, limit)
  const lists = contained.map((c) => `${c.edge}.limit(${nested}){id}`)
  const members = `assigned_users.business(${readerOf(ctx)}).limit(${nested}){${memberFields(ctx)}}`
  return [...own, ...lists, members].join(',')
}

/** Groups as a field of the business's node. */
export function groupsRootField(ctx: Context, edge: GroupsEdge, scale: number): string {
  const limit = Math.min(ceiling(ctx), Math.max(1, Math.floor(limits.groups * scale)))
  return `${edge}.limit(${limit}){${groupFields(ctx, false, limit)}}`
}

/** The read of groups in the form that worked. */
export function groupsQuery(ctx: Context, edge: GroupsEdge): GroupsQuery {
  return {
    q: 'groups',
    edge,
    plain: edgeLevel(ctx, edge) === 2,
    limit: edgeLimit(ctx, edge, limits.groups),
  }
}

export function groupsCall(ctx: Context, query: GroupsQuery, walk: Walk = startOf(query.limit)): Call {
  return {
    path: `${readerOf(ctx)}/${query.edge}`,
    params: { ...walkParams(ctx, walk), fields: groupFields(ctx, query.plain, query.limit) },
  }
}

/**
 * All groups, from their first page on: whatever is left is read here and now, so that the one scope of all groups is either read
 * completely or not at all. Throws ConnectorError where a part cannot be read.
 */
export async function readGroups(ctx: Context, graph: Graph, first: Page, query: GroupsQuery): Promise<Seen> {
  const { edge: list } = query
  notePresent(ctx, list)
  const nested = nestedLimit(ctx, query.limit)
  const start = startOf(query.limit)
  const outer = { what: list, first, start, call: (walk: Walk) => groupsCall(ctx, query, walk) }
  const [groups = []] = await allRows(graph, [outer])
  for (const row of groups) noPerson(row, list)
  const apart = apartOf(ctx, query, groups)
  const asked = groups.flatMap((row) => insideOf(ctx, row, query, apart, nested))
  const rows = await allRows(graph, asked)
  for (const what of apart) {
    const told = asked.some((one, n) => one.what === what && (rows[n] ?? []).length > 0)
    if (told) lowerEdge(ctx, list, 2, true)
    else noteTold(ctx, list, what, 'empty')
  }
  const gathered = asked.map(({ group, what }, n): Gathered => ({ group, edge: what, rows: rows[n] ?? [] }))
  if (formOf(ctx) === 'members' && !(await tellRights(ctx, graph, gathered, nested)))
    return { ...nothing(), next: [query] }
  return seenOf(ctx, list, groups, gathered)
}

const insideLists = [...contained.map((c) => c.edge), 'assigned_users']

/** Lists that are told of no group, as also where Meta leaves an expansion out without saying so: to be asked by themselves. */
function apartOf(ctx: Context, query: GroupsQuery, groups: readonly JsonObject[]): string[] {
  if (query.plain || groups.length === 0) return []
  return insideLists.filter((what) => {
    const silent = groups.every((row) => row[what] === undefined)
    if (!silent) noteTold(ctx, query.edge, what, 'seen')
    if (!silent || query.again === true) return silent
    return !isTold(ctx, query.edge, what) && (ctx.target.kind === 'own' || stillSilent(ctx, query.edge, what))
  })
}

/** A list inside a group that was refused by itself. */
const isRefused = (inside: JsonObject[string]): boolean => isObject(inside) && inside.error !== undefined

/** The lists inside a group: what it contains of each kind, and its people. */
function insideOf(
  ctx: Context,
  row: JsonObject,
  { plain, edge: list }: GroupsQuery,
  apart: readonly string[],
  limit: number,
): (List & { group: string })[] {
  const group = requiredId(row, list)
  return insideLists.map((what) => {
    const extra: Record<string, string> =
      what === 'assigned_users' ? { business: readerOf(ctx), fields: memberFields(ctx) } : { fields: 'id' }
    return {
      group,
      what,
      first: plain || apart.includes(what) || isRefused(row[what]) ? null : expandedPage(row, what, what),
      start: startOf(limit),
      call: (walk) => ({ path: `${group}/${what}`, params: { ...walkParams(ctx, walk), ...extra } }),
    }
  })
}

/** The groups as assets of ours, their members' rights on them, and what follows for each asset that they contain. */
function seenOf(
  ctx: Context,
  edge: GroupsEdge,
  groups: readonly JsonObject[],
  gathered: readonly Gathered[],
): Seen {
  const seen = nothing()
  const scope = groupsScope(ctx, edge)
  const lists = new Map(gathered.map((g) => [`${g.group}/${g.edge}`, g.rows]))
  // Also what touches nothing of ours: an answer that leaves it out is another one.
  const rows = gathered.reduce((sum, list) => sum + list.rows.length, groups.length)
  for (const group of groups) {
    const id = requiredId(group, edge)
    const members = lists.get(`${id}/assigned_users`) ?? []
    if (ctx.target.kind === 'own') groupOfOurs(ctx, seen, edge, group, lists)
    for (const { edge: list, kind, tasks } of contained) {
      const inside = (lists.get(`${id}/${list}`) ?? []).map((row) => kind.id(row))
      for (const resource of inside.filter((found) => touches(ctx, kind, found))) {
        for (const member of members) {
          const entitlements = names(member[tasks] ?? member.tasks)
          if (entitlements.length === 0) continue
          const principal = noteAssigned(ctx, seen, member, scope)
          const grant = { business: readerOf(ctx), principal, type: kind.type, resource, entitlements }
          seen.observations.push({ of: 'grant', scope, ...grant, how: 'group', through: id })
        }
      }
    }
  }
  const untold = untoldOfMembers(ctx, gathered, groupType.type)
  const again = asRead({ ...groupsQuery(ctx, edge), again: true })
  seen.seals.push({ scope, rows, again, ...(untold === null ? {} : { untold }) })
  return seen
}

/** True where an asset in a group is one that this target is about. */
function touches(ctx: Context, kind: AssetKind, id: string): boolean {
  if (ctx.target.kind === 'own') return true
  return ctx.target.shared.some((s) => s.type === kind.type && s.externalId === id)
}

/** A group of ours, or shared with us, as an asset, with its members. */
function groupOfOurs(
  ctx: Context,
  seen: Seen,
  edge: GroupsEdge,
  group: JsonObject,
  lists: ReadonlyMap<string, JsonObject[]>,
): void {
  const scope = groupsScope(ctx, edge)
  const externalId = requiredId(group, edge)
  const facts = contained.map(({ edge: list, kind }): [string, string] => [
    kind.labelPlural,
    String(lists.get(`${externalId}/${list}`)?.length ?? 0),
  ])
  seen.observations.push({
    of: 'resource',
    scope,
    type: groupType.type,
    externalId,
    name: text(group.name),
    relation: edge === groupsEdges[0] ? 'owned' : 'client',
    ownerBusiness: null,
    facts: Object.fromEntries(facts),
  })
  const members = lists.get(`${externalId}/assigned_users`) ?? []
  for (const member of members) {
    const principal = noteAssigned(ctx, seen, member, scope)
    const entitlements = [
      ...new Set([...perKind.flatMap((tasks) => names(member[tasks])), ...names(member.tasks)]),
    ].sort()
    const grant = { business: readerOf(ctx), principal, type: groupType.type, resource: externalId }
    seen.observations.push({ of: 'grant', scope, ...grant, entitlements, how: 'direct', through: null })
  }
}

/** The groups inside the answer of the business's node. */
export function groupsIn(body: JsonObject, edge: GroupsEdge): Page {
  return expandedPage(body, edge, edge)
}
