// The state of a list lives in the address: search, sort, filters, what is open. One hook reads and writes it.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

export type Patch = Record<string, string | undefined>

export interface ListState {
  /** The text of a parameter; undefined where it is absent or empty. */
  get: (name: string) => string | undefined
  /** The values of a parameter that holds several, comma separated. */
  values: (name: string) => string[]
  /** Changes parameters; undefined or '' takes one away. `replace` leaves no step in the history: for typing. */
  set: (patch: Patch, options?: { replace?: boolean }) => void
}

export function useListState(): ListState {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false })
  const navigate = useNavigate()
  const get = useCallback(
    (name: string) => {
      const value = search[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    [search],
  )
  const set = useCallback(
    (patch: Patch, options?: { replace?: boolean }) => {
      const next = (before: Record<string, unknown>) => {
        const after = { ...before }
        for (const [name, value] of Object.entries(patch)) after[name] = value === '' ? undefined : value
        return after
      }
      // Every list shares these parameters, so no single route's type fits.
      void navigate({ to: '.', search: next as never, replace: options?.replace ?? false })
    },
    [navigate],
  )
  return useMemo(
    () => ({
      get,
      set,
      values: (name) =>
        get(name)
          ?.split(',')
          .filter((value) => value !== '') ?? [],
    }),
    [get, set],
  )
}
