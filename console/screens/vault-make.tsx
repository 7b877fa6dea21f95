// Making a vault, and replacing one that is lost: a key, a passphrase, and a recovery key that was proven to be kept.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { makeVault } from '../actions.ts'
import { Checkbox } from '../components/Checkbox.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { toast } from '../components/Toast.tsx'
import { vaultQuery } from '../queries-beside.ts'
import type { OpenVault } from '../vault.ts'
import { holdVault, sharing } from '../vault.ts'
import { RecoveryKey } from './recovery-key.tsx'
import { useNewPassphrase, useWork } from './vault-form.tsx'
import type { AimProps } from './vault-form.tsx'

export function MakeVault(props: AimProps & { replaces: string | null }) {
  const { workspace } = props
  const client = useQueryClient()
  const typed = useNewPassphrase()
  const { busy, problem, run, say } = useWork()
  const [made, setMade] = useState<{ vault: OpenVault; passphraseFile: string; recoveryKey: string } | null>(
    null,
  )
  const prepare = () => {
    const wrong = typed.check()
    if (wrong !== null) return say(wrong)
    void run(async () => {
      const lib = await sharing()
      const vault = await lib.newVault()
      setMade({
        vault,
        passphraseFile: await lib.wrapWithPassphrase(vault, typed.passphrase),
        recoveryKey: lib.newRecoveryKey(),
      })
    })
  }
  if (made !== null) {
    return (
      <RecoveryKey
        recoveryKey={made.recoveryKey}
        action={props.replaces === null ? 'Make my vault' : 'Replace my vault'}
        busy={busy}
        problem={problem}
        onCancel={props.onClose}
        onKept={() =>
          void run(async () => {
            const { vault, passphraseFile, recoveryKey } = made
            const recoveryFile = await (await sharing()).wrapWithRecoveryKey(vault, recoveryKey)
            const { recipient, signing } = vault
            const own = await makeVault(workspace, {
              recipient,
              signing,
              passphraseFile,
              recoveryFile,
              replaces: props.replaces,
            })
            client.setQueryData(vaultQuery(workspace).queryKey, { vault: own })
            void client.invalidateQueries({ queryKey: ['ws', workspace] })
            holdVault(workspace, vault)
            toast({ title: 'Your vault is ready and unlocked' })
            props.onOpen(vault)
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
      onSubmit={prepare}
      onCancel={props.onClose}
    >
      {props.replaces === null && (
        <p className="text-muted">
          Your vault holds the key that opens what others share with you. It is made in this browser; the
          server keeps it locked with your passphrase, which it never sees.
        </p>
      )}
      {typed.fields}
    </DialogForm>
  )
}

export function ReplaceVault(props: AimProps) {
  const [sure, setSure] = useState(false)
  const [agreed, setAgreed] = useState(false)
  const own = props.vault.own
  if (sure && own !== null) return <MakeVault {...props} replaces={own.id} />
  return (
    <DialogForm
      secret
      busy={false}
      problem={null}
      action="Continue"
      ready={agreed && own !== null}
      onSubmit={() => setSure(true)}
      onCancel={props.onClose}
    >
      <p>
        A new vault has a new key.{' '}
        <strong className="font-medium">
          Nothing that was shared with you until now can be opened with it
        </strong>
        , by you or by anybody who runs this server, and secrets that you alone could open are lost for good.
      </p>
      <p className="text-muted">
        Whoever shares a secret with you can share it again afterwards. They will be told that your key
        changed and will want to compare fingerprints with you. Try your recovery key first.
      </p>
      <Checkbox
        checked={agreed}
        onChange={setAgreed}
        label="I have lost both my passphrase and my recovery key, and I understand what cannot be read any more"
      />
    </DialogForm>
  )
}
