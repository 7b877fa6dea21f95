// An invitation, opened by its link: who invites to what, as what, until when; and the one next step that fits whoever opened it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { OpenedInvitation } from '../../src/model/invitation.ts'
import { lookAtInvitation, redeemInvitation, signOut } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { Facts } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TextField } from '../components/TextField.tsx'
import { day } from '../words.ts'
import { EntryPage } from './entry.tsx'
import { useFragment } from './fragment.ts'
import { useNewPassword } from './new-password-field.tsx'
import { asRole, roleWords, youMay } from './role-words.ts'
import { SignInForm } from './sign-in-form.tsx'

export function JoinScreen() {
  const secret = useFragment()
  const look = useQuery({
    // Not the secret itself: what is kept under a key may be shown by tools.
    queryKey: ['join', secret.length, secret.slice(0, 4)],
    queryFn: () => lookAtInvitation(secret),
    enabled: secret !== '',
    staleTime: Infinity,
    gcTime: 0,
  })
  if (secret === '') {
    return (
      <Page heading="This link does not work">
        <p className="text-muted">
          This address is not whole: its last part is missing. Copy the whole link from the invitation.
        </p>
      </Page>
    )
  }
  if (look.error !== null) {
    return (
      <Page heading="Invitation">
        <ErrorState
          title="The invitation could not be loaded"
          error={look.error}
          onRetry={() => void look.refetch()}
        />
      </Page>
    )
  }
  if (look.data === undefined) {
    return (
      <Page heading="Invitation">
        <Skeleton label="Loading the invitation">
          <Bone className="h-32" />
        </Skeleton>
      </Page>
    )
  }
  return <Opened secret={secret} opened={look.data} again={() => void look.refetch()} />
}

function Page(props: { heading: string; sentence?: ReactNode; children: ReactNode }) {
  return (
    <EntryPage title="Invitation" heading={props.heading} sentence={props.sentence ?? ''}>
      {props.children}
    </EntryPage>
  )
}

type Told = NonNullable<OpenedInvitation['invitation']>

interface OpenedProps {
  secret: string
  opened: OpenedInvitation
  again: () => void
}

function Opened({ secret, opened, again }: OpenedProps) {
  const { state, sentence, invitation } = opened
  if (invitation === null || state === 'unknown') {
    return (
      <Page heading="This link does not work" sentence={sentence}>
        <Link to="/" className={buttonClass('secondary', 'l')}>
          Go to Guestlist
        </Link>
      </Page>
    )
  }
  const works = state === 'new-person' || state === 'accept' || state === 'sign-in'
  return (
    <Page
      heading={works ? headingOf(invitation) : 'This invitation cannot be used'}
      sentence={works ? youMay[invitation.role] : sentence}
    >
      <div className="flex flex-col gap-6">
        <Invited invitation={invitation} />
        <NextStep secret={secret} opened={opened} invitation={invitation} again={again} />
      </div>
    </Page>
  )
}

function headingOf({ role, workspaceName }: Told): string {
  return `Join ${workspaceName} as ${asRole(role)}`
}

function Invited({ invitation }: { invitation: Told }) {
  const { workspaceName, inviterName, role, email, endsAt } = invitation
  return (
    <div className="rounded-lg border bg-surface px-4 py-3">
      <Facts
        facts={[
          ['Invited by', <Name none="Somebody who has left">{inviterName}</Name>],
          ['To', <Name none="A workspace">{workspaceName}</Name>],
          ['As', roleWords[role].label],
          ['For', <bdi>{email}</bdi>],
          ...(endsAt === null ? [] : [['Until', day(endsAt)] as [string, ReactNode]]),
        ]}
      />
    </div>
  )
}

function NextStep(props: OpenedProps & { invitation: Told }) {
  const { secret, opened, invitation, again } = props
  const client = useQueryClient()
  switch (opened.state) {
    case 'new-person':
      return <MakeAccount secret={secret} email={invitation.email} />
    case 'accept':
      return <Accept secret={secret} signedInAs={opened.signedInAs ?? invitation.email} />
    case 'sign-in':
      return (
        <div className="flex flex-col gap-4">
          <p>{opened.sentence}</p>
          <SignInForm
            email={invitation.email}
            onDone={() => {
              client.removeQueries({ queryKey: ['me'] })
              again()
            }}
          />
        </div>
      )
    case 'somebody-else':
      return <SomebodyElse opened={opened} again={again} />
    case 'member-already':
      return (
        <Link to="/" className={buttonClass('primary', 'l')}>
          Go to Guestlist
        </Link>
      )
    case 'used':
      return (
        <Link to="/sign-in" className={buttonClass('primary', 'l')}>
          Sign in
        </Link>
      )
    case 'expired':
    case 'revoked':
    case 'void':
    case 'unknown':
      return <AskAgain invitation={invitation} />
  }
}

function AskAgain({ invitation }: { invitation: Told }) {
  return (
    <p className="text-muted">
      A new link comes from <Name none="whoever invited you">{invitation.inviterName}</Name>, or from an admin
      of <Name none="the workspace">{invitation.workspaceName}</Name>.
    </p>
  )
}

function SomebodyElse({ opened, again }: { opened: OpenedInvitation; again: () => void }) {
  const client = useQueryClient()
  const leave = useMutation({
    mutationFn: () => signOut(),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['me'] })
      again()
    },
  })
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        You are signed in as <bdi className="font-medium text-text">{opened.signedInAs}</bdi>.
      </p>
      {leave.error !== null && <Problem sentence={leave.error.message} />}
      <Button kind="primary" size="l" busy={leave.isPending} onClick={() => leave.mutate()}>
        Sign out and open the invitation
      </Button>
    </div>
  )
}

/** What follows a redeemed invitation: everything is read anew, and the secret leaves the address. */
function useEnter() {
  const client = useQueryClient()
  const navigate = useNavigate()
  return async ({ workspaceId }: { workspaceId: string }) => {
    client.removeQueries({ queryKey: ['me'] })
    client.removeQueries({ queryKey: ['setup'] })
    await navigate({ to: '/w/$workspace', params: { workspace: workspaceId }, replace: true })
  }
}

function Accept({ secret, signedInAs }: { secret: string; signedInAs: string }) {
  const enter = useEnter()
  const accept = useMutation({ mutationFn: () => redeemInvitation({ secret }), onSuccess: enter, gcTime: 0 })
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        You are signed in as <bdi className="font-medium text-text">{signedInAs}</bdi>.
      </p>
      {accept.error !== null && <Problem sentence={accept.error.message} />}
      <Button kind="primary" size="l" busy={accept.isPending} onClick={() => accept.mutate()}>
        Accept the invitation
      </Button>
    </div>
  )
}

function MakeAccount({ secret, email }: { secret: string; email: string }) {
  const [name, setName] = useState('')
  const password = useNewPassword()
  const enter = useEnter()
  const make = useMutation({
    mutationFn: () => redeemInvitation({ secret, name: name.trim(), password: password.value }),
    onSuccess: enter,
    gcTime: 0,
  })
  const errors = make.error instanceof ApiError ? make.error.fields : {}
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (password.fits() && !make.isPending) make.mutate()
      }}
    >
      <p className="text-muted">You have no account here yet. Make one; it is for this e-mail address.</p>
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        readOnly
        value={email}
        onChange={() => undefined}
      />
      <TextField
        label="Your name"
        autoComplete="name"
        required
        autoFocus
        maxLength={200}
        value={name}
        onChange={setName}
        error={errors.name}
      />
      {password.field('Password', errors.password)}
      {make.error !== null && <Problem sentence={make.error.message} />}
      <Button type="submit" kind="primary" size="l" busy={make.isPending}>
        Make account and join
      </Button>
    </form>
  )
}
