// The dialogs of the reader's vault: make it, unlock it, change its passphrase, recover it, print a new recovery key, replace it when all
// is lost. Passphrases and recovery keys stay in these dialogs; the server is sent files that only they open.
import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { ReactNode, SubmitEvent } from 'react'
import { PASSPHRASE_LEAST } from '../../src/model/secret.ts'
import { makeVault, rewrapVault } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { vaultQuery } from '../queries.ts'
import type { OpenVault } from '../vault.ts'
import { holdVault, sharing } from '../vault.ts'
import { RecoveryKey } from './recovery-key.tsx'
import type { VaultState } from './use-vault.ts'

/** What a dialog is for. */
export type VaultAim = 'set-up' | 'unlock' | 'recover' | 'passphrase' | 'recovery-key' | 'replace'

const titles: Record<VaultAim, string> = {
  'set-up': 'Make your vault',
  unlock: 'Unlock your vault',
  recover: 'Recover your vault',
  passphrase: 'Change your vault passphrase',
  'recovery-key': 'Make a new recovery key',
  replace: 'Replace a lost vault',
}

interface AimProps {
  workspace: string
  vault: VaultState
  /** Another aim in the same dialog. */
  onAim: (aim: VaultAim) => void
  onClose: () => void
  /** The vault is open and kept. */
  onOpen: (vault: OpenVault) => void
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

/** Work that may fail with a sentence. */
function useWork() {
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

function Form(props: {
  busy: boolean
  problem: string | null
  action: string
  onSubmit: () => void
  onCancel: () => void
  beside?: ReactNode
  ready?: boolean
  children: ReactNode
}) {
  const id = useId()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!props.busy) props.onSubmit()
  }
  return (
    <>
      <DialogBody>
        <form id={id} onSubmit={submit} className="flex flex-col gap-4" autoComplete="off">
          {props.children}
        </form>
        {props.problem !== null && <Problem sentence={props.problem} />}
      </DialogBody>
      <DialogActions>
        {props.beside !== undefined && <span className="mr-auto">{props.beside}</span>}
        <Button onClick={props.onCancel}>Cancel</Button>
        <Button type="submit" form={id} kind="primary" busy={props.busy} disabled={props.ready === false}>
          {props.action}
        </Button>
      </DialogActions>
    </>
  )
}

/** A new passphrase, typed twice. `check` gives null, or the sentence why it cannot be taken. */
function useNewPassphrase() {
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

function MakeVault(props: AimProps & { replaces: string | null }) {
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
    <Form busy={busy} problem={problem} action="Continue" onSubmit={prepare} onCancel={props.onClose}>
      {props.replaces === null && (
        <p className="text-muted">
          Your vault holds the key that opens what others share with you. It is made in this browser; the
          server keeps it locked with your passphrase, which it never sees.
        </p>
      )}
      {typed.fields}
    </Form>
  )
}

function ReplaceVault(props: AimProps) {
  const [sure, setSure] = useState(false)
  const [agreed, setAgreed] = useState(false)
  const own = props.vault.own
  if (sure && own !== null) return <MakeVault {...props} replaces={own.id} />
  return (
    <Form
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
    </Form>
  )
}

/** Opens the vault with its passphrase, the one field of a dialog. */
function usePassphraseField(label: string) {
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

function Unlock(props: AimProps) {
  const { own } = props.vault
  const { busy, problem, run } = useWork()
  const { passphrase, field } = usePassphraseField('Vault passphrase')
  return (
    <Form
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
    </Form>
  )
}

function ChangePassphrase(props: AimProps) {
  const { own } = props.vault
  const client = useQueryClient()
  const { busy, problem, run, say } = useWork()
  const old = usePassphraseField('Present passphrase')
  const typed = useNewPassphrase()
  const submit = () => {
    const wrong = typed.check()
    if (wrong !== null) return say(wrong)
    void run(async () => {
      if (own === null) return
      const lib = await sharing()
      const vault = await lib.unlock(own.passphraseFile, old.passphrase, own)
      const passphraseFile = await lib.wrapWithPassphrase(vault, typed.passphrase)
      await rewrapVault(props.workspace, { id: own.id, passphraseFile })
      await client.invalidateQueries({ queryKey: vaultQuery(props.workspace).queryKey })
      holdVault(props.workspace, vault)
      toast({ title: 'Your vault passphrase is changed', text: 'Your recovery key stays as it was.' })
      props.onOpen(vault)
    })
  }
  return (
    <Form busy={busy} problem={problem} action="Change passphrase" onSubmit={submit} onCancel={props.onClose}>
      {old.field}
      {typed.fields}
    </Form>
  )
}

function Recover(props: AimProps) {
  const { own } = props.vault
  const client = useQueryClient()
  const { busy, problem, run, say } = useWork()
  const [recoveryKey, setRecoveryKey] = useState('')
  const typed = useNewPassphrase()
  const submit = () => {
    const wrong = typed.check()
    if (wrong !== null) return say(wrong)
    void run(async () => {
      if (own === null) return
      const lib = await sharing()
      const vault = await lib.recover(own.recoveryFile, recoveryKey, own)
      const passphraseFile = await lib.wrapWithPassphrase(vault, typed.passphrase)
      await rewrapVault(props.workspace, { id: own.id, passphraseFile })
      await client.invalidateQueries({ queryKey: vaultQuery(props.workspace).queryKey })
      holdVault(props.workspace, vault)
      toast({ title: 'Your vault is recovered and unlocked', text: 'Your recovery key stays as it was.' })
      props.onOpen(vault)
    })
  }
  return (
    <Form
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
      {typed.fields}
    </Form>
  )
}

function NewRecoveryKey(props: AimProps) {
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
    <Form
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
    </Form>
  )
}
