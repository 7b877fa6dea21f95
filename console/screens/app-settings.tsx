// An app's settings: its name, how often it is checked, its token, and its end.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { CredentialInfo } from '../../src/model/credential.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { changeConnection, removeConnection } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Select } from '../components/Select.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { useApp } from '../place.ts'
import { connectionQuery, workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'
import { day } from '../words.ts'
import { AutomationSection } from './automation-settings.tsx'
import { ReplaceCredential } from './replace-credential.tsx'

export function AppSettingsScreen() {
  const { workspace, connection } = useParams({ from: '/signed-in/w/$workspace/apps/$connection/settings' })
  const { data: app } = useQuery(connectionQuery(workspace, connection))
  const { manifest } = useApp()
  const manage = useCan(workspace)('connection.manage')
  // The app's head stands above and shows what keeps it from loading.
  if (app === undefined) return null
  return (
    <div className="-mt-4 w-full max-w-5xl">
      <NameSection key={app.label} workspace={workspace} app={app} manage={manage} />
      <ScheduleSection workspace={workspace} app={app} manage={manage} />
      <TokenSection workspace={workspace} app={app} manifest={manifest} manage={manage} />
      <AutomationSection workspace={workspace} app={app} provider={manifest?.provider ?? 'the provider'} />
      {manage && <RemoveSection workspace={workspace} app={app} />}
    </div>
  )
}

interface Part {
  workspace: string
  app: Connection
  manage: boolean
}

function useChange(workspace: string, app: Connection, done: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: Parameters<typeof changeConnection>[2]) => changeConnection(workspace, app.id, input),
    onSuccess: (changed) => {
      client.setQueryData(connectionQuery(workspace, app.id).queryKey, changed)
      void client.invalidateQueries({ queryKey: [...workspaceKey(workspace), 'connections'] })
      toast({ title: done })
    },
  })
}

function NameSection({ workspace, app, manage }: Part) {
  const [label, setLabel] = useState(app.label)
  const change = useChange(workspace, app, 'The name is saved')
  return (
    <SettingsSection
      title="Name"
      text="What this app is called in Guestlist. It changes nothing at the provider."
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (label.trim() !== '' && !change.isPending) change.mutate({ label: label.trim() })
        }}
      >
        <TextField
          label="App name"
          value={label}
          onChange={setLabel}
          required
          maxLength={200}
          disabled={!manage}
        />
        {change.error !== null && <Problem sentence={change.error.message} />}
        {manage && (
          <Button
            type="submit"
            className="self-start"
            busy={change.isPending}
            disabled={label.trim() === app.label || label.trim() === ''}
          >
            Save name
          </Button>
        )}
      </form>
    </SettingsSection>
  )
}

const schedules = [
  { value: 'daily', label: 'Every day' },
  { value: 'hourly', label: 'Every hour' },
  { value: 'off', label: 'Only when somebody asks' },
] as const

function ScheduleSection({ workspace, app, manage }: Part) {
  const change = useChange(workspace, app, 'The schedule is saved')
  return (
    <SettingsSection title="Schedule" text="How often a check for updates starts by itself.">
      <Select
        label="Check for updates"
        value={change.isPending ? (change.variables.schedule ?? app.schedule) : app.schedule}
        options={schedules}
        disabled={!manage}
        onChange={(schedule) => change.mutate({ schedule })}
      />
      {change.error !== null && (
        <div className="mt-3">
          <Problem sentence={change.error.message} />
        </div>
      )}
    </SettingsSection>
  )
}

function TokenSection({ workspace, app, manifest, manage }: Part & { manifest: Manifest | undefined }) {
  const [replacing, setReplacing] = useState(false)
  const { credential } = app
  return (
    <SettingsSection
      title="Token"
      text="What this app signs in with. It is sealed: nobody can read it back, here or anywhere else."
    >
      {credential === null ? (
        <p className="text-muted">There is no token. Until one is added nothing can be checked.</p>
      ) : (
        <CredentialFacts app={app} credential={credential} manifest={manifest} />
      )}
      {manage && manifest !== undefined && (
        <>
          <Button className="mt-4" onClick={() => setReplacing(true)}>
            {credential === null ? 'Add token' : 'Replace token'}
          </Button>
          <ReplaceCredential
            workspace={workspace}
            app={app}
            manifest={manifest}
            open={replacing}
            onOpenChange={setReplacing}
          />
        </>
      )}
    </SettingsSection>
  )
}

function CredentialFacts({
  app,
  credential,
  manifest,
}: {
  app: Connection
  credential: CredentialInfo
  manifest: Manifest | undefined
}) {
  const { verdict, confirmed } = credential
  const settings = (manifest?.fields ?? []).filter((field) => !field.secret)
  return (
    <div className="flex flex-col gap-5">
      <Facts
        facts={[
          ['Token', <span className="font-mono text-sm">… {credential.lastFour}</span>],
          ['Fingerprint', <span className="font-mono text-sm">{credential.fingerprint}</span>],
          [
            'Expires',
            credential.expiresAt === null ? (
              'No end is known'
            ) : (
              <>
                {day(credential.expiresAt)} (<RelativeTime at={credential.expiresAt} />)
              </>
            ),
          ],
          ['Checked', <RelativeTime at={credential.checkedAt} />],
          [
            'Added',
            <>
              {day(credential.createdAt)}
              {credential.createdBy !== null && ` by ${credential.createdBy}`}
            </>,
          ],
          ...settings.map((field): [string, string] => [
            field.label,
            app.settings[field.name] ?? field.default ?? '–',
          ]),
        ]}
      />
      {credential.scopes.length > 0 && (
        <div>
          <h3 className="mb-1.5 font-medium">Permissions</h3>
          <ul className="flex flex-wrap gap-1.5">
            {credential.scopes.map((scope) => (
              <li key={scope}>
                <Badge>
                  <span className="font-mono">{scope}</span>
                </Badge>
              </li>
            ))}
          </ul>
        </div>
      )}
      {verdict !== null && verdict.claims.length > 0 && (
        <div>
          <h3 className="font-medium">What was checked</h3>
          <VerdictList still label="What was checked" claims={verdict.claims} />
        </div>
      )}
      {confirmed !== null && (
        <p className="rounded-md bg-wait-soft px-3 py-2">
          {confirmed.by} confirmed on {day(confirmed.at)} what could not be told:{' '}
          {confirmed.claims.join(', ')}.
        </p>
      )}
    </div>
  )
}

function RemoveSection({ workspace, app }: { workspace: string; app: Connection }) {
  const [asking, setAsking] = useState(false)
  const [atOnce, setAtOnce] = useState(false)
  const client = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => removeConnection(workspace, app.id, { name: app.label, atOnce }),
    onSuccess: async () => {
      setAsking(false)
      await navigate({ to: '/w/$workspace/apps', params: { workspace } })
      await client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      toast({ title: `${app.label} is removed` })
    },
  })
  return (
    <SettingsSection
      title="Remove app"
      text="Ends its tasks and destroys its tokens and those of its partners at once."
    >
      <p className="text-muted text-pretty">
        What it read stays for 30 days and is deleted then. Nothing changes at the provider: take away the
        token there too.
      </p>
      <Button kind="secondary" className="mt-3 text-bad-text" onClick={() => setAsking(true)}>
        Remove app
      </Button>
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          if (open) {
            remove.reset()
            setAtOnce(false)
          }
        }}
        title={`Remove ${app.label}`}
        action="Remove app"
        typeToConfirm={app.label}
        busy={remove.isPending}
        error={remove.error?.message ?? null}
        onAction={() => remove.mutate()}
      >
        <p>
          Running tasks end, and every token of this app is destroyed now. To watch this business again you
          add it anew, with new tokens.
        </p>
        <div className="mt-4 text-text">
          <Checkbox
            checked={atOnce}
            onChange={setAtOnce}
            label="Delete its people, assets and history now"
            hint="Otherwise they stay for 30 days."
          />
        </div>
      </AlertDialog>
    </SettingsSection>
  )
}
