// The steps of a token request, each to be ticked off: progress is kept in this browser, by the request's id. Live checks say what the
// provider tells, and say so where it does not.
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleHelp, Clock, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { GuideStep } from '../../src/model/manifest.ts'
import type { LiveCheck, LiveLine, OpenedRequest } from '../../src/model/token-request.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { cx } from '../components/cx.ts'
import { GuideText } from '../components/GuideText.tsx'
import { RelativeTime, useNow } from '../components/RelativeTime.tsx'
import type { Desk } from './request-words.ts'

type Guide = NonNullable<OpenedRequest['guide']>

function readDone(key: string): number[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'number') : []
  } catch {
    return []
  }
}

/** Which steps are ticked off; lost where the browser keeps nothing. */
function useProgress(requestId: string): [readonly number[], (step: number, done: boolean) => void] {
  const key = `guestlist.request.${requestId}`
  const [done, setDone] = useState(() => readDone(key))
  const set = (step: number, isDone: boolean) => {
    const next = isDone ? [...new Set([...done, step])] : done.filter((one) => one !== step)
    setDone(next)
    try {
      localStorage.setItem(key, JSON.stringify(next))
    } catch {
      // A browser that keeps nothing still shows it until the page is closed.
    }
  }
  return [done, set]
}

export function GuideSteps(props: {
  requestId: string
  guide: Guide
  live: LiveCheck | null
  desk: Desk
  /** The last step: the paste. */
  children: ReactNode
}) {
  const { guide } = props
  const [done, set] = useProgress(props.requestId)
  return (
    <ol className="mt-4 flex flex-col gap-3">
      {guide.steps.map((step, at) => (
        <li key={step.title} className="rounded-lg border bg-surface">
          <StepHead
            at={at}
            title={step.title}
            done={done.includes(at)}
            onDone={step.handOver ? null : (isDone) => set(at, isDone)}
          />
          {step.handOver ? (
            <div className="border-t px-4 py-4">{props.children}</div>
          ) : (
            !done.includes(at) && <StepBody {...props} step={step} />
          )}
        </li>
      ))}
    </ol>
  )
}

function StepHead(props: {
  at: number
  title: string
  done: boolean
  onDone: ((done: boolean) => void) | null
}) {
  const { at, title, done, onDone } = props
  return (
    <div className="flex items-center gap-3 px-4 py-3">
      <span
        aria-hidden
        className={cx(
          'grid size-6 shrink-0 place-items-center rounded-full text-sm font-semibold tabular-nums',
          done ? 'bg-ok-soft text-ok-text' : 'bg-hover text-muted',
        )}
      >
        {at + 1}
      </span>
      <h3 className={cx('flex-1 font-semibold', done && 'text-muted')}>{title}</h3>
      {onDone !== null && (
        <Checkbox
          checked={done}
          onChange={onDone}
          label={
            <>
              Done<span className="sr-only">: {title}</span>
            </>
          }
        />
      )}
    </div>
  )
}

function StepBody(props: { step: GuideStep; guide: Guide; live: LiveCheck | null; desk: Desk }) {
  const { step, guide } = props
  const values = guide.values.filter((value) => step.copies.includes(value.name))
  return (
    <div className="flex flex-col gap-4 border-t px-4 py-4">
      {values.map(({ name, label, value }) => (
        <div key={name} className="flex flex-wrap items-center gap-x-3 rounded-md bg-selected px-3 py-2">
          <span className="text-muted">{label}</span>
          <span className="font-mono text-lg">{value}</span>
          <CopyButton text={value} label={`Copy the ${label}`} />
        </div>
      ))}
      <ol className="flex list-[lower-alpha] flex-col gap-2 pl-5 marker:text-faint">
        {step.sentences.map((sentence) => (
          <li key={sentence} className="pl-1 text-pretty">
            <GuideText>{sentence}</GuideText>
          </li>
        ))}
      </ol>
      {step.permissions && <Permissions guide={guide} />}
      {step.live && props.live !== null && (
        <Live first={props.live} desk={props.desk} provider={guide.provider} />
      )}
    </div>
  )
}

function Permissions({ guide }: { guide: Guide }) {
  const all = guide.permissions.map((one) => one.name).join(', ')
  return (
    <div>
      <div className="flex items-center gap-1.5">
        <h4 className="font-medium">The permissions, and why each is needed</h4>
        <CopyButton text={all} label="Copy the names of all permissions" />
      </div>
      <dl className="mt-2 flex flex-col gap-2">
        {guide.permissions.map(({ name, why }) => (
          <div key={name}>
            <dt className="font-mono text-sm">{name}</dt>
            <dd className="text-muted text-pretty">{why}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

const looks: Record<LiveLine['state'], { Icon: typeof Clock; mark: string; word: string }> = {
  done: { Icon: CircleCheck, mark: 'text-ok', word: 'Yes' },
  waiting: { Icon: Clock, mark: 'text-wait', word: 'Not yet' },
  unknown: { Icon: CircleHelp, mark: 'text-idle', word: 'Cannot tell' },
}

/** Asked when the page opens, and again when somebody wants to know; the server asks the provider only now and then. */
function Live({ first, desk, provider }: { first: LiveCheck; desk: Desk; provider: string }) {
  const now = useNow()
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['token-request-live'],
    queryFn: () => desk.live(),
    refetchInterval: 5 * 60_000 + 5_000,
    retry: false,
    gcTime: 0,
  })
  const live = data ?? first
  const soon = Date.parse(live.againAt) > now
  return (
    <div className="rounded-md border px-3 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 className="font-medium">What {provider} tells about it</h4>
        <Button
          size="s"
          icon={<RefreshCw aria-hidden />}
          busy={isFetching}
          disabled={soon && !isFetching}
          onClick={() => void refetch()}
        >
          Look again
        </Button>
      </div>
      {live.lines.length > 0 && (
        <ul aria-live="polite" className="mt-2 flex flex-col gap-2">
          {live.lines.map((line) => (
            <LiveRow key={line.id} line={line} />
          ))}
        </ul>
      )}
      <p className="mt-2 text-sm text-muted">
        {error !== null && live.lines.length === 0 ? (
          error.message
        ) : live.toldAt === null ? (
          `${provider} was not asked yet, or did not answer.`
        ) : (
          <>
            Told <RelativeTime at={live.toldAt} />. {provider} is asked at most every five minutes.
          </>
        )}
      </p>
    </div>
  )
}

function LiveRow({ line }: { line: LiveLine }) {
  const { Icon, mark, word } = looks[line.state]
  return (
    <li className="grid grid-cols-[1.25rem_1fr] gap-x-2">
      <Icon className={cx('mt-0.5 size-4', mark)} aria-hidden />
      <span>
        <span className="font-medium">
          {line.label}: {word}
        </span>
        <span className="block text-muted text-pretty">{line.sentence}</span>
      </span>
    </li>
  )
}
