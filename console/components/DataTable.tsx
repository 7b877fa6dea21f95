// The list of the product: sorted, filtered and paged by the database, drawn a screenful at a time, so that 100,000 rows scroll
// smoothly. Rows are reached by the arrow keys and opened by Enter; on a phone a row becomes a card.
import { useTable } from '@tanstack/react-table'
import { defaultRangeExtractor, useVirtualizer, useWindowVirtualizer } from '@tanstack/react-virtual'
import type { Range } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { CSSProperties, KeyboardEvent } from 'react'
import { cx } from './cx.ts'
import { cellClass, definitions, features, RowActiveProvider } from './table-model.tsx'
import type { Look, Slot, TableProps } from './table-model.tsx'
import { TableHead } from './TableHead.tsx'
import { Bar, TableRow } from './TableRow.tsx'

const GROUP_HEIGHT = 36
const HEAD_HEIGHT = 36
/** What stays free under the list. */
const FOOT = 32
/** On a low window the page scrolls rather than the list getting lower than this. */
const LEAST_HEIGHT = 440

/** The height left under the element's top, so that the list scrolls and not the page. */
function useHeightBelow(): [(element: HTMLElement | null) => void, height: number, top: number] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [height, setHeight] = useState(LEAST_HEIGHT)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    if (element === null) return
    const measure = () => {
      const top = Math.round(element.getBoundingClientRect().top + scrollY)
      setTop(top)
      setHeight(Math.max(LEAST_HEIGHT, Math.floor(innerHeight - top - FOOT)))
    }
    measure()
    // What stands above may get higher or lower.
    const watch = new ResizeObserver(measure)
    for (
      let above = element.parentElement;
      above !== null && above !== document.body;
      above = above.parentElement
    ) {
      watch.observe(above)
    }
    addEventListener('resize', measure)
    return () => {
      watch.disconnect()
      removeEventListener('resize', measure)
    }
  }, [element])
  return [setElement, height, top]
}

/** Widths of the columns (least width and share, as JSON) as a grid that head and rows share. */
function gridOf(widths: string): CSSProperties {
  const columns = JSON.parse(widths) as [number, number][]
  return {
    gridTemplateColumns: columns
      .map(([width, grow]) => (grow > 0 ? `minmax(${width}px, ${grow}fr)` : `${width}px`))
      .join(' '),
    minWidth: columns.reduce((sum, [width]) => sum + width, 0),
  }
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { source, columns, group } = props
  const card = props.phone ? props.card : undefined
  const isCard = card !== undefined
  const rowHeight = card?.height ?? props.rowHeight
  const count = source.total ?? 0
  const [active, setActive] = useState(0)
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const [measureBelow, height, top] = useHeightBelow()

  const startsGroup = (at: number): boolean => {
    const row = source.row(at)
    if (group === undefined || row === undefined) return false
    const before = at === 0 ? undefined : source.row(at - 1)
    return at === 0 || (before !== undefined && group.of(before) !== group.of(row))
  }
  const shape = {
    count,
    estimateSize: (at: number) => rowHeight + (startsGroup(at) ? GROUP_HEIGHT : 0),
    overscan: 8,
    // The row that has the keyboard stays drawn, or the focus would be lost with it.
    rangeExtractor: (range: Range) => {
      const list = defaultRangeExtractor(range)
      return active >= count || list.includes(active) ? list : [...list, active].sort((a, b) => a - b)
    },
  }
  // On a phone the page scrolls: a list that scrolls inside of it would trap the finger.
  const inside = useVirtualizer({
    ...shape,
    enabled: card === undefined,
    getScrollElement: () => scroller,
    scrollPaddingStart: HEAD_HEIGHT,
  })
  const page = useWindowVirtualizer({ ...shape, enabled: card !== undefined, scrollMargin: top })
  const virtualizer = card === undefined ? inside : page
  const items = virtualizer.getVirtualItems()
  const first = virtualizer.range?.startIndex ?? 0
  const last = virtualizer.range?.endIndex ?? 0
  const { onRange, row: rowAt } = source
  useEffect(() => onRange(first, last), [first, last, onRange])
  // Sizes depend on the density and on where groups start, which is known once the rows have come.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight, group, rowAt])

  const slots = useMemo<Slot<Row>[]>(
    () => items.map((item) => ({ at: item.index, row: rowAt(item.index) })),
    [items, rowAt],
  )
  const sort = props.sort ?? ''
  const table = useTable({
    features,
    columns: useMemo(() => definitions(columns), [columns]),
    data: slots,
    getRowId: (slot) => String(slot.at),
    manualSorting: true,
    state: {
      columnVisibility: Object.fromEntries([...(props.hidden ?? [])].map((id) => [id, false])),
      sorting: sort === '' ? [] : [{ id: sort.replace(/^-/, ''), desc: sort.startsWith('-') }],
    },
  })
  const looks = table.getVisibleLeafColumns().flatMap((leaf) => leaf.columnDef.meta?.look ?? [])
  const widths = JSON.stringify(looks.map(({ width, grow }) => [width, grow]))
  const grid = useMemo(() => (isCard ? undefined : gridOf(widths)), [isCard, widths])
  const models = new Map(table.getRowModel().rows.map((row) => [row.original.at, row]))
  const focus = useRowFocus({
    active,
    setActive,
    count,
    height,
    rowHeight,
    props,
    scrollTo: (at) => virtualizer.scrollToIndex(at),
  })
  const waiting = source.total === null

  return (
    <div ref={measureBelow} className="min-w-0">
      <div
        ref={setScroller}
        role="table"
        aria-label={props.label}
        aria-rowcount={waiting ? -1 : count + (card === undefined ? 1 : 0)}
        aria-colcount={card === undefined ? looks.length : 1}
        aria-busy={waiting || source.stale}
        onKeyDown={focus.onKeyDown}
        onScroll={(event) =>
          event.currentTarget.toggleAttribute('data-moved', event.currentTarget.scrollLeft > 0)
        }
        className={cx(
          'group/table relative rounded-lg border bg-surface transition-opacity duration-150',
          card === undefined ? 'overflow-auto overscroll-contain' : 'overflow-clip',
          source.stale && 'opacity-60',
        )}
        style={card === undefined ? { maxHeight: height } : undefined}
      >
        {grid !== undefined && (
          <TableHead
            headers={table.getHeaderGroups()[0]?.headers ?? []}
            grid={grid}
            height={HEAD_HEIGHT}
            onSort={props.onSort}
          />
        )}
        {waiting ? (
          <WaitingRows looks={looks} grid={grid} height={rowHeight} />
        ) : (
          <div
            role="rowgroup"
            className="relative -mb-px"
            style={{ height: virtualizer.getTotalSize(), minWidth: grid?.minWidth }}
          >
            {items.map((item) => {
              const model = models.get(item.index)
              if (model === undefined) return null
              return (
                <RowActiveProvider key={item.key} value={item.index === active}>
                  <TableRow
                    table={props}
                    model={model}
                    grid={grid}
                    height={rowHeight}
                    start={item.start - (card === undefined ? 0 : top)}
                    headingHeight={startsGroup(item.index) ? GROUP_HEIGHT : null}
                    active={item.index === active}
                    onActive={setActive}
                    keep={focus.keep}
                  />
                </RowActiveProvider>
              )
            })}
          </div>
        )}
      </div>
    </div>
  )
}

interface RowFocus<Row> {
  active: number
  setActive: (at: number | ((at: number) => number)) => void
  count: number
  height: number
  rowHeight: number
  props: TableProps<Row>
  scrollTo: (at: number) => void
}

/** One row takes part in the order of Tab; the arrow keys move it. */
function useRowFocus<Row>({ active, setActive, count, height, rowHeight, props, scrollTo }: RowFocus<Row>) {
  const elements = useRef(new Map<number, HTMLElement>())
  const wanted = useRef(false)
  useEffect(() => setActive((at) => Math.min(at, Math.max(0, count - 1))), [count, setActive])
  // A row that was scrolled to is drawn only after that.
  useEffect(() => {
    const element = wanted.current ? elements.current.get(active) : undefined
    if (element === undefined) return
    wanted.current = false
    element.focus({ preventScroll: true })
  })
  const move = (to: number) => {
    const at = Math.max(0, Math.min(count - 1, to))
    wanted.current = true
    setActive(at)
    scrollTo(at)
  }
  const page = Math.max(1, Math.floor((height - HEAD_HEIGHT) / rowHeight) - 1)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'row') return
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    }
    const to = steps[event.key]
    const row = props.source.row(active)
    if (to !== undefined) move(to)
    else if (event.key === 'Enter' && row !== undefined) props.onOpen?.(row)
    else return
    event.preventDefault()
  }
  const keep = useCallback((at: number, element: HTMLElement | null) => {
    if (element === null) elements.current.delete(at)
    else elements.current.set(at, element)
  }, [])
  return { onKeyDown, keep }
}

const WAITING_ROWS = 8

function WaitingRows(props: { looks: readonly Look[]; grid: CSSProperties | undefined; height: number }) {
  const looks = props.grid === undefined ? props.looks.slice(0, 1) : props.looks
  return (
    <div role="rowgroup" className="animate-late" style={{ minWidth: props.grid?.minWidth }}>
      {Array.from({ length: WAITING_ROWS }, (_, row) => (
        <div
          key={row}
          role="row"
          className="grid items-center border-b last:border-b-0"
          style={{ ...props.grid, height: props.height }}
        >
          {looks.map((look, at) => (
            <div key={at} role="cell" className={cellClass(look)}>
              {at === 0 && <span className="sr-only">Loading</span>}
              {!look.menu && <Bar wide={at === 0} />}
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}
