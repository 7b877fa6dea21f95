// Members of the workspace: who signs in here, with which role, until when; who is invited; who was here before. What may be done to
// whom the server says, row by row.
import { useQuery } from '@tanstack/react-query'
import { UserPlus, UserRoundX, UsersRound } from 'lucide-react'
import { useMemo, useState } from 'react'
import { roles } from '../../src/model/member.ts'
import type { Member } from '../../src/model/member.ts'
import { Button } from '../components/Button.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { EmptyState } from '../components/EmptyState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Initials, Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Tabs } from '../components/Tabs.tsx'
import type { ListState } from '../list-state.ts'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { meQuery } from '../queries.ts'
import { invitationsQuery, membersQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import type { RowRules } from '../rows.ts'
import { useRows } from '../rows.ts'
import { day } from '../words.ts'
import { Invitations } from './invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import {
  actsFor,
  factorWords,
  memberActWords,
  MemberCard,
  memberColumns,
  MemberStatus,
  memberStatusWords,
} from './member-columns.tsx'
import { MemberDialogs } from './member-dialogs.tsx'
import type { Doing } from './member-dialogs.tsx'
import { roleWords } from './role-words.ts'

const tabs = ['members', 'invitations', 'former'] as const
type Tab = (typeof tabs)[number]

export function WorkspaceMembersScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const members = useQuery(membersQuery(workspace))
  const invitations = useQuery(invitationsQuery(workspace, { limit: 1 }))
  const me = useQuery(meQuery()).data
  const [doing, setDoing] = useState<Doing | null>(null)
  const tab: Tab = tabs.find((one) => one === state.get('tab')) ?? 'members'
  const giveable = members.data?.giveable ?? []
  const workspaceName = me?.workspaces.find((one) => one.id === workspace)?.name ?? ''
  const ownId = me?.user.id ?? ''
  const present = useMemo(() => members.data?.rows.filter((row) => row.status !== 'removed'), [members.data])
  const former = useMemo(() => members.data?.rows.filter((row) => row.status === 'removed'), [members.data])

  const labels: Record<Tab, [label: string, count: number | undefined]> = {
    members: ['Members and guests', present?.length],
    invitations: ['Invitations', invitations.data?.total],
    former: ['Former members', former?.length],
  }
  const panel = (value: Tab) => {
    if (value === 'invitations') return <Invitations state={state} />
    const rows = value === 'members' ? present : former
    const source = { data: rows, error: members.error, refetch: () => void members.refetch() }
    return (
      <People
        former={value === 'former'}
        source={source}
        state={state}
        ownId={ownId}
        onAct={(act, member) => setDoing({ act, member })}
      />
    )
  }
  return (
    <div>
      <PageHead
        title="Members"
        line="Who signs in to this workspace. The people of your apps stand in each app."
        action={
          giveable.length > 0 &&
          can('guest.invite') && (
            <Button
              kind="primary"
              icon={<UserPlus aria-hidden />}
              onClick={() => state.set({ invite: 'new' })}
            >
              Invite
            </Button>
          )
        }
      />
      <Tabs
        label="Members"
        value={tab}
        onChange={(next) => state.set({ ...cleared, tab: next === 'members' ? undefined : next })}
        tabs={tabs.map((value) => {
          const [label, count] = labels[value]
          return { value, label, ...(count === undefined ? {} : { count }), panel: panel(value) }
        })}
      />
      <InviteDialog
        workspace={workspace}
        giveable={giveable}
        open={state.get('invite') !== undefined && giveable.length > 0}
        onOpenChange={(open) => {
          if (!open) state.set({ invite: undefined }, { replace: true })
        }}
      />
      <MemberDrawer
        rows={members.data?.rows}
        ownId={ownId}
        id={tab === 'invitations' ? undefined : state.get('member')}
        onClose={() => state.set({ member: undefined })}
        onAct={(act, member) => {
          state.set({ member: undefined })
          setDoing({ act, member })
        }}
      />
      <MemberDialogs
        workspace={workspace}
        workspaceName={workspaceName}
        ownId={ownId}
        giveable={giveable}
        doing={doing}
        onClose={() => setDoing(null)}
      />
    </div>
  )
}

const filterNames = ['role', 'status', 'factor'] as const
const cleared = Object.fromEntries([...filterNames, 'search', 'sort'].map((name) => [name, undefined]))

const place = (role: string) => String(roles.findIndex((one) => one === role))

const memberRules: RowRules<Member> = {
  text: (member) => `${member.name} ${member.email}`,
  filters: {
    role: (member) => ({ value: member.role, label: roleWords[member.role].label }),
    status: (member) => ({ value: member.status, label: memberStatusWords[member.status].label }),
    factor: factorWords,
  },
  sorts: {
    name: (member) => member.name,
    role: (member) => place(member.role),
    seen: (member) => member.lastSeenAt ?? '',
    ends: (member) => member.endsAt ?? '',
  },
}

const memberFilters: Filter[] = [
  { name: 'role', label: 'Role', facet: 'role', as: 'chips', order: roles },
  { name: 'status', label: 'Status', facet: 'status', as: 'chips' },
  { name: 'factor', label: 'Second factor', facet: 'factor', as: 'chips' },
].map((filter) => ({ ...filter, as: 'chips' as const }))

function People(props: {
  former: boolean
  source: Parameters<typeof useRows<Member>>[0]
  state: ListState
  ownId: string
  onAct: (act: Doing['act'], member: Member) => void
}) {
  const { former, state, ownId, onAct } = props
  const rows = useRows(props.source, state, memberRules)
  const columns = useMemo(() => memberColumns(ownId, former, onAct), [ownId, former, onAct])
  return (
    <ListView
      name={former ? 'former-members' : 'workspace-members'}
      label={former ? 'Former members' : 'Members and guests'}
      noun={['person', 'people']}
      source={rows}
      state={state}
      columns={columns}
      filters={memberFilters.filter((filter) => !former || filter.name === 'role')}
      search="Search by name or e-mail"
      onOpen={(member) => state.set({ member: member.userId })}
      muted={(member) => member.status !== 'active'}
      card={{ height: 92, of: (member) => <MemberCard member={member} ownId={ownId} /> }}
      csv={null}
      empty={
        former ? (
          <EmptyState icon={<UserRoundX aria-hidden />} title="Nobody has left">
            People who were removed stay in this list, so that the activity log keeps its names.
          </EmptyState>
        ) : (
          <EmptyState icon={<UsersRound aria-hidden />} title="Nobody is here">
            Invite somebody to work with you.
          </EmptyState>
        )
      }
    />
  )
}

function MemberDrawer(props: {
  rows: Member[] | undefined
  ownId: string
  id: string | undefined
  onClose: () => void
  onAct: (act: Doing['act'], member: Member) => void
}) {
  const id = useKept(props.id)
  const member = props.rows?.find((row) => row.userId === id)
  return (
    <Drawer
      open={props.id !== undefined && props.rows !== undefined}
      onClose={props.onClose}
      title={member === undefined ? 'Nobody' : <Name none="No name">{member.name}</Name>}
      hint={member !== undefined && <bdi>{member.email}</bdi>}
      mark={member !== undefined && <Initials name={member.name} kind="person" size="lg" />}
    >
      {member === undefined ? (
        <p className="text-muted">This person is not in the list.</p>
      ) : (
        <>
          <Section title="In this workspace">
            <Facts
              rows={[
                { label: 'Status', value: <MemberStatus member={member} /> },
                {
                  label: 'Role',
                  value: (
                    <>
                      {roleWords[member.role].label}
                      <span className="block text-sm text-muted">{roleWords[member.role].may}</span>
                    </>
                  ),
                },
                { label: 'Joined', value: day(member.joinedAt) },
                {
                  label: 'Invited by',
                  value: <Name none="Nobody: was here first">{member.invitedBy?.name ?? null}</Name>,
                },
                ...(member.endsAt === null
                  ? []
                  : [
                      {
                        label: member.status === 'ended' ? 'Stay ended' : 'Stay ends',
                        value: (
                          <>
                            {day(member.endsAt)} (<RelativeTime at={member.endsAt} />)
                          </>
                        ),
                      },
                    ]),
              ]}
            />
          </Section>
          <Section title="Sign-in">
            <Facts
              rows={[
                { label: 'Second factor', value: member.twoFactor ? 'On' : 'Off' },
                { label: 'Passkeys', value: String(member.passkeys) },
                { label: 'Last seen', value: <RelativeTime at={member.lastSeenAt} none="Never" /> },
              ]}
            />
          </Section>
          {member.status !== 'removed' && actsFor(member).length > 0 && (
            <Section title="What you can do">
              <ul className="flex flex-col items-start gap-2">
                {actsFor(member).map((act) => {
                  const { label, icon, danger } = memberActWords[act]
                  return (
                    <li key={act}>
                      <Button
                        icon={icon}
                        className={danger === true ? 'text-bad-text!' : ''}
                        onClick={() => props.onAct(act, member)}
                      >
                        {danger === true && member.userId === props.ownId ? 'Leave workspace' : label}
                      </Button>
                    </li>
                  )
                })}
              </ul>
            </Section>
          )}
        </>
      )}
    </Drawer>
  )
}
