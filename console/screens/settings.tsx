// Settings of the signed-in person in this workspace: who they are, their password, where they are signed in, how it looks.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { changePassword, endSession } from '../actions.ts'
import { densities, themes, useSingleKeys, useTheme } from '../appearance.ts'
import { ApiError } from '../client.ts'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Select } from '../components/Select.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { SecretField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { setPreference, useDensity } from '../preferences.ts'
import { meQuery, sessionsQuery } from '../queries.ts'

const LEAST_PASSWORD = 12

export function SettingsScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/settings' })
  const { data: me } = useQuery(meQuery())
  const here = me?.workspaces.find((one) => one.id === workspace)
  const { hash } = useLocation()
  useEffect(() => {
    if (hash !== '') document.getElementById(hash)?.scrollIntoView({ block: 'start' })
  }, [hash])
  return (
    <div className="w-full max-w-5xl">
      <PageHead title="Settings" />
      <div className="-mt-5">
        <SettingsSection title="Profile" text="Who you are in this workspace.">
          <Facts
            facts={[
              ['Name', me?.user.name ?? ''],
              ['E-mail', me?.user.email ?? ''],
              ['Workspace', here?.name ?? ''],
              ['Your role', <span className="capitalize">{here?.role}</span>],
            ]}
          />
        </SettingsSection>
        <AppearanceSection />
        <PasswordSection />
        <SessionsSection />
      </div>
    </div>
  )
}

function AppearanceSection() {
  const theme = useTheme()
  const density = useDensity()
  return (
    <SettingsSection title="Appearance" text="Kept in this browser.">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="Theme"
            value={theme}
            options={themes}
            onChange={(value) => setPreference('theme', value)}
          />
          <Select
            label="Density of lists"
            value={density}
            options={densities}
            onChange={(value) => setPreference('density', value)}
          />
        </div>
        <Checkbox
          checked={useSingleKeys()}
          onChange={(on) => setPreference('keys', on ? 'on' : 'off')}
          label="Single-key shortcuts"
          hint="Such as / to search. Switch them off if they get in the way of speech input."
        />
      </div>
    </SettingsSection>
  )
}

function PasswordSection() {
  const client = useQueryClient()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [short, setShort] = useState(false)
  const change = useMutation({
    mutationFn: () => changePassword({ currentPassword: current, newPassword: next }),
    onSuccess: () => {
      setCurrent('')
      setNext('')
      void client.invalidateQueries({ queryKey: ['sessions'] })
      toast({ title: 'The password is changed', text: 'You are signed out everywhere else.' })
    },
    gcTime: 0,
  })
  return (
    <SettingsSection title="Password" text="Changing it signs you out everywhere but here.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const tooShort = next.length < LEAST_PASSWORD
          setShort(tooShort)
          if (!tooShort && !change.isPending) change.mutate()
        }}
      >
        <SecretField
          label="Present password"
          autoComplete="current-password"
          required
          mono={false}
          value={current}
          onChange={setCurrent}
        />
        <SecretField
          label="New password"
          hint={`At least ${LEAST_PASSWORD} characters.`}
          autoComplete="new-password"
          required
          mono={false}
          value={next}
          error={short ? `This password has ${next.length} characters; it needs ${LEAST_PASSWORD}.` : null}
          onChange={(value) => {
            setNext(value)
            if (value.length >= LEAST_PASSWORD) setShort(false)
          }}
        />
        {change.error !== null && <Problem sentence={passwordProblem(change.error)} />}
        <Button type="submit" className="self-start" busy={change.isPending}>
          Change password
        </Button>
      </form>
    </SettingsSection>
  )
}

function passwordProblem(error: Error): string {
  if (error instanceof ApiError && error.code === 'limited')
    return 'Too many tries. Wait a minute, then try again.'
  if (error instanceof ApiError && (error.code === 'invalid' || error.code === 'unauthenticated')) {
    return 'The present password is not right. Check it and try again.'
  }
  return error.message
}

function SessionsSection() {
  const client = useQueryClient()
  const sessions = useQuery(sessionsQuery())
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  })
  return (
    <SettingsSection
      id="sessions"
      title="Sessions"
      text="Where you are signed in. End what you do not know, then change your password."
    >
      {sessions.error !== null && <Problem sentence={sessions.error.message} />}
      {end.error !== null && <Problem sentence={end.error.message} />}
      {sessions.data === undefined && sessions.error === null && (
        <Skeleton label="Loading the sessions">
          <Bone className="h-14" />
        </Skeleton>
      )}
      <ul className="flex flex-col divide-y">
        {sessions.data?.rows.map((session) => (
          <li key={session.id} className="flex items-center gap-4 py-3 first:pt-0">
            <div className="min-w-0 flex-1">
              <div className="flex flex-wrap items-center gap-2 font-medium">
                <span className="truncate">{session.device ?? 'Unknown device'}</span>
                {session.current && <Badge tone="accent">This session</Badge>}
              </div>
              <div className="text-sm text-muted">
                {session.address !== null && <span className="font-mono">{session.address} · </span>}
                seen <RelativeTime at={session.lastSeenAt} /> · signed in{' '}
                <RelativeTime at={session.createdAt} />
              </div>
            </div>
            {!session.current && (
              <Button
                size="s"
                busy={end.isPending && end.variables === session.id}
                onClick={() => end.mutate(session.id)}
                aria-label={`End session on ${session.device ?? 'an unknown device'}`}
              >
                End session
              </Button>
            )}
          </li>
        ))}
      </ul>
    </SettingsSection>
  )
}
