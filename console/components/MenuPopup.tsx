// A menu that is open: loaded when a button of one is about to be pressed.
import { Menu as Base } from '@base-ui/react/menu'
import type { ReactNode } from 'react'
import { useLayer } from './layer.ts'
import { MenuPartsProvider } from './menu-parts.ts'

export interface MenuPopupProps {
  /** The button: the menu opens beside it, and focus returns to it. */
  anchor: HTMLElement | null
  open: boolean
  onOpenChange: (open: boolean) => void
  align: 'start' | 'end'
  side: 'bottom' | 'top' | 'right'
  children: ReactNode
}

export function MenuPopup({ anchor, open, onOpenChange, align, side, children }: MenuPopupProps) {
  const layer = useLayer()
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, details) => {
        // A press of the button itself: it turns the menu off by its own click.
        const at = details.event.target
        if (
          !next &&
          details.reason === 'outside-press' &&
          at instanceof Node &&
          anchor?.contains(at) === true
        ) {
          details.cancel()
        } else onOpenChange(next)
      }}
    >
      <Base.Portal container={layer}>
        <Base.Positioner
          anchor={anchor}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <Base.Popup
            finalFocus={() => anchor}
            className="max-h-(--available-height) min-w-48 overflow-y-auto rounded-lg bg-raised p-1 shadow-pop outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            <MenuPartsProvider value={Base}>{children}</MenuPartsProvider>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
