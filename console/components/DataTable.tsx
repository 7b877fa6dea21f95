// The list of the product: sorted, filtered and paged by the database, drawn a screenful at a time, so that 100,000 rows scroll
// smoothly. Rows are reached by the arrow keys and opened by Enter; on a phone a row becomes a card.
import {
  type ColumnDef,
  columnVisibilityFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { defaultRangeExtractor, useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import {
  createContext,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  use,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'

export interface TableColumn<Row> {
  /** Also the name that the list is sorted by. */
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** Least width in pixels; what is left over is shared by `grow`. */
  width: number
  grow?: number
  align?: 'end'
  /** The direction of the first click; absent where the list cannot be sorted by this column. */
  sort?: 'asc' | 'desc'
  /** May be hidden by the reader. */
  optional?: boolean
  /** Kept at the right edge, without a visible heading: the row's menu. */
  menu?: boolean
}

/** Where the rows come from: known by number, loaded when they come into sight. */
export interface TableSource<Row> {
  /** How many rows there are; null until the first answer. */
  total: number | null
  row: (at: number) => Row | undefined
  /** Told when other rows come into sight. */
  onRange: (first: number, last: number) => void
  /** True while the rows shown are those of the filters before. */
  stale: boolean
}

export interface TableProps<Row> {
  label: string
  columns: TableColumn<Row>[]
  source: TableSource<Row>
  rowKey: (row: Row) => string
  /** Height of a row in pixels. */
  rowHeight: number
  hidden?: ReadonlySet<string>
  /** Column name, with a leading `-` for descending. */
  sort?: string
  onSort?: (sort: string) => void
  onOpen?: (row: Row) => void
  /** The address that a row opens, for a new tab. */
  href?: (row: Row) => string
  /** True for a row that the last reads could not confirm. */
  muted?: (row: Row) => boolean
  /** Rows with the same key stand under one heading. Needs a sort that keeps them together. */
  group?: { of: (row: Row) => string; heading: (row: Row) => ReactNode }
  /** A row on a phone, of a fixed height. */
  card?: { height: number; of: (row: Row) => ReactNode }
  phone: boolean
}

const GROUP_HEIGHT = 36
const HEAD_HEIGHT = 36

interface Meta {
  column: { grow: number; width: number; align: 'end' | undefined; menu: boolean; first: boolean }
}
const features = tableFeatures({ columnVisibilityFeature, rowSortingFeature, columnMeta: {} as Meta })

interface Slot<Row> {
  at: number
  row: Row | undefined
}

const RowActive = createContext(false)

/** Of controls inside a row: only those of the row that has the keyboard are reached by Tab. */
export function useRowTabIndex(): 0 | -1 {
  return use(RowActive) ? 0 : -1
}

/** True where a click was meant for something inside the row. */
function forAnother(event: MouseEvent<HTMLElement>): boolean {
  const target = event.target as HTMLElement
  if (!event.currentTarget.contains(target)) return true
  const control = target.closest('a, button, input, [role="menuitem"]')
  return (control !== null && event.currentTarget.contains(control)) || getSelection()?.isCollapsed === false
}

/** The height left under the element's top, so that the list scrolls and not the page. */
function useHeightBelow(): [(element: HTMLElement | null) => void, number] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [height, setHeight] = useState(480)
  useLayoutEffect(() => {
    if (element === null) return
    const measure = () => {
      const top = element.getBoundingClientRect().top + scrollY
      const foot =
        Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--foot')) || 24
      setHeight(Math.max(320, Math.floor(innerHeight - top - foot)))
    }
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(document.body)
    if (element.parentElement !== null) watch.observe(element.parentElement)
    addEventListener('resize', measure)
    return () => {
      watch.disconnect()
      removeEventListener('resize', measure)
    }
  }, [element])
  return [setElement, height]
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { source, columns, group } = props
  const cards = props.phone && props.card !== undefined ? props.card : undefined
  const rowHeight = cards?.height ?? props.rowHeight
  const count = source.total ?? 0
  const [active, setActive] = useState(0)
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const [measureBelow, height] = useHeightBelow()
  const wantsFocus = useRef(false)
  const rowElements = useRef(new Map<number, HTMLElement>())

  const startsGroup = (at: number): boolean => {
    const row = source.row(at)
    if (group === undefined || row === undefined) return false
    const before = at === 0 ? undefined : source.row(at - 1)
    return at === 0 || (before !== undefined && group.of(before) !== group.of(row))
  }
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller,
    estimateSize: (at) => rowHeight + (startsGroup(at) ? GROUP_HEIGHT : 0),
    overscan: 8,
    scrollPaddingStart: cards === undefined ? HEAD_HEIGHT : 0,
    // The row that has the keyboard stays drawn, or focus would be lost with it.
    rangeExtractor: (range) => {
      const list = defaultRangeExtractor(range)
      if (active < count && !list.includes(active)) list.push(active)
      return list.sort((a, b) => a - b)
    },
  })
  const items = virtualizer.getVirtualItems()
  const seen = virtualizer.range
  const { onRange } = source
  useEffect(() => {
    if (seen !== null) onRange(seen.startIndex, seen.endIndex)
  }, [seen?.startIndex, seen?.endIndex, onRange, seen])
  // Sizes depend on the density and on where groups start, which is known once the rows have come.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight, group, source.row])

  useEffect(() => {
    setActive((at) => Math.min(at, Math.max(0, count - 1)))
  }, [count])
  useEffect(() => {
    if (!wantsFocus.current) return
    const element = rowElements.current.get(active)
    if (element === undefined) return
    wantsFocus.current = false
    element.focus({ preventScroll: true })
  })

  const slots = useMemo<Slot<Row>[]>(
    () => items.map((item) => ({ at: item.index, row: source.row(item.index) })),
    [items, source.row],
  )
  const defs = useMemo(
    () =>
      columns.map((column, i): ColumnDef<typeof features, Slot<Row>> => ({
        id: column.id,
        header: column.header,
        enableSorting: column.sort !== undefined,
        sortDescFirst: column.sort === 'desc',
        enableHiding: column.optional ?? false,
        accessorFn: (slot) => slot.at,
        cell: ({ row }) => (row.original.row === undefined ? null : column.cell(row.original.row)),
        meta: {
          column: {
            grow: column.grow ?? 0,
            width: column.width,
            align: column.align,
            menu: column.menu ?? false,
            first: i === 0,
          },
        },
      })),
    [columns],
  )
  const sorted = props.sort ?? ''
  const table = useTable({
    features,
    columns: defs,
    data: slots,
    getRowId: (slot) => String(slot.at),
    manualSorting: true,
    state: {
      columnVisibility: Object.fromEntries([...(props.hidden ?? [])].map((id) => [id, false])),
      sorting: sorted === '' ? [] : [{ id: sorted.replace(/^-/, ''), desc: sorted.startsWith('-') }],
    },
  })
  const leaves = table.getVisibleLeafColumns()
  const widths = leaves.map((leaf) => leaf.columnDef.meta?.column ?? { width: 100, grow: 0 })
  const grid = {
    gridTemplateColumns: widths
      .map(({ width, grow }) => (grow > 0 ? `minmax(${width}px, ${grow}fr)` : `${width}px`))
      .join(' '),
    minWidth: widths.reduce((sum, { width }) => sum + width, 0),
  }

  const move = (to: number) => {
    const at = Math.max(0, Math.min(count - 1, to))
    wantsFocus.current = true
    setActive(at)
    virtualizer.scrollToIndex(at)
  }
  const perPage = Math.max(1, Math.floor((height - HEAD_HEIGHT) / rowHeight) - 1)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'row') return
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + perPage,
      PageUp: active - perPage,
      Home: 0,
      End: count - 1,
    }
    const to = steps[event.key]
    const row = source.row(active)
    if (to !== undefined) move(to)
    else if (event.key === 'Enter' && row !== undefined && props.onOpen !== undefined) props.onOpen(row)
    else return
    event.preventDefault()
  }

  const waiting = source.total === null
  const byAt = new Map(table.getRowModel().rows.map((row) => [row.original.at, row]))
  const openLabel = columns[0]?.id
  const line = (item: VirtualItem) => {
    const model = byAt.get(item.index)
    const row = model?.original.row
    const isActive = item.index === active
    return (
      <RowActive key={item.key} value={isActive}>
        <div
          role="none"
          className="absolute inset-x-0 top-0"
          style={{
            transform: `translateY(${item.start}px)`,
            ...(cards === undefined ? { minWidth: grid.minWidth } : {}),
          }}
        >
          {group !== undefined && row !== undefined && startsGroup(item.index) && (
            <div
              role="none"
              className="flex items-center border-b bg-canvas px-4 text-sm"
              style={{ height: GROUP_HEIGHT }}
            >
              <span className="sticky left-4 truncate">{group.heading(row)}</span>
            </div>
          )}
          <div
            ref={(element) => {
              if (element === null) rowElements.current.delete(item.index)
              else rowElements.current.set(item.index, element)
            }}
            role="row"
            aria-rowindex={item.index + (cards === undefined ? 2 : 1)}
            tabIndex={isActive ? 0 : -1}
            onFocus={() => setActive(item.index)}
            onClick={(event) => {
              if (row !== undefined && props.onOpen !== undefined && !forAnother(event)) props.onOpen(row)
            }}
            className={`group/row grid items-center border-b bg-surface -outline-offset-2 hover:bg-hover has-[[data-popup-open]]:bg-hover ${row !== undefined && props.muted?.(row) === true ? 'text-faint [&_.text-muted]:text-faint [&_.text-text]:text-muted' : ''} ${props.onOpen === undefined ? '' : 'cursor-default'}`}
            style={cards === undefined ? { ...grid, height: rowHeight } : { height: rowHeight }}
          >
            {cards !== undefined ? (
              <div role="cell" className="min-w-0 px-4">
                {row === undefined ? <Bar /> : opener(props, row, isActive, cards.of(row))}
              </div>
            ) : (
              model?.getVisibleCells().map((cell) => {
                const look = cell.column.columnDef.meta?.column
                const content =
                  row === undefined ? look?.menu === true ? null : <Bar /> : <table.FlexRender cell={cell} />
                return (
                  <div
                    key={cell.id}
                    role="cell"
                    className={`flex h-full min-w-0 items-center px-3 ${look?.align === 'end' ? 'justify-end tabular-nums' : ''} ${look?.first === true ? 'sticky left-0 z-1 bg-inherit pl-4' : ''} ${look?.menu === true ? 'sticky right-0 z-1 bg-inherit px-1' : ''}`}
                  >
                    {row !== undefined && cell.column.id === openLabel
                      ? opener(props, row, isActive, content)
                      : content}
                  </div>
                )
              })
            )}
          </div>
        </div>
      </RowActive>
    )
  }

  return (
    <div ref={measureBelow} className="min-w-0">
      <div
        ref={setScroller}
        role="table"
        aria-label={props.label}
        aria-rowcount={waiting ? -1 : count + (cards === undefined ? 1 : 0)}
        aria-colcount={cards === undefined ? leaves.length : 1}
        aria-busy={waiting || source.stale}
        onKeyDown={onKeyDown}
        className={`relative overflow-auto overscroll-contain rounded-lg border bg-surface transition-opacity duration-150 ${source.stale ? 'opacity-60' : ''}`}
        style={{ maxHeight: height }}
      >
        {cards === undefined && (
          <div role="rowgroup" className="sticky top-0 z-2" style={{ minWidth: grid.minWidth }}>
            <div
              role="row"
              aria-rowindex={1}
              className="grid border-b bg-canvas"
              style={{ ...grid, height: HEAD_HEIGHT }}
            >
              {table.getHeaderGroups()[0]?.headers.map((header) => {
                const look = header.column.columnDef.meta?.column
                const direction = header.column.getIsSorted()
                const name = String(header.column.columnDef.header)
                const Arrow = direction === 'desc' ? ArrowDown : ArrowUp
                return (
                  <div
                    key={header.id}
                    role="columnheader"
                    aria-sort={
                      direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'
                    }
                    className={`flex min-w-0 items-center px-3 text-sm font-medium text-muted ${look?.align === 'end' ? 'justify-end' : ''} ${look?.first === true ? 'sticky left-0 z-1 bg-inherit pl-4' : ''} ${look?.menu === true ? 'sticky right-0 bg-inherit' : ''}`}
                  >
                    {look?.menu === true ? (
                      <span className="sr-only">{name}</span>
                    ) : header.column.getCanSort() ? (
                      <button
                        type="button"
                        onClick={() => {
                          const first = header.column.columnDef.sortDescFirst === true
                          const descending = direction === false ? first : direction === 'asc'
                          props.onSort?.(`${descending ? '-' : ''}${header.column.id}`)
                        }}
                        className={`group/sort -mx-1 flex min-w-0 items-center gap-1 rounded-sm px-1 py-0.5 hover:text-text ${look?.align === 'end' ? 'flex-row-reverse' : ''} ${direction === false ? '' : 'text-text'}`}
                      >
                        <span className="truncate">{name}</span>
                        <Arrow
                          aria-hidden
                          className={`size-3.5 shrink-0 ${direction === false ? 'opacity-0 group-hover/sort:opacity-60' : ''}`}
                        />
                      </button>
                    ) : (
                      <span className="truncate">{name}</span>
                    )}
                  </div>
                )
              })}
            </div>
          </div>
        )}
        {waiting ? (
          <div
            role="rowgroup"
            className="animate-late"
            style={cards === undefined ? { minWidth: grid.minWidth } : {}}
          >
            {Array.from({ length: 8 }, (_, at) => (
              <div
                key={at}
                role="row"
                className="grid items-center border-b last:border-b-0"
                style={cards === undefined ? { ...grid, height: rowHeight } : { height: rowHeight }}
              >
                {(cards === undefined ? leaves : leaves.slice(0, 1)).map((leaf, i) => (
                  <div key={leaf.id} role="cell" className={`px-3 ${i === 0 ? 'pl-4' : ''}`}>
                    <span className="sr-only">Loading</span>
                    {leaf.columnDef.meta?.column.menu !== true && <Bar wide={i === 0} />}
                  </div>
                ))}
              </div>
            ))}
          </div>
        ) : (
          <div
            role="rowgroup"
            className="relative -mb-px"
            style={{
              height: virtualizer.getTotalSize(),
              minWidth: cards === undefined ? grid.minWidth : undefined,
            }}
          >
            {items.map(line)}
          </div>
        )}
      </div>
    </div>
  )
}

/** The first cell is what opens the row for pointers and screen readers; the keyboard uses the row itself. */
function opener<Row>(props: TableProps<Row>, row: Row, active: boolean, content: ReactNode): ReactNode {
  const { onOpen } = props
  if (onOpen === undefined) return content
  const look = 'block w-full min-w-0 rounded-sm text-left'
  const href = props.href?.(row)
  if (href === undefined) {
    return (
      <button type="button" tabIndex={-1} className={look} onClick={() => onOpen(row)} data-active={active}>
        {content}
      </button>
    )
  }
  return (
    <a
      href={href}
      tabIndex={-1}
      className={look}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        onOpen(row)
      }}
    >
      {content}
    </a>
  )
}

function Bar({ wide = false }: { wide?: boolean }) {
  return <span aria-hidden className={`block h-2.5 rounded-full bg-hover ${wide ? 'w-2/3' : 'w-1/2'}`} />
}
