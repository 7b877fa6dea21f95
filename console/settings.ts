// Changing one's own settings: shown at once, kept on the server, and put back where that failed.
import { useEffect } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { changeSettings } from './actions-everywhere.ts'
import { takeSettings, useTheme } from './appearance.ts'
import { makeChoices } from './choices.ts'
import { preference, useDensity } from './preferences.ts'
import { meQuery } from './queries.ts'
import type { Me } from './queries.ts'

/** One for all controls of the console, since they change the same settings. */
const choices = makeChoices<Me['settings']>()

/** The mutation takes what changes; `me` holds the outcome from the first moment. */
export function useChangeSettings(onDone?: () => void) {
  const client = useQueryClient()
  const { queryKey } = meQuery()
  const show = (shownAfter: (shown: Me['settings']) => Me['settings']) => {
    const me = client.getQueryData(queryKey)
    if (me === undefined) return
    const settings = shownAfter(me.settings)
    client.setQueryData(queryKey, { ...me, settings, user: { ...me.user, name: settings.name } })
    takeSettings(settings)
  }
  return useMutation({
    // One after the other, so that the server ends with the newest.
    scope: { id: 'settings' },
    mutationFn: changeSettings,
    onMutate: (patch) => {
      const choice: Partial<Me['settings']> = Object.fromEntries(
        Object.entries<unknown>(patch).filter(([, value]) => value !== undefined),
      )
      show((shown) => choices.make(shown, choice))
      return { choice }
    },
    onError: (_error, _patch, made) => {
      if (made !== undefined) show((shown) => choices.refused(shown, made.choice))
    },
    onSuccess: (settings, _patch, { choice }) => {
      show(() => choices.taken(settings, choice))
      onDone?.()
    },
  })
}

/** Keeps theme and density of this browser and of the person the same, whichever of the two changes. */
export function useSettingsHere(settings: Me['settings'] | undefined): void {
  const [theme, density] = [useTheme(), useDensity()]
  const { mutate } = useChangeSettings()
  useEffect(() => {
    if (settings !== undefined) takeSettings(settings)
  }, [settings])
  useEffect(() => {
    // Asked again: what came from the server a moment ago is no choice that was made here.
    if (settings === undefined || (preference('theme') ?? 'system') !== theme) return
    if (preference('density') !== null && preference('density') !== density) return
    const patch = {
      ...(theme === settings.theme ? {} : { theme }),
      ...(density === settings.density ? {} : { density }),
    }
    if (Object.keys(patch).length > 0) mutate(patch)
    // Only a choice made here sends anything.
  }, [theme, density])
}
