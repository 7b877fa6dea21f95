// The frame of a form field: label, hint and error, tied to the control for screen readers.
import { Field as Base } from '@base-ui/react/field'
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
  'data-invalid:border-bad disabled:opacity-60 focus:outline-2 focus:-outline-offset-1 focus:outline-focus'

export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const invalid = error != null && error !== ''
  return (
    <Base.Root invalid={invalid} className="flex flex-col gap-1.5">
      <Base.Label className="font-medium">
        {label}
        {optional && <span className="font-normal text-faint"> · optional</span>}
      </Base.Label>
      {children}
      {hint !== undefined && hint !== '' && (
        <Base.Description className="text-sm text-muted" render={<div />}>
          {hint}
        </Base.Description>
      )}
      <Base.Error match={invalid} className="text-sm text-bad-text">
        {error}
      </Base.Error>
    </Base.Root>
  )
}
