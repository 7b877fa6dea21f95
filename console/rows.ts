// A short list that came whole: searched, filtered, counted and sorted here, told to ListView as one that is read in windows.
import { useMemo } from 'react'
import type { Facets } from '../src/model/list.ts'
import type { ListState } from './list-state.ts'
import type { Windows } from './windows.ts'

export interface RowRules<Row> {
  /** What the search looks through. */
  text: (row: Row) => string
  /** Filter name → its value and words for a row. */
  filters: Readonly<Record<string, (row: Row) => { value: string; label: string }>>
  /** Column name → what rows are sorted by; blank stands last. */
  sorts: Readonly<Record<string, (row: Row) => string>>
}

const byWords = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true })

/** `rules` must be stable between renders. */
export function useRows<Row>(
  query: { data: Row[] | undefined; error: Error | null; refetch: () => void },
  state: ListState,
  rules: RowRules<Row>,
): Windows<Row> {
  const { data } = query
  const found = useMemo(
    () => (data === undefined ? null : narrowed(data, state, rules)),
    [data, state, rules],
  )
  return useMemo(
    () => ({
      asked: state.get('sort') ?? '',
      total: found?.rows.length ?? null,
      row: (at: number) => found?.rows[at],
      gaps: [],
      onRange: () => undefined,
      stale: false,
      facets: found?.facets,
      error: data === undefined ? query.error : null,
      retry: () => query.refetch(),
      loaded: () => found?.rows ?? [],
    }),
    [found, data, query, state],
  )
}

function narrowed<Row>(all: Row[], state: ListState, rules: RowRules<Row>): { rows: Row[]; facets: Facets } {
  const words = (state.get('search') ?? '').toLowerCase()
  const searched = words === '' ? all : all.filter((row) => rules.text(row).toLowerCase().includes(words))
  const names = Object.keys(rules.filters)
  /** Those that fit all filters but one: what that one is counted under. */
  const fitting = (except: string | null) =>
    searched.filter((row) =>
      names.every((name) => {
        const chosen = state.values(name)
        return (
          name === except || chosen.length === 0 || chosen.includes(rules.filters[name]?.(row).value ?? '')
        )
      }),
    )
  const facets: Facets = {}
  for (const name of names) {
    const counts = new Map<string, { value: string; label: string; count: number }>()
    for (const row of fitting(name)) {
      const option = rules.filters[name]?.(row)
      if (option === undefined) continue
      const before = counts.get(option.value)
      counts.set(option.value, { ...option, count: (before?.count ?? 0) + 1 })
    }
    facets[name] = [...counts.values()]
  }
  return { rows: sorted(fitting(null), state.get('sort'), rules), facets }
}

function sorted<Row>(rows: Row[], sort: string | undefined, rules: RowRules<Row>): Row[] {
  const key = rules.sorts[(sort ?? '').replace(/^-/, '')]
  if (key === undefined) return rows
  const way = sort?.startsWith('-') === true ? -1 : 1
  return rows.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)]
    if (x === '' || y === '') return Number(x === '') - Number(y === '')
    return way * byWords.compare(x, y)
  })
}
