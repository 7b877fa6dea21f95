// "Add secret" and "Edit secret": what it is, then whom it goes to. The value lives in this dialog alone and leaves it encrypted.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { SECRET_LIMITS, secretKindLabels, secretKinds } from '../../src/model/secret.ts'
import type { Recipient, Secret, SecretKind } from '../../src/model/secret.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { SecretArea } from '../components/SecretArea.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { recipientsQuery, workspaceKey } from '../queries.ts'
import type { Knowledge, Person, Shown } from '../secret-work.ts'
import { createSecret, demandLooked, needsLook, ownKey, peopleOf, writeVersion } from '../secret-work.ts'
import { useCan } from '../rights.ts'
import { ChoosePeople, KeyCheck, useKeyStates } from './secret-people.tsx'
import type { Looking } from './secret-people.tsx'
import type { ExpiryChoice } from './secret-words.ts'
import { expiryOf, expiryOptions } from './secret-words.ts'
import type { VaultGate } from './use-vault-gate.tsx'

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
      <Form key={round} {...props} aim={aim} />
    </Dialog>
  )
}

function titleOf(aim: FormAim): string {
  if ('add' in aim) return 'Add secret'
  if ('share' in aim) return 'Share secret'
  return aim.restores === undefined ? 'Edit secret' : `Restore version ${String(aim.restores)}`
}

interface Content {
  label: string
  kind: SecretKind
  value: string
}

/** Label and value as they may be stored, or the sentence why not, by field. */
function checked(content: Content): Partial<Record<'label' | 'value', string>> {
  const label = content.label.trim()
  return {
    ...(label === '' ? { label: 'Give it a label: it is what others see in the list.' } : {}),
    ...(content.value === '' ? { value: 'Type or paste what is secret.' } : {}),
    ...(content.value.length > SECRET_LIMITS.value
      ? {
          value: `A secret holds at most ${SECRET_LIMITS.value.toLocaleString()} characters; this has ${content.value.length.toLocaleString()}.`,
        }
      : {}),
  }
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
  const [expiry, setExpiry] = useState<{ choice: ExpiryChoice; date: string }>({ choice: 'none', date: '' })
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
      <What
        {...{ content, setContent, expiry, setExpiry, secret, save, stopped, looking, states }}
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
        {recipients.error !== null && <Problem sentence={recipients.error.message} />}
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

function What(props: {
  content: Content
  setContent: (content: Content) => void
  expiry: { choice: ExpiryChoice; date: string }
  setExpiry: (expiry: { choice: ExpiryChoice; date: string }) => void
  secret: Secret | null
  replaces: boolean
  save: ReturnType<typeof useSave>
  stopped: Person[]
  looking: Looking
  states: ReturnType<typeof useKeyStates>
  onCancel: () => void
  onSave: (() => void) | null
  onShare: (() => void) | null
}) {
  const { content, setContent, expiry, setExpiry, save } = props
  const form = useId()
  const [tried, setTried] = useState(false)
  const errors = checked(content)
  const dateMissing = props.secret === null && expiryOf(expiry.choice, expiry.date) === undefined
  const ready = Object.keys(errors).length === 0 && !dateMissing
  const go = (then: (() => void) | null) => {
    setTried(true)
    if (ready && !save.busy) then?.()
  }
  const set = (patch: Partial<Content>) => setContent({ ...content, ...patch })
  return (
    <>
      <DialogBody>
        <form
          id={form}
          autoComplete="off"
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            go(props.onShare ?? props.onSave)
          }}
        >
          <TextField
            autoFocus
            label="Label"
            hint="Readable by the server and in the list; nothing secret."
            maxLength={SECRET_LIMITS.label}
            value={content.label}
            error={tried ? errors.label : null}
            onChange={(label) => set({ label })}
          />
          <Select<SecretKind>
            label="Kind"
            value={content.kind}
            options={secretKinds.map((value) => ({ value, label: secretKindLabels[value] }))}
            onChange={(kind) => set({ kind })}
          />
          <SecretArea
            label={props.replaces ? 'New value' : 'Value'}
            hint="Encrypted in this browser, readable by the recipients whose fingerprints you checked."
            open={content.kind === 'note'}
            value={content.value}
            error={tried ? errors.value : null}
            onChange={(value) => set({ value })}
          />
          {props.secret === null && (
            <>
              <Select<ExpiryChoice>
                label="Expires"
                hint="An expired secret is deleted for good."
                value={expiry.choice}
                options={expiryOptions}
                onChange={(choice) => setExpiry({ ...expiry, choice })}
              />
              {expiry.choice === 'date' && (
                <TextField
                  label="Last day"
                  type="date"
                  min={new Date().toISOString().slice(0, 10)}
                  value={expiry.date}
                  error={tried && dateMissing ? 'Choose a day.' : null}
                  onChange={(date) => setExpiry({ ...expiry, date })}
                />
              )}
            </>
          )}
        </form>
        <StoppedKeys stopped={props.stopped} looking={props.looking} states={props.states} />
        {save.problem !== null && <Problem sentence={save.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onCancel}>Cancel</Button>
        {props.onSave !== null && (
          <Button
            kind={props.onShare === null ? 'primary' : 'secondary'}
            busy={save.busy}
            disabled={props.stopped.length > 0}
            onClick={() => go(props.onSave)}
          >
            {props.onShare === null ? 'Save' : 'Save for me only'}
          </Button>
        )}
        {props.onShare !== null && (
          <Button type="submit" form={form} kind="primary">
            Share
          </Button>
        )}
      </DialogActions>
    </>
  )
}

/** People who have the secret already, with keys that must be looked at before anything more is encrypted to them. */
function StoppedKeys(props: {
  stopped: Person[]
  looking: Looking
  states: ReturnType<typeof useKeyStates>
}) {
  const { looking, states } = props
  const seen = props.stopped.filter(({ userId }) => states?.has(userId) === true)
  if (seen.length === 0) return null
  return (
    <section aria-label="Keys to compare" className="flex flex-col gap-3 rounded-md border px-3 py-2.5">
      <h3 className="font-medium">Compare these keys first</h3>
      {seen.map((person) => {
        const state = states?.get(person.userId)
        return (
          <div key={person.userId} className="flex flex-col gap-2">
            <bdi>{person.name}</bdi>
            {state !== undefined && <KeyCheck {...looking} person={person} state={state} />}
          </div>
        )
      })}
    </section>
  )
}

function NobodyHasAVault({ workspace, some, gate }: { workspace: string; some: boolean; gate: VaultGate }) {
  const can = useCan(workspace)
  const link = 'font-medium text-accent-text underline-offset-2 hover:underline'
  return (
    <div className="flex flex-col gap-2 rounded-md bg-wait-soft px-3 py-2.5">
      <p>
        <strong className="font-medium">
          {some ? 'None of the people here has a vault yet' : 'There is nobody here to share with'}
        </strong>
        , so nothing can be encrypted to them.{' '}
        {some && 'Ask one of them to open Secrets once and make a vault.'}
      </p>
      {can('request.send') ? (
        <p>
          For a partner’s token, send the partner a token request instead:{' '}
          <Link to="/w/$workspace/apps" params={{ workspace }} className={link}>
            choose the app
          </Link>
          , then <strong className="font-medium">Request token</strong> in the partner’s row.
        </p>
      ) : (
        <p>
          To hand over a partner token, ask whoever invited you for a token request instead: a page that takes
          the token and needs no vault. Requests to you stand on{' '}
          <Link to="/w/$workspace" params={{ workspace }} className={link}>
            your first page
          </Link>
          .
        </p>
      )}
      {gate.vault.own === null && can('secret.share') && (
        <p>
          <Button size="s" onClick={() => gate.aimAt('set-up')}>
            Make my own vault
          </Button>
        </p>
      )}
    </div>
  )
}
