// A whole list: search, filters, rows and every state it can be in. A screen says what the rows are; the address holds the rest.
import { SearchX, SlidersHorizontal } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Facets as FacetCounts } from '../../src/model/list.ts'
import type { ListState } from '../list-state.ts'
import { PHONE, useMedia, WIDE } from '../media.ts'
import { rowHeights, setPreference, useDensity, usePreference } from '../preferences.ts'
import type { Windows } from '../windows.ts'
import { counted } from '../words.ts'
import { Button } from './Button.tsx'
import { ColumnsMenu, useHiddenColumns } from './ColumnsMenu.tsx'
import { DataTable } from './DataTable.tsx'
import type { TableProps } from './table-model.tsx'
import { EmptyState } from './EmptyState.tsx'
import { ErrorState } from './ErrorState.tsx'
import { Facets } from './Facets.tsx'
import { FacetsButton } from './FacetsButton.tsx'
import { ActiveFilters, FilterChips } from './FilterChips.tsx'
import { ListBar } from './ListBar.tsx'
import { cleanName } from './PersonCell.tsx'

export interface Filter {
  /** The parameter in the address. */
  name: string
  label: string
  /** Which counts of the answer belong to it. */
  facet: string
  as: 'facet' | 'chips'
  /** The words of a value, where the answer's own are not for people. */
  labelOf?: (value: string) => string
  /** The words of a value and of the answer's own words for it, where they depend on both. */
  wordsOf?: (value: string, label: string) => string
  /** Values in the order they are shown; others follow by count. */
  order?: readonly string[]
}

interface ListViewProps<Row> extends Pick<
  TableProps<Row>,
  'columns' | 'onOpen' | 'onExpect' | 'href' | 'muted' | 'group' | 'card'
> {
  /** Name under which hidden columns are remembered. */
  name: string
  label: string
  /** "person", "people" */
  noun: readonly [one: string, many: string]
  source: Windows<Row>
  state: ListState
  filters: readonly Filter[]
  /** Parameters beside the filters that narrow the list now; Clear takes them away too. */
  narrowedBy?: readonly string[]
  /** Words of the search field; absent where the list cannot be searched. */
  search?: string
  /** The sort that holds where the address names none. */
  defaultSort?: string
  /** Further switches beside the search. */
  switches?: ReactNode
  csv: string | null
  /** Further ways out beside the CSV. */
  exports?: ReactNode
  /** What the list is for and the next step, where there is nothing at all. */
  empty: ReactNode
}

/** The options of a filter in their order, with words. What is chosen stays among them, even where no row is left of it. */
function optionsOf(filter: Filter, facets: FacetCounts | undefined, chosen: readonly string[]) {
  const place = (value: string) => {
    const at = filter.order?.indexOf(value) ?? -1
    return at === -1 ? Number.MAX_SAFE_INTEGER : at
  }
  const counts = facets?.[filter.facet]
  if (counts === undefined) return undefined
  const gone = chosen
    .filter((value) => counts.every((one) => one.value !== value))
    .map((value) => ({ value, label: value, count: 0 }))
  return [...counts, ...gone]
    .map((option) => ({ ...option, label: wordsFor(filter, option.value, option.label) }))
    .sort((x, y) => place(x.value) - place(y.value))
}

export function ListView<Row>(props: ListViewProps<Row>) {
  const { source, state, filters } = props
  const phone = useMedia(PHONE)
  const wide = useMedia(WIDE)
  const density = useDensity()
  const rail = usePreference('facets') !== 'off'
  const hidden = useHiddenColumns(props.name)
  const search = state.get('search')

  const shown = filters.map((filter) => {
    const chosen = state.values(filter.name)
    return { filter, chosen, options: optionsOf(filter, source.facets, chosen) }
  })
  const facets = shown
    .filter(({ filter }) => filter.as === 'facet')
    .map(({ filter, options, chosen }) => ({ name: filter.name, label: filter.label, options, chosen }))
  // A choice of one is none.
  const chips = shown.filter(
    ({ filter, options, chosen }) =>
      filter.as === 'chips' && ((options?.length ?? 0) > 1 || chosen.length > 0),
  )
  const choose = (name: string, chosen: string[]) => state.set({ [name]: chosen.join(',') })
  const beside = props.narrowedBy ?? []
  const clear = () => {
    const names = ['search', ...beside, ...filters.map((filter) => filter.name)]
    state.set(Object.fromEntries(names.map((name) => [name, undefined])))
  }
  const active = shown.flatMap(({ filter, options, chosen }) =>
    chosen.map((value) => ({
      key: `${filter.name}:${value}`,
      as: filter.as,
      label: `${filter.label}: ${wordOf(filter, options, value)}`,
      quoted: `${filter.label.toLowerCase()} “${wordOf(filter, options, value)}”`,
      onRemove: () =>
        choose(
          filter.name,
          chosen.filter((one) => one !== value),
        ),
    })),
  )
  const narrowed = active.length > 0 || search !== undefined || beside.length > 0
  const nothing = source.total === 0

  if (nothing && !narrowed && !source.stale) return <>{props.empty}</>

  const chipRow = chips.length > 0 && (
    <div className="flex gap-x-4 gap-y-2 max-sm:-mx-4 max-sm:overflow-x-auto max-sm:px-4 max-sm:[scrollbar-width:none] sm:flex-wrap">
      {chips.map(({ filter, options, chosen }) => (
        <FilterChips
          key={filter.name}
          label={filter.label}
          chips={options ?? []}
          chosen={chosen}
          onChange={(next) => choose(filter.name, next)}
        />
      ))}
    </div>
  )
  const sort = state.get('sort') ?? props.defaultSort
  const onSort = (next: string) => state.set({ sort: next, group: undefined })
  return (
    <div className="flex flex-col gap-3">
      <ListBar
        {...(props.search === undefined
          ? {}
          : {
              search: {
                label: props.search,
                value: search ?? '',
                onChange: (value: string) => state.set({ search: value }, { replace: true }),
              },
            })}
        count={source.total === null ? '' : counted(source.total, props.noun[0], props.noun[1])}
        csv={props.csv}
        exports={props.exports}
        menu={
          <ColumnsMenu
            list={props.name}
            columns={props.columns}
            hidden={hidden}
            {...(phone && props.card !== undefined ? { sorting: { sort, onSort } } : {})}
          />
        }
      >
        {wide && facets.length > 0 && (
          <Button
            icon={<SlidersHorizontal aria-hidden />}
            aria-expanded={rail}
            onClick={() => setPreference('facets', rail ? 'off' : 'on')}
          >
            Filters
          </Button>
        )}
        {!wide && facets.length > 0 && <FacetsButton groups={facets} onChange={choose} onClear={clear} />}
        {props.switches}
        {props.search === undefined && chipRow}
      </ListBar>
      {props.search !== undefined && chipRow}
      <ActiveFilters filters={active.filter((one) => one.as === 'facet')} onClear={clear} />
      <div className="flex items-start gap-6">
        {wide && rail && facets.length > 0 && (
          <div className="w-48 shrink-0 pt-1">
            <Facets groups={facets} onChange={choose} />
          </div>
        )}
        <div className="min-w-0 flex-1">
          {source.error !== null ? (
            // Under the search, which keeps what is being typed in it.
            <ErrorState
              title={`The ${props.noun[1]} could not be loaded`}
              error={source.error}
              onRetry={source.retry}
            />
          ) : nothing ? (
            <EmptyState
              icon={<SearchX aria-hidden />}
              title="Nothing matches"
              action={<Button onClick={clear}>Clear</Button>}
            >
              No {props.noun[0]} fits {narrowing(search, active)}.
            </EmptyState>
          ) : (
            <DataTable
              label={props.label}
              columns={props.columns}
              source={source}
              rowHeight={rowHeights[density]}
              hidden={hidden}
              sort={sort}
              onSort={onSort}
              onOpen={props.onOpen}
              onExpect={props.onExpect}
              href={props.href}
              muted={props.muted}
              group={props.group}
              card={props.card}
              phone={phone}
            />
          )}
        </div>
      </div>
    </div>
  )
}

function wordOf(filter: Filter, options: ReturnType<typeof optionsOf>, value: string): string {
  return options?.find((one) => one.value === value)?.label ?? wordsFor(filter, value, value)
}

/** "the search “x”, partner “y” and role “z”" */
function narrowing(search: string | undefined, active: readonly { quoted: string }[]): string {
  const parts = active.map((one) => one.quoted)
  if (search !== undefined) parts.unshift(`the search “${search}”`)
  const last = parts.pop() ?? 'what is chosen'
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}

function wordsFor(filter: Filter, value: string, label: string): string {
  const words = filter.wordsOf?.(value, label) ?? filter.labelOf?.(value) ?? label
  return cleanName(words) ?? 'Without a name'
}
