// Stands over rows that could not be read, wherever of them the reader is: which they are, why, and Try again. Once they are there the focus goes to the list.
import { RotateCw } from 'lucide-react'
import { useLayoutEffect, useRef } from 'react'
import { number } from '../words.ts'
import { Button } from './Button.tsx'
import type { Gap } from './table-model.tsx'

/** Room for the words on a phone, where the list ends with a row or two that are missing. */
const LEAST = 150

export function Missing(props: { gap: Gap; count: number; top: number; bottom: number; covered: number }) {
  const { gap, bottom } = props
  const top = Math.max(0, Math.min(props.top, bottom - LEAST))
  const self = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = self.current
    return () => {
      if (element?.contains(document.activeElement) !== true) return
      element.parentElement?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true })
    }
  }, [])
  return (
    <div
      ref={self}
      role="row"
      className="pointer-events-none absolute inset-x-0"
      style={{ top, height: bottom - top }}
    >
      <div
        role="cell"
        className="pointer-events-auto sticky left-4 z-1 m-4 flex w-[min(40rem,100%-2rem)] flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-bad-soft px-3.5 py-2.5"
        style={{ top: props.covered + 16 }}
      >
        <div role="alert" className="min-w-0 flex-1 basis-60">
          <strong className="font-medium">
            Rows {number(gap.from + 1)} to {number(Math.min(gap.to, props.count))} could not be loaded.
          </strong>{' '}
          {gap.error?.message}
        </div>
        <Button size="s" busy={gap.busy} icon={<RotateCw aria-hidden />} onClick={gap.retry}>
          Try again
        </Button>
      </div>
    </div>
  )
}
