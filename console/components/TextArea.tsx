// Several lines of text, with label, hint and error.
import { Field as Base } from '@base-ui/react/field'
import { cx } from './cx.ts'
import { controlClass, Field } from './Field.tsx'
import type { FieldProps } from './Field.tsx'

export interface TextAreaProps extends Omit<FieldProps, 'children'> {
  value: string
  onChange: (value: string) => void
  rows?: number
  mono?: boolean
}

export function TextArea({ value, onChange, rows = 3, mono = false, ...field }: TextAreaProps) {
  return (
    <Field {...field}>
      <Base.Control
        render={<textarea rows={rows} spellCheck={false} />}
        value={value}
        onValueChange={onChange}
        className={cx(controlClass, 'h-auto! py-2', mono && 'font-mono text-sm')}
      />
    </Field>
  )
}
