// Filters as chips over a list: a choice of several with counts, and the filters that are on, each with a way to take it off.
import { X } from 'lucide-react'
import { number } from '../words.ts'

export interface Chip {
  value: string
  label: string
  count: number
}

/** Chips of one filter. None chosen means all. */
export function FilterChips(props: {
  label: string
  chips: readonly Chip[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const toggle = (value: string) => {
    const { chosen } = props
    props.onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value])
  }
  return (
    <div role="group" aria-label={props.label} className="flex gap-1.5 sm:flex-wrap">
      {props.chips.map((chip) => {
        const on = props.chosen.includes(chip.value)
        return (
          <button
            key={chip.value}
            type="button"
            aria-pressed={on}
            onClick={() => toggle(chip.value)}
            className={`inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 text-sm whitespace-nowrap transition-colors duration-150 pointer-coarse:h-9 ${on ? 'border-accent-text bg-selected text-accent-text' : 'border-line bg-surface text-muted hover:bg-hover hover:text-text'}`}
          >
            <bdi>{chip.label}</bdi>
            <span className={`tabular-nums ${on ? '' : 'text-faint'}`}>{number(chip.count)}</span>
          </button>
        )
      })}
    </div>
  )
}

/** The filters that are on, in words. */
export function ActiveFilters(props: {
  filters: readonly { key: string; label: string; onRemove: () => void }[]
  onClear: () => void
}) {
  if (props.filters.length === 0) return null
  return (
    <div role="group" aria-label="Filters that are on" className="flex flex-wrap items-center gap-1.5">
      {props.filters.map((filter) => (
        <button
          key={filter.key}
          type="button"
          onClick={filter.onRemove}
          aria-label={`Remove the filter ${filter.label}`}
          className="inline-flex h-7 max-w-72 items-center gap-1 rounded-full bg-selected pr-2 pl-2.5 text-sm text-accent-text hover:bg-hover pointer-coarse:h-9"
        >
          <bdi className="truncate">{filter.label}</bdi>
          <X aria-hidden className="size-3.5 shrink-0" />
        </button>
      ))}
      <button
        type="button"
        onClick={props.onClear}
        className="h-7 rounded-sm px-1.5 text-sm text-muted hover:text-text hover:underline pointer-coarse:h-9"
      >
        Clear
      </button>
    </div>
  )
}
