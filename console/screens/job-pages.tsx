// The part of a task that works on a provider's pages: what it asks, whom it asks about, and what it saw.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { questionWords } from '../../src/model/automation.ts'
import type { AppRequestInfo, JobPicture, JobQuestion } from '../../src/model/automation.ts'
import type { JobDetails } from '../../src/model/job.ts'
import { answerJob, decideAppRequest } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { Section } from '../components/Facts.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TextField } from '../components/TextField.tsx'
import { workspaceKey } from '../queries.ts'
import { pictureQuery, questionQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { counted, moment } from '../words.ts'

interface Part {
  workspace: string
  job: JobDetails
}

export function Question({ workspace, job, question }: Part & { question: JobQuestion }) {
  const manage = useCan(workspace)('automation.manage')
  return (
    <Section title="Waiting for you">
      <div className="rounded-lg bg-wait-soft px-3.5 py-3">
        <p className="font-medium">{questionWords[question.kind].sentence}</p>
        {question.again && (
          <p role="alert" className="mt-1 font-medium text-bad-text">
            The page did not take the last answer and asks again.
          </p>
        )}
        <p className="mt-1 text-sm text-muted">
          The browser waits until {moment(question.endsAt)}. The answer continues this task.
        </p>
        {question.answered ? (
          <p role="status" className="mt-2">
            Your answer is being entered.
          </p>
        ) : manage ? (
          <AnswerForm key={question.id} workspace={workspace} job={job} question={question} />
        ) : (
          <p className="mt-2">An owner or admin of this workspace can answer.</p>
        )}
      </div>
    </Section>
  )
}

function AnswerForm({ workspace, job, question }: Part & { question: JobQuestion }) {
  const [text, setText] = useState('')
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: () => answerJob(workspace, job.id, { question: question.id, answer: text.trim() }),
    onSuccess: () => client.invalidateQueries({ queryKey: workspaceKey(workspace) }),
  })
  return (
    <form
      className="mt-3 flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '' && !send.isPending) send.mutate()
      }}
    >
      {question.kind === 'captcha' && <LivePicture workspace={workspace} job={job} question={question} />}
      <TextField
        label={questionWords[question.kind].field}
        value={text}
        onChange={setText}
        autoComplete="off"
        inputMode={question.kind === 'captcha' ? 'text' : 'numeric'}
        maxLength={100}
        required
      />
      {send.error !== null && <Problem sentence={send.error.message} />}
      <Button
        type="submit"
        kind="primary"
        className="self-start"
        busy={send.isPending}
        disabled={text.trim() === ''}
      >
        Send answer
      </Button>
    </form>
  )
}

/** Shown to whoever answers, and never stored. */
function LivePicture({ workspace, job, question }: Part & { question: JobQuestion }) {
  const { data, error, refetch } = useQuery(questionQuery(workspace, job.id, question.id))
  if (error !== null) return <Problem sentence={error.message} onRetry={refetch} />
  if (data === undefined) {
    return (
      <Skeleton label="Loading the picture">
        <Bone className="h-16 w-56" />
      </Skeleton>
    )
  }
  if (data.png === null) {
    return <p>The picture is with another process of Guestlist. Open this task on the server that runs it.</p>
  }
  return (
    <img
      src={`data:image/png;base64,${data.png}`}
      alt="The picture whose text the page asks for"
      className="max-w-full self-start rounded-md"
    />
  )
}

function outcome(request: AppRequestInfo, running: boolean): string {
  const by = request.decidedBy === null ? 'as a known partner' : `by ${request.decidedBy}`
  switch (request.status) {
    case 'approved':
      return `Approved ${by}`
    case 'declined':
      return `Declined ${by}`
    case 'gone':
      return 'Answered elsewhere, or withdrawn'
    case 'waiting':
      if (request.decision === 'approve') return `To be approved ${by}`
      if (request.decision === 'decline') return `To be declined ${by}`
      if (request.decision === 'leave')
        return request.decidedBy === null ? 'Left for now: nobody decided in time' : `Left for now ${by}`
      return running ? 'Not a known partner: you decide' : 'Not a known partner: not decided yet'
  }
}

/** Who asks for our app, and what becomes of it. */
export function Requests({ workspace, job }: Part) {
  const running = job.status === 'waiting' || job.status === 'running'
  return (
    <Section title="App requests">
      <ul className="rounded-lg border">
        {job.requests.map((request) => (
          <li key={request.id} className="border-b px-3 py-2.5 last:border-b-0">
            <div className="font-medium wrap-anywhere">
              <Name none="Name not told">{request.businessName}</Name>
            </div>
            <div className="text-sm text-muted">
              Business <span className="font-mono">{request.business}</span>
              {request.requested !== '' && <> · asked {request.requested}</>} · {outcome(request, running)}
            </div>
            {running && request.status === 'waiting' && request.decision === null && (
              <Decide workspace={workspace} job={job} request={request} />
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Decide({ workspace, job, request }: Part & { request: AppRequestInfo }) {
  const manage = useCan(workspace)('automation.manage')
  const client = useQueryClient()
  const decide = useMutation({
    mutationFn: (decision: 'approve' | 'decline' | 'leave') =>
      decideAppRequest(workspace, job.connectionId ?? '', request.id, decision),
    onSettled: () => client.invalidateQueries({ queryKey: workspaceKey(workspace) }),
  })
  if (!manage) return <p className="mt-1 text-sm">An owner or admin of this workspace decides.</p>
  const button = (decision: 'approve' | 'decline' | 'leave', label: string) => (
    <Button
      kind={decision === 'approve' ? 'primary' : 'secondary'}
      busy={decide.isPending && decide.variables === decision}
      disabled={decide.isPending}
      onClick={() => decide.mutate(decision)}
      aria-label={`${label} the request of ${request.businessName}`}
    >
      {label}
    </Button>
  )
  return (
    <div className="mt-2">
      <div className="flex flex-wrap gap-2">
        {button('approve', 'Approve')}
        {button('decline', 'Decline')}
        {button('leave', 'Leave for now')}
      </div>
      {decide.error !== null && (
        <div className="mt-2">
          <Problem sentence={decide.error.message} />
        </div>
      )}
    </div>
  )
}

/** The pictures of one step. They show nothing of a page but the labels that the recipe knows. */
export function Pictures({ workspace, job, step }: Part & { step: string }) {
  const [open, setOpen] = useState(false)
  const mine = job.pictures.filter((picture) => picture.step === step)
  if (mine.length === 0) return null
  return (
    <div className="mt-1">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="min-h-6 text-sm text-accent-text underline-offset-2 hover:underline"
      >
        {open ? 'Hide' : 'Show'} {counted(mine.length, 'picture', 'pictures')}
      </button>
      {open && (
        <ol className="mt-2 flex flex-col gap-3">
          {mine.map((picture) => (
            <OnePicture key={picture.id} workspace={workspace} job={job} picture={picture} />
          ))}
        </ol>
      )}
    </div>
  )
}

function OnePicture({ workspace, job, picture }: Part & { picture: JobPicture }) {
  const { data, error, refetch } = useQuery(pictureQuery(workspace, job.id, picture.id))
  return (
    <li>
      <div className="text-sm">
        <span className={picture.failed ? 'font-medium text-bad-text' : 'font-medium'}>
          {picture.label}
          {picture.failed && ': failed here'}
        </span>{' '}
        <span className="text-muted">
          · <span className="font-mono">{picture.path}</span> · <RelativeTime at={picture.at} />
        </span>
      </div>
      <div className="mt-1 aspect-[1280/800] overflow-hidden rounded-md border">
        {error !== null ? (
          <Problem sentence={error.message} onRetry={refetch} />
        ) : data === undefined ? (
          <Skeleton label="Loading the picture" className="h-full">
            <Bone className="h-full w-full" />
          </Skeleton>
        ) : (
          <img
            src={`data:image/png;base64,${data.png}`}
            alt={`The page at “${picture.label}”, with everything hidden but known labels`}
            className="block w-full"
          />
        )}
      </div>
    </li>
  )
}
