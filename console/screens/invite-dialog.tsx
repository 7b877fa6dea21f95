// Inviting somebody: whom, as what, until when; then the link, which is shown once.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { INVITATION_HOURS } from '../../src/model/invitation.ts'
import type { Invitation, InvitedRole } from '../../src/model/invitation.ts'
import { invite } from '../actions.ts'
import type { SentInvitation } from '../actions.ts'
import { refusalOf } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { LinkBox } from '../components/LinkBox.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { key } from '../queries.ts'
import { day, moment } from '../words.ts'
import { endOf, guestDays } from './guest-days.ts'
import { asRole, roleWords } from './role-words.ts'
import { StayEnd } from './stay-end.tsx'

export interface InviteDialogProps {
  workspace: string
  open: boolean
  onOpenChange: (open: boolean) => void
  /** The roles that the reader may give. */
  giveable: readonly InvitedRole[]
}

export function InviteDialog({ workspace, open, onOpenChange, giveable }: InviteDialogProps) {
  const [sent, setSent] = useState<SentInvitation | null>(null)
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      onClosed={() => setSent(null)}
      title={sent === null ? 'Invite somebody' : 'The invitation is made'}
      keep
    >
      {sent === null ? (
        <Form
          workspace={workspace}
          giveable={giveable}
          onSent={setSent}
          onCancel={() => onOpenChange(false)}
        />
      ) : (
        <>
          <DialogBody>
            <SentLink sent={sent} />
          </DialogBody>
          <DialogActions>
            <Button onClick={() => setSent(null)}>Invite somebody else</Button>
            <Button onClick={() => onOpenChange(false)}>Done</Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

function Form(props: {
  workspace: string
  giveable: readonly InvitedRole[]
  onSent: (sent: SentInvitation) => void
  onCancel: () => void
}) {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<InvitedRole>(props.giveable.includes('member') ? 'member' : 'guest')
  const [until, setUntil] = useState(guestDays().usual)
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: () =>
      invite(props.workspace, {
        email: email.trim(),
        role,
        ...(role === 'guest' ? { endsAt: endOf(until) } : {}),
      }),
    onSuccess: (sent) => {
      void client.invalidateQueries({ queryKey: key(props.workspace, 'invitations') })
      props.onSent(sent)
    },
    gcTime: 0,
  })
  const { fields: errors, sentence } = refusalOf(send.error)
  return (
    <DialogForm
      action="Make invitation"
      busy={send.isPending}
      problem={sentence}
      onSubmit={() => send.mutate()}
      onCancel={props.onCancel}
    >
      <TextField
        label="E-mail"
        type="email"
        autoComplete="off"
        required
        autoFocus
        value={email}
        onChange={setEmail}
        error={errors.email}
      />
      {props.giveable.length > 1 ? (
        <Select
          label="Role"
          hint={roleWords[role].may}
          value={role}
          options={props.giveable.map((value) => ({ value, label: roleWords[value].label }))}
          onChange={setRole}
        />
      ) : (
        <p className="text-muted">
          <span className="font-medium text-text">Guest.</span> {roleWords.guest.may}
        </p>
      )}
      {role === 'guest' && (
        <StayEnd
          hint="At the end of that day. You can extend it later."
          value={until}
          onChange={setUntil}
          error={errors.endsAt}
        />
      )}
      <p className="text-sm text-muted">
        The link works once, for this e-mail address alone, within {INVITATION_HOURS} hours.
      </p>
    </DialogForm>
  )
}

/** A link that was just made, and what became of it. */
export function SentLink({ sent }: { sent: SentInvitation }) {
  const { invitation, link, mailed } = sent
  return (
    <>
      <p role="status">
        {mailed ? (
          <>
            It is mailed to <bdi className="font-medium">{invitation.email}</bdi>.
          </>
        ) : (
          <>
            No mail was sent: give this link to <bdi className="font-medium">{invitation.email}</bdi>{' '}
            yourself.
          </>
        )}{' '}
        It lets them in as {asRole(invitation.role)}
        {invitation.endsAt !== null && ` until ${day(invitation.endsAt)}`}.
      </p>
      <LinkBox label="Invitation link" text={link} action="Copy link" />
      <p className="text-sm text-muted">
        It works once, until {moment(invitation.expiresAt)}, and is not shown again. An earlier link for the
        same invitation is void.
      </p>
    </>
  )
}

export const invitationStateWords: Record<
  Invitation['state'],
  { label: string; tone: 'ok' | 'wait' | 'idle' | 'bad' }
> = {
  open: { label: 'Waiting', tone: 'wait' },
  used: { label: 'Accepted', tone: 'ok' },
  expired: { label: 'Expired', tone: 'idle' },
  revoked: { label: 'Revoked', tone: 'idle' },
  // Whoever made it may no longer invite.
  void: { label: 'No longer valid', tone: 'bad' },
}
