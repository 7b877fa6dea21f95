// A dialog that is one form: its fields, what went wrong, the way back, and what happens.
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { DialogActions, DialogBody } from './Dialog.tsx'
import { Problem } from './Problem.tsx'

export interface DialogFormProps {
  /** What the last button does, in words. */
  action: string
  tone?: 'primary' | 'danger'
  /** While true nothing is sent a second time. */
  busy: boolean
  /** False while it cannot be sent. */
  ready?: boolean
  problem: string | null
  onSubmit: () => void
  onCancel: () => void
  /** Another way, at the far end of the buttons. */
  beside?: ReactNode
  /** Nothing of it is kept by the browser. */
  secret?: boolean
  children: ReactNode
}

export function DialogForm(props: DialogFormProps) {
  const { busy, ready = true, problem } = props
  return (
    <form
      {...(props.secret === true ? { autoComplete: 'off' } : {})}
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) props.onSubmit()
      }}
    >
      <DialogBody>
        {props.children}
        {problem !== null && <Problem sentence={problem} />}
      </DialogBody>
      <DialogActions>
        {props.beside !== undefined && <span className="mr-auto">{props.beside}</span>}
        <Button onClick={props.onCancel}>Cancel</Button>
        <Button type="submit" kind={props.tone ?? 'primary'} busy={busy} disabled={!ready}>
          {props.action}
        </Button>
      </DialogActions>
    </form>
  )
}
