// The recovery key of a vault: used in place of a forgotten passphrase, and replaced by another one.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { rewrapVault } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { vaultQuery } from '../queries-beside.ts'
import type { OpenVault } from '../vault.ts'
import { sharing } from '../vault.ts'
import { RecoveryKey } from './recovery-key.tsx'
import { usePassphraseField, useRewrap, useWork } from './vault-form.tsx'
import type { AimProps } from './vault-form.tsx'

export function Recover(props: AimProps) {
  const [recoveryKey, setRecoveryKey] = useState('')
  const { busy, problem, submit, fields } = useRewrap(
    props,
    (lib, own) => lib.recover(own.recoveryFile, recoveryKey, own),
    'Your vault is recovered and unlocked',
  )
  return (
    <DialogForm
      secret
      busy={busy}
      problem={problem}
      action="Recover"
      onSubmit={submit}
      onCancel={props.onClose}
      beside={
        <Button kind="quiet" onClick={() => props.onAim('replace')}>
          Lost that too?
        </Button>
      }
    >
      <TextField
        autoFocus
        mono
        label="Recovery key"
        hint="The eight groups of four that you printed or saved when you made the vault."
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        value={recoveryKey}
        onChange={setRecoveryKey}
      />
      {fields}
    </DialogForm>
  )
}

export function NewRecoveryKey(props: AimProps) {
  const { own } = props.vault
  const client = useQueryClient()
  const { busy, problem, run } = useWork()
  const { passphrase, field } = usePassphraseField('Vault passphrase')
  const [made, setMade] = useState<{ vault: OpenVault; recoveryKey: string } | null>(null)
  if (made !== null && own !== null) {
    return (
      <RecoveryKey
        recoveryKey={made.recoveryKey}
        action="Use this recovery key"
        busy={busy}
        problem={problem}
        onCancel={props.onClose}
        onKept={() =>
          void run(async () => {
            const recoveryFile = await (await sharing()).wrapWithRecoveryKey(made.vault, made.recoveryKey)
            await rewrapVault(props.workspace, { id: own.id, recoveryFile })
            await client.invalidateQueries({ queryKey: vaultQuery(props.workspace).queryKey })
            toast({ title: 'Your recovery key is replaced', text: 'The one before no longer works.' })
            props.onClose()
          })
        }
      />
    )
  }
  return (
    <DialogForm
      secret
      busy={busy}
      problem={problem}
      action="Continue"
      ready={passphrase !== '' && own !== null}
      onCancel={props.onClose}
      onSubmit={() =>
        void run(async () => {
          if (own === null) return
          const lib = await sharing()
          const vault = await lib.unlock(own.passphraseFile, passphrase, own)
          setMade({ vault, recoveryKey: lib.newRecoveryKey() })
        })
      }
    >
      <p className="text-muted">The recovery key that you have now stops working once the new one is kept.</p>
      {field}
    </DialogForm>
  )
}
