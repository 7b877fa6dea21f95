// "Add secret" and "Edit secret": what it is, then whom it goes to. The value lives in this dialog alone and leaves it encrypted.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Recipient, Secret } from '../../src/model/secret.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { toast } from '../components/Toast.tsx'
import { workspaceKey } from '../queries.ts'
import { recipientsQuery } from '../queries-beside.ts'
import type { Knowledge, Person, Shown } from '../secret-work.ts'
import { createSecret, demandLooked, needsLook, ownKey, peopleOf, writeVersion } from '../secret-work.ts'
import { NobodyHasAVault } from './nobody-has-a-vault.tsx'
import { SecretContent } from './secret-content.tsx'
import type { Content, Expiry } from './secret-content.tsx'
import { ChoosePeople, StoppedKeys, useKeyStates } from './secret-people.tsx'
import type { Looking } from './secret-people.tsx'
import { expiryOf } from './secret-words.ts'
import type { VaultGate } from './use-vault-gate.tsx'
import { VaultUnknown } from './vault-unknown.tsx'

/**
 * What the dialog is about: nothing yet, or a secret that is there. `shown` is its opened version (an older one where it `restores` it);
 * null where the writer cannot open it.
 */
export type FormAim =
  { add: true } | { edit: Secret; shown: Shown | null; restores?: number } | { share: Secret; shown: Shown }

export function SecretForm(props: {
  workspace: string
  aim: FormAim | null
  gate: VaultGate
  onClose: () => void
}) {
  const [kept, keep] = useState(props.aim)
  const [round, setRound] = useState(0)
  if (props.aim !== null && props.aim !== kept) keep(props.aim)
  const aim = props.aim ?? kept
  if (aim === null) return null
  return (
    <Dialog
      open={props.aim !== null}
      onOpenChange={(open) => !open && props.onClose()}
      onClosed={() => {
        setRound((before) => before + 1)
        // What was typed or opened ends with the dialog.
        keep(null)
      }}
      title={titleOf(aim)}
      keep
    >
      {props.gate.vault.state === 'loading' ? (
        <DialogBody>
          <VaultUnknown vault={props.gate.vault} />
          {props.gate.vault.error === null && (
            <Skeleton label="Loading your vault">
              <Bone className="mb-4 h-5 w-1/2" />
              <Bone className="h-24" />
            </Skeleton>
          )}
          <div className="h-3" />
        </DialogBody>
      ) : (
        <Form key={round} {...props} aim={aim} />
      )}
    </Dialog>
  )
}

function titleOf(aim: FormAim): string {
  if ('add' in aim) return 'Add secret'
  if ('share' in aim) return 'Share secret'
  return aim.restores === undefined ? 'Edit secret' : `Restore version ${String(aim.restores)}`
}

function Form(props: { workspace: string; aim: FormAim; gate: VaultGate; onClose: () => void }) {
  const { workspace, aim, gate } = props
  const { vault } = gate
  const secret = 'add' in aim ? null : 'edit' in aim ? aim.edit : aim.share
  const shown = 'add' in aim ? null : aim.shown
  const recipients = useQuery(recipientsQuery(workspace))
  const rows = recipients.data?.rows ?? []
  const [step, setStep] = useState<'what' | 'whom'>('share' in aim ? 'whom' : 'what')
  const [content, setContent] = useState<Content>({
    label: shown?.claimed.label ?? secret?.label ?? '',
    kind: shown?.claimed.kind ?? secret?.kind ?? 'note',
    value: shown?.value ?? '',
  })
  const [expiry, setExpiry] = useState<Expiry>({ choice: 'none', date: '' })
  const present = secret === null ? [] : peopleOf(secret, vault.known.me, vault.own, rows)
  const [chosen, setChosen] = useState<Person[]>([])
  const [looked, setLooked] = useState<string[]>([])
  const looking: Looking = { known: vault.known, vaultId: vault.own?.id ?? null, looked, onLooked: setLooked }
  const people = [...present, ...chosen]
  const states = useKeyStates(vault.known, people)
  const restores = 'edit' in aim ? aim.restores : undefined
  const save = useSave({ ...props, secret, restores, onDone: props.onClose })
  const vouched = [...(shown?.to ?? []), ...chosen.flatMap(({ key }) => key?.recipient ?? []), ...looked]
  const finish = (known: Knowledge, own: Recipient['key']) => {
    const me: Person = { userId: known.me, name: '', role: 'owner', key: own }
    const label = content.label.trim()
    const all = secret === null ? [me, ...chosen] : people
    save.run(known, { ...content, label }, all, expiryOf(expiry.choice, expiry.date) ?? null, chosen, vouched)
  }
  const stopped = people.filter((person) => needsLook(states?.get(person.userId), person, vouched))
  const write = () => {
    // A sender without a vault signs nothing and cannot open it again.
    if (vault.own === null && chosen.length > 0 && secret === null) finish(vault.known, null)
    else if (vault.own === null && secret !== null) finish(vault.known, null)
    else gate.withVault((known) => finish(known, ownKey(vault.own)))
  }
  if (step === 'what') {
    return (
      <SecretContent
        {...{ content, setContent, expiry, setExpiry, save }}
        fresh={secret === null}
        stopped={stopped.length === 0 ? null : <StoppedKeys {...{ stopped, looking, states }} />}
        replaces={secret !== null && shown === null}
        onCancel={props.onClose}
        onSave={vault.own === null && secret === null ? null : write}
        onShare={secret === null ? () => setStep('whom') : null}
      />
    )
  }
  const others = rows.filter(({ userId }) => !present.some((one) => one.userId === userId))
  const nobody = recipients.data !== undefined && others.every(({ key }) => key === null)
  return (
    <>
      <DialogBody>
        {recipients.error !== null && (
          <Problem sentence={recipients.error.message} onRetry={recipients.refetch} />
        )}
        {nobody ? (
          <NobodyHasAVault workspace={workspace} some={others.length > 0} gate={gate} />
        ) : (
          <>
            <p className="text-muted">
              “<bdi>{content.label.trim()}</bdi>” is encrypted in this browser to the people whom you choose.
              Nobody else can read it, nor can the server.
            </p>
            <ChoosePeople
              {...looking}
              recipients={others}
              chosen={chosen}
              states={states}
              onChange={setChosen}
            />
            {vault.own === null && (
              <p className="text-sm text-muted">
                You have no vault, so you cannot open it again yourself, and those who read it are told that
                its sender is not proven.
              </p>
            )}
          </>
        )}
        <StoppedKeys
          stopped={stopped.filter(({ userId }) => present.some((one) => one.userId === userId))}
          {...{ looking, states }}
        />
        {save.problem !== null && <Problem sentence={save.problem} />}
      </DialogBody>
      <DialogActions>
        {secret === null ? (
          <Button onClick={() => setStep('what')}>Back</Button>
        ) : (
          <Button onClick={props.onClose}>Cancel</Button>
        )}
        {!nobody && (
          <Button
            kind="primary"
            busy={save.busy}
            disabled={chosen.length === 0 || states === undefined || stopped.length > 0}
            onClick={write}
          >
            Share
          </Button>
        )}
      </DialogActions>
    </>
  )
}

/** Encrypts and stores; what fails is said where it failed. */
function useSave(props: {
  workspace: string
  secret: Secret | null
  restores: number | undefined
  onDone: () => void
}) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const run = (
    known: Knowledge,
    content: Content,
    people: Person[],
    expiresAt: string | null,
    added: Person[],
    vouched: readonly string[],
  ) => {
    if (busy) return
    setBusy(true)
    setProblem(null)
    const { secret, restores } = props
    const write = () =>
      secret === null
        ? createSecret(known, content, people, expiresAt)
        : writeVersion(known, secret, content, people, restores)
    demandLooked(known, people, vouched)
      .then(write)
      .then(() => {
        void client.invalidateQueries({ queryKey: workspaceKey(props.workspace) })
        const names = added.map(({ name }) => name).join(', ')
        toast({ title: names === '' ? 'Secret saved' : `Secret shared with ${names}` })
        props.onDone()
      })
      .catch((error: unknown) => {
        // Keys and versions may be others by now.
        void client.invalidateQueries({ queryKey: workspaceKey(props.workspace) })
        setProblem(error instanceof Error ? error.message : 'That did not work. Try again.')
      })
      .finally(() => setBusy(false))
  }
  return { busy, problem, run }
}
