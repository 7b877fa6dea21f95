// Who has a secret and what its owners may do about it: remove access, change a role, set the end, delete; and leaving it oneself.
// Removing somebody encrypts the value anew without them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import type { Secret, SecretMember } from '../../src/model/secret.ts'
import { deleteSecret, leaveSecret, setSecretExpiry } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Section } from '../components/Facts.tsx'
import { IconButton } from '../components/IconButton.tsx'
import { Menu, MenuItem, MenuLine } from '../components/Menu.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { dateOf } from '../dates.ts'
import { workspaceKey } from '../queries.ts'
import { recipientsQuery, vaultQuery } from '../queries-beside.ts'
import type { KeyState, Person, Unlocked } from '../secret-work.ts'
import { demandLooked, openSecret, peopleOf, writeVersion } from '../secret-work.ts'
import { useKeyStates } from './secret-people.tsx'
import type { ExpiryChoice } from './secret-words.ts'
import { expiryOf, expiryOptions } from './secret-words.ts'
import type { VaultGate } from './use-vault-gate.tsx'

interface Props {
  workspace: string
  secret: Secret
  gate: VaultGate
}

/** Encrypts the present value anew for other people or roles. Stops at a key that must be compared first. */
function useReseal({ workspace, secret, gate }: Props, onDone: (title: string) => void) {
  const client = useQueryClient()
  const work = useMutation({
    mutationFn: async (ask: { known: Unlocked; to: (people: Person[]) => Person[]; done: string }) => {
      const { known } = ask
      const shown = await openSecret(known, secret)
      const [{ rows }, { vault: own }] = await Promise.all([
        client.query({ ...recipientsQuery(workspace), staleTime: 0 }),
        client.query({ ...vaultQuery(workspace), staleTime: 0 }),
      ])
      const people = ask.to(peopleOf(secret, known.me, own, rows))
      await demandLooked(known, people, shown.to)
      const { label, kind } = secret
      await writeVersion(known, secret, { label, kind, value: shown.value }, people)
      return ask.done
    },
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      onDone(done)
    },
  })
  const reseal = (to: (people: Person[]) => Person[], done: string) =>
    gate.withVault((known) => work.mutate({ known, to, done }))
  return { reseal, busy: work.isPending, error: work.error?.message ?? null, reset: work.reset }
}

export function SecretMembers(props: Props) {
  const { secret, gate } = props
  const [removing, setRemoving] = useState<SecretMember | null>(null)
  const work = useReseal(props, (title) => {
    setRemoving(null)
    toast({ title })
  })
  const { known, own } = gate.vault
  const { me } = known
  const recipients = useQuery(recipientsQuery(props.workspace))
  const states = useKeyStates(known, peopleOf(secret, me, own, recipients.data?.rows ?? []))
  return (
    <Section title="Shared with">
      <ul aria-label="People who have it" className="flex flex-col divide-y rounded-md border">
        {secret.members.map((one) => (
          <li key={one.userId} className="flex items-center gap-3 px-3 py-2">
            <span className="min-w-0 flex-1 truncate">
              <Name none="No name">{one.name}</Name>
              {one.userId === me && <span className="text-muted"> (you)</span>}
            </span>
            {!one.canOpen && <Badge tone="wait">Cannot open it</Badge>}
            {known.vault !== null && <KeyBadge state={states?.get(one.userId)} />}
            <span className="text-sm text-muted">{one.role === 'owner' ? 'Owner' : 'Collaborator'}</span>
            {secret.role === 'owner' && secret.canOpen && one.userId !== me && (
              <MemberMenu member={one} work={work} onRemove={() => setRemoving(one)} />
            )}
          </li>
        ))}
      </ul>
      {secret.members.some(({ canOpen, userId }) => !canOpen && userId !== me) && (
        <p className="mt-2 text-sm text-muted">
          Who cannot open it had no vault when it was encrypted, or has made a new one since. Edit and save it
          to encrypt it to them.
        </p>
      )}
      {work.error !== null && removing === null && <Problem sentence={work.error} />}
      <AlertDialog
        open={removing !== null}
        onOpenChange={(open) => {
          if (open) return
          setRemoving(null)
          work.reset()
        }}
        title={`Remove the access of ${removing?.name ?? ''}?`}
        action="Remove access"
        busy={work.busy}
        error={work.error}
        onAction={() => {
          const gone = removing?.userId
          work.reseal((people) => people.filter(({ userId }) => userId !== gone), 'Access removed')
        }}
      >
        A new version is encrypted without them, and the server no longer gives them any.{' '}
        <strong className="font-medium">What they have seen, they have seen:</strong> if it is a password or a
        token, change it where it is used.
      </AlertDialog>
    </Section>
  )
}

/** What the reader knows of somebody's key: nothing is said where it is confirmed, or their own. */
function KeyBadge({ state }: { state: KeyState | undefined }) {
  if (state?.trust === 'changed') return <Badge tone="bad">Key changed</Badge>
  return state?.trust === 'new' ? <Badge tone="wait">Key not compared</Badge> : null
}

function MemberMenu(props: {
  member: SecretMember
  work: ReturnType<typeof useReseal>
  onRemove: () => void
}) {
  const { member, work } = props
  const next = member.role === 'owner' ? ('collaborator' as const) : ('owner' as const)
  return (
    <Menu
      trigger={<IconButton label={`More options for ${member.name}`} icon={<MoreHorizontal aria-hidden />} />}
    >
      <MenuItem
        onSelect={() =>
          work.reseal(
            (people) => people.map((one) => (one.userId === member.userId ? { ...one, role: next } : one)),
            'Role changed',
          )
        }
      >
        {next === 'owner' ? 'Make an owner' : 'Make a collaborator'}
      </MenuItem>
      <MenuLine />
      <MenuItem danger onSelect={props.onRemove}>
        Remove access
      </MenuItem>
    </Menu>
  )
}

/** The buttons at the foot of the drawer. */
export function SecretActions(props: Props & { onClose: () => void }) {
  const { workspace, secret } = props
  const client = useQueryClient()
  const [asking, setAsking] = useState<'delete' | 'leave' | 'expiry' | null>(null)
  const [round, setRound] = useState(0)
  const owner = secret.role === 'owner'
  const end = useMutation({
    mutationFn: async (how: 'delete' | 'leave') => {
      await (how === 'delete' ? deleteSecret : leaveSecret)(workspace, secret.id, secret.label)
      return how
    },
    onSuccess: (how) => {
      setAsking(null)
      toast({ title: how === 'delete' ? 'Secret deleted' : 'You no longer have this secret' })
      props.onClose()
      // Its own drawer still moves away: it must not be asked for again.
      void client.invalidateQueries({
        queryKey: workspaceKey(workspace),
        predicate: ({ queryKey }) => !queryKey.includes(secret.id),
      })
    },
  })
  const close = (open: boolean) => {
    if (open) return
    setAsking(null)
    end.reset()
  }
  return (
    <>
      {owner && <Button onClick={() => setAsking('expiry')}>Change expiry</Button>}
      {secret.members.length > 1 && <Button onClick={() => setAsking('leave')}>Remove my access</Button>}
      {owner && (
        <Button kind="danger" onClick={() => setAsking('delete')}>
          Delete
        </Button>
      )}
      <AlertDialog
        open={asking === 'delete' || asking === 'leave'}
        onOpenChange={close}
        title={asking === 'leave' ? 'Give up this secret?' : 'Delete this secret?'}
        action={asking === 'leave' ? 'Remove my access' : 'Delete'}
        busy={end.isPending}
        error={end.error?.message ?? null}
        onAction={() => end.mutate(asking === 'leave' ? 'leave' : 'delete')}
      >
        {asking === 'leave'
          ? 'You will no longer see it. Somebody who has it can share it with you again.'
          : 'All its versions are deleted for everybody who has it, and cannot be brought back. What was seen or copied stays with who did.'}
      </AlertDialog>
      <ExpiryDialog
        key={round}
        {...props}
        open={asking === 'expiry'}
        onClose={() => setAsking(null)}
        // Opened again it begins with what holds by then.
        onClosed={() => setRound((before) => before + 1)}
      />
    </>
  )
}

function ExpiryDialog(props: Props & { open: boolean; onClose: () => void; onClosed: () => void }) {
  const { workspace, secret } = props
  const client = useQueryClient()
  const [choice, setChoice] = useState<ExpiryChoice>(secret.expiresAt === null ? 'none' : 'date')
  const [date, setDate] = useState(secret.expiresAt === null ? '' : dateOf(new Date(secret.expiresAt)))
  const end = expiryOf(choice, date)
  const save = useMutation({
    mutationFn: () => setSecretExpiry(workspace, secret.id, end ?? null),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      toast({ title: 'Expiry changed' })
      props.onClose()
    },
  })
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !open && props.onClose()}
      onClosed={props.onClosed}
      title="Change expiry"
      size="s"
    >
      <DialogBody>
        <Select<ExpiryChoice>
          label="Expires"
          hint="An expired secret is deleted for good."
          value={choice}
          options={expiryOptions}
          onChange={setChoice}
        />
        {choice === 'date' && (
          <TextField label="Last day" type="date" min={dateOf(new Date())} value={date} onChange={setDate} />
        )}
        {save.error !== null && <Problem sentence={save.error.message} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onClose}>Cancel</Button>
        <Button
          kind="primary"
          busy={save.isPending}
          disabled={end === undefined}
          onClick={() => save.mutate()}
        >
          Save
        </Button>
      </DialogActions>
    </Dialog>
  )
}
