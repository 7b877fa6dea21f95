// A panel at the right edge for one thing of a list: the list stays where it was, focus returns to the row.
import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { LayerProvider } from './layer.ts'
import { useReturnFocus } from './return-focus.ts'

/** Tells the page how high the foot of the drawer is, so that a toast stands above its buttons. */
function keepFoot(foot: HTMLElement | null): (() => void) | undefined {
  if (foot === null) return undefined
  const { style } = document.documentElement
  const watch = new ResizeObserver(() => style.setProperty('--foot', `${String(foot.offsetHeight)}px`))
  watch.observe(foot)
  return () => {
    watch.disconnect()
    style.removeProperty('--foot')
  }
}

/** True where another dialog is open by now. */
function isCovered(popup: HTMLElement | null): boolean {
  const open = document.querySelectorAll('[role=dialog][data-open], [role=alertdialog][data-open]')
  return [...open].some((one) => one !== popup)
}

export function Drawer(props: {
  open: boolean
  onClose: () => void
  /** The heading; also what the drawer is called by screen readers. */
  title: ReactNode
  /** Beneath the heading. */
  hint?: ReactNode
  /** Left of the heading, as initials. */
  mark?: ReactNode
  /** Under the content, always in sight. */
  actions?: ReactNode
  side?: 'right' | 'left'
  children: ReactNode
}) {
  const left = props.side === 'left'
  const popup = useRef<HTMLDivElement>(null)
  const back = useReturnFocus(props.open)
  const [layer, setLayer] = useState<HTMLElement | null>(null)
  return (
    <Dialog.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup
          ref={popup}
          // Its title is read out; nothing in it is about to be pressed.
          initialFocus={popup}
          // A dialog that took the drawer's place keeps the focus, also while the drawer still moves away.
          finalFocus={() => !isCovered(popup.current) && (back.current ?? true)}
          className={`fixed inset-y-0 flex w-full flex-col bg-surface shadow-pop outline-none transition-[opacity,translate] duration-160 ease-out data-ending-style:opacity-0 data-starting-style:opacity-0 ${left ? 'left-0 max-w-80 data-ending-style:-translate-x-3 data-starting-style:-translate-x-3' : 'right-0 max-w-[600px] data-ending-style:translate-x-3 data-starting-style:translate-x-3'}`}
        >
          <LayerProvider value={layer}>
            <header className="flex items-start gap-3 border-b px-6 py-4 max-sm:px-4">
              {props.mark}
              <div className="min-w-0 flex-1">
                <Dialog.Title className="text-lg font-semibold wrap-anywhere">{props.title}</Dialog.Title>
                {props.hint !== undefined && <div className="mt-0.5 text-sm text-muted">{props.hint}</div>}
              </div>
              <Dialog.Close
                aria-label="Close"
                className="-mt-1 -mr-2 grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-text"
              >
                <X aria-hidden className="size-4" />
              </Dialog.Close>
            </header>
            <div
              className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-6 py-5 max-sm:px-4"
              tabIndex={0}
              role="region"
              aria-label="Details"
            >
              {props.children}
            </div>
            {props.actions !== undefined && (
              <footer
                ref={keepFoot}
                className="flex flex-wrap empty:hidden items-center justify-end gap-2 border-t px-6 py-3 max-sm:px-4"
              >
                {props.actions}
              </footer>
            )}
          </LayerProvider>
          <div ref={setLayer} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
