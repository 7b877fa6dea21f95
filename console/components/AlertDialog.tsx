// Asks before something is lost. Where it cannot be undone, the thing's name is typed first.
import { AlertDialog as Base } from '@base-ui/react/alert-dialog'
import { useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { LayerProvider } from './layer.ts'
import { Problem } from './Problem.tsx'
import { TextField } from './TextField.tsx'
import { sameTyped } from './typed.ts'

export interface AlertDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  children: ReactNode
  /** A verb that says what happens, as "Remove app". */
  action: string
  onAction: () => void
  /** The way back, where "Cancel" could be taken for the action. */
  back?: string
  busy?: boolean
  /** A failure of the action, in a sentence. */
  error?: string | null
  /** Text that must be typed before the button works. */
  typeToConfirm?: string
  /** Further fields of the question. */
  fields?: ReactNode
  tone?: 'danger' | 'primary'
}

export function AlertDialog(props: AlertDialogProps) {
  const [typed, setTyped] = useState('')
  const form = useId()
  const [layer, setLayer] = useState<HTMLElement | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const ready = props.typeToConfirm === undefined || sameTyped(typed, props.typeToConfirm)
  return (
    <Base.Root
      open={props.open}
      onOpenChange={(open) => props.onOpenChange(open)}
      onOpenChangeComplete={(open) => {
        if (!open) setTyped('')
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-end overflow-y-auto sm:place-items-center sm:p-6">
          <Base.Popup
            {...(props.typeToConfirm === undefined ? {} : { initialFocus: field })}
            className="w-full max-w-md rounded-t-lg bg-raised p-5 shadow-pop outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 sm:rounded-lg"
          >
            <Base.Title className="text-lg font-semibold wrap-anywhere">{props.title}</Base.Title>
            <Base.Description className="mt-2 wrap-anywhere text-muted" render={<div />}>
              {props.children}
            </Base.Description>
            <form
              id={form}
              className="mt-4 flex flex-col gap-3"
              onSubmit={(event) => {
                event.preventDefault()
                if (ready && props.busy !== true) props.onAction()
              }}
            >
              {props.typeToConfirm !== undefined && (
                <TextField
                  ref={field}
                  label={
                    <>
                      Type <strong className="font-semibold break-words">{props.typeToConfirm}</strong> to
                      confirm
                    </>
                  }
                  value={typed}
                  onChange={setTyped}
                  autoComplete="off"
                />
              )}
              <LayerProvider value={layer}>{props.fields}</LayerProvider>
              {props.error != null && <Problem sentence={props.error} />}
            </form>
            <footer className="mt-5 flex justify-end gap-2">
              <Base.Close render={<Button>{props.back ?? 'Cancel'}</Button>} />
              <Button
                type="submit"
                form={form}
                kind={props.tone ?? 'danger'}
                disabled={!ready}
                busy={props.busy ?? false}
              >
                {props.action}
              </Button>
            </footer>
            <div ref={setLayer} />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
