// Lists of partners that name no asset of a kind: the kind is not shared any more, or Meta leaves the field out without a word. The assets
// themselves know which.
import type { Context } from '../connector.ts'
import { isObject, page, requiredId } from './answer.ts'
import type { JsonObject } from './answer.ts'
import type { AssetKind } from './asset-kind.ts'
import { walkParams } from './edges.ts'
import { learntNothing } from './failures.ts'
import type { Graph } from './graph.ts'
import { kinds } from './kinds.ts'
import { limits, readerOf, startOf, stepOn } from './queries.ts'
import { withoutFields } from './seen.ts'
import type { Seen } from './seen.ts'

/** Marks, in what is kept of a list's pages, a kind of which a row had its list of permissions, be it empty. */
const mark = (type: string): string => `list of ${type}`

export function noteLists(told: Map<string, string[]>, rows: readonly JsonObject[]): void {
  for (const { permissionList: list, type } of kinds)
    if (list !== null && rows.some((row) => row[list] !== undefined)) told.set(mark(type), [])
}

/** Kinds that no row of the whole list had a list of permissions of. */
export function silentKinds(told: ReadonlyMap<string, string[]>): string[] {
  return kinds.flatMap(({ permissionList, type }) =>
    permissionList === null || told.has(mark(type)) ? [] : [type],
  )
}

/** Asks whether assets of ours of these kinds are shared all the same, and says of those what the list of partners does not tell. */
export async function askAssets(
  ctx: Context,
  graph: Graph,
  seen: Seen,
  types: readonly string[],
): Promise<void> {
  const untold = []
  for (const kind of kinds)
    if (types.includes(kind.type) && (await isShared(ctx, graph, kind)))
      untold.push({ field: kind.permissionList ?? '', type: kind.type })
  const more = withoutFields(untold)
  if (more === null) return
  for (const seal of seen.seals)
    seal.untold = { types: [...(seal.untold?.types ?? []), ...more.types], error: more.error }
}

const MOST_PAGES = 10

/** True where partners stand in an asset's row; an error in their place, or any other thing, says nothing. */
function namesPartners({ agencies }: JsonObject): boolean {
  const list = isObject(agencies) ? agencies.data : agencies
  return Array.isArray(list) && list.length > 0
}

/** True where an asset of this kind names a partner that it is shared with. A refusal says nothing. Throws ConnectorError where Meta is away or the token ends. */
async function isShared(ctx: Context, graph: Graph, kind: AssetKind): Promise<boolean> {
  let walk = startOf(limits.assets)
  for (let turn = 0; turn < MOST_PAGES; turn++) {
    const params = { ...walkParams(ctx, walk), fields: 'id,agencies.limit(1){id}' }
    const [answer] = await graph.ask([{ path: `${readerOf(ctx)}/${kind.owned}`, params }])
    if (answer?.ok !== true) {
      if (answer !== undefined && learntNothing(answer.error)) throw answer.error
      return false
    }
    const { rows, next } = page(answer.body, kind.owned)
    // Every partner with a token holds the app of the connection itself.
    const others = rows.filter((row) => requiredId(row, kind.owned) !== ctx.settings.app_id)
    if (others.some(namesPartners)) return true
    if (next === null) return false
    walk = stepOn(walk, next, rows, kind.owned)
  }
  return false
}
