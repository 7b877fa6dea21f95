// What the reader's vault is now, and what they know of others' keys: for every screen that opens or encrypts something.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { OwnVault } from '../../src/model/secret.ts'
import { meQuery } from '../queries.ts'
import { vaultQuery } from '../queries-beside.ts'
import type { Knowledge } from '../secret-work.ts'
import type { OpenVault } from '../vault.ts'
import { useOpenVault } from '../vault.ts'

export interface VaultState {
  /** `loading` until the server has answered. */
  state: 'loading' | 'none' | 'locked' | 'open'
  own: OwnVault | null
  open: OpenVault | null
  known: Knowledge
  /** Why the server has not answered, where it did not. */
  error: Error | null
  retry: () => unknown
}

export function useVault(workspace: string): VaultState {
  const { data, error, refetch: retry } = useQuery(vaultQuery(workspace))
  const me = useQuery(meQuery()).data?.user.id ?? ''
  const open = useOpenVault(workspace)
  const own = data?.vault ?? null
  const known = useMemo(
    () => ({ workspace, me, vault: open, pins: own?.pins ?? [] }),
    [workspace, me, open, own],
  )
  const state = data === undefined ? 'loading' : own === null ? 'none' : open === null ? 'locked' : 'open'
  return { state, own, open, known, error: data === undefined ? error : null, retry }
}
