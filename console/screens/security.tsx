// What protects a person's account: password, second factor, passkeys, and where they are signed in.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changePassword, endOtherSessions, endSession } from '../actions.ts'
import { refusalOf } from '../client.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { SecretField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { securityQuery, sessionsQuery } from '../queries-beside.ts'
import type { OwnSession } from '../queries-beside.ts'
import { counted } from '../words.ts'
import { useNewPassword } from './new-password-field.tsx'
import { PasskeysSection } from './passkeys.tsx'
import { SecondFactorSection } from './second-factor-section.tsx'

export function SecurityScreen() {
  const security = useQuery(securityQuery())
  return (
    <>
      {security.data !== undefined ? (
        <>
          <SecondFactorSection security={security.data} />
          <PasskeysSection passkeys={security.data.passkeys} />
        </>
      ) : security.error !== null ? (
        <ErrorState
          title="Your security settings could not be loaded"
          error={security.error}
          onRetry={() => void security.refetch()}
        />
      ) : (
        <Skeleton label="Loading your security settings" className="pt-7">
          <Bone className="h-48" />
        </Skeleton>
      )}
      <PasswordSection />
      <SessionsSection />
    </>
  )
}

function PasswordSection() {
  const client = useQueryClient()
  const [current, setCurrent] = useState('')
  const next = useNewPassword()
  const change = useMutation({
    mutationFn: () => changePassword({ currentPassword: current, newPassword: next.value }),
    onSuccess: () => {
      setCurrent('')
      next.clear()
      void client.invalidateQueries({ queryKey: ['sessions'] })
      toast({ title: 'The password is changed', text: 'You are signed out everywhere else.' })
    },
    gcTime: 0,
  })
  const { fields: errors, sentence } = refusalOf(change.error)
  return (
    <SettingsSection id="password" title="Password" text="Changing it signs you out everywhere but here.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (next.fits() && !change.isPending) change.mutate()
        }}
      >
        <SecretField
          label="Present password"
          autoComplete="current-password"
          required
          mono={false}
          value={current}
          onChange={setCurrent}
          error={errors.currentPassword}
        />
        {next.field('New password', errors.newPassword)}
        {sentence !== null && <Problem sentence={sentence} />}
        <Button type="submit" className="self-start" busy={change.isPending}>
          Change password
        </Button>
      </form>
    </SettingsSection>
  )
}

function SessionsSection() {
  const client = useQueryClient()
  const sessions = useQuery(sessionsQuery())
  const [asking, setAsking] = useState(false)
  const fresh = () => client.invalidateQueries({ queryKey: ['sessions'] })
  const end = useMutation({ mutationFn: endSession, onSettled: fresh })
  const others = (sessions.data?.rows ?? []).filter((session) => !session.current)
  const endOthers = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: () => {
      setAsking(false)
      toast({ title: 'You are signed out everywhere else' })
    },
    onSettled: fresh,
  })
  return (
    <SettingsSection
      id="sessions"
      title="Sessions"
      text="Where you are signed in. End what you do not know, then change your password."
    >
      {sessions.error !== null && <Problem sentence={sessions.error.message} onRetry={sessions.refetch} />}
      {end.error !== null && <Problem sentence={end.error.message} />}
      {sessions.data === undefined && sessions.error === null && (
        <Skeleton label="Loading the sessions">
          <Bone className="h-14" />
        </Skeleton>
      )}
      <ul className="flex flex-col divide-y">
        {sessions.data?.rows.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            busy={end.isPending && end.variables === session.id}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <Button className="mt-4" onClick={() => setAsking(true)}>
          End all other sessions
        </Button>
      )}
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          endOthers.reset()
        }}
        title="End all other sessions"
        action="End sessions"
        busy={endOthers.isPending}
        error={endOthers.error?.message ?? null}
        onAction={() => endOthers.mutate()}
      >
        {counted(others.length, 'session ends', 'sessions end')} at once. You stay signed in here.
      </AlertDialog>
    </SettingsSection>
  )
}

/** Where a session was used last, as far as it can be told from its address alone. */
const networks: Record<NonNullable<OwnSession['network']>, string> = {
  same: 'the network you use now',
  machine: 'the machine of this server',
  local: 'a local network',
  other: 'another network',
}

function SessionRow(props: { session: OwnSession; busy: boolean; onEnd: () => void }) {
  const { session } = props
  const device = session.device ?? 'Unknown device'
  return (
    <li className="flex items-center gap-4 py-3 first:pt-0">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-2 font-medium">
          <span className="truncate">{device}</span>
          {session.current && <Badge tone="accent">This session</Badge>}
        </div>
        <div className="text-sm text-muted">
          seen <RelativeTime at={session.lastSeenAt} />
          {session.address !== null && session.network !== null && (
            <>
              {' '}
              from {networks[session.network]} (<span className="font-mono">{session.address}</span>)
            </>
          )}{' '}
          · signed in <RelativeTime at={session.createdAt} />
        </div>
      </div>
      {!session.current && (
        <Button size="s" busy={props.busy} onClick={props.onEnd} aria-label={`End session on ${device}`}>
          End session
        </Button>
      )}
    </li>
  )
}
