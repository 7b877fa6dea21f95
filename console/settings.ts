// Changing one's own settings: shown at once, kept on the server, and put back where that failed.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { changeSettings } from './actions.ts'
import type { SettingsPatch } from './actions.ts'
import { takeSettings } from './appearance.ts'
import { meQuery } from './queries.ts'
import type { Me } from './queries.ts'

/** The mutation takes what changes; `me` holds the outcome from the first moment. */
export function useChangeSettings(onDone?: () => void) {
  const client = useQueryClient()
  const { queryKey } = meQuery()
  const show = (patch: SettingsPatch) => {
    const me = client.getQueryData(queryKey)
    if (me === undefined) return
    const given = Object.fromEntries(
      Object.entries<unknown>(patch).filter(([, value]) => value !== undefined),
    )
    const settings: Me['settings'] = { ...me.settings, ...given }
    client.setQueryData(queryKey, { ...me, settings, user: { ...me.user, name: settings.name } })
    takeSettings(settings)
  }
  return useMutation({
    mutationFn: changeSettings,
    onMutate: (patch) => {
      const before = client.getQueryData(queryKey)?.settings
      show(patch)
      return { before }
    },
    onError: (_error, _patch, kept) => {
      if (kept?.before !== undefined) show(kept.before)
    },
    onSuccess: (settings) => {
      show(settings)
      onDone?.()
    },
  })
}
