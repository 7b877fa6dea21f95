// A yes or no with its sentence; the whole sentence can be pressed.
import { Checkbox as Base } from '@base-ui/react/checkbox'
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'

export interface CheckboxProps {
  checked: boolean
  onChange: (checked: boolean) => void
  /** The sentence beside the box; where there is none, as in a table, give `name`. */
  label?: ReactNode
  name?: string
  hint?: ReactNode
  indeterminate?: boolean
  disabled?: boolean
}

export function Checkbox({
  checked,
  onChange,
  label,
  name,
  hint,
  indeterminate = false,
  disabled = false,
}: CheckboxProps) {
  const box = (
    <Base.Root
      checked={checked}
      onCheckedChange={(next) => onChange(next)}
      indeterminate={indeterminate}
      disabled={disabled}
      {...(name === undefined ? {} : { 'aria-label': name })}
      className="grid size-4 shrink-0 place-items-center rounded-sm border border-control bg-surface text-on-accent data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent"
    >
      <Base.Indicator className="[&_svg]:size-3 [&_svg]:stroke-3">
        {indeterminate ? <Minus aria-hidden /> : <Check aria-hidden />}
      </Base.Indicator>
    </Base.Root>
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
