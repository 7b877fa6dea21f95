// What the members of groups may do: per kind of asset, told by the groups' lists of members or by the members' own lists of groups, and which of it
// a whole answer leaves out without a word.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business-user/assigned_business_asset_groups
import type { Context, Seal } from '../connector.ts'
import { adAccounts } from './ad-accounts.ts'
import { changed, requiredId } from './answer.ts'
import type { JsonObject } from './answer.ts'
import type { AssetKind } from './asset-kind.ts'
import { walkParams } from './edges.ts'
import { GraphError } from './failures.ts'
import type { Graph } from './graph.ts'
import { dropField } from './learnt.ts'
import { pages } from './pages.ts'
import { pixels } from './pixels.ts'
import { startOf } from './queries.ts'
import { withoutFields } from './seen.ts'
import { allRows } from './walks.ts'
import type { List } from './walks.ts'
import { leavesEmptyOut, noteEmptyLeftOut } from './told-inside.ts'

export const contained: readonly { edge: string; kind: AssetKind; tasks: string }[] = [
  { edge: 'contained_adaccounts', kind: adAccounts, tasks: 'adaccount_tasks' },
  { edge: 'contained_pages', kind: pages, tasks: 'page_tasks' },
  { edge: 'contained_pixels', kind: pixels, tasks: 'pixel_tasks' },
]

export const perKind = contained.map((c) => c.tasks)

const memberGroups = 'assigned_business_asset_groups'

/** A list inside a group, with all its rows. */
export interface Gathered {
  group: string
  edge: string
  rows: JsonObject[]
}

/** Asks the members. False where Meta does not let them be asked: the groups are to be asked in another form. */
export async function tellRights(
  ctx: Context,
  graph: Graph,
  gathered: Gathered[],
  limit: number,
): Promise<boolean> {
  try {
    await askMembers(ctx, graph, gathered, limit)
    return true
  } catch (error) {
    if (!(error instanceof GraphError) || !['denied', 'gone', 'changed'].includes(error.failure.kind))
      throw error
    dropField(ctx, 'groups', 'members')
    return false
  }
}

/** The members' own lists of groups tell the rights that the groups' lists of members do not. */
async function askMembers(ctx: Context, graph: Graph, gathered: Gathered[], limit: number): Promise<void> {
  const members = gathered.filter((g) => g.edge === 'assigned_users').flatMap((g) => g.rows)
  const ids = [...new Set(members.map((row) => requiredId(row, 'assigned_users')))]
  const fields = ['id', ...perKind].join(',')
  const start = startOf(limit)
  const lists = ids.map((id): List => ({
    what: memberGroups,
    first: null,
    start,
    call: (walk) => ({ path: `${id}/${memberGroups}`, params: { ...walkParams(ctx, walk), fields } }),
  }))
  const rights = new Map<string, JsonObject>()
  for (const [index, rows] of (await allRows(graph, lists)).entries())
    for (const row of rows) rights.set(`${ids[index] ?? ''}/${requiredId(row, memberGroups)}`, row)
  for (const list of gathered) {
    if (list.edge !== 'assigned_users') continue
    list.rows = list.rows.map((row) => ({
      ...rights.get(`${requiredId(row, 'assigned_users')}/${list.group}`),
      ...row,
    }))
  }
}

/**
 * What these lists do not tell of members, where a field that says it is left out of all their rows; `ofGroup`: the type of groups. Nobody is in a group without any right. Throws
 * ConnectorError `changed` where a member is told to be.
 */
export function untoldOfMembers(
  ctx: Context,
  gathered: readonly Gathered[],
  ofGroup: string,
): NonNullable<Seal['untold']> | null {
  const members = gathered.filter((g) => g.edge === 'assigned_users').flatMap((g) => g.rows)
  const tells = (row: JsonObject, field: string): boolean => row[field] !== undefined
  if (members.some((row) => !['tasks', ...perKind].some((field) => tells(row, field))))
    throw changed('a member of a group has no rights')
  // One list is for all kinds.
  const asked = members.filter((row) => !tells(row, 'tasks'))
  const told = perKind.filter((field) => asked.some((row) => tells(row, field)))
  if (asked.some((row) => !told.every((field) => tells(row, field)))) noteEmptyLeftOut(ctx)
  if (asked.length === 0 || leavesEmptyOut(ctx)) return null
  const silent = contained.filter(({ tasks }) => !told.includes(tasks))
  const fields = silent.flatMap(({ kind, tasks }) =>
    [kind.type, ofGroup].map((type) => ({ field: tasks, type })),
  )
  return withoutFields(fields, 'what members of groups may do: what they could do before')
}
