// The first run: the setup code and the owner, the workspace, and what to connect. Three steps, each with a sentence why.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowRight, Check, FlaskConical, Plug } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { setUp, trySimulator } from '../actions.ts'
import type { SetupInput } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { cx } from '../components/cx.ts'
import { Problem } from '../components/Problem.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { connectorsQuery, setupQuery } from '../queries.ts'
import { EntryPage } from './entry.tsx'

const LEAST_PASSWORD = 12
const empty: SetupInput = { code: '', name: '', email: '', password: '', workspaceName: '' }
const ownerFields = ['code', 'name', 'email', 'password'] as const

export function SetupScreen() {
  const [step, setStep] = useState<'owner' | 'workspace' | 'connect'>('owner')
  const [input, setInput] = useState(empty)
  const [workspace, setWorkspace] = useState('')
  const client = useQueryClient()
  const make = useMutation({
    mutationFn: () => setUp({ ...input, code: input.code.trim(), email: input.email.trim() }),
    onSuccess: ({ workspaceId }) => {
      // Who is there, and whether setup is needed, is another answer from now on.
      client.removeQueries({ queryKey: ['me'] })
      client.removeQueries({ queryKey: ['setup'] })
      setInput(empty)
      setWorkspace(workspaceId)
      setStep('connect')
    },
    onError: (error) => {
      // What is wrong stands on the first step: back to where it can be mended.
      const told = error instanceof ApiError ? Object.keys(error.fields) : []
      if (told.length > 0 && !told.includes('workspaceName')) setStep('owner')
    },
  })
  const change = (patch: Partial<SetupInput>) => setInput((before) => ({ ...before, ...patch }))
  const errors = make.error instanceof ApiError ? make.error.fields : {}
  const problem = make.error === null ? null : <Problem sentence={make.error.message} />

  switch (step) {
    case 'owner':
      return (
        <OwnerStep
          input={input}
          change={change}
          errors={errors}
          problem={problem}
          onNext={() => setStep('workspace')}
        />
      )
    case 'workspace':
      return (
        <EntryPage
          title="Set up"
          above={<Steps at={1} />}
          heading="Name your workspace"
          sentence="A workspace keeps one organisation's apps, people and history together, apart from every other."
        >
          <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              if (!make.isPending) make.mutate()
            }}
          >
            <TextField
              label="Workspace name"
              hint="Usually your company or brand. You can have more than one later."
              required
              maxLength={200}
              autoFocus
              autoComplete="organization"
              value={input.workspaceName}
              onChange={(workspaceName) => change({ workspaceName })}
              error={errors.workspaceName}
            />
            {problem}
            <div className="mt-1 flex gap-2">
              <Button size="l" onClick={() => setStep('owner')}>
                Back
              </Button>
              <Button type="submit" kind="primary" size="l" className="flex-1" busy={make.isPending}>
                Create workspace
              </Button>
            </div>
          </form>
        </EntryPage>
      )
    case 'connect':
      return <ConnectStep workspace={workspace} />
  }
}

function OwnerStep(props: {
  input: SetupInput
  change: (patch: Partial<SetupInput>) => void
  errors: Readonly<Record<string, string>>
  problem: ReactNode
  onNext: () => void
}) {
  const { input, change, errors } = props
  const [short, setShort] = useState(false)
  return (
    <EntryPage
      title="Set up"
      above={<Steps at={0} />}
      heading="Who owns this installation?"
      sentence="The code proves that you run this server. The owner you make here decides who else gets in."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const tooShort = input.password.length < LEAST_PASSWORD
          setShort(tooShort)
          if (!tooShort) props.onNext()
        }}
      >
        <TextField
          label="Setup code"
          hint="Printed on the terminal when the server started, or in a file that its log names."
          required
          mono
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={input.code}
          onChange={(code) => change({ code })}
          error={errors.code}
        />
        <TextField
          label="Your name"
          required
          autoComplete="name"
          maxLength={200}
          value={input.name}
          onChange={(name) => change({ name })}
          error={errors.name}
        />
        <TextField
          label="E-mail"
          type="email"
          required
          autoComplete="username"
          value={input.email}
          onChange={(email) => change({ email })}
          error={errors.email}
        />
        <SecretField
          label="Password"
          hint={`At least ${LEAST_PASSWORD} characters. A sentence is easiest to remember.`}
          required
          mono={false}
          autoComplete="new-password"
          value={input.password}
          onChange={(password) => {
            change({ password })
            if (password.length >= LEAST_PASSWORD) setShort(false)
          }}
          error={
            errors.password ??
            (short
              ? `This password has ${input.password.length} characters; it needs ${LEAST_PASSWORD}.`
              : null)
          }
        />
        {ownerFields.some((name) => errors[name] !== undefined) ? null : props.problem}
        <Button type="submit" kind="primary" size="l" className="mt-1">
          Continue
        </Button>
      </form>
    </EntryPage>
  )
}

function ConnectStep({ workspace }: { workspace: string }) {
  const { data: setup } = useQuery(setupQuery())
  const connectors = useQuery(connectorsQuery(workspace))
  const client = useQueryClient()
  const navigate = useNavigate()
  const simulate = useMutation({
    mutationFn: trySimulator,
    onSuccess: async ({ workspaceId, connectionId }) => {
      client.removeQueries({ queryKey: ['me'] })
      await navigate({
        to: '/w/$workspace/apps/$connection',
        params: { workspace: workspaceId, connection: connectionId },
      })
    },
  })
  return (
    <EntryPage
      wide
      title="Set up"
      above={<Steps at={2} />}
      heading="Connect your first app"
      sentence="Guestlist reads who can touch your assets from the provider itself. Connect yours, or look around first."
    >
      <ul className="flex flex-col gap-3">
        {(connectors.data ?? []).map((connector) => (
          <li key={connector.id}>
            <Link
              to="/w/$workspace/apps/new"
              params={{ workspace }}
              search={{ connector: connector.id }}
              className={choiceClass}
            >
              <Plug className={choiceIcon} aria-hidden />
              <ChoiceText title={`Connect ${connector.name}`} text={connector.description} />
              <ArrowRight className="size-4 text-muted" aria-hidden />
            </Link>
          </li>
        ))}
        {setup?.simulatorOffered === true && (
          <li>
            <button
              type="button"
              className={choiceClass}
              onClick={() => simulate.mutate()}
              disabled={simulate.isPending}
            >
              <FlaskConical className={choiceIcon} aria-hidden />
              <ChoiceText
                title={simulate.isPending ? 'Starting the simulator' : 'Try it with the simulator'}
                text="A separate workspace with a made-up brand, its partners and their people. Nothing leaves this machine."
              />
              <ArrowRight className="size-4 text-muted" aria-hidden />
            </button>
          </li>
        )}
      </ul>
      {simulate.error !== null && (
        <div className="mt-4">
          <Problem sentence={simulate.error.message} />
        </div>
      )}
      <p className="mt-6">
        <Link
          to="/w/$workspace/apps"
          params={{ workspace }}
          className="font-medium text-accent-text underline-offset-4 hover:underline"
        >
          Do this later
        </Link>
      </p>
    </EntryPage>
  )
}

const choiceClass =
  'flex w-full items-center gap-4 rounded-lg border bg-surface p-4 text-left transition-colors hover:border-control hover:bg-hover disabled:opacity-60'
const choiceIcon = 'size-5 shrink-0 text-accent-text'

function ChoiceText({ title, text }: { title: string; text: string }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="block font-semibold">{title}</span>
      <span className="mt-0.5 block text-muted text-pretty">{text}</span>
    </span>
  )
}

const steps = ['Owner', 'Workspace', 'First app']

function Steps({ at }: { at: number }) {
  return (
    <ol aria-label="Steps" className="mb-8 flex items-center gap-3 text-sm">
      {steps.map((step, i) => (
        <li key={step} aria-current={i === at ? 'step' : undefined} className="flex items-center gap-2">
          {i > 0 && <span className="mr-1 h-px w-5 bg-line" aria-hidden />}
          <span
            className={cx(
              'grid size-5 place-items-center rounded-full text-xs font-semibold tabular-nums',
              i === at
                ? 'bg-accent text-on-accent'
                : i < at
                  ? 'bg-ok-soft text-ok-text'
                  : 'bg-hover text-muted',
            )}
          >
            {i < at ? <Check className="size-3" aria-label="done" /> : i + 1}
          </span>
          <span className={i === at ? 'font-medium' : 'text-muted'}>{step}</span>
        </li>
      ))}
    </ol>
  )
}
