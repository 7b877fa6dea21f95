// What every list route takes: the query of a list read from the address, and the rows of an export in portions.
import { z } from 'zod'
import { ListQuery } from '../model/list.ts'
import type { Tx } from '../store/db.ts'
import { inOrder } from '../store/list.ts'
import type { ListAsk } from '../store/list.ts'

/** The list's own query parameters beside search, sort and paging: each may hold several values, separated by commas. */
export function listQuery<const N extends string>(...facets: N[]) {
  const values = z.string().max(4_000).optional()
  return ListQuery.extend(
    Object.fromEntries(facets.map((facet) => [facet, values])) as Record<N, typeof values>,
  )
}

const Time = z.union([z.iso.datetime({ offset: true }), z.iso.date()])
/** Query parameters of a list of what happened: from a moment on, and before another. */
export const between = { from: Time.optional(), to: Time.optional() }

/** The ask of a list. `only`: facet → what stands in the address. */
export function listAsk(
  query: z.output<typeof ListQuery>,
  only: Readonly<Record<string, string | undefined>> = {},
): ListAsk {
  return {
    search: query.search,
    sort: query.sort,
    offset: query.offset === undefined ? undefined : Number(query.offset),
    limit: query.limit === undefined ? undefined : Number(query.limit),
    only: Object.fromEntries(Object.entries(only).map(([facet, text]) => [facet, valuesOf(text)])),
  }
}

/** Values that are separated by commas; undefined where there is none. */
export function valuesOf(text: string | undefined): string[] | undefined {
  const values = (text ?? '').split(',').filter((value) => value !== '')
  return values.length === 0 ? undefined : values
}

/** Few enough that what is made of them is gone before the collector moves it to the old objects: with 2,000 a fifth of the time went there. */
const PORTION = 500

type Read = <T>(fn: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * Reads the rows of an export portion by portion, each in a transaction of its own: a slow download holds no connection. What is exported is
 * what matched at the beginning. While one portion is written the next is read, and no further one.
 */
export async function* inPortions<Row extends { id: string }>(
  read: Read,
  idsOf: (tx: Tx) => Promise<string>,
  rowsOf: (tx: Tx, ids: readonly string[]) => Promise<Row[]>,
): AsyncIterable<Row[]> {
  const portions = portionsOf(await read(idsOf))
  const next = () => {
    const ids = portions.next().value
    const rows = ids === undefined ? undefined : read(async (tx) => inOrder(ids, await rowsOf(tx, ids)))
    // It is heard of when its turn comes; where the download ended before, nobody asks.
    rows?.catch(() => undefined)
    return rows
  }
  for (let coming = next(); coming !== undefined;) {
    const rows = await coming
    coming = next()
    yield rows
  }
}

/** A text of ids with commas between, some at a time. */
function* portionsOf(ids: string): Generator<string[], undefined> {
  for (let from = 0; from < ids.length;) {
    let to = from - 1
    for (let n = 0; n < PORTION && to < ids.length; n++) {
      const comma = ids.indexOf(',', to + 1)
      to = comma === -1 ? ids.length : comma
    }
    yield ids.slice(from, to).split(',')
    from = to + 1
  }
}
