// Adding an app: its fields as the connector declares them, then the preflight, one line each. What cannot be told needs a
// confirmation; what is refuted never connects. The first check for updates starts by itself.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ArrowRight, CircleCheck, ShieldCheck } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { Verdict } from '../../src/model/credential.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { addConnection } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Problem } from '../components/Problem.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { mistakes, SpecFields, typed } from '../components/SpecFields.tsx'
import { TextField } from '../components/TextField.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { connectorsQuery, workspaceKey } from '../queries.ts'

export function AddAppScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/apps/new' })
  const { connector } = useSearch({ from: '/signed-in/w/$workspace/apps/new' })
  const connectors = useQuery(connectorsQuery(workspace))
  if (connectors.data === undefined) {
    return connectors.error === null ? (
      <Skeleton label="Loading the form" className="max-w-xl pt-4">
        <Bone className="mb-8 h-7 w-64" />
        <Bone className="h-96 rounded-lg" />
      </Skeleton>
    ) : (
      <ErrorState
        title="The form could not be loaded"
        error={connectors.error}
        onRetry={() => void connectors.refetch()}
      />
    )
  }
  const manifest =
    connectors.data.length === 1 ? connectors.data[0] : connectors.data.find((one) => one.id === connector)
  return manifest === undefined ? (
    <ChooseConnector workspace={workspace} connectors={connectors.data} />
  ) : (
    <Wizard workspace={workspace} manifest={manifest} />
  )
}

function ChooseConnector({ workspace, connectors }: { workspace: string; connectors: Manifest[] }) {
  if (connectors.length === 0) return <EmptyState title="This server has no connector" />
  return (
    <div className="max-w-2xl">
      <PageHead title="Add app" line="Which provider holds the business?" />
      <ul className="flex flex-col gap-3">
        {connectors.map((one) => (
          <li key={one.id}>
            <Link
              to="/w/$workspace/apps/new"
              params={{ workspace }}
              search={{ connector: one.id }}
              className="flex items-center gap-4 rounded-lg border p-4 transition-colors hover:bg-hover"
            >
              <span className="flex-1">
                <span className="block font-semibold">{one.name}</span>
                <span className="block text-muted">{one.description}</span>
              </span>
              <ArrowRight className="size-4 text-muted" aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Wizard({ workspace, manifest }: { workspace: string; manifest: Manifest }) {
  const client = useQueryClient()
  const [label, setLabel] = useState(manifest.name)
  const [business, setBusiness] = useState('')
  const [values, setValues] = useState<Record<string, string>>({})
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const [confirmed, setConfirmed] = useState(false)
  const add = useMutation({
    mutationFn: () =>
      addConnection(workspace, {
        connector: manifest.id,
        label: label.trim(),
        business: business.trim(),
        fields: typed(manifest.fields, values),
        confirm: confirmed,
      }),
    onSuccess: ({ created }) => {
      if (!created) return
      // The secrets have done their work here.
      setValues({})
      void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
    },
    onError: (error) => {
      if (error instanceof ApiError) setErrors(error.fields)
    },
    gcTime: 0,
  })
  const edited = () => {
    if (add.data !== undefined || add.error !== null) add.reset()
    setConfirmed(false)
    setErrors({})
  }
  const submit = () => {
    if (add.isPending) return
    const found = mistakes(manifest.fields, values)
    if (label.trim() === '') found.label = 'Give the app a name.'
    if (business.trim() === '') found.business = `Fill in: ${manifest.words.businessId}.`
    setErrors(found)
    const first = Object.keys(found)[0]
    if (first === undefined) add.mutate()
    else document.querySelector<HTMLInputElement>(`main [name="${first}"]`)?.focus()
  }

  const created = add.data?.connection ?? null
  return (
    <div className="w-full max-w-5xl">
      <PageHead title={`Add ${manifest.name}`} line={manifest.description} />
      <div className="grid items-start gap-x-14 gap-y-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]">
        <form
          aria-label={`Add ${manifest.name}`}
          noValidate
          autoComplete="off"
          className="flex max-w-xl flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          <fieldset disabled={created !== null} className="contents">
            <TextField
              label="Name"
              name="label"
              hint="What this app is called in Guestlist."
              maxLength={200}
              value={label}
              error={errors.label}
              onChange={(value) => {
                edited()
                setLabel(value)
              }}
            />
            <TextField
              label={manifest.words.businessId}
              name="business"
              hint={`The business in ${manifest.provider} whose assets you want to watch.`}
              autoComplete="off"
              mono
              value={business}
              error={errors.business}
              onChange={(value) => {
                edited()
                setBusiness(value)
              }}
            />
            <SpecFields
              specs={manifest.fields}
              values={values}
              errors={errors}
              onChange={(name, value) => {
                edited()
                setValues((before) => ({ ...before, [name]: value }))
              }}
            />
          </fieldset>
          {add.error !== null && Object.keys(errors).length === 0 && (
            <Problem
              sentence={add.error.message}
              reference={add.error instanceof ApiError ? add.error.reference : null}
            />
          )}
          {created === null && (
            <div className="flex flex-wrap gap-2 pt-1">
              <Button
                type="submit"
                kind="primary"
                busy={add.isPending}
                disabled={add.data?.verdict.outcome === 'confirm' && !confirmed}
              >
                {submitWord(add.data?.verdict)}
              </Button>
              <Link to="/w/$workspace/apps" params={{ workspace }} className={buttonClass('quiet')}>
                Cancel
              </Link>
            </div>
          )}
        </form>
        <section
          aria-label="Checks before connecting"
          className="rounded-lg border px-5 py-4 lg:sticky lg:top-6"
        >
          <h2 className="font-semibold">Checks before connecting</h2>
          {add.isPending || add.data !== undefined ? (
            <div className="mt-2">
              <VerdictList
                label="Checks before connecting"
                claims={add.data?.verdict.claims ?? null}
                expected={['The token works', 'Whose it is', 'What it can read']}
              />
              <Outcome
                workspace={workspace}
                created={created}
                verdict={add.data?.verdict}
                confirmed={confirmed}
                onConfirm={setConfirmed}
              />
            </div>
          ) : (
            <p className="mt-1 flex gap-2 text-muted text-pretty">
              <ShieldCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
              Nothing is stored before the token has proven what it is. Then it is sealed, and only its last
              four characters are ever shown.
            </p>
          )}
        </section>
      </div>
    </div>
  )
}

function submitWord(verdict: Verdict | undefined): string {
  switch (verdict?.outcome) {
    case 'confirm':
      return 'Connect anyway'
    case 'refused':
    case 'later':
      return 'Check again'
    default:
      return 'Check and connect'
  }
}

function Outcome(props: {
  workspace: string
  created: Connection | null
  verdict: Verdict | undefined
  confirmed: boolean
  onConfirm: (confirmed: boolean) => void
}) {
  const { created, verdict } = props
  const navigate = useNavigate()
  const open = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (created !== null) open.current?.focus()
  }, [created])
  if (created !== null) {
    return (
      <div className="mt-3 border-t pt-4">
        <p role="status" className="flex gap-2">
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
          <span>
            <strong className="font-semibold">{created.label} is connected.</strong> The first check for
            updates has started.
          </span>
        </p>
        <Button
          ref={open}
          kind="primary"
          className="mt-3 w-full"
          onClick={() =>
            void navigate({
              to: '/w/$workspace/apps/$connection',
              params: { workspace: props.workspace, connection: created.id },
            })
          }
        >
          Open app
        </Button>
      </div>
    )
  }
  switch (verdict?.outcome) {
    case 'confirm':
      return (
        <div className="mt-3 border-t pt-4">
          <Checkbox
            checked={props.confirmed}
            onChange={props.onConfirm}
            label="I have made sure of what could not be told"
            hint="This is recorded with your name and stays visible in the app’s settings."
          />
        </div>
      )
    case 'refused':
      return (
        <p className="mt-3 border-t pt-4 text-muted text-pretty">
          Mend what is marked as a problem, then check again. Nothing was stored.
        </p>
      )
    case 'later':
      return (
        <p className="mt-3 border-t pt-4 text-muted text-pretty">
          The provider could not be asked. Nothing was stored; check again in a few minutes.
        </p>
      )
    default:
      return null
  }
}
