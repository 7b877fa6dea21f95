// Whom a secret goes to: choosing people, and looking at their keys before anything is encrypted to them. A key that changed since it
// was confirmed stops everything until it is compared again.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Recipient, SecretRole } from '../../src/model/secret.ts'
import { confirmKey } from '../actions.ts'
import { Badge } from '../components/Badge.tsx'
import { Banner } from '../components/Banner.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Fingerprint } from '../components/Fingerprint.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { vaultQuery } from '../queries-beside.ts'
import type { KeyState, Knowledge, Person } from '../secret-work.ts'
import { keyState } from '../secret-work.ts'
import { sharing } from '../vault.ts'
import { roleWords } from './secret-words.ts'

/** What is known of each person's key, by person; undefined while it is worked out. */
export function useKeyStates(known: Knowledge, people: readonly Person[]): Map<string, KeyState> | undefined {
  const keys = people.map(({ userId, key }) => [userId, key?.recipient, key?.signing])
  return useQuery({
    // Public keys and pins alone: nothing here is secret.
    queryKey: ['ws', known.workspace, 'key-states', known.vault?.recipient ?? null, known.pins, keys],
    queryFn: async () => {
      const states = new Map<string, KeyState>()
      for (const { userId, key } of people)
        if (key !== null) states.set(userId, await keyState(known, userId, key))
      return states
    },
    staleTime: Infinity,
    placeholderData: (before) => before,
  }).data
}

/** What the looker knows of keys, and which they have looked at in this dialog while their vault could not note it. */
export interface Looking {
  known: Knowledge
  /** The reader's own vault; null where there is none. */
  vaultId: string | null
  /** age recipients. */
  looked: readonly string[]
  onLooked: (looked: string[]) => void
}

/** One person's fingerprint, and the way to confirm it. */
export function KeyCheck(props: { person: Person; state: KeyState } & Looking) {
  const { known, person, state, vaultId } = props
  const client = useQueryClient()
  const recipient = person.key?.recipient ?? ''
  const others = props.looked.filter((one) => one !== recipient)
  const confirm = useMutation({
    mutationFn: async () => {
      if (known.vault === null || vaultId === null) return
      const of = { about: person.userId, fingerprint: state.fingerprint }
      const pin = await (await sharing()).pin(known.vault, known.workspace, of)
      await confirmKey(known.workspace, { vaultId, pin })
      await client.invalidateQueries({ queryKey: vaultQuery(known.workspace).queryKey })
    },
  })
  const changed = state.trust === 'changed'
  return (
    <div className="flex flex-col gap-2.5">
      {changed && (
        <Banner tone="bad">
          <strong className="font-medium">
            Stop: the key of <bdi>{person.name}</bdi> is another one than you confirmed.
          </strong>{' '}
          They may have made a new vault. Ask them in person or on the phone, and compare the new fingerprint,
          before you go on.
        </Banner>
      )}
      <Fingerprint text={state.fingerprint} of={person.name} />
      {state.trust === 'confirmed' && (
        <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
          <Badge tone="ok">Compared</Badge> You have confirmed this fingerprint.
        </p>
      )}
      {state.trust === 'new' && !props.looked.includes(recipient) && (
        <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
          <Badge tone="wait">Not compared yet</Badge> Until you have, you rely on this server to show you the
          right key.
        </p>
      )}
      {state.trust !== 'confirmed' && (
        <Checkbox
          checked={props.looked.includes(recipient) || confirm.isPending}
          disabled={confirm.isPending}
          onChange={(checked) => {
            if (known.vault !== null) confirm.mutate()
            else props.onLooked(checked ? [...others, recipient] : others)
          }}
          label={
            <>
              I have compared this fingerprint with <bdi>{person.name}</bdi>
            </>
          }
          hint="They see it under Secrets, Your vault. Read the numbers to each other: it shows that nobody put another key in between."
        />
      )}
      {confirm.error !== null && <p className="text-sm text-bad-text">{confirm.error.message}</p>}
    </div>
  )
}

/** People who have the secret already, with keys that must be looked at before anything more is encrypted to them. */
export function StoppedKeys(props: {
  stopped: readonly Person[]
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

const MANY = 8

/** The people to choose from, each with their key once they are chosen. */
export function ChoosePeople(
  props: Looking & {
    recipients: readonly Recipient[]
    chosen: readonly Person[]
    states: Map<string, KeyState> | undefined
    onChange: (chosen: Person[]) => void
  },
) {
  const { recipients, chosen, states } = props
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const shown = recipients.filter(
    ({ userId, name, email }) =>
      chosen.some((one) => one.userId === userId) || `${name} ${email ?? ''}`.toLowerCase().includes(wanted),
  )
  return (
    <div className="flex flex-col gap-3">
      {recipients.length > MANY && (
        <TextField
          label="Search people"
          type="search"
          autoComplete="off"
          value={search}
          onChange={setSearch}
        />
      )}
      <ul aria-label="People" className="flex max-h-96 flex-col divide-y overflow-y-auto rounded-md border">
        {shown.map((one) => (
          <PersonChoice
            key={one.userId}
            {...props}
            recipient={one}
            person={chosen.find(({ userId }) => userId === one.userId)}
            state={states?.get(one.userId)}
          />
        ))}
        {shown.length === 0 && <li className="px-3 py-2 text-muted">Nobody fits this search.</li>}
      </ul>
    </div>
  )
}

function PersonChoice(
  props: Looking & {
    recipient: Recipient
    person: Person | undefined
    state: KeyState | undefined
    chosen: readonly Person[]
    onChange: (chosen: Person[]) => void
  },
) {
  const { recipient, person, state, chosen, onChange } = props
  const { userId, name, email, role, inviter, key } = recipient
  const others = chosen.filter((one) => one.userId !== userId)
  return (
    <li className="flex flex-col gap-3 px-3 py-2.5">
      <div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-2">
        <Checkbox
          checked={person !== undefined}
          disabled={key === null}
          onChange={(checked) =>
            onChange(checked ? [...others, { userId, name, role: 'collaborator', key }] : others)
          }
          label={<Name none="No name">{name}</Name>}
          hint={
            <>
              {email ?? (inviter ? 'Invited you' : (roleWords[role] ?? role))}
              {key === null && ' · has no vault yet'}
            </>
          }
        />
        {inviter && email !== null && <Badge>Invited you</Badge>}
        {person !== undefined && (
          <Select<SecretRole>
            label={`Role of ${name}`}
            labelled="heard"
            value={person.role}
            options={secretRoleOptions}
            onChange={(next) =>
              onChange(chosen.map((one) => (one === person ? { ...one, role: next } : one)))
            }
          />
        )}
      </div>
      {person !== undefined && state !== undefined && (
        <div className="pl-6.5">
          <KeyCheck {...props} person={person} state={state} />
        </div>
      )}
    </li>
  )
}

const secretRoleOptions: { value: SecretRole; label: string }[] = [
  { value: 'collaborator', label: 'Collaborator' },
  { value: 'owner', label: 'Owner' },
]
