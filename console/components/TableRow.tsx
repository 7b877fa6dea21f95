// One row of a list, as cells or (on a phone) as a card, with the heading of its group where one starts.
import { Fragment, memo } from 'react'
import type { CSSProperties, MouseEvent, ReactNode } from 'react'
import { cx } from './cx.ts'
import { cellClass } from './table-model.tsx'
import type { Shown, TableProps } from './table-model.tsx'

/** True where a click was meant for something inside the row, or ended a selection of text. */
function forAnother(event: MouseEvent<HTMLElement>): boolean {
  const { target, currentTarget } = event
  // A menu of the row is drawn elsewhere; its events come through the row all the same.
  if (!(target instanceof Element) || !currentTarget.contains(target)) return true
  const control = target.closest('a, button, input')
  if (control !== null && currentTarget.contains(control)) return true
  return getSelection()?.isCollapsed === false
}

export interface TableRowProps<Row> {
  table: TableProps<Row>
  columns: readonly Shown<Row>[]
  at: number
  /** Undefined until it has come. */
  row: Row | undefined
  /** Undefined draws the row as a card. */
  grid: CSSProperties | undefined
  height: number
  /** Distance from the top of the list. */
  start: number
  /** Height of the heading, where a group starts here. */
  headingHeight: number | null
  active: boolean
  onActive: (at: number) => void
  /** Told of the row's element, and of null when it goes. */
  keep: (at: number, element: HTMLElement | null) => void
}

function Line<Row>(props: TableRowProps<Row>) {
  const { table, columns, at, row, grid, height } = props
  const isMuted = row !== undefined && table.muted?.(row) === true
  return (
    <div
      role="none"
      className="absolute inset-x-0 top-0"
      style={{ transform: `translateY(${props.start}px)`, minWidth: grid?.minWidth }}
    >
      {row !== undefined && props.headingHeight !== null && (
        <div
          key={at}
          role="row"
          className="flex items-center border-b bg-canvas text-sm"
          style={{ height: props.headingHeight }}
        >
          <span role="cell" className="sticky left-0 max-w-full truncate px-4">
            {table.group?.heading(row)}
          </span>
        </div>
      )}
      <div
        ref={(element) => {
          props.keep(at, element)
          return () => props.keep(at, null)
        }}
        role="row"
        aria-rowindex={at + (grid === undefined ? 1 : 2)}
        tabIndex={props.active ? 0 : -1}
        onFocus={() => props.onActive(at)}
        onClick={(event) => {
          if (row !== undefined && !forAnother(event)) table.onOpen?.(row)
        }}
        className={cx(
          'grid items-center border-b bg-surface -outline-offset-2 hover:bg-hover has-data-popup-open:bg-hover',
          isMuted && 'text-faint [&_.text-muted]:text-faint [&_.text-text]:text-muted',
        )}
        style={{ ...grid, height }}
      >
        {grid === undefined ? (
          <div role="cell" className="min-w-0 px-4">
            {row === undefined ? (
              <Bar />
            ) : (
              <Opener key={at} table={table} row={row} content={table.card?.of(row)} />
            )}
          </div>
        ) : (
          columns.map((column) => (
            <div key={column.id} role="cell" className={cellClass(column)}>
              {/* Elements are used again for other rows; what stands for one row is not. */}
              {row === undefined ? (
                column.menu !== true && <Bar wide={column.first} />
              ) : column.first ? (
                <Opener key={at} table={table} row={row} content={column.cell(row)} />
              ) : (
                <Fragment key={at}>{column.cell(row)}</Fragment>
              )}
            </div>
          ))
        )}
      </div>
    </div>
  )
}

/** Drawn again only where it differs: while the list scrolls, the rows that stay are left alone. */
export const TableRow = memo(Line) as typeof Line

/** The first cell opens the row for pointers and screen readers; the keyboard uses the row itself. */
function Opener<Row>(props: { table: TableProps<Row>; row: Row; content: ReactNode }) {
  const { onOpen, href } = props.table
  if (onOpen === undefined) return props.content
  const look = 'flex w-full min-w-0 rounded-sm text-left *:min-w-0 *:flex-1'
  if (href === undefined) {
    return (
      <button type="button" tabIndex={-1} className={look} onClick={() => onOpen(props.row)}>
        {props.content}
      </button>
    )
  }
  return (
    <a
      href={href(props.row)}
      tabIndex={-1}
      className={look}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        onOpen(props.row)
      }}
    >
      {props.content}
    </a>
  )
}

/** What stands where a value is still to come. */
export function Bar({ wide = false }: { wide?: boolean }) {
  return <span aria-hidden className={cx('block h-2.5 rounded-full bg-hover', wide ? 'w-2/3' : 'w-1/2')} />
}
