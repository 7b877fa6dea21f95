// The headings of a list: what it can be sorted by, and how it is.
import type { Header } from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { CSSProperties } from 'react'
import { cx } from './cx.ts'
import { cellClass } from './table-model.tsx'
import type { Features, Slot } from './table-model.tsx'

interface TableHeadProps<Row> {
  headers: readonly Header<Features, Slot<Row>>[]
  grid: CSSProperties
  height: number
  onSort: ((sort: string) => void) | undefined
}

export function TableHead<Row>({ headers, grid, height, onSort }: TableHeadProps<Row>) {
  return (
    <div role="rowgroup" className="sticky top-0 z-2" style={{ minWidth: grid.minWidth }}>
      <div role="row" aria-rowindex={1} className="grid border-b bg-canvas" style={{ ...grid, height }}>
        {headers.map((header) => {
          const look = header.column.columnDef.meta?.look
          const direction = header.column.getIsSorted()
          const name = String(header.column.columnDef.header)
          return (
            <div
              key={header.id}
              role="columnheader"
              aria-sort={direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'}
              className={cx(cellClass(look), 'text-sm font-medium text-muted')}
            >
              {look?.menu === true ? (
                <span className="sr-only">{name}</span>
              ) : header.column.getCanSort() && onSort !== undefined ? (
                <SortButton
                  name={name}
                  direction={direction}
                  end={look?.end === true}
                  onPress={() => {
                    const first = header.column.columnDef.sortDescFirst === true
                    const descending = direction === false ? first : direction === 'asc'
                    onSort(`${descending ? '-' : ''}${header.column.id}`)
                  }}
                />
              ) : (
                <span className="truncate">{name}</span>
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
