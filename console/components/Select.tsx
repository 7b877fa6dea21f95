// One of a few, in a list that opens. The label is always there, seen or only heard.
import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import { cx } from './cx.ts'
import { Field, useFieldControl } from './Field.tsx'
import { useLayer } from './layer.ts'

export interface SelectProps<T extends string> {
  label: string
  /** `above` draws the label over the control, as in a form; `heard` only tells it to screen readers. */
  labelled?: 'above' | 'heard'
  hint?: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
  disabled?: boolean
  autoFocus?: boolean
}

export function Select<T extends string>({ labelled = 'above', hint, ...props }: SelectProps<T>) {
  const control = <SelectControl {...props} heard={labelled === 'heard'} />
  if (labelled === 'heard') return control
  return (
    <Field label={props.label} {...(hint === undefined ? {} : { hint })}>
      {control}
    </Field>
  )
}

function SelectControl<T extends string>({
  label,
  heard,
  value,
  options,
  onChange,
  disabled = false,
  autoFocus = false,
}: SelectProps<T> & { heard: boolean }) {
  const layer = useLayer()
  const field = useFieldControl()
  return (
    <Base.Root
      value={value}
      items={options}
      disabled={disabled}
      modal={false}
      onValueChange={(next: T | null) => {
        if (next !== null) onChange(next)
      }}
    >
      <Base.Trigger
        {...(heard ? { 'aria-label': label } : field)}
        autoFocus={autoFocus}
        className={cx(
          'inline-flex items-center justify-between gap-2 rounded-md border bg-surface px-2.5 text-left hover:bg-hover pointer-coarse:h-11',
          'transition-colors disabled:opacity-60',
          heard ? 'h-8 border-control/45' : 'h-9 w-full border-control',
        )}
      >
        <Base.Value />
        <Base.Icon className="text-muted">
          <ChevronsUpDown className="size-3.5" aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal container={layer}>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className="max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto rounded-lg bg-raised p-1 shadow-pop outline-none">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="flex min-h-8 items-center gap-2 rounded-md py-1 pr-3 pl-2 outline-none select-none data-highlighted:bg-hover pointer-coarse:min-h-11"
              >
                <span className="grid size-4 place-items-center">
                  <Base.ItemIndicator>
                    <Check className="size-4 text-muted" aria-hidden />
                  </Base.ItemIndicator>
                </span>
                <Base.ItemText>{option.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
