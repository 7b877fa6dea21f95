// What a person chose about looks and keys. Kept in this browser; the theme follows the system until one is chosen.
import { useSyncExternalStore } from 'react'

const choices = {
  theme: ['system', 'light', 'dark'],
  density: ['comfortable', 'compact'],
  /** Single-key shortcuts, which some ways of typing set off by accident. */
  keys: ['on', 'off'],
} as const

type Name = keyof typeof choices
export type Preference<N extends Name> = (typeof choices)[N][number]

const listeners = new Set<() => void>()
const place = (name: Name) => `guestlist.${name}`

export function preference<N extends Name>(name: N): Preference<N> {
  const stored = localStorage.getItem(place(name))
  const known: readonly Preference<N>[] = choices[name]
  return known.find((choice) => choice === stored) ?? (choices[name][0] as Preference<N>)
}

export function setPreference<N extends Name>(name: N, value: Preference<N>): void {
  localStorage.setItem(place(name), value)
  applyPreferences()
  for (const listener of listeners) listener()
}

export function usePreference<N extends Name>(name: N): Preference<N> {
  return useSyncExternalStore(subscribe, () => preference(name))
}

/** Height of a list's row in pixels; the theme's --row is the same. */
export function useRowHeight(): number {
  return usePreference('density') === 'compact' ? 36 : 44
}

/** Puts the choices where the styles look. Called before the first drawing. */
export function applyPreferences(): void {
  const theme = preference('theme')
  const page = document.documentElement
  if (theme === 'system') delete page.dataset.theme
  else page.dataset.theme = theme
  page.dataset.density = preference('density')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Another window may have chosen.
  const elsewhere = () => {
    applyPreferences()
    listener()
  }
  addEventListener('storage', elsewhere)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', elsewhere)
  }
}
