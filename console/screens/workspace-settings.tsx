// The workspace itself: its name, which roles need a second factor, another workspace, its end.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { roles } from '../../src/model/member.ts'
import type { Role } from '../../src/model/member.ts'
import type { Workspace } from '../../src/model/workspace.ts'
import { changeWorkspace, deleteWorkspace, makeWorkspace } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Problem } from '../components/Problem.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { meQuery, workspaceKey, workspaceQuery } from '../queries.ts'
import { membersQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { counted } from '../words.ts'
import { roleWords } from './role-words.ts'

export function WorkspaceSettingsScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/settings' })
  const can = useCan(workspace)
  const info = useQuery(workspaceQuery(workspace))
  if (info.data === undefined && info.error !== null) {
    return (
      <ErrorState
        title="The workspace could not be loaded"
        error={info.error}
        onRetry={() => void info.refetch()}
      />
    )
  }
  if (info.data === undefined) {
    return (
      <Skeleton label="Loading the workspace" className="pt-7">
        <Bone className="h-32" />
      </Skeleton>
    )
  }
  const place = info.data.workspace
  return (
    <>
      <NameSection key={place.name} place={place} />
      <SecondFactorRoles place={place} />
      {can('workspace.make') && <AnotherSection />}
      {can('workspace.delete') && <DeleteSection place={place} />}
    </>
  )
}

interface Part {
  place: Workspace
}

function useChange(place: Workspace, done: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: { name?: string; twoFactor?: Partial<Record<Role, boolean>> }) =>
      changeWorkspace(place.id, input),
    onSuccess: async () => {
      toast({ title: done })
      await Promise.all([
        client.invalidateQueries({ queryKey: ['me'] }),
        client.invalidateQueries({ queryKey: workspaceKey(place.id) }),
      ])
    },
  })
}

function NameSection({ place }: Part) {
  const [name, setName] = useState(place.name)
  const change = useChange(place, 'The name is saved')
  const wanted = name.trim()
  return (
    <SettingsSection title="Name" text="What this workspace is called, in invitations too.">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (wanted !== '' && !change.isPending) change.mutate({ name: wanted })
        }}
      >
        <TextField label="Workspace name" required maxLength={200} value={name} onChange={setName} />
        {change.error !== null && <Problem sentence={change.error.message} />}
        <Button
          type="submit"
          className="self-start"
          busy={change.isPending}
          disabled={wanted === '' || wanted === place.name}
        >
          Save name
        </Button>
      </form>
    </SettingsSection>
  )
}

function SecondFactorRoles({ place }: Part) {
  const members = useQuery(membersQuery(place.id))
  const me = useQuery(meQuery()).data
  const change = useChange(place, 'What is asked of the roles is saved')
  const asked = members.data?.twoFactorRoles
  const chosen = change.isPending ? change.variables.twoFactor : undefined
  const without = (role: Role) =>
    (members.data?.rows ?? []).filter((row) => row.role === role && row.status === 'active' && !row.twoFactor)
  const hint = (role: Role) => {
    const missing = without(role)
    if (missing.length === 0) return undefined
    if (missing.some((row) => row.userId === me?.user.id)) {
      return missing.length === 1
        ? 'You have none yet: you are led to its set-up.'
        : `${counted(missing.length, 'person has', 'people have')} none yet, you among them: you are led to its set-up.`
    }
    return `${counted(missing.length, 'person has', 'people have')} none yet and must set it up before going on.`
  }
  return (
    <SettingsSection
      title="Required second factor"
      text="People with these roles see nothing of this workspace until they have set a second factor up."
    >
      {members.error !== null && <Problem sentence={members.error.message} onRetry={members.refetch} />}
      <fieldset className="flex flex-col gap-3" disabled={asked === undefined}>
        <legend className="sr-only">Roles that need a second factor</legend>
        {roles.map((role) => (
          <Checkbox
            key={role}
            checked={chosen?.[role] ?? asked?.includes(role) ?? false}
            disabled={asked === undefined || (role === 'owner' && place.role !== 'owner')}
            onChange={(on) => change.mutate({ twoFactor: { [role]: on } })}
            label={roleWords[role].label}
            hint={
              role === 'owner' && place.role !== 'owner'
                ? 'What is asked of the owner, the owner alone decides.'
                : hint(role)
            }
          />
        ))}
      </fieldset>
      {change.error !== null && (
        <div className="mt-3">
          <Problem sentence={change.error.message} />
        </div>
      )}
    </SettingsSection>
  )
}

function AnotherSection() {
  const [name, setName] = useState('')
  const client = useQueryClient()
  const navigate = useNavigate()
  const make = useMutation({
    mutationFn: () => makeWorkspace(name.trim()),
    onSuccess: async (made) => {
      client.removeQueries({ queryKey: ['me'] })
      await navigate({ to: '/w/$workspace/apps', params: { workspace: made.id } })
      toast({ title: `${made.name} is made`, text: 'You are its owner. Nobody else is in it yet.' })
    },
  })
  return (
    <SettingsSection
      title="Another workspace"
      text="Apart from this one: its own apps, people, members and activity. You own it."
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '' && !make.isPending) make.mutate()
        }}
      >
        <TextField
          label="Name of the new workspace"
          required
          maxLength={200}
          value={name}
          onChange={setName}
        />
        {make.error !== null && <Problem sentence={make.error.message} />}
        <Button type="submit" className="self-start" busy={make.isPending} disabled={name.trim() === ''}>
          Make workspace
        </Button>
      </form>
    </SettingsSection>
  )
}

function DeleteSection({ place }: Part) {
  const [asking, setAsking] = useState(false)
  const reason = useId()
  const only = useQuery(meQuery()).data?.workspaces.every(
    (one) => one.id === place.id || one.role !== 'owner',
  )
  const client = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deleteWorkspace(place.id, place.name),
    onSuccess: async () => {
      setAsking(false)
      client.removeQueries({ queryKey: ['me'] })
      await navigate({ to: '/' })
      client.removeQueries({ queryKey: workspaceKey(place.id) })
      toast({ title: `${place.name} is deleted` })
    },
  })
  return (
    <SettingsSection title="Delete workspace" text="For good, and for everybody in it.">
      <p className="text-muted text-pretty">
        Its apps, tokens, people, history, members and activity log are deleted at once. Nothing changes at
        the providers.
      </p>
      {only && (
        <p id={reason} className="mt-2 text-pretty">
          This is your only workspace, so it cannot be deleted. Make another one first.
        </p>
      )}
      <Button
        className="mt-3 not-disabled:text-bad-text!"
        disabled={only}
        aria-describedby={only ? reason : undefined}
        onClick={() => setAsking(true)}
      >
        Delete workspace
      </Button>
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          remove.reset()
        }}
        title={`Delete ${place.name}`}
        action="Delete workspace"
        typeToConfirm={place.name}
        busy={remove.isPending}
        error={remove.error?.message ?? null}
        onAction={() => remove.mutate()}
      >
        Everything of this workspace is deleted now and cannot be brought back, except from a backup of the
        server.
      </AlertDialog>
    </SettingsSection>
  )
}
