// Several lines of text, with label, hint and error.
import type { ComponentPropsWithRef } from 'react'
import { cx } from './cx.ts'
import { controlClass, Field, useFieldControl } from './Field.tsx'
import type { FieldProps } from './Field.tsx'

export interface TextAreaProps extends Omit<FieldProps, 'children'> {
  value: string
  onChange: (value: string) => void
  rows?: number
  mono?: boolean
}

/** The several lines of a field. */
export function Area({
  onValue,
  ...native
}: Omit<ComponentPropsWithRef<'textarea'>, 'onChange'> & { onValue: (value: string) => void }) {
  return (
    <textarea {...useFieldControl()} {...native} onChange={(event) => onValue(event.currentTarget.value)} />
  )
}

export function TextArea({ value, onChange, rows = 3, mono = false, ...field }: TextAreaProps) {
  return (
    <Field {...field}>
      <Area
        rows={rows}
        spellCheck={false}
        value={value}
        onValue={onChange}
        className={cx(controlClass, 'h-auto! py-2', mono && 'font-mono text-sm')}
      />
    </Field>
  )
}
