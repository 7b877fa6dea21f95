// The headings of a list: what it can be sorted by, and how it is.
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { CSSProperties } from 'react'
import { cx } from './cx.ts'
import { cellClass } from './table-model.tsx'
import type { Shown } from './table-model.tsx'

interface TableHeadProps<Row> {
  columns: readonly Shown<Row>[]
  grid: CSSProperties
  height: number
  /** What it is sorted by, with a leading `-` for descending. */
  sort: string | undefined
  onSort: ((sort: string) => void) | undefined
}

export function TableHead<Row>({ columns, grid, height, sort, onSort }: TableHeadProps<Row>) {
  return (
    <div role="rowgroup" className="sticky top-0 z-2" style={{ minWidth: grid.minWidth }}>
      <div role="row" aria-rowindex={1} className="grid border-b bg-canvas" style={{ ...grid, height }}>
        {columns.map((column) => {
          const direction = sort === column.id ? 'asc' : sort === `-${column.id}` ? 'desc' : false
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'}
              className={cx(cellClass(column), 'text-sm font-medium text-muted')}
            >
              {column.menu === true ? (
                <span className="sr-only">{column.header}</span>
              ) : column.sort !== undefined && onSort !== undefined ? (
                <SortButton
                  name={column.header}
                  direction={direction}
                  end={column.align === 'end'}
                  onPress={() => {
                    const descending = direction === false ? column.sort === 'desc' : direction === 'asc'
                    onSort(`${descending ? '-' : ''}${column.id}`)
                  }}
                />
              ) : (
                <span className="truncate">{column.header}</span>
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function SortButton(props: {
  name: string
  direction: false | 'asc' | 'desc'
  end: boolean
  onPress: () => void
}) {
  const Arrow = props.direction === 'desc' ? ArrowDown : ArrowUp
  return (
    <button
      type="button"
      onClick={props.onPress}
      className={cx(
        'group/sort -mx-1 flex h-7 min-w-0 items-center gap-1 rounded-sm px-1 hover:text-text',
        props.end && 'flex-row-reverse',
        props.direction !== false && 'text-text',
      )}
    >
      <span className="truncate">{props.name}</span>
      <Arrow
        aria-hidden
        className={cx(
          'size-3.5 shrink-0',
          props.direction === false && 'opacity-0 group-hover/sort:opacity-60',
        )}
      />
    </button>
  )
}
