// How members and invitations look in their lists: columns, the words of their states, the card of a phone, the menu of a row.
import {
  Clock3,
  Crown,
  KeyRound,
  MailPlus,
  MoreHorizontal,
  ShieldOff,
  UserMinus,
  UserRoundPen,
  XCircle,
} from 'lucide-react'
import type { ReactNode } from 'react'
import type { Invitation } from '../../src/model/invitation.ts'
import type { Member, MemberAct } from '../../src/model/member.ts'
import { IconButton } from '../components/IconButton.tsx'
import { Menu, MenuItem, MenuLine } from '../components/Menu.tsx'
import { Name, PersonCell } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useRowTabIndex } from '../components/table-model.tsx'
import { day } from '../words.ts'
import { invitationStateWords } from './invite-dialog.tsx'
import { roleWords } from './role-words.ts'

export const memberStatusWords: Record<Member['status'], { label: string; tone: 'ok' | 'wait' | 'idle' }> = {
  active: { label: 'Active', tone: 'ok' },
  ended: { label: 'Stay ended', tone: 'wait' },
  removed: { label: 'Removed', tone: 'idle' },
}

export function MemberStatus({ member }: { member: Member }) {
  const { label, tone } = memberStatusWords[member.status]
  return <StatusDot tone={tone}>{label}</StatusDot>
}

/** How somebody proves who they are beside the password. */
export function factorWords(member: Member): { value: string; label: string } {
  if (member.twoFactor) return { value: 'on', label: 'On' }
  return member.passkeys > 0 ? { value: 'passkey', label: 'Passkey' } : { value: 'off', label: 'Off' }
}

export function memberColumns(
  ownId: string,
  former: boolean,
  onAct: (act: MemberAct, member: Member) => void,
): TableColumn<Member>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      width: 250,
      grow: 2,
      sort: 'asc',
      cell: (member) => (
        <PersonCell
          name={member.userId === ownId ? `${member.name} (you)` : member.name}
          kind="person"
          none="No name"
          beneath={<bdi>{member.email}</bdi>}
        />
      ),
    },
    { id: 'role', header: 'Role', width: 100, sort: 'asc', cell: (member) => roleWords[member.role].label },
    { id: 'status', header: 'Status', width: 130, cell: (member) => <MemberStatus member={member} /> },
    {
      id: 'factor',
      header: 'Second factor',
      width: 130,
      optional: true,
      cell: (member) => <Factor member={member} />,
    },
    {
      id: 'seen',
      header: 'Last seen',
      width: 130,
      sort: 'desc',
      optional: true,
      cell: (member) => (
        <span className="text-muted">
          <RelativeTime at={member.lastSeenAt} none="Never" />
        </span>
      ),
    },
    {
      id: 'inviter',
      header: 'Invited by',
      width: 140,
      grow: 1,
      optional: true,
      cell: (member) => <Inviter of={member} />,
    },
    {
      id: 'ends',
      header: 'Stay ends',
      width: 130,
      sort: 'asc',
      optional: true,
      cell: (member) => <Ends at={member.endsAt} />,
    },
    ...(former
      ? []
      : [
          {
            id: 'menu',
            header: 'More options',
            width: 52,
            menu: true,
            cell: (member: Member) => <MemberMenu member={member} onAct={onAct} />,
          },
        ]),
  ]
}

function Factor({ member }: { member: Member }) {
  const { value, label } = factorWords(member)
  return <StatusDot tone={value === 'off' ? 'idle' : 'ok'}>{label}</StatusDot>
}

function Inviter({ of }: { of: Pick<Member, 'invitedBy'> }) {
  if (of.invitedBy === null) return <span className="text-faint">–</span>
  return (
    <span className="truncate text-muted">
      <Name none="No name">{of.invitedBy.name}</Name>
    </span>
  )
}

function Ends({ at }: { at: string | null }) {
  if (at === null) return <span className="text-faint">–</span>
  return (
    <span className="text-muted tabular-nums">
      <span title={day(at)}>{day(at)}</span>
    </span>
  )
}

/** What may be done, in the order of the menu, with words and icons. */
export const memberActWords: Record<MemberAct, { label: string; icon: ReactNode; danger?: boolean }> = {
  'change-role': { label: 'Change role', icon: <UserRoundPen aria-hidden /> },
  extend: { label: 'Extend stay', icon: <Clock3 aria-hidden /> },
  'password-link': { label: 'Make password link', icon: <KeyRound aria-hidden /> },
  'reset-second-factor': { label: 'Reset second factor', icon: <ShieldOff aria-hidden /> },
  'hand-over': { label: 'Hand over ownership', icon: <Crown aria-hidden /> },
  remove: { label: 'Remove from workspace', icon: <UserMinus aria-hidden />, danger: true },
}
const order = Object.keys(memberActWords) as MemberAct[]

/** What the reader may do to this member, in order. */
export function actsFor(member: Member): MemberAct[] {
  return order.filter((act) => member.may.includes(act))
}

function MemberMenu(props: { member: Member; onAct: (act: MemberAct, member: Member) => void }) {
  const { member, onAct } = props
  const tab = useRowTabIndex()
  const acts = actsFor(member)
  if (acts.length === 0) return null
  return (
    <Menu
      trigger={
        <IconButton
          label={`More options for ${member.name}`}
          icon={<MoreHorizontal aria-hidden />}
          tabIndex={tab}
        />
      }
    >
      {acts.map((act) => {
        const { label, icon, danger = false } = memberActWords[act]
        return (
          <div key={act}>
            {danger && acts.length > 1 && <MenuLine />}
            <MenuItem danger={danger} icon={icon} onSelect={() => onAct(act, member)}>
              {label}
            </MenuItem>
          </div>
        )
      })}
    </Menu>
  )
}

export function MemberCard({ member, ownId }: { member: Member; ownId: string }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate font-medium text-text">
          <Name none="No name">{member.name}</Name>
          {member.userId === ownId && ' (you)'}
        </span>
        <span className="shrink-0 text-sm">
          <MemberStatus member={member} />
        </span>
      </span>
      <span className="truncate text-sm text-muted">
        <bdi>{member.email}</bdi>
      </span>
      <span className="truncate text-sm text-muted">
        {roleWords[member.role].label} · second factor {factorWords(member).label.toLowerCase()}
        {member.endsAt !== null && ` · until ${day(member.endsAt)}`}
      </span>
    </span>
  )
}

export interface InvitationActs {
  onSendAgain: (invitation: Invitation) => void
  onRevoke: (invitation: Invitation) => void
}

export function invitationColumns(acts: InvitationActs): TableColumn<Invitation>[] {
  return [
    {
      id: 'email',
      header: 'For',
      width: 250,
      grow: 2,
      sort: 'asc',
      cell: (invitation) => <PersonCell name={invitation.email} kind="invitation" none="No address" />,
    },
    { id: 'role', header: 'Role', width: 100, sort: 'asc', cell: (one) => roleWords[one.role].label },
    { id: 'state', header: 'Status', width: 130, cell: (one) => <InvitationState invitation={one} /> },
    {
      id: 'inviter',
      header: 'Invited by',
      width: 150,
      grow: 1,
      optional: true,
      cell: (one) => <Inviter of={one} />,
    },
    {
      id: 'sent',
      header: 'Sent',
      width: 130,
      sort: 'desc',
      optional: true,
      cell: (one) => (
        <span className="text-muted">
          <RelativeTime at={one.sentAt} />
        </span>
      ),
    },
    {
      id: 'expires',
      header: 'Link ends',
      width: 130,
      optional: true,
      cell: (one) =>
        one.state === 'open' ? (
          <span className="text-muted">
            <RelativeTime at={one.expiresAt} />
          </span>
        ) : (
          <span className="text-faint">–</span>
        ),
    },
    {
      id: 'ends',
      header: 'Stay would end',
      width: 140,
      optional: true,
      cell: (one) => <Ends at={one.endsAt} />,
    },
    {
      id: 'menu',
      header: 'More options',
      width: 52,
      menu: true,
      cell: (one) => <InvitationMenu invitation={one} acts={acts} />,
    },
  ]
}

export function InvitationState({ invitation }: { invitation: Invitation }) {
  const { label, tone } = invitationStateWords[invitation.state]
  return <StatusDot tone={tone}>{label}</StatusDot>
}

/** True where sending it again or revoking it does something. */
export function isOpenable(invitation: Invitation): boolean {
  return invitation.mayManage && ['open', 'expired', 'void'].includes(invitation.state)
}

function InvitationMenu({ invitation, acts }: { invitation: Invitation; acts: InvitationActs }) {
  const tab = useRowTabIndex()
  if (!isOpenable(invitation)) return null
  return (
    <Menu
      trigger={
        <IconButton
          label={`More options for the invitation of ${invitation.email}`}
          icon={<MoreHorizontal aria-hidden />}
          tabIndex={tab}
        />
      }
    >
      <MenuItem icon={<MailPlus aria-hidden />} onSelect={() => acts.onSendAgain(invitation)}>
        Send again
      </MenuItem>
      <MenuLine />
      <MenuItem danger icon={<XCircle aria-hidden />} onSelect={() => acts.onRevoke(invitation)}>
        Revoke
      </MenuItem>
    </Menu>
  )
}

export function InvitationCard({ invitation }: { invitation: Invitation }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate font-medium text-text">
          <bdi>{invitation.email}</bdi>
        </span>
        <span className="shrink-0 text-sm">
          <InvitationState invitation={invitation} />
        </span>
      </span>
      <span className="truncate text-sm text-muted">
        {roleWords[invitation.role].label} · sent <RelativeTime at={invitation.sentAt} />
        {invitation.invitedBy !== null && (
          <>
            {' '}
            by <Name none="somebody">{invitation.invitedBy.name}</Name>
          </>
        )}
      </span>
    </span>
  )
}
