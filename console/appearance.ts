// How the console looks and listens: theme, density of lists, single-key shortcuts. Theme and density belong to the person and are kept
// on the device too, for the first drawing; the theme follows the system until one is chosen.
import { useEffect } from 'react'
import { preference, setPreference, useDensity, usePreference } from './preferences.ts'
import type { Density } from './preferences.ts'
import { speak } from './words.ts'

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

/** Takes over what a person set for themselves, wherever they set it. */
export function takeSettings(settings: {
  theme: Theme
  density: Density
  locale: string | null
  timeZone: string | null
}): void {
  speak(settings.locale, settings.timeZone)
  if (themeOf(preference('theme')) !== settings.theme) setPreference('theme', settings.theme)
  if ((preference('density') ?? 'comfortable') !== settings.density)
    setPreference('density', settings.density)
  applyAppearance()
}

/** Follows the choices from then on, also those made in another window. */
export function useAppearance(): void {
  const theme = useTheme()
  const density = useDensity()
  useEffect(applyAppearance, [theme, density])
}
