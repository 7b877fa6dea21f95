// Where the focus goes when something over the page closes. What opened it may be gone by then (an item of a menu) or never have
// been (a link from outside): then it goes to the row that has the keyboard, to its menu where it has one.
import { useLayoutEffect, useMemo, useRef } from 'react'
import type { RefObject } from 'react'

/** For `finalFocus`: null while what was focused before is still there, which then takes the focus back by itself. */
export function useReturnFocus(open: boolean): RefObject<HTMLElement | null> {
  const opener = useRef<Element | null>(null)
  useLayoutEffect(() => {
    if (open) opener.current = document.activeElement
  }, [open])
  return useMemo(
    () => ({
      get current() {
        const from = opener.current
        const stays =
          from !== null && from !== document.body && from.isConnected && from.closest('[role=menu]') === null
        if (stays) return null
        const row = document.querySelector<HTMLElement>('[role=row][tabindex="0"]')
        return row?.querySelector<HTMLElement>('[aria-haspopup=menu]') ?? row
      },
    }),
    [],
  )
}
