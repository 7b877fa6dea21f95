// Which width the page has, for the few places where a narrow screen shows another thing and not only another size.
import { useSyncExternalStore } from 'react'

/** The steps of the layout; the same figures as the theme's breakpoints. */
export const PHONE = '(max-width: 639px)'
export const WIDE = '(min-width: 1100px)'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query)
      media.addEventListener('change', changed)
      return () => media.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
  )
}
