// Which columns a list shows and how dense it is, remembered on this device; on a phone also what it is sorted by.
import { Settings2 } from 'lucide-react'
import { useMemo } from 'react'
import { densities } from '../appearance.ts'
import { setPreference, useDensity, usePreference } from '../preferences.ts'
import { IconButton } from './IconButton.tsx'
import { Menu, MenuChoice, MenuTicks } from './Menu.tsx'
import type { TableColumn } from './table-model.tsx'

/** The columns that the reader hid in the list of this name. */
export function useHiddenColumns(list: string): ReadonlySet<string> {
  const kept = usePreference(`columns.${list}`)
  return useMemo(() => new Set(kept === null || kept === '' ? [] : kept.split(',')), [kept])
}

export function ColumnsMenu<Row>(props: {
  /** Name of the list, under which the choice is remembered. */
  list: string
  columns: readonly TableColumn<Row>[]
  hidden: ReadonlySet<string>
  /** Given on a phone, where there are no headings to press. */
  sorting?: { sort: string | undefined; onSort: (sort: string) => void }
}) {
  const density = useDensity()
  const optional = props.columns.filter((column) => column.optional === true)
  const { sorting } = props
  const toggle = (id: string) => {
    const hidden = new Set(props.hidden)
    if (!hidden.delete(id)) hidden.add(id)
    setPreference(`columns.${props.list}`, [...hidden].join(','))
  }
  return (
    <Menu trigger={<IconButton label="View options" icon={<Settings2 aria-hidden />} />}>
      {sorting !== undefined ? (
        <Sorting columns={props.columns.filter((column) => column.sort !== undefined)} {...sorting} />
      ) : (
        <>
          {optional.length > 0 && (
            <MenuTicks
              label="Columns"
              options={optional.map((column) => ({ value: column.id, label: column.header }))}
              isOn={(id) => !props.hidden.has(id)}
              onToggle={toggle}
            />
          )}
          <MenuChoice
            label="Rows"
            value={density}
            options={densities}
            onChange={(value) => setPreference('density', value)}
          />
        </>
      )}
    </Menu>
  )
}

const orders = [
  { value: 'asc', label: 'Ascending' },
  { value: 'desc', label: 'Descending' },
] as const

function Sorting<Row>(props: {
  columns: readonly TableColumn<Row>[]
  sort: string | undefined
  onSort: (sort: string) => void
}) {
  const { columns, sort = '', onSort } = props
  const by = sort.replace(/^-/, '')
  return (
    <>
      <MenuChoice
        label="Sort by"
        value={by}
        onChange={(id) =>
          onSort(`${columns.find((column) => column.id === id)?.sort === 'desc' ? '-' : ''}${id}`)
        }
        options={columns.map((column) => ({ value: column.id, label: column.header }))}
      />
      {columns.some((column) => column.id === by) && (
        <MenuChoice
          label="Order"
          value={sort.startsWith('-') ? 'desc' : 'asc'}
          onChange={(order) => onSort(`${order === 'desc' ? '-' : ''}${by}`)}
          options={orders}
        />
      )}
    </>
  )
}
