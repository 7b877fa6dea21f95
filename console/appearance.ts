// How the console looks and listens on this device: theme, density of lists, single-key shortcuts. The theme follows the
// system until one is chosen.
import { useEffect } from 'react'
import { preference, useDensity, usePreference } from './preferences.ts'

export type Theme = 'system' | 'light' | 'dark'

export const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const
export const densities = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const

const themeOf = (stored: string | null): Theme =>
  stored === 'light' || stored === 'dark' ? stored : 'system'

export function useTheme(): Theme {
  return themeOf(usePreference('theme'))
}

/** Single-key shortcuts can get in the way of speech input: true unless they were switched off. */
export function useSingleKeys(): boolean {
  return usePreference('keys') !== 'off'
}

/** Puts the choices where the styles look. Called once before the first drawing. */
export function applyAppearance(): void {
  const theme = themeOf(preference('theme'))
  const page = document.documentElement
  if (theme === 'system') delete page.dataset.theme
  else page.dataset.theme = theme
  page.dataset.density = preference('density') === 'compact' ? 'compact' : 'comfortable'
}

/** Follows the choices from then on, also those made in another window. */
export function useAppearance(): void {
  const theme = useTheme()
  const density = useDensity()
  useEffect(applyAppearance, [theme, density])
}
