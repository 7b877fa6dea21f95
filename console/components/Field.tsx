// The frame of a form field: label, hint and error, tied to the control for screen readers.
import { createContext, use, useId } from 'react'
import type { ReactNode } from 'react'

export interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  error?: string | null | undefined
  optional?: boolean
  children: ReactNode
}

/** Classes of a control inside a field. */
export const controlClass =
  'w-full rounded-md border border-control bg-surface px-2.5 h-9 text-text transition-colors pointer-coarse:h-11 ' +
  'aria-invalid:border-bad disabled:opacity-60 focus:outline-2 focus:-outline-offset-1 focus:outline-focus'

const Control = createContext<{
  id?: string
  'aria-describedby'?: string | undefined
  'aria-invalid'?: true | undefined
}>({})

/** Of the control inside of a field: what ties it to the label, the hint and the error. */
export function useFieldControl() {
  return use(Control)
}

export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const id = useId()
  const invalid = error != null && error !== ''
  const hinted = hint !== undefined && hint !== ''
  const about = [...(hinted ? [`${id}-hint`] : []), ...(invalid ? [`${id}-error`] : [])].join(' ')
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
        {optional && <span className="font-normal text-faint"> · optional</span>}
      </label>
      <Control
        value={{
          id,
          'aria-describedby': about === '' ? undefined : about,
          'aria-invalid': invalid || undefined,
        }}
      >
        {children}
      </Control>
      {hinted && (
        <div id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </div>
      )}
      {invalid && (
        <div id={`${id}-error`} className="text-sm text-bad-text">
          {error}
        </div>
      )}
    </div>
  )
}
