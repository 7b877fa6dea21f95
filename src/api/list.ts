// What every list route takes: the query of a list read from the address, and the rows of an export in portions.
import { z } from 'zod'
import { ListQuery } from '../model/list.ts'
import type { ListAsk } from '../store/list.ts'

/** The list's own query parameters beside search, sort and paging: each may hold several values, separated by commas. */
export function listQuery<const N extends string>(...facets: N[]) {
  const values = z.string().max(4_000).optional()
  return ListQuery.extend(
    Object.fromEntries(facets.map((facet) => [facet, values])) as Record<N, typeof values>,
  )
}

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

const PORTION = 2_000

/** Reads the rows of an export portion by portion, each in a transaction of its own: a slow download holds no connection. */
export async function* inPortions<Row>(
  ids: readonly string[],
  rowsOf: (ids: readonly string[]) => Promise<Row[]>,
): AsyncIterable<Row[]> {
  for (let from = 0; from < ids.length; from += PORTION) yield await rowsOf(ids.slice(from, from + PORTION))
}
