// What one member may do to another one's place, each with its question: what happens, before it happens.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { InvitedRole } from '../../src/model/invitation.ts'
import type { Member, MemberAct } from '../../src/model/member.ts'
import {
  changeRole,
  extendGuest,
  handOver,
  makePasswordLink,
  removeMember,
  resetSecondFactor,
} from '../actions.ts'
import { ApiError, refusalOf } from '../client.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { LinkBox } from '../components/LinkBox.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { SecretField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { workspaceKey } from '../queries.ts'
import { moment } from '../words.ts'
import { dayOf, endOf, guestDays } from './guest-days.ts'
import { asRole, roleWords } from './role-words.ts'
import { StayEnd } from './stay-end.tsx'

export interface Doing {
  act: MemberAct
  member: Member
}

export interface MemberDialogsProps {
  workspace: string
  workspaceName: string
  ownId: string
  giveable: readonly InvitedRole[]
  doing: Doing | null
  onClose: () => void
}

/** The dialog of what is being done; while it closes it keeps its words, and opened again it begins anew. */
export function MemberDialogs({ doing, ...rest }: MemberDialogsProps) {
  const [kept, keep] = useState({ doing, count: 0 })
  if (doing !== null && doing !== kept.doing) keep({ doing, count: kept.count + 1 })
  if (kept.doing === null) return null
  const { act, member } = kept.doing
  const part: Part = { ...rest, member, open: doing !== null }
  const key = kept.count
  switch (act) {
    case 'change-role':
      return <ChangeRole key={key} {...part} />
    case 'remove':
      return <Remove key={key} {...part} />
    case 'extend':
      return <Extend key={key} {...part} />
    case 'reset-second-factor':
      return <ResetSecondFactor key={key} {...part} />
    case 'password-link':
      return <PasswordLink key={key} {...part} />
    case 'hand-over':
      return <HandOver key={key} {...part} />
  }
}

interface Part extends Omit<MemberDialogsProps, 'doing'> {
  member: Member
  open: boolean
}

/** A change of the member: on success everything of the workspace is read anew and a word is said. */
function useAct<T>(part: Part, act: () => Promise<T>, done: string | null, more?: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: workspaceKey(part.workspace) })
      if (done === null) return
      part.onClose()
      toast({ title: done })
      more?.()
    },
    gcTime: 0,
  })
}

function ChangeRole(part: Part) {
  const { member } = part
  const given = member.role === 'owner' ? 'admin' : member.role
  const [role, setRole] = useState<InvitedRole>(given)
  const change = useAct(
    part,
    () => changeRole(part.workspace, member.userId, role),
    `${member.name} is ${asRole(role)} now`,
  )
  return (
    <Dialog
      open={part.open}
      onOpenChange={(open) => !open && part.onClose()}
      title={`Change the role of ${member.name}`}
      size="s"
    >
      <DialogForm
        action="Change role"
        busy={change.isPending}
        ready={role !== given}
        problem={change.error?.message ?? null}
        onSubmit={() => change.mutate()}
        onCancel={part.onClose}
      >
        <Select
          label="Role"
          hint={roleWords[role].may}
          value={role}
          options={part.giveable.map((value) => ({ value, label: roleWords[value].label }))}
          onChange={setRole}
        />
        <p className="text-sm text-muted">{consequence(member.role, role)}</p>
      </DialogForm>
    </Dialog>
  )
}

function consequence(from: Member['role'], to: InvitedRole): ReactNode {
  if (to === from) return 'It holds at once, wherever they are signed in.'
  if (to === 'guest')
    return 'From now on they see only what is addressed to them, and their stay ends in 90 days unless you extend it.'
  if (from === 'guest') return 'They become part of the workspace: their stay no longer has an end.'
  return 'It holds at once, wherever they are signed in.'
}

function Remove(part: Part) {
  const { member } = part
  const self = member.userId === part.ownId
  const remove = useAct(
    part,
    () => removeMember(part.workspace, member.userId),
    self ? `You have left ${part.workspaceName}` : `${member.name} is removed`,
    // One's own place is gone: the start page knows what is left.
    self ? () => location.assign('/') : undefined,
  )
  return (
    <AlertDialog
      open={part.open}
      onOpenChange={(open) => !open && part.onClose()}
      title={self ? `Leave ${part.workspaceName}` : `Remove ${member.name}`}
      action={self ? 'Leave workspace' : 'Remove from workspace'}
      busy={remove.isPending}
      error={remove.error?.message ?? null}
      onAction={() => remove.mutate()}
    >
      <p>
        {self ? 'You see' : 'They see'} nothing of this workspace from now on, in every browser, and API keys
        that {self ? 'you' : 'they'} made stop working.{' '}
        {self
          ? 'Only an invitation lets you in again.'
          : 'Their account stays; an invitation lets them in again.'}
      </p>
    </AlertDialog>
  )
}

function Extend(part: Part) {
  const { member } = part
  const [until, setUntil] = useState(() => {
    const now = member.endsAt === null ? '' : dayOf(member.endsAt)
    const { usual } = guestDays()
    return now > usual ? now : usual
  })
  const extend = useAct(
    part,
    () => extendGuest(part.workspace, member.userId, endOf(until) ?? ''),
    `The stay of ${member.name} is changed`,
  )
  const { fields: errors, sentence } = refusalOf(extend.error)
  return (
    <Dialog
      open={part.open}
      onOpenChange={(open) => !open && part.onClose()}
      title={`Extend the stay of ${member.name}`}
      description={
        member.endsAt === null
          ? undefined
          : member.status === 'ended'
            ? `It ended ${moment(member.endsAt)}.`
            : `It ends ${moment(member.endsAt)}.`
      }
      size="s"
    >
      <DialogForm
        action="Set end date"
        busy={extend.isPending}
        problem={sentence}
        onSubmit={() => extend.mutate()}
        onCancel={part.onClose}
      >
        <StayEnd
          hint="At the end of that day. An earlier day shortens it."
          value={until}
          onChange={setUntil}
          error={errors.endsAt}
        />
      </DialogForm>
    </Dialog>
  )
}

function ResetSecondFactor(part: Part) {
  const { member } = part
  const reset = useAct(
    part,
    () => resetSecondFactor(part.workspace, member.userId),
    `The second factor of ${member.name} is reset`,
  )
  return (
    <AlertDialog
      open={part.open}
      onOpenChange={(open) => !open && part.onClose()}
      title={`Reset the second factor of ${member.name}`}
      action="Reset second factor"
      busy={reset.isPending}
      error={reset.error?.message ?? null}
      onAction={() => reset.mutate()}
    >
      <p>
        Do this when they have lost their phone and their backup codes, and you are sure that it is them who
        asks: until they set a new one up, their password alone opens the account. They are signed out
        everywhere and told that it was you.
      </p>
    </AlertDialog>
  )
}

function PasswordLink(part: Part) {
  const { member } = part
  const make = useAct(part, () => makePasswordLink(part.workspace, member.userId), null)
  return (
    <Dialog
      open={part.open}
      onOpenChange={(open) => !open && part.onClose()}
      title={`A new password for ${member.name}`}
      keep
    >
      {make.data === undefined ? (
        <>
          <DialogBody>
            <p className="text-muted">
              This makes a link that lets whoever has it choose a new password for{' '}
              <bdi className="font-medium text-text">{member.email}</bdi>, once. Give it to nobody but them.
              It signs them out everywhere; their second factor stays. They are told that it was you.
            </p>
            {make.error !== null && <Problem sentence={make.error.message} />}
          </DialogBody>
          <DialogActions>
            <Button onClick={part.onClose}>Cancel</Button>
            <Button kind="primary" busy={make.isPending} onClick={() => make.mutate()}>
              Make one-time link
            </Button>
          </DialogActions>
        </>
      ) : (
        <>
          <DialogBody>
            <LinkBox label="One-time link" text={make.data.link} action="Copy link" />
            <p className="text-sm text-muted">
              It works once, until {moment(make.data.expiresAt)}, and is not shown again.
            </p>
          </DialogBody>
          <DialogActions>
            <Button onClick={part.onClose}>Done</Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

function HandOver(part: Part) {
  const { member } = part
  const [password, setPassword] = useState('')
  const client = useQueryClient()
  const pass = useAct(
    part,
    () => handOver(part.workspace, { memberId: member.userId, password }),
    `${member.name} owns ${part.workspaceName} now`,
    // The reader's own role is another one.
    () => void client.invalidateQueries({ queryKey: ['me'] }),
  )
  const field = pass.error instanceof ApiError ? pass.error.fields.password : undefined
  return (
    <AlertDialog
      open={part.open}
      onOpenChange={(open) => {
        if (open) return
        part.onClose()
        setPassword('')
      }}
      title="Hand over the ownership"
      action="Hand over ownership"
      typeToConfirm={member.name}
      busy={pass.isPending}
      error={field === undefined ? (pass.error?.message ?? null) : null}
      onAction={() => pass.mutate()}
      fields={
        <SecretField
          label="Your password"
          autoComplete="current-password"
          required
          mono={false}
          value={password}
          onChange={setPassword}
          error={field}
        />
      }
    >
      <p>
        <bdi className="font-medium text-text">{member.name}</bdi> becomes the owner of{' '}
        <bdi className="font-medium text-text">{part.workspaceName}</bdi>, and you become an admin. Only they
        can give it back.
      </p>
    </AlertDialog>
  )
}
