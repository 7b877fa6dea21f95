// Several lines of text that may be secret: hidden until shown, never kept by the browser.
import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { cx } from './cx.ts'
import { controlClass, Field } from './Field.tsx'
import type { FieldProps } from './Field.tsx'
import { Area } from './TextArea.tsx'

export function SecretArea(
  props: Omit<FieldProps, 'children'> & {
    value: string
    onChange: (value: string) => void
    /** Shown from the start, as a note is. */
    open: boolean
    maxLength?: number
    name?: string
  },
) {
  const [turned, setTurned] = useState<boolean | null>(null)
  const shown = turned ?? props.open
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      <div className="relative">
        <Area
          rows={4}
          name={props.name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-1p-ignore
          data-lpignore="true"
          maxLength={props.maxLength}
          value={props.value}
          onValue={props.onChange}
          className={cx(
            controlClass,
            'block h-auto min-h-24 resize-y py-2 pr-10 font-mono text-sm wrap-anywhere pointer-coarse:h-auto',
            !shown && '[-webkit-text-security:disc]',
          )}
        />
        <button
          type="button"
          aria-label={shown ? 'Hide' : 'Show'}
          aria-pressed={shown}
          onClick={() => setTurned(!shown)}
          className="absolute top-0 right-0 grid size-9 place-items-center rounded-md text-muted hover:text-text [&_svg]:size-4"
        >
          {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
        </button>
      </div>
    </Field>
  )
}
