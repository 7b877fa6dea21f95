// A yes or no with its sentence; the whole sentence can be pressed.
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'

export interface CheckboxProps {
  checked: boolean
  onChange: (checked: boolean) => void
  /** The sentence beside the box; where there is none, as in a table, give `name`. */
  label?: ReactNode
  name?: string
  hint?: ReactNode
  disabled?: boolean
}

export function Checkbox(props: CheckboxProps) {
  const { label, hint } = props
  const box = (
    <span className="relative grid size-4 shrink-0 place-items-center text-on-accent">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.target.checked)}
        disabled={props.disabled ?? false}
        aria-label={props.name}
        className="peer absolute inset-0 size-4 appearance-none rounded-sm border border-control bg-surface checked:border-accent checked:bg-accent"
      />
      <Check aria-hidden className="pointer-events-none invisible z-1 size-3 stroke-3 peer-checked:visible" />
    </span>
  )
  if (label === undefined) return box
  return (
    <label className="flex items-start gap-2.5">
      <span className="mt-0.5 flex">{box}</span>
      <span>
        {label}
        {hint !== undefined && <span className="block text-sm text-muted">{hint}</span>}
      </span>
    </label>
  )
}
