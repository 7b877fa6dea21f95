// A hint on hover and focus. It repeats or widens what is there already: nothing may be known from a hint alone.
import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'
import { useLayer } from './layer.ts'

export function Tooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
  const layer = useLayer()
  return (
    <Base.Root>
      <Base.Trigger render={children} delay={400} />
      <Base.Portal container={layer}>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className="max-w-72 rounded-md bg-raised px-2 py-1 text-sm text-text shadow-pop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {text}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
