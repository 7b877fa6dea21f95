// Asks for the reader's own password before something about their account changes.
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
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
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!props.busy) props.onAction(password)
        }}
      >
        <DialogBody>
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
          {props.error !== null && field === undefined && <Problem sentence={props.error.message} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={() => props.onOpenChange(false)}>Cancel</Button>
          <Button type="submit" kind={props.tone ?? 'primary'} busy={props.busy}>
            {props.action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
