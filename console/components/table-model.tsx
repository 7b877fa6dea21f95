// What a list is made of: its columns, and where its rows come from.
import { createContext, use } from 'react'
import type { ReactNode } from 'react'

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

/** Rows in sight that could not be read, `from` until before `to`. */
export interface Gap {
  from: number
  to: number
  /** Null while they are asked for again. */
  error: Error | null
  busy: boolean
  retry: () => unknown
}

/** Where the rows come from: known by number, loaded when they come into sight. */
export interface TableSource<Row> {
  /** What was asked for: another sort or filter is another list, which begins at its top. */
  asked: string
  /** How many rows there are; null until the first answer. */
  total: number | null
  row: (at: number) => Row | undefined
  gaps: readonly Gap[]
  /** Told when other rows come into sight. */
  onRange: (first: number, last: number) => void
  /** True while the rows shown are those of the filters before. */
  stale: boolean
}

export interface TableProps<Row> {
  label: string
  columns: TableColumn<Row>[]
  source: TableSource<Row>
  /** Height of a row in pixels. */
  rowHeight: number
  hidden?: ReadonlySet<string>
  /** Column name, with a leading `-` for descending. */
  sort?: string | undefined
  onSort?: (sort: string) => void
  onOpen?: ((row: Row) => void) | undefined
  /** A row may be opened soon: the pointer or the focus is among them. */
  onExpect?: (() => void) | undefined
  /** The address that a row opens, for a new tab. */
  href?: ((row: Row) => string) | undefined
  /** True for a row that the last reads could not confirm. */
  muted?: ((row: Row) => boolean) | undefined
  /** Rows with the same key stand under one heading. Needs a sort that keeps them together. */
  group?: { of: (row: Row) => string; heading: (row: Row) => ReactNode } | undefined
  /** A row on a phone, of a fixed height. */
  card?: { height: number; of: (row: Row) => ReactNode } | undefined
  phone: boolean
}

/** A column that is shown. */
export interface Shown<Row> extends TableColumn<Row> {
  first: boolean
}

/** The columns that the reader did not hide. */
export function shownColumns<Row>(
  columns: readonly TableColumn<Row>[],
  hidden: ReadonlySet<string> | undefined,
): Shown<Row>[] {
  return columns.flatMap((column, at) =>
    column.optional === true && hidden?.has(column.id) === true ? [] : { ...column, first: at === 0 },
  )
}

/** Classes of a cell or heading: the first column and the menu stay in sight when the list is moved sideways. */
export function cellClass({ align, first, menu }: Pick<Shown<never>, 'align' | 'first' | 'menu'>): string {
  const parts = ['flex h-full min-w-0 items-center']
  if (align === 'end') parts.push('justify-end tabular-nums')
  if (first) parts.push('sticky left-0 z-1 bg-inherit pr-3 pl-4 group-data-moved/table:border-r')
  else if (menu === true) parts.push('sticky right-0 z-1 justify-center bg-inherit')
  else parts.push('px-3')
  return parts.join(' ')
}

const RowActive = createContext(false)
export const RowActiveProvider = RowActive.Provider

/** Of controls inside a row: only those of the row that has the keyboard are reached by Tab. */
export function useRowTabIndex(): 0 | -1 {
  return use(RowActive) ? 0 : -1
}
