// A long list read in windows of 100 rows: only those in sight, each remembered for a while. Tells DataTable what it needs.
import { useQueries } from '@tanstack/react-query'
import type { UseQueryOptions } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Facets, List } from '../src/model/list.ts'
import { PAGE_SIZE } from '../src/model/list.ts'
import type { Query } from './client.ts'
import type { TableSource } from './components/table-model.tsx'

/** How long the reader must stay before a window is asked for: a flick through the list asks for none of what flew by. */
const SETTLE_MS = 60

export interface Windows<Row> extends TableSource<Row> {
  facets: Facets | undefined
  /** Why the first window could not be read; null where it could. */
  error: Error | null
  retry: () => void
  /** The rows that are here now, in no promised order. */
  loaded: () => Row[]
}

/** What the functions of queries.ts give for a list. */
type ListOptions<Row> = UseQueryOptions<List<Row>, Error, List<Row>, unknown[]>

/**
 * `query` makes the query of one page from its filters. `filters` must be stable between renders. While other filters are
 * loading, the rows of the ones before stay, marked as stale.
 */
export function useWindows<Row>(query: (filters: Query) => ListOptions<Row>, filters: Query): Windows<Row> {
  const filterKey = JSON.stringify(filters)
  const [sight, setSight] = useState({ filterKey, first: 0, last: 0 })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const onRange = useCallback(
    (first: number, last: number) => {
      clearTimeout(timer.current)
      const next = { filterKey, first: Math.floor(first / PAGE_SIZE), last: Math.floor(last / PAGE_SIZE) }
      timer.current = setTimeout(() => {
        setSight((now) =>
          now.filterKey === next.filterKey && now.first === next.first && now.last === next.last ? now : next,
        )
      }, SETTLE_MS)
    },
    [filterKey],
  )

  const windows = useMemo(() => {
    const list = [0]
    if (sight.filterKey !== filterKey) return list
    for (let at = Math.max(1, sight.first); at <= sight.last; at++) list.push(at)
    return list
  }, [sight, filterKey])

  const pages = useQueries({
    queries: windows.map((at) => {
      const options = query({ ...filters, offset: at * PAGE_SIZE, limit: PAGE_SIZE })
      return { queryKey: options.queryKey, queryFn: options.queryFn, gcTime: 120_000 } as UseQueryOptions<
        List<Row>
      >
    }),
    combine: (results) => ({
      lists: results.map((result) => result.data),
      first: results[0],
      // What was read before and could not be read again is shown as it was.
      // Also while they are asked for again: what stands there keeps its place and the focus.
      gaps: results.flatMap(({ data, error, errorUpdateCount, isFetching, refetch }, i) => {
        const from = (windows[i] ?? 0) * PAGE_SIZE
        return data !== undefined || errorUpdateCount === 0
          ? []
          : [{ from, to: from + PAGE_SIZE, error, busy: isFetching, retry: refetch }]
      }),
    }),
  })

  const head = pages.lists[0]
  const loaded = useMemo(
    () =>
      head === undefined
        ? undefined
        : { head, byWindow: new Map(windows.map((at, i) => [at, pages.lists[i]])) },
    [head, windows, pages.lists],
  )
  // What was shown before the filters changed stays until the answer has come; never what another list showed.
  const list = JSON.stringify(query({}).queryKey)
  const [kept, keep] = useState({ list, loaded })
  if (loaded !== undefined && (loaded !== kept.loaded || list !== kept.list)) keep({ list, loaded })
  const failed = head === undefined && pages.first?.isError === true
  const shown = failed ? undefined : (loaded ?? (list === kept.list ? kept.loaded : undefined))

  const row = useCallback(
    (at: number) => shown?.byWindow.get(Math.floor(at / PAGE_SIZE))?.rows[at % PAGE_SIZE],
    [shown],
  )
  return {
    asked: filterKey,
    total: shown?.head.total ?? null,
    row,
    gaps: pages.gaps,
    onRange,
    stale: loaded === undefined && shown !== undefined,
    facets: shown?.head.facets,
    error: failed ? (pages.first?.error ?? null) : null,
    retry: () => void pages.first?.refetch(),
    loaded: () => [...(shown?.byWindow.values() ?? [])].flatMap((list) => list?.rows ?? []),
  }
}
