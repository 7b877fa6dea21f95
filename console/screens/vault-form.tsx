// What the dialogs of a vault share: work that may fail with a sentence, the fields of a passphrase, and putting a new one in its place.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { PASSPHRASE_LEAST } from '../../src/model/secret.ts'
import type { OwnVault } from '../../src/model/secret.ts'
import { rewrapVault } from '../actions.ts'
import { SecretField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { vaultQuery } from '../queries-beside.ts'
import type { OpenVault } from '../vault.ts'
import { holdVault, sharing } from '../vault.ts'
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

/**
 * A new passphrase for a vault that `open` opens, in whichever way: its file takes the place of the one before, and the vault stays open.
 * `done`: the message afterwards.
 */
export function useRewrap(
  props: AimProps,
  open: (lib: Awaited<ReturnType<typeof sharing>>, own: OwnVault) => Promise<OpenVault>,
  done: string,
) {
  const { own } = props.vault
  const client = useQueryClient()
  const { busy, problem, run, say } = useWork()
  const typed = useNewPassphrase()
  const submit = () => {
    const wrong = typed.check()
    if (wrong !== null) return say(wrong)
    void run(async () => {
      if (own === null) return
      const lib = await sharing()
      const vault = await open(lib, own)
      const passphraseFile = await lib.wrapWithPassphrase(vault, typed.passphrase)
      await rewrapVault(props.workspace, { id: own.id, passphraseFile })
      await client.invalidateQueries({ queryKey: vaultQuery(props.workspace).queryKey })
      holdVault(props.workspace, vault)
      toast({ title: done, text: 'Your recovery key stays as it was.' })
      props.onOpen(vault)
    })
  }
  return { busy, problem, submit, fields: typed.fields }
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
