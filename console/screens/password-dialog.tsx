// Asks for the reader's own password before something about their account changes.
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ApiError } from '../client.ts'
import { Dialog } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { SecretField } from '../components/TextField.tsx'

export interface PasswordDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What happens, and what it means. */
  children: ReactNode
  /** Further fields above the password. */
  fields?: ReactNode
  action: string
  tone?: 'primary' | 'danger'
  busy: boolean
  error: Error | null
  onAction: (password: string) => void
}

export function PasswordDialog(props: PasswordDialogProps) {
  const [password, setPassword] = useState('')
  const field = props.error instanceof ApiError ? props.error.fields.password : undefined
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      onClosed={() => setPassword('')}
      title={props.title}
      description={props.children}
      size="s"
      keep
    >
      <DialogForm
        action={props.action}
        tone={props.tone ?? 'primary'}
        busy={props.busy}
        problem={field === undefined ? (props.error?.message ?? null) : null}
        onSubmit={() => props.onAction(password)}
        onCancel={() => props.onOpenChange(false)}
      >
        {props.fields}
        <SecretField
          label="Your password"
          autoComplete="current-password"
          required
          mono={false}
          value={password}
          onChange={setPassword}
          error={field}
        />
      </DialogForm>
    </Dialog>
  )
}
