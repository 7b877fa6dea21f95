// Which columns a list shows and how dense it is, remembered on this device; on a phone also what it is sorted by.
import { Menu } from '@base-ui/react/menu'
import { Check, Settings2 } from 'lucide-react'
import { type Density, setPreference, useDensity, usePreference } from '../preferences.ts'
import type { TableColumn } from './table-model.tsx'
import { IconButton } from './IconButton.tsx'
import { useLayer } from './layer.ts'
import { useMemo } from 'react'

const item =
  'flex min-h-8 items-center gap-2.5 rounded-md py-1 pr-3 pl-2 outline-none select-none data-highlighted:bg-hover pointer-coarse:min-h-11'
const heading = 'px-2 pt-2 pb-1 text-xs font-medium text-muted'

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
  const layer = useLayer()
  const optional = props.columns.filter((column) => column.optional === true)
  const { sorting } = props
  const toggle = (id: string) => {
    const hidden = new Set(props.hidden)
    if (!hidden.delete(id)) hidden.add(id)
    setPreference(`columns.${props.list}`, [...hidden].join(','))
  }
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger render={<IconButton plain label="View options" icon={<Settings2 aria-hidden />} />} />
      <Menu.Portal container={layer}>
        <Menu.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-30 outline-none">
          <Menu.Popup className="max-h-(--available-height) min-w-52 overflow-y-auto rounded-lg bg-raised p-1 shadow-pop outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {sorting !== undefined ? (
              <Menu.Group>
                <Menu.GroupLabel className={heading}>Sort by</Menu.GroupLabel>
                <Menu.RadioGroup
                  value={sorting.sort ?? ''}
                  onValueChange={(sort: string) => sorting.onSort(sort)}
                >
                  {props.columns
                    .filter((column) => column.sort !== undefined)
                    .map((column) => {
                      const value = `${column.sort === 'desc' ? '-' : ''}${column.id}`
                      return (
                        <Menu.RadioItem key={column.id} value={value} className={item}>
                          <Tick>
                            <Menu.RadioItemIndicator>
                              <Check aria-hidden className="size-4" />
                            </Menu.RadioItemIndicator>
                          </Tick>
                          {column.header}
                        </Menu.RadioItem>
                      )
                    })}
                </Menu.RadioGroup>
              </Menu.Group>
            ) : (
              <>
                {optional.length > 0 && (
                  <Menu.Group>
                    <Menu.GroupLabel className={heading}>Columns</Menu.GroupLabel>
                    {optional.map((column) => (
                      <Menu.CheckboxItem
                        key={column.id}
                        checked={!props.hidden.has(column.id)}
                        onCheckedChange={() => toggle(column.id)}
                        closeOnClick={false}
                        className={item}
                      >
                        <Tick>
                          <Menu.CheckboxItemIndicator>
                            <Check aria-hidden className="size-4" />
                          </Menu.CheckboxItemIndicator>
                        </Tick>
                        {column.header}
                      </Menu.CheckboxItem>
                    ))}
                  </Menu.Group>
                )}
                <Menu.Group>
                  <Menu.GroupLabel className={heading}>Rows</Menu.GroupLabel>
                  <Menu.RadioGroup
                    value={density}
                    onValueChange={(value: Density) => setPreference('density', value)}
                  >
                    {(['comfortable', 'compact'] as const).map((value) => (
                      <Menu.RadioItem key={value} value={value} closeOnClick={false} className={item}>
                        <Tick>
                          <Menu.RadioItemIndicator>
                            <Check aria-hidden className="size-4" />
                          </Menu.RadioItemIndicator>
                        </Tick>
                        {value === 'compact' ? 'Compact' : 'Comfortable'}
                      </Menu.RadioItem>
                    ))}
                  </Menu.RadioGroup>
                </Menu.Group>
              </>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function Tick({ children }: { children: React.ReactNode }) {
  return <span className="grid size-4 place-items-center text-muted">{children}</span>
}
