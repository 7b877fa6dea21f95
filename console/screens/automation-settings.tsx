// Browser automation of an app: what it risks, whether it is on, the login that it uses, and the tasks that can be started.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { Automation } from '../../src/model/automation.ts'
import type { Connection } from '../../src/model/connection.ts'
import { answerAppRequests, setReading, storeLogin, switchAutomation, tryReadingPages } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Select } from '../components/Select.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { automationQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'

interface Part {
  workspace: string
  app: Connection
  /** The provider's name. */
  provider: string
}

export function AutomationSection(props: Part) {
  const { workspace, app, provider } = props
  const manage = useCan(workspace)('automation.manage')
  const { data, error, refetch } = useQuery(automationQuery(workspace, app.id))
  return (
    <SettingsSection
      id="automation"
      title="Browser automation"
      text={`Approves the app requests of known partners on ${provider}'s own pages, which its API cannot do, and reads people and partners there where the API may not. A browser on this server does it, and asks you where it must not decide.`}
    >
      {data === undefined && error !== null ? (
        <Problem sentence={error.message} onRetry={refetch} />
      ) : data === undefined ? (
        <Skeleton label="Loading">
          <Bone className="h-5 w-1/2" />
        </Skeleton>
      ) : data.enabled ? (
        <Enabled {...props} automation={data} manage={manage} />
      ) : (
        <Disabled {...props} automation={data} manage={manage} />
      )}
    </SettingsSection>
  )
}

function useFresh(workspace: string, app: Connection): (automation: Automation) => void {
  const client = useQueryClient()
  return (automation) => client.setQueryData(automationQuery(workspace, app.id).queryKey, automation)
}

type More = Part & { automation: Automation; manage: boolean }

function Disabled({ workspace, app, provider, automation, manage }: More) {
  const [open, setOpen] = useState(false)
  const [understood, setUnderstood] = useState(false)
  const fresh = useFresh(workspace, app)
  const change = useMutation({
    mutationFn: () => switchAutomation(workspace, app.id, true),
    onSuccess: (changed) => {
      fresh(changed)
      setOpen(false)
      toast({ title: 'Browser automation is on' })
    },
  })
  if (automation.hindrance !== null) return <p className="text-muted">{automation.hindrance}</p>
  return (
    <>
      <p className="text-muted">Browser automation is off.</p>
      {manage && (
        <Button className="mt-3" onClick={() => setOpen(true)}>
          Switch on
        </Button>
      )}
      <Dialog
        open={open}
        onOpenChange={setOpen}
        onClosed={() => {
          setUnderstood(false)
          change.reset()
        }}
        title="Switch on browser automation"
      >
        <DialogBody>
          <p>
            A program signs in to {provider} and presses buttons as a person would. {provider}&rsquo;s terms
            restrict automated access; {provider} may ask for more proof, or lock the login. You decide
            whether your agreement with {provider} allows it.
          </p>
          <ul className="list-disc space-y-1 pl-5">
            <li>
              Use a login of its own for this, with full control of this business and nothing else. Never a
              personal one.
            </li>
            <li>The password and the session are sealed. Nobody can read them back.</li>
            <li>
              The steps have been proven against the simulator only. {provider}&rsquo;s pages change: try a
              dry run first.
            </li>
            <li>Pictures of each step show known labels alone and are kept for 30 days.</li>
          </ul>
          <Checkbox
            checked={understood}
            onChange={setUnderstood}
            label="I have read this and may switch it on for this business"
          />
          {change.error !== null && <Problem sentence={change.error.message} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button
            kind="primary"
            disabled={!understood}
            busy={change.isPending}
            onClick={() => change.mutate()}
          >
            Switch on
          </Button>
        </DialogActions>
      </Dialog>
    </>
  )
}

function Enabled(props: More) {
  const { automation, manage } = props
  const { login } = automation
  const stored = login.password !== null || login.session !== null
  return (
    <div className="flex flex-col gap-5">
      <Facts
        facts={[
          ['Switched on', <RelativeTime at={automation.enabledAt} />],
          [
            'Password',
            login.password === null ? (
              'Not stored'
            ) : (
              <>
                Sealed, stored <RelativeTime at={login.password.storedAt} />
                {login.password.totp ? ', with an authenticator seed' : ', codes are asked of you'}
              </>
            ),
          ],
          [
            'Session',
            login.session === null ? (
              'None yet'
            ) : (
              <>
                Sealed, from <RelativeTime at={login.session.storedAt} />
              </>
            ),
          ],
        ]}
      />
      {login.refused && (
        <Problem sentence="The login was refused, or its last sign-ins were cut off, so it is not used again. Check it in a browser of your own, then store it anew." />
      )}
      {manage && (
        <div className="flex flex-wrap gap-2">
          <StoreLogin {...props} />
          <ImportSession {...props} />
        </div>
      )}
      <ReadingChoice {...props} />
      {manage && stored && !login.refused && <Tasks {...props} />}
      {manage && <SwitchOff {...props} />}
    </div>
  )
}

const readings: { value: Automation['reading']; label: string }[] = [
  { value: 'off', label: 'Never' },
  { value: 'refused', label: 'Where the API refuses a list' },
  { value: 'always', label: 'Always, and compare with the API' },
]

/** Whether a check for updates also opens the pages of people and partners. */
function ReadingChoice({ workspace, app, provider, automation, manage }: More) {
  const fresh = useFresh(workspace, app)
  const change = useMutation({
    mutationFn: (reading: Automation['reading']) => setReading(workspace, app.id, reading),
    onSuccess: fresh,
    onError: (error) => toast({ title: 'The setting was not changed', text: error.message, failed: true }),
  })
  const hint = `Unless never, a check for updates reads people, invitations, system users, partners, shared assets and who is assigned to what on ${provider}'s pages. It presses nothing there, and each row says how it was read.`
  const label = 'Read people and partners in the browser'
  if (!manage) {
    const chosen = readings.find((one) => one.value === automation.reading)?.label ?? ''
    return <Facts facts={[[label, chosen]]} />
  }
  return (
    <div className="max-w-md">
      <Select
        label={label}
        hint={hint}
        value={change.isPending ? change.variables : automation.reading}
        options={readings}
        onChange={(value) => change.mutate(value)}
      />
    </div>
  )
}

function StoreLogin({ workspace, app, provider, automation }: More) {
  const [open, setOpen] = useState(false)
  const [round, setRound] = useState(0)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        {automation.login.password === null ? 'Store a login' : 'Replace the login'}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        // What was typed ends with the dialog.
        onClosed={() => setRound((before) => before + 1)}
        title={`Login for ${provider}`}
        description="It is sealed when it arrives, and opened only for the moment of a sign-in."
        keep
      >
        <LoginForm key={round} workspace={workspace} app={app} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function LoginForm({ workspace, app, onDone }: { workspace: string; app: Connection; onDone: () => void }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [totpSeed, setTotpSeed] = useState('')
  const fresh = useFresh(workspace, app)
  const store = useMutation({
    mutationFn: () =>
      storeLogin(workspace, app.id, { email, password, ...(totpSeed.trim() === '' ? {} : { totpSeed }) }),
    onSuccess: (changed) => {
      fresh(changed)
      onDone()
      toast({ title: 'The login is sealed' })
    },
  })
  return (
    <DialogForm
      secret
      action="Seal login"
      busy={store.isPending}
      ready={email.trim() !== '' && password !== ''}
      problem={store.error?.message ?? null}
      onSubmit={() => store.mutate()}
      onCancel={onDone}
    >
      <TextField label="E-mail" value={email} onChange={setEmail} autoComplete="off" required />
      <SecretField label="Password" value={password} onChange={setPassword} required />
      <SecretField
        label="Authenticator seed"
        hint="The key that an authenticator app is set up with. Without it, codes are asked of you."
        optional
        value={totpSeed}
        onChange={setTotpSeed}
      />
    </DialogForm>
  )
}

/** A session that somebody opened by hand with `browser-login`. */
function ImportSession({ workspace, app }: More) {
  const id = useId()
  const fresh = useFresh(workspace, app)
  const store = useMutation({
    mutationFn: async (file: File) => storeLogin(workspace, app.id, { session: await file.text() }),
    onSuccess: (changed) => {
      fresh(changed)
      toast({ title: 'The session is sealed', text: 'Delete the file now.' })
    },
    onError: (error) => toast({ title: 'The session was not taken', text: error.message, failed: true }),
  })
  return (
    <>
      <input
        id={id}
        type="file"
        accept="application/json,.json"
        aria-label="Session file of browser-login"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file !== undefined) store.mutate(file)
          event.target.value = ''
        }}
      />
      <Button busy={store.isPending} onClick={() => document.getElementById(id)?.click()}>
        Import a session
      </Button>
    </>
  )
}

const tasks = {
  answer: {
    label: 'Approve app requests',
    start: (w: string, app: string) => answerAppRequests(w, app, false),
  },
  tryAnswer: {
    label: 'Dry run: approve',
    start: (w: string, app: string) => answerAppRequests(w, app, true),
  },
  tryReading: { label: 'Dry run: read', start: tryReadingPages },
}

function Tasks({ workspace, app }: More) {
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: (task: keyof typeof tasks) => tasks[task].start(workspace, app.id),
    onSuccess: ({ jobId }) =>
      navigate({ to: '/w/$workspace/automation', params: { workspace }, search: { job: jobId } }),
    onError: (error) => toast({ title: 'The task could not start', text: error.message, failed: true }),
  })
  const button = (task: keyof typeof tasks, kind: 'primary' | 'secondary') => (
    <Button kind={kind} busy={start.isPending && start.variables === task} onClick={() => start.mutate(task)}>
      {tasks[task].label}
    </Button>
  )
  return (
    <div>
      <div className="flex flex-wrap gap-2">
        {button('answer', 'primary')}
        {button('tryAnswer', 'secondary')}
        {button('tryReading', 'secondary')}
      </div>
      <p className="mt-2 text-sm text-muted">
        A dry run keeps a picture of each step and changes nothing: that of approving walks to the last press
        and stops there, that of reading goes through all pages and stores nothing of what they tell.
      </p>
    </div>
  )
}

function SwitchOff({ workspace, app }: More) {
  const [asking, setAsking] = useState(false)
  const fresh = useFresh(workspace, app)
  const change = useMutation({
    mutationFn: () => switchAutomation(workspace, app.id, false),
    onSuccess: (changed) => {
      setAsking(false)
      fresh(changed)
      toast({ title: 'Browser automation is off' })
    },
  })
  return (
    <div>
      <Button onClick={() => setAsking(true)}>Switch off</Button>
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          change.reset()
        }}
        title="Switch off browser automation"
        action="Switch off"
        busy={change.isPending}
        error={change.error?.message ?? null}
        onAction={() => change.mutate()}
      >
        The stored login and the session are destroyed. What was approved stays approved.
      </AlertDialog>
    </div>
  )
}
