// What a person chose for how the console looks on this device: density, hidden columns. Kept in the browser, never sent.
import { useSyncExternalStore } from 'react'

const PREFIX = 'guestlist.'
const listeners = new Set<() => void>()

/** A choice kept on this device, read once; null where none was made. */
export function preference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    // Storage may be switched off; then choices last as long as the page.
    return memory.get(name) ?? null
  }
}
const memory = new Map<string, string>()

/** Keeps a choice on this device and tells everything that shows it. */
export function setPreference(name: string, value: string): void {
  memory.set(name, value)
  try {
    localStorage.setItem(PREFIX + name, value)
  } catch {
    // Kept in memory only.
  }
  for (const listener of listeners) listener()
}

/** A choice kept on this device; null where none was made. */
export function usePreference(name: string): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      addEventListener('storage', listener)
      return () => {
        listeners.delete(listener)
        removeEventListener('storage', listener)
      }
    },
    () => preference(name),
  )
}

export type Density = 'comfortable' | 'compact'

export function useDensity(): Density {
  return usePreference('density') === 'compact' ? 'compact' : 'comfortable'
}

/** Height of a row in pixels; the same figures as the theme's `--row`. */
export const rowHeights: Record<Density, number> = { comfortable: 44, compact: 36 }
