// One line of text, a password or a token, with label, hint and error.
import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import type { ComponentPropsWithRef } from 'react'
import { cx } from './cx.ts'
import { controlClass, Field, useFieldControl } from './Field.tsx'
import type { FieldProps } from './Field.tsx'

type FieldParts = Omit<FieldProps, 'children'>
type Native = Omit<ComponentPropsWithRef<'input'>, 'value' | 'onChange' | 'className'>

export interface TextFieldProps extends FieldParts, Native {
  value: string
  onChange: (value: string) => void
  mono?: boolean
}

function Input({
  onValue,
  ...native
}: Omit<ComponentPropsWithRef<'input'>, 'onChange'> & { onValue: (value: string) => void }) {
  return <input {...useFieldControl()} {...native} onChange={(event) => onValue(event.currentTarget.value)} />
}

export function TextField({
  label,
  hint,
  error,
  optional,
  value,
  onChange,
  mono = false,
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      <Input
        {...rest}
        value={value}
        onValue={onChange}
        className={cx(controlClass, mono && 'font-mono text-sm')}
      />
    </Field>
  )
}

/** A password or a token: hidden until shown; never kept or filled in by the browser unless `autoComplete` says what it is. */
export function SecretField({
  label,
  hint,
  error,
  optional,
  value,
  onChange,
  mono = true,
  ...rest
}: TextFieldProps) {
  const [shown, setShown] = useState(false)
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      <div className="relative">
        <Input
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...rest}
          type={shown ? 'text' : 'password'}
          value={value}
          onValue={onChange}
          className={cx(controlClass, 'pr-10', mono && 'font-mono text-sm')}
        />
        <button
          type="button"
          aria-label={shown ? 'Hide' : 'Show'}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-muted hover:text-text [&_svg]:size-4"
        >
          {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
        </button>
      </div>
    </Field>
  )
}
