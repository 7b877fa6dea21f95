// Invitations: who was asked in, with which role, and what became of it; sent again with a new link, or revoked.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MailQuestion } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Invitation } from '../../src/model/invitation.ts'
import { roles } from '../../src/model/member.ts'
import { revokeInvitation, sendInvitationAgain } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { DrawerContent } from '../components/DrawerContent.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { Facts } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Initials, Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { toast } from '../components/Toast.tsx'
import type { ListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { key } from '../queries.ts'
import { invitationQuery, invitationsQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { day } from '../words.ts'
import { labelIn } from './filters.ts'
import { invitationStateWords, SentLink } from './invite-dialog.tsx'
import { InvitationCard, invitationColumns, InvitationState, isOpenable } from './member-columns.tsx'
import { roleWords } from './role-words.ts'

const invitationFilters: Filter[] = [
  {
    name: 'role',
    label: 'Role',
    facet: 'role',
    as: 'chips',
    order: roles,
    labelOf: labelIn(roleWords),
  },
  {
    name: 'status',
    label: 'Status',
    facet: 'state',
    as: 'chips',
    labelOf: labelIn(invitationStateWords),
  },
]

export function Invitations({ state }: { state: ListState }) {
  const { workspace } = usePlace()
  const client = useQueryClient()
  const can = useCan(workspace)
  const fresh = () => client.invalidateQueries({ queryKey: key(workspace, 'invitations') })
  const [revoking, setRevoking] = useState<Invitation | null>(null)
  const again = useMutation({
    mutationFn: (one: Invitation) => sendInvitationAgain(workspace, one.id),
    onSettled: fresh,
    gcTime: 0,
  })
  const revoke = useMutation({
    mutationFn: (one: Invitation) => revokeInvitation(workspace, one.id),
    onSuccess: (one) => {
      setRevoking(null)
      toast({ title: `The invitation of ${one.email} is revoked` })
    },
    onSettled: fresh,
  })
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      role: state.get('role'),
      state: state.get('status'),
      sort: state.get('sort'),
    }),
    [state],
  )
  const source = useWindows((ask) => invitationsQuery(workspace, ask), asked)
  const { mutate } = again
  const columns = useMemo(() => invitationColumns({ onSendAgain: mutate, onRevoke: setRevoking }), [mutate])
  return (
    <>
      <ListView
        name="invitations"
        label="Invitations"
        noun={['invitation', 'invitations']}
        source={source}
        state={state}
        columns={columns}
        filters={invitationFilters}
        search="Search by e-mail"
        onOpen={(one) => state.set({ member: one.id })}
        muted={(one) => one.state !== 'open'}
        card={{ height: 72, of: (one) => <InvitationCard invitation={one} /> }}
        csv={null}
        empty={
          <EmptyState
            icon={<MailQuestion aria-hidden />}
            title="No invitations"
            action={
              can('guest.invite') && (
                <Button kind="primary" onClick={() => state.set({ invite: 'new' })}>
                  Invite somebody
                </Button>
              )
            }
          >
            Whom you invite stands here until they have accepted.
          </EmptyState>
        }
      />
      <InvitationDrawer
        id={state.get('member')}
        rows={source.loaded()}
        onClose={() => state.set({ member: undefined })}
        onSendAgain={again.mutate}
        onRevoke={setRevoking}
      />
      <Dialog
        open={again.isSuccess || again.isError}
        onOpenChange={(open) => !open && again.reset()}
        title={again.isError ? 'The invitation was not sent again' : 'The invitation has a new link'}
        keep
      >
        <DialogBody>
          {again.data !== undefined && <SentLink sent={again.data} />}
          {again.error !== null && <Problem sentence={again.error.message} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={() => again.reset()}>Done</Button>
        </DialogActions>
      </Dialog>
      <AlertDialog
        open={revoking !== null}
        onOpenChange={(open) => {
          if (!open) setRevoking(null)
          revoke.reset()
        }}
        title="Revoke the invitation"
        action="Revoke invitation"
        busy={revoke.isPending}
        error={revoke.error?.message ?? null}
        onAction={() => revoking !== null && revoke.mutate(revoking)}
      >
        The link that <bdi className="font-medium text-text">{revoking?.email}</bdi> was given stops working
        at once. You can invite them again later.
      </AlertDialog>
    </>
  )
}

/** One invitation with what can be done to it: on a phone the only way there. */
function InvitationDrawer(props: {
  id: string | undefined
  /** Those that are loaded: one of them is shown at once. */
  rows: readonly Invitation[]
  onClose: () => void
  onSendAgain: (invitation: Invitation) => void
  onRevoke: (invitation: Invitation) => void
}) {
  const { workspace } = usePlace()
  const id = useKept(props.id)
  const asked = useQuery({
    ...invitationQuery(workspace, id ?? ''),
    enabled: id !== undefined,
    placeholderData: props.rows.find((row) => row.id === id),
  })
  const one = asked.data
  const act = (run: (invitation: Invitation) => void, invitation: Invitation) => () => {
    props.onClose()
    run(invitation)
  }
  return (
    <Drawer
      open={props.id !== undefined}
      onClose={props.onClose}
      title={one === undefined ? 'Invitation' : <bdi>{one.email}</bdi>}
      hint={one !== undefined && 'Invitation'}
      mark={one !== undefined && <Initials name={one.email} kind="invitation" size="lg" />}
      actions={
        one !== undefined && isOpenable(one) ? (
          <>
            <Button className="text-bad-text!" onClick={act(props.onRevoke, one)}>
              Revoke
            </Button>
            <Button onClick={act(props.onSendAgain, one)}>Send again</Button>
          </>
        ) : undefined
      }
    >
      <DrawerContent noun="invitation" asked={asked}>
        {(invitation) => <Facts rows={factsOf(invitation)} />}
      </DrawerContent>
    </Drawer>
  )
}

function factsOf(one: Invitation) {
  return [
    { label: 'Status', value: <InvitationState invitation={one} /> },
    { label: 'Role', value: roleWords[one.role].label },
    {
      label: 'Invited by',
      value: <Name none="Somebody who has left">{one.invitedBy?.name ?? null}</Name>,
    },
    { label: 'Sent', value: <RelativeTime at={one.sentAt} /> },
    ...(one.state === 'open' ? [{ label: 'Link ends', value: <RelativeTime at={one.expiresAt} /> }] : []),
    ...(one.usedAt === null ? [] : [{ label: 'Accepted', value: <RelativeTime at={one.usedAt} /> }]),
    ...(one.endsAt === null ? [] : [{ label: 'Stay ends', value: day(one.endsAt) }]),
  ]
}
