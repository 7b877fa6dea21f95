// The list of the product: sorted, filtered and paged by the database, drawn a screenful at a time, so that 100,000 rows scroll
// smoothly. Rows are reached by the arrow keys and opened by Enter; on a phone a row becomes a card.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { CSSProperties, KeyboardEvent } from 'react'
import { useSingleKeys } from '../appearance.ts'
import { cx } from './cx.ts'
import { RowKeys } from './row-keys.ts'
import { drawnRows, heightOf, startOf, useRowWindow } from './row-window.ts'
import { cellClass, RowActiveProvider, shownColumns } from './table-model.tsx'
import type { Shown, TableProps } from './table-model.tsx'
import { Missing } from './Missing.tsx'
import { TableHead } from './TableHead.tsx'
import { Bar, TableRow } from './TableRow.tsx'

const GROUP_HEIGHT = 36
const HEAD_HEIGHT = 36
/** What stays free under the list. */
const FOOT = 32
/** The bar at the foot of a phone. */
const PHONE_BAR = 64
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

/** Widths of the columns as a grid that head and rows share. */
function gridOf(columns: readonly { width: number; grow?: number }[]): CSSProperties {
  return {
    gridTemplateColumns: columns
      .map(({ width, grow = 0 }) => (grow > 0 ? `minmax(${width}px, ${grow}fr)` : `${width}px`))
      .join(' '),
    minWidth: columns.reduce((sum, { width }) => sum + width, 0),
  }
}

/** Rows that are the first of their group, as far as they are known. */
function groupStarts<Row>(
  count: number,
  rowAt: (at: number) => Row | undefined,
  of: (row: Row) => string,
): number[] {
  const starts: number[] = []
  let before: string | undefined
  for (let at = 0; at < count; at++) {
    const row = rowAt(at)
    const key = row === undefined ? undefined : of(row)
    if (key !== undefined && key !== before && (at === 0 || before !== undefined)) starts.push(at)
    before = key
  }
  return starts
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

  const { onRange, row: rowAt, asked } = source
  // Where groups start is known once the rows have come.
  const headings = useMemo(
    () => (group === undefined ? [] : groupStarts(count, rowAt, group.of)),
    [count, rowAt, group],
  )
  const shape = useMemo(
    () => ({ count, rowHeight, headings, headingHeight: GROUP_HEIGHT }),
    [count, rowHeight, headings],
  )
  // On a phone the page scrolls: a list that scrolls inside of it would trap the finger.
  const scrolled = isCard
    ? { scroller: null, margin: top, covered: PHONE_BAR }
    : { scroller, margin: 0, covered: HEAD_HEIGHT }
  const { first, last, shift, show } = useRowWindow(shape, scrolled, isCard || scroller !== null)
  useEffect(() => onRange(first, last), [first, last, onRange])
  const shownFor = useRef(asked)
  useEffect(() => {
    if (shownFor.current === asked) return
    shownFor.current = asked
    setActive(0)
    // The router puts what scrolls to where it was, after this.
    requestAnimationFrame(() => scroller?.scrollTo({ top: 0 }))
  }, [asked, scroller])
  // The row that has the keyboard stays drawn, or the focus would be lost with it.
  const drawn = drawnRows(shape, first, last, active)
  const [rowKeys] = useState(() => new RowKeys())
  const keys = rowKeys.of(drawn)
  const { hidden } = props
  const shown = useMemo(() => shownColumns(columns, hidden), [columns, hidden])
  const grid = useMemo(() => (isCard ? undefined : gridOf(shown)), [isCard, shown])
  const focus = useRowFocus({
    active,
    setActive,
    count,
    height,
    rowHeight,
    props,
    scrollTo: show,
  })
  const waiting = source.total === null

  return (
    <div ref={measureBelow} className="min-w-0">
      <div
        ref={setScroller}
        role="table"
        aria-label={props.label}
        aria-rowcount={waiting ? -1 : count + (card === undefined ? 1 : 0)}
        aria-colcount={card === undefined ? shown.length : 1}
        aria-busy={waiting || source.stale}
        onPointerEnter={props.onExpect}
        onFocus={props.onExpect}
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
            columns={shown}
            grid={grid}
            height={HEAD_HEIGHT}
            sort={props.sort}
            onSort={props.onSort}
          />
        )}
        {waiting ? (
          <WaitingRows columns={shown} grid={grid} height={rowHeight} />
        ) : (
          <div
            role="rowgroup"
            className="relative -mb-px"
            style={{ height: heightOf(shape), minWidth: grid?.minWidth }}
          >
            {drawn.map((at, nth) => (
              <RowActiveProvider key={keys[nth]} value={at === active}>
                <TableRow
                  table={props}
                  columns={shown}
                  at={at}
                  row={rowAt(at)}
                  grid={grid}
                  height={rowHeight}
                  // Kept within the list: a row that is drawn for its focus alone may lie far beyond.
                  start={Math.min(startOf(shape, at) - shift, heightOf(shape) - rowHeight)}
                  headingHeight={headings.includes(at) ? GROUP_HEIGHT : null}
                  active={at === active}
                  onActive={setActive}
                  keep={focus.keep}
                />
              </RowActiveProvider>
            ))}
            {source.gaps.map((gap) => (
              <Missing
                key={gap.from}
                gap={gap}
                count={count}
                top={startOf(shape, gap.from) - shift}
                bottom={Math.min(startOf(shape, Math.min(gap.to, count)) - shift, heightOf(shape))}
                covered={isCard ? 0 : HEAD_HEIGHT}
              />
            ))}
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
    // At an end nothing is drawn anew: the wish would stay, and take the focus from whatever has it when something is.
    wanted.current = at !== active
    setActive(at)
    scrollTo(at)
  }
  const single = useSingleKeys()
  const page = Math.max(1, Math.floor((height - HEAD_HEIGHT) / rowHeight) - 1)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'row') return
    const letters = single && !event.metaKey && !event.ctrlKey && !event.altKey
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
      ...(letters && { j: active + 1, k: active - 1 }),
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

function WaitingRows<Row>(props: {
  columns: readonly Shown<Row>[]
  grid: CSSProperties | undefined
  height: number
}) {
  const columns = props.grid === undefined ? props.columns.slice(0, 1) : props.columns
  return (
    <div role="rowgroup" className="animate-late" style={{ minWidth: props.grid?.minWidth }}>
      {Array.from({ length: WAITING_ROWS }, (_, row) => (
        <div
          key={row}
          role="row"
          className="grid items-center border-b last:border-b-0"
          style={{ ...props.grid, height: props.height }}
        >
          {columns.map((column) => (
            <div key={column.id} role="cell" className={cellClass(column)}>
              {column.first && <span className="sr-only">Loading</span>}
              {column.menu !== true && <Bar wide={column.first} />}
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}
