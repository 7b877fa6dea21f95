// "Asks for the vault if locked": work that needs it waits behind the dialog that makes or unlocks it.
import { useCallback, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import type { Unlocked } from '../secret-work.ts'
import { useVault } from './use-vault.ts'
import type { VaultState } from './use-vault.ts'
import { VaultDialog } from './vault-dialog.tsx'
import type { VaultAim } from './vault-form.tsx'

export interface VaultGate {
  vault: VaultState
  /** Does the work with the open vault: now, or when the reader has unlocked or made it. */
  withVault: (work: (known: Unlocked) => void) => void
  /** Opens one of the vault's dialogs. */
  aimAt: (aim: VaultAim) => void
  /** The dialogs, to be drawn once by whoever holds the gate. */
  dialogs: ReactNode
}

export function useVaultGate(workspace: string): VaultGate {
  const vault = useVault(workspace)
  const [asked, setAsked] = useState<{ aim: VaultAim; then: ((known: Unlocked) => void) | null } | null>(null)
  const { open, own, known } = vault
  const withVault = useCallback(
    (work: (known: Unlocked) => void) => {
      if (open !== null) work({ ...known, vault: open })
      else setAsked({ aim: own === null ? 'set-up' : 'unlock', then: work })
    },
    [open, own, known],
  )
  const aimAt = useCallback((aim: VaultAim) => setAsked({ aim, then: null }), [])
  const dialogs = (
    <VaultDialog
      workspace={workspace}
      vault={vault}
      aim={asked?.aim ?? null}
      onAim={(aim) => setAsked((before) => ({ aim, then: before?.then ?? null }))}
      onClose={() => setAsked(null)}
      onOpen={(opened) => {
        const then = asked?.then
        setAsked(null)
        then?.({ ...known, vault: opened })
      }}
    />
  )
  return useMemo(() => ({ vault, withVault, aimAt, dialogs }), [vault, withVault, aimAt, dialogs])
}
