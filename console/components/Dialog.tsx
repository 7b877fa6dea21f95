// A question or a short form over the page. Focus goes in, stays in, and returns to where it was; Esc closes.
import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { cx } from './cx.ts'
import { IconButton } from './IconButton.tsx'
import { LayerProvider } from './layer.ts'

const widths = { s: 'max-w-md', m: 'max-w-xl', l: 'max-w-3xl' }

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: ReactNode
  size?: keyof typeof widths
  /** True where a press outside must not lose what was typed. */
  keep?: boolean
  initialFocus?: RefObject<HTMLElement | null>
  finalFocus?: RefObject<HTMLElement | null>
  /** Called after the closing motion: the place to forget what was typed. */
  onClosed?: () => void
  children: ReactNode
}

export function Dialog(props: DialogProps) {
  const [layer, setLayer] = useState<HTMLElement | null>(null)
  return (
    <Base.Root
      open={props.open}
      onOpenChange={(open) => props.onOpenChange(open)}
      onOpenChangeComplete={(open) => {
        if (!open) props.onClosed?.()
      }}
      disablePointerDismissal={props.keep ?? false}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-end overflow-y-auto sm:place-items-center sm:p-6">
          <Base.Popup
            {...(props.initialFocus ? { initialFocus: props.initialFocus } : {})}
            {...(props.finalFocus ? { finalFocus: props.finalFocus } : {})}
            className={cx(
              'relative w-full rounded-t-lg bg-raised shadow-pop outline-none sm:rounded-lg',
              'transition-[opacity,translate] duration-150 data-ending-style:translate-y-1 data-ending-style:opacity-0 data-starting-style:translate-y-1 data-starting-style:opacity-0',
              widths[props.size ?? 'm'],
            )}
          >
            <header className="flex items-start px-5 pt-4 pr-14">
              <div className="min-w-0 flex-1 pt-1">
                <Base.Title className="text-lg font-semibold wrap-anywhere">{props.title}</Base.Title>
                {props.description !== undefined && (
                  <Base.Description className="mt-1 text-muted" render={<div />}>
                    {props.description}
                  </Base.Description>
                )}
              </div>
            </header>
            <LayerProvider value={layer}>{props.children}</LayerProvider>
            {/* The last one reached by Tab: what has the focus first is not the way out. */}
            <Base.Close
              render={
                <IconButton label="Close" icon={<X aria-hidden />} className="absolute! top-4 right-3.5" />
              }
            />
            <div ref={setLayer} />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}

/** The middle of a dialog. */
export function DialogBody({ children }: { children: ReactNode }) {
  return <div className="flex flex-col gap-4 px-5 pt-4 pb-1 wrap-anywhere">{children}</div>
}

/** The buttons of a dialog: the way back first, what happens last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <footer className="flex flex-wrap items-center justify-end gap-2 px-5 pt-4 pb-5">{children}</footer>
}
