// A one-time link to a new password: whose it is, the new password, and the way to sign-in.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lookAtPasswordLink, redeemPasswordLink } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Problem } from '../components/Problem.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { EntryPage } from './entry.tsx'
import { useFragment } from './fragment.ts'
import { useNewPassword } from './new-password-field.tsx'

export function NewPasswordScreen() {
  const secret = useFragment()
  const look = useQuery({
    // Not the secret itself: what is kept under a key may be shown by tools.
    queryKey: ['password-link', secret.length, secret.slice(0, 4)],
    queryFn: () => lookAtPasswordLink(secret),
    enabled: secret !== '',
    staleTime: Infinity,
    gcTime: 0,
  })
  if (secret === '')
    return <Dead sentence="This address is not whole: its last part is missing. Copy the whole link." />
  if (look.error !== null) {
    return (
      <EntryPage title="New password" heading="New password" sentence="The link could not be looked at.">
        <ErrorState title="This did not work" error={look.error} onRetry={() => void look.refetch()} />
      </EntryPage>
    )
  }
  if (look.data === undefined) {
    return (
      <EntryPage title="New password" heading="New password" sentence="One moment.">
        <Skeleton label="Looking at the link">
          <Bone className="h-24" />
        </Skeleton>
      </EntryPage>
    )
  }
  if (look.data.person === null) return <Dead sentence={look.data.sentence ?? 'This link leads nowhere.'} />
  return <Choose secret={secret} person={look.data.person} />
}

function Dead({ sentence }: { sentence: string }) {
  return (
    <EntryPage title="New password" heading="This link does not work" sentence={sentence}>
      <div className="flex flex-wrap gap-2">
        <Link to="/forgotten-password" className={buttonClass('primary', 'l')}>
          Ask for a new link
        </Link>
        <Link to="/sign-in" className={buttonClass('secondary', 'l')}>
          Sign in
        </Link>
      </div>
    </EntryPage>
  )
}

function Choose({ secret, person }: { secret: string; person: { name: string; email: string } }) {
  const password = useNewPassword()
  const set = useMutation({
    mutationFn: () => redeemPasswordLink({ secret, password: password.value }),
    onSuccess: password.clear,
    gcTime: 0,
  })
  if (set.isSuccess) {
    return (
      <EntryPage
        title="New password"
        heading="Your password is set"
        sentence="Everybody who was signed in to your account is signed out. Sign in with the new password."
      >
        <Link to="/sign-in" className={buttonClass('primary', 'l')}>
          Sign in
        </Link>
      </EntryPage>
    )
  }
  return (
    <EntryPage
      title="New password"
      heading="Choose a new password"
      sentence={
        <>
          For <bdi className="font-medium text-text">{person.name}</bdi> (<bdi>{person.email}</bdi>). It signs
          you out everywhere; your second factor stays as it is.
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (password.fits() && !set.isPending) set.mutate()
        }}
      >
        <input type="hidden" name="username" autoComplete="username" value={person.email} readOnly />
        {password.field('New password', set.error instanceof ApiError ? set.error.fields.password : null)}
        {set.error !== null && <Problem sentence={set.error.message} />}
        <Button type="submit" kind="primary" size="l" busy={set.isPending}>
          Set password
        </Button>
      </form>
    </EntryPage>
  )
}
