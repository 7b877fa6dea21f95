// One task, live: its steps, what went wrong and what to do about it, what changed, and the ways on.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { JobDetails, JobResult, PathDifference, Problem } from '../../src/model/job.ts'
import { openJobStatuses } from '../../src/model/job.ts'
import { cancelJob, retryJob } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { Delta } from '../components/DiffList.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { DrawerContent } from '../components/DrawerContent.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { cleanName, Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone } from '../components/Skeleton.tsx'
import { StepLine } from '../components/StepLine.tsx'
import { toast } from '../components/Toast.tsx'
import { useJob } from '../live.ts'
import { meQuery, workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'
import { counted, duration, fromCode, number } from '../words.ts'
import { HeldRemovals } from './held-removals.tsx'
import { Pictures, Question, Requests } from './job-pages.tsx'
import { JobStatusDot, startedBy } from './job-words.tsx'

interface JobDrawerProps {
  workspace: string
  jobId: string | undefined
  onClose: () => void
  /** Another task takes its place, as after Retry. */
  onJob: (id: string) => void
}

export function JobDrawer(props: JobDrawerProps) {
  const id = useKept(props.jobId)
  if (id === undefined) return null
  return <OneJob {...props} key={id} id={id} />
}

function OneJob({ workspace, jobId, onClose, onJob, id }: JobDrawerProps & { id: string }) {
  const asked = useJob(workspace, id)
  const job = asked.data
  return (
    <Drawer
      open={jobId !== undefined}
      onClose={onClose}
      title={job?.label ?? 'Task'}
      hint={
        job !== undefined && (
          <span className="flex flex-wrap items-center gap-x-1.5">
            <bdi>{job.connectionLabel ?? 'Workspace'}</bdi>
            {job.partnerId !== null && (
              <>
                <span>·</span>
                <Name none="a partner without a name">{job.partnerName}</Name>
              </>
            )}
            <span>·</span>
            {startedBy(job)}
            <span>·</span>
            <RelativeTime at={job.createdAt} />
          </span>
        )
      }
      actions={job !== undefined && <JobActions workspace={workspace} job={job} onJob={onJob} />}
    >
      <DrawerContent
        noun="task"
        asked={asked}
        bones={[1, 2, 3, 4, 5].map((line) => (
          <Bone key={line} className="h-5 w-2/3" />
        ))}
      >
        {(one) => <JobBody workspace={workspace} job={one} />}
      </DrawerContent>
    </Drawer>
  )
}

function JobActions(props: { workspace: string; job: JobDetails; onJob: (id: string) => void }) {
  const { workspace, job } = props
  const can = useCan(workspace)
  const me = useQuery(meQuery()).data
  const client = useQueryClient()
  const [asking, ask] = useState(false)
  const fresh = () => client.invalidateQueries({ queryKey: workspaceKey(workspace) })
  const cancel = useMutation({
    mutationFn: () => cancelJob(workspace, job.id),
    onSuccess: async () => {
      ask(false)
      await fresh()
    },
  })
  const retry = useMutation({
    mutationFn: () => retryJob(workspace, job.id),
    onSuccess: async ({ jobId }) => {
      await fresh()
      props.onJob(jobId)
    },
    onError: (error) => toast({ title: 'The task could not start again', text: error.message, failed: true }),
  })
  const mine = me !== undefined && job.actorId === me.user.id
  const may = can('job.stop-any') || (mine && can('job.stop-own'))
  if (!may) return null
  const open = openJobStatuses.includes(job.status)
  if (open) {
    return (
      <>
        <Button onClick={() => ask(true)}>Cancel task</Button>
        <AlertDialog
          open={asking}
          onOpenChange={(next) => {
            ask(next)
            cancel.reset()
          }}
          title="Cancel this task"
          back="Let it run"
          action="Cancel task"
          busy={cancel.isPending}
          error={cancel.error?.message ?? null}
          onAction={() => cancel.mutate()}
        >
          It stops after the request it is waiting for. What it has read so far is not applied: the lists stay
          as they are.
        </AlertDialog>
      </>
    )
  }
  if (job.status === 'complete') return null
  return (
    <Button kind="primary" busy={retry.isPending} onClick={() => retry.mutate()}>
      Retry
    </Button>
  )
}

/** The present time, each second while something runs. */
function useSeconds(running: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [running])
  return now
}

function JobBody({ workspace, job }: { workspace: string; job: JobDetails }) {
  const open = openJobStatuses.includes(job.status)
  const now = useSeconds(open)
  const end = job.finishedAt === null ? now : Date.parse(job.finishedAt)
  const told = new Set(job.steps.flatMap((step) => (step.problem === null ? [] : [problemKey(step.problem)])))
  const step = job.steps.find(({ status }) => status === 'running' || status === 'retrying')
  const others = job.problems.filter((problem) => !told.has(problemKey(problem)))
  return (
    <>
      <div className="mb-6">
        <div className="flex flex-wrap items-center gap-x-2 font-medium">
          {/* Said once for each step, and not at each count. */}
          <span role="status">
            <JobStatusDot job={job} />
            {step !== undefined && <span className="sr-only">: {step.label}</span>}
          </span>
          {job.progress !== null && open && <span className="font-normal text-muted">{job.progress}</span>}
        </div>
        <p className="mt-1 text-sm text-muted">
          {job.startedAt === null ? (
            'Not started yet'
          ) : (
            <>
              {job.finishedAt === null ? 'Running for' : 'Took'}{' '}
              {duration(Math.max(0, end - Date.parse(job.startedAt)))}
              {job.finishedAt !== null && (
                <>
                  , ended <RelativeTime at={job.finishedAt} />
                </>
              )}
            </>
          )}
          {job.retryAt !== null && job.status === 'retrying' && (
            <>
              {' '}
              · next try <RelativeTime at={job.retryAt} />
            </>
          )}
        </p>
      </div>
      {job.question !== null && open && <Question workspace={workspace} job={job} question={job.question} />}
      {job.requests.length > 0 && <Requests workspace={workspace} job={job} />}
      {job.connectionId !== null && (
        <div className="mb-6 flex flex-col gap-2 empty:hidden">
          <HeldRemovals workspace={workspace} connection={job.connectionId} job={job.id} />
        </div>
      )}
      {others.length > 0 && (
        <Section
          title={others.length === 1 ? 'What went wrong' : `${number(others.length)} things went wrong`}
        >
          <div className="flex flex-col gap-2">
            {others.map((problem, at) => (
              <ProblemCard key={at} problem={problem} />
            ))}
          </div>
        </Section>
      )}
      {job.steps.length > 0 && (
        <Section title="Steps">
          <StepLine steps={job.steps} now={now}>
            {(step) => (
              <>
                {step.problem !== null && (
                  <div className="mt-2">
                    <ProblemCard problem={step.problem} at={step.label} />
                  </div>
                )}
                <Pictures workspace={workspace} job={job} step={step.name} />
              </>
            )}
          </StepLine>
        </Section>
      )}
      {job.result !== null && <Result workspace={workspace} job={job} result={job.result} />}
    </>
  )
}

const problemKey = (problem: Problem) => `${problem.where} ${problem.sentence}`

/** `at`: where it stands, which needs not be said again. */
function ProblemCard({ problem, at }: { problem: Problem; at?: string }) {
  return (
    <div className="rounded-lg bg-bad-soft px-3.5 py-3">
      {problem.where !== '' && problem.where !== at && (
        <div className="text-sm text-muted">
          <Name none="">{problem.where}</Name>
        </div>
      )}
      <p className="font-medium wrap-anywhere">{cleanName(problem.sentence)}</p>
      {problem.fix !== '' && (
        <p className="mt-1 wrap-anywhere">
          <span className="text-muted">What to do: </span>
          {problem.fix}
        </p>
      )}
      {(problem.code !== null || problem.trace !== null) && (
        <p className="mt-1.5 flex flex-wrap items-center gap-x-3 text-sm text-muted">
          {problem.code !== null && (
            <span>
              Code <span className="font-mono">{problem.code}</span>
            </span>
          )}
          {problem.trace !== null && (
            <span className="inline-flex items-center gap-1">
              Trace id <span className="font-mono wrap-anywhere">{problem.trace}</span>
              <CopyButton text={problem.trace} label="Copy the trace id" />
            </span>
          )}
        </p>
      )}
    </div>
  )
}

function Result({ workspace, job, result }: { workspace: string; job: JobDetails; result: JobResult }) {
  const skipped = result.partners.reduce((sum, one) => sum + one.skipped, 0)
  const unlisted = result.partners.reduce((sum, one) => sum + (one.unlisted ?? 0), 0)
  const unlike = result.sharesUnlike ?? 0
  const touched = result.partners.filter((one) => one.peopleAdded + one.peopleRemoved + one.peopleChanged > 0)
  return (
    <>
      <Section
        title="What changed"
        aside={
          job.connectionId !== null && (
            <Link
              to="/w/$workspace/apps/$connection/activity"
              params={{ workspace, connection: job.connectionId }}
              search={{}}
              className="text-accent-text underline-offset-2 hover:underline"
            >
              Show the changes
            </Link>
          )
        }
      >
        <ul className="rounded-lg border">
          {touched.map((one) => (
            <DeltaLine
              key={one.partnerId ?? 'own'}
              title={
                one.partnerId === null ? (
                  'Our own people'
                ) : (
                  <>
                    People of <Name none="a partner without a name">{one.name}</Name>
                  </>
                )
              }
              counts={[one.peopleAdded, one.peopleRemoved, one.peopleChanged]}
            />
          ))}
          {touched.length === 0 && <DeltaLine title="People" counts={[0, 0, 0]} />}
          <DeltaLine
            title="Access"
            counts={[result.grantsAdded, result.grantsRemoved, result.grantsChanged]}
          />
          <DeltaLine title="Assets" counts={[result.assetsAdded, result.assetsRemoved, null]} />
          <DeltaLine title="Shared assets" counts={[result.sharesAdded, result.sharesRemoved, null]} />
        </ul>
        {skipped > 0 && (
          <p className="mt-2 text-muted">
            {counted(skipped, 'person of a partner has', 'people of partners have')} no access to your assets
            and {skipped === 1 ? 'was' : 'were'} not stored.
          </p>
        )}
        {unlisted > 0 && (
          <p className="mt-2 text-muted">
            {counted(unlisted, 'person is', 'people are')} assigned to assets and stand
            {unlisted === 1 ? 's' : ''} in no list of people: kept, and marked “Seen only on an asset”.
          </p>
        )}
        {unlike > 0 && (
          <p className="mt-2 text-muted">
            {counted(unlike, 'shared asset is', 'shared assets are')} told differently by two lists of the
            provider: where both name it, the larger rights are shown.
          </p>
        )}
      </Section>
      {result.notRead.length > 0 && (
        <Section title="Not read">
          <ul className="rounded-lg border">
            {result.notRead.map((one) => (
              <li
                key={`${one.partnerId ?? ''} ${one.name ?? ''} ${one.reason}`}
                className="border-b px-3 py-2 last:border-b-0"
              >
                <div className="font-medium wrap-anywhere">
                  <Name none="Without a name">{one.name}</Name>
                </div>
                <div className="text-sm text-muted wrap-anywhere">{one.reason}</div>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {result.differences !== undefined && <Differences {...result.differences} />}
      <Section title="Requests used">
        <Facts
          rows={[
            { label: 'Requests sent', value: number(result.httpCalls) },
            { label: 'Counted by the provider', value: number(result.logicalCalls) },
          ]}
        />
      </Section>
    </>
  )
}

const differenceNouns = {
  principal: 'Person',
  partner: 'Partner',
  share: 'Asset shared with',
  grant: 'Access of',
} as const
const fieldLabels: Record<string, string> = { twoFactor: 'Two-factor', financePermission: 'Finance access' }

/** What the API and the pages told differently in this run. The API's word was taken. */
function Differences({ total, first }: NonNullable<JobResult['differences']>) {
  return (
    <Section title="Read on two paths" aside={counted(total, 'difference', 'differences')}>
      {total === 0 ? (
        <p className="text-muted">
          What was read in the browser agrees with what the API told, wherever both told it.
        </p>
      ) : (
        <>
          <p className="mb-2 text-muted">Nothing was put together: the API’s word was taken.</p>
          <ul className="rounded-lg border">
            {first.map((one) => (
              <li
                key={`${one.noun} ${one.externalId} ${one.resource ?? ''} ${one.field ?? ''}`}
                className="border-b px-3 py-2 last:border-b-0"
              >
                <div className="font-medium wrap-anywhere">
                  {differenceNouns[one.noun]} <span className="font-mono text-sm">{one.externalId}</span>
                  {one.resource !== null && (
                    <>
                      {': '}
                      <span className="font-mono text-sm">{one.resource}</span>
                    </>
                  )}
                </div>
                <div className="text-sm text-muted wrap-anywhere">{differenceWords(one)}</div>
              </li>
            ))}
          </ul>
          {total > first.length && (
            <p className="mt-2 text-muted">{number(total - first.length)} more are not shown.</p>
          )}
        </>
      )}
    </Section>
  )
}

function differenceWords({ field, api, browser }: PathDifference): string {
  if (field === null) return api === null ? 'Seen in the browser only' : 'Told by the API only'
  const what = fieldLabels[field] ?? fromCode(field)
  if (api === null && browser === null) return `${what} differs`
  const said = (value: string | null) => (value === null || value === '' ? 'nothing' : value)
  return `${what}: the API tells ${said(api)}, the browser ${said(browser)}`
}

function DeltaLine(props: { title: React.ReactNode; counts: [number, number, number | null] }) {
  const [added, removed, changed] = props.counts
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-4 border-b px-3 py-2 last:border-b-0">
      <span className="min-w-0 wrap-anywhere">{props.title}</span>
      <span className="flex gap-3 text-sm">
        <Delta kind="added" count={added} word="added" />
        <Delta kind="removed" count={removed} word="removed" />
        {changed !== null && <Delta kind="changed" count={changed} word="changed" />}
        {added + removed + (changed ?? 0) === 0 && <span className="text-faint">No change</span>}
      </span>
    </li>
  )
}
