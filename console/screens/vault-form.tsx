// What the dialogs of a vault share: work that may fail with a sentence, and the fields of a passphrase.
import { useState } from 'react'
import { PASSPHRASE_LEAST } from '../../src/model/secret.ts'
import { SecretField } from '../components/TextField.tsx'
import type { OpenVault } from '../vault.ts'
import type { VaultState } from './use-vault.ts'

/** What a dialog is for. */
export type VaultAim = 'set-up' | 'unlock' | 'recover' | 'passphrase' | 'recovery-key' | 'replace'

export interface AimProps {
  workspace: string
  vault: VaultState
  /** Another aim in the same dialog. */
  onAim: (aim: VaultAim) => void
  onClose: () => void
  /** The vault is open and kept. */
  onOpen: (vault: OpenVault) => void
}

/** Work that may fail with a sentence. */
export function useWork() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const run = async (work: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      // So that the button turns before scrypt takes the page for a second.
      await new Promise((done) => setTimeout(done, 30))
      await work()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'That did not work. Try again.')
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, run, say: setProblem }
}

/** A new passphrase, typed twice. `check` gives null, or the sentence why it cannot be taken. */
export function useNewPassphrase() {
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const check = () => {
    if ([...passphrase].length < PASSPHRASE_LEAST)
      return `A vault passphrase has at least ${String(PASSPHRASE_LEAST)} characters.`
    return passphrase === again ? null : 'The two passphrases are not the same.'
  }
  const fields = (
    <>
      <SecretField
        label="Vault passphrase"
        hint="At least 12 characters; several words that only you would put together are best. It is not your password, and nobody can reset it."
        autoComplete="new-password"
        mono={false}
        value={passphrase}
        onChange={setPassphrase}
      />
      <SecretField
        label="The same again"
        autoComplete="new-password"
        mono={false}
        value={again}
        onChange={setAgain}
      />
    </>
  )
  return { passphrase, check, fields }
}

/** Opens the vault with its passphrase, the one field of a dialog. */
export function usePassphraseField(label: string) {
  const [passphrase, setPassphrase] = useState('')
  const field = (
    <SecretField
      autoFocus
      label={label}
      autoComplete="current-password"
      mono={false}
      value={passphrase}
      onChange={setPassphrase}
    />
  )
  return { passphrase, field }
}
