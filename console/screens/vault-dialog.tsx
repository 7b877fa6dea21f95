// The dialogs of the reader's vault: make it, unlock it, change its passphrase, recover it, print a new recovery key, replace it when all
// is lost. Passphrases and recovery keys stay in these dialogs; the server is sent files that only they open.
import { useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Dialog } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { holdVault, sharing } from '../vault.ts'
import { usePassphraseField, useRewrap, useWork } from './vault-form.tsx'
import type { AimProps, VaultAim } from './vault-form.tsx'
import { MakeVault, ReplaceVault } from './vault-make.tsx'
import { NewRecoveryKey, Recover } from './vault-recover.tsx'

const titles: Record<VaultAim, string> = {
  'set-up': 'Make your vault',
  unlock: 'Unlock your vault',
  recover: 'Recover your vault',
  passphrase: 'Change your vault passphrase',
  'recovery-key': 'Make a new recovery key',
  replace: 'Replace a lost vault',
}

export function VaultDialog(
  props: Omit<AimProps, 'onAim'> & { aim: VaultAim | null; onAim: (aim: VaultAim) => void },
) {
  const [kept, keep] = useState(props.aim)
  const [round, setRound] = useState(0)
  if (props.aim !== null && props.aim !== kept) keep(props.aim)
  const aim = props.aim ?? kept
  if (aim === null) return null
  return (
    <Dialog
      open={props.aim !== null}
      onOpenChange={(open) => !open && props.onClose()}
      onClosed={() => setRound((before) => before + 1)}
      title={titles[aim]}
      keep
    >
      <Aim key={`${aim} ${String(round)}`} {...props} aim={aim} />
    </Dialog>
  )
}

function Aim(props: AimProps & { aim: VaultAim }) {
  switch (props.aim) {
    case 'set-up':
      return <MakeVault {...props} replaces={null} />
    case 'replace':
      return <ReplaceVault {...props} />
    case 'unlock':
      return <Unlock {...props} />
    case 'passphrase':
      return <ChangePassphrase {...props} />
    case 'recover':
      return <Recover {...props} />
    case 'recovery-key':
      return <NewRecoveryKey {...props} />
  }
}

function Unlock(props: AimProps) {
  const { own } = props.vault
  const { busy, problem, run } = useWork()
  const { passphrase, field } = usePassphraseField('Vault passphrase')
  return (
    <DialogForm
      secret
      busy={busy}
      problem={problem}
      action="Unlock"
      ready={passphrase !== '' && own !== null}
      onCancel={props.onClose}
      beside={
        <Button kind="quiet" onClick={() => props.onAim('recover')}>
          Lost it?
        </Button>
      }
      onSubmit={() =>
        void run(async () => {
          if (own === null) return
          const vault = await (await sharing()).unlock(own.passphraseFile, passphrase, own)
          holdVault(props.workspace, vault)
          props.onOpen(vault)
        })
      }
    >
      <p className="text-muted">
        It stays unlocked in this tab until you lock it, reload, sign out, or do nothing for 15 minutes.
      </p>
      {field}
    </DialogForm>
  )
}

function ChangePassphrase(props: AimProps) {
  const old = usePassphraseField('Present passphrase')
  const { busy, problem, submit, fields } = useRewrap(
    props,
    (lib, own) => lib.unlock(own.passphraseFile, old.passphrase, own),
    'Your vault passphrase is changed',
  )
  return (
    <DialogForm
      secret
      busy={busy}
      problem={problem}
      action="Change passphrase"
      onSubmit={submit}
      onCancel={props.onClose}
    >
      {old.field}
      {fields}
    </DialogForm>
  )
}
