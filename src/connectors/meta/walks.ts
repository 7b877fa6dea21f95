// Walks several lists to their ends together: whatever goes on is asked in one batch per round. For reads whose parts count only as a whole.
import { page, requiredId } from './answer.ts'
import type { Json, JsonObject, Page } from './answer.ts'
import type { Answer, Call, Graph } from './graph.ts'
import { stepOn } from './queries.ts'
import type { Walk } from './queries.ts'

export interface List {
  /** The edge, for errors. */
  what: string
  /** The page that is there already; null where the list is asked from its start. */
  first: Page | null
  start: Walk
  call: (walk: Walk) => Call
}

/** The rows of each list, each row once, with what every page told of it. An empty page to which one led and none follows is asked a second time. Throws ConnectorError where one page of any list cannot be read. */
export async function allRows(graph: Graph, lists: readonly List[]): Promise<JsonObject[][]> {
  const walks = lists.map((list) => ({
    list,
    walk: list.start,
    last: list.first,
    rows: list.first?.rows ?? [],
    doubted: false,
  }))
  for (;;) {
    const open = walks.filter(({ last, walk, doubted }) => {
      if (last === null || last.next !== null) return true
      return last.rows.length === 0 && walk.after !== null && !doubted
    })
    if (open.length === 0) break
    const calls = open.map((one) => {
      const { last, list } = one
      if (last?.next != null) one.walk = stepOn(one.walk, last.next, last.rows, list.what)
      else one.doubted = last !== null
      return list.call(one.walk)
    })
    const answers = await graph.ask(calls)
    for (const [index, one] of open.entries()) {
      one.last = page(bodyOf(answers[index]), one.list.what)
      one.rows = [...one.rows, ...one.last.rows]
    }
  }
  return walks.map(({ list, rows }) => {
    const each = new Map<string, JsonObject>()
    for (const row of rows) {
      const id = requiredId(row, list.what)
      each.set(id, both(each.get(id), row))
    }
    return [...each.values()]
  })
}

/** A row that came again, as where a list grew while it was read: what the later one leaves out it does not deny. */
function both(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  if (earlier === undefined) return later
  const row: JsonObject = { ...earlier }
  for (const [field, value] of Object.entries(later)) {
    const before = earlier[field]
    if (Array.isArray(before) && Array.isArray(value)) row[field] = [...new Set([...before, ...value])]
    else row[field] = value ?? before
  }
  return row
}

function bodyOf(answer: Answer | undefined): Json {
  if (answer === undefined) return null
  if (!answer.ok) throw answer.error
  return answer.body
}
