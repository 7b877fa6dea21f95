// What a list can be narrowed by, with counts under the other filters.
import { useId, useState } from 'react'
import { number } from '../words.ts'
import { Checkbox } from './Checkbox.tsx'
import { Bone } from './Skeleton.tsx'

export interface FacetGroup {
  name: string
  label: string
  /** Undefined while they load. */
  options: readonly { value: string; label: string; count: number }[] | undefined
  chosen: readonly string[]
}

const SHORT = 6
const SEARCHABLE = 15

export interface FacetsProps {
  groups: readonly FacetGroup[]
  onChange: (group: string, chosen: string[]) => void
}

function Group({ group, onChange }: { group: FacetGroup; onChange: FacetsProps['onChange'] }) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [find, setFind] = useState('')
  const options = group.options ?? []
  const isChosen = (option: { value: string }) => group.chosen.includes(option.value)
  const found = options.filter((option) => option.label.toLowerCase().includes(find.toLowerCase().trim()))
  // Closed: the first ones, and what is chosen, wherever it stands.
  const shown = open ? found : options.filter((option, at) => at < SHORT || isChosen(option))
  if (group.options !== undefined && options.length === 0) return null
  return (
    <fieldset className="min-w-0 border-b py-3.5 first:pt-0 last:border-b-0">
      <legend className="float-left mb-2 w-full text-sm font-medium text-muted">{group.label}</legend>
      <div className="clear-both flex flex-col gap-1.5">
        {group.options === undefined && (
          <div className="animate-late flex flex-col gap-2.5 py-1">
            <Bone className="h-3 w-4/5" />
            <Bone className="h-3 w-3/5" />
            <Bone className="h-3 w-2/3" />
          </div>
        )}
        {open && options.length > SEARCHABLE && (
          <input
            type="search"
            aria-label={`Find in ${group.label}`}
            placeholder="Find"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            className="mb-1 h-8 rounded-md border border-control bg-surface px-2"
          />
        )}
        <div
          id={id}
          className={`flex flex-col gap-1.5 ${open && found.length > 12 ? 'max-h-72 overflow-y-auto pr-1' : ''}`}
        >
          {shown.map((option) => (
            <div
              key={option.value}
              className="flex min-w-0 items-start justify-between gap-2 pointer-coarse:min-h-8"
            >
              <div className="min-w-0 wrap-anywhere">
                <Checkbox
                  checked={isChosen(option)}
                  onChange={(on) => {
                    const others = group.chosen.filter((value) => value !== option.value)
                    onChange(group.name, on ? [...others, option.value] : others)
                  }}
                  label={<bdi className="line-clamp-2">{option.label}</bdi>}
                />
              </div>
              <span className="text-sm text-faint tabular-nums">{number(option.count)}</span>
            </div>
          ))}
        </div>
        {(open || options.length > shown.length) && (
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => {
              setOpen(!open)
              setFind('')
            }}
            className="self-start rounded-sm py-0.5 text-sm text-accent-text hover:underline"
          >
            {open ? 'Show fewer' : `Show all ${number(options.length)}`}
          </button>
        )}
      </div>
    </fieldset>
  )
}

export function Facets({ groups, onChange }: FacetsProps) {
  return (
    <div role="group" aria-label="Filters" className="min-w-0">
      {groups.map((group) => (
        <Group key={group.name} group={group} onChange={onChange} />
      ))}
    </div>
  )
}
