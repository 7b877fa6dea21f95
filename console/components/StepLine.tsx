// The steps of a task as a vertical line: where it is, how far, how long each took, how often it was tried.
import { Check, LoaderCircle, Minus, RotateCw, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JobStep } from '../../src/model/job.ts'
import { counted, duration, moment, number } from '../words.ts'

type Status = JobStep['status']

const words: Record<Status, string> = {
  waiting: 'Not started',
  running: 'Running',
  retrying: 'Trying again',
  done: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
}

function mark(status: Status): ReactNode {
  const box =
    'relative z-1 grid size-5 shrink-0 place-items-center rounded-full [&_svg]:size-3 [&_svg]:stroke-[2.5]'
  switch (status) {
    case 'done':
      return (
        <span className={`${box} bg-ok-soft text-ok-text`}>
          <Check />
        </span>
      )
    case 'failed':
      return (
        <span className={`${box} bg-bad-soft text-bad-text`}>
          <X />
        </span>
      )
    case 'running':
      return (
        <span className={`${box} bg-selected text-accent-text`}>
          <LoaderCircle className="animate-turn" />
        </span>
      )
    case 'retrying':
      return (
        <span className={`${box} bg-wait-soft text-wait-text`}>
          <RotateCw />
        </span>
      )
    case 'skipped':
      return (
        <span className={`${box} bg-hover text-muted`}>
          <Minus />
        </span>
      )
    case 'waiting':
      return <span className={`${box} border border-control bg-surface`} />
  }
}

/** `now` in milliseconds: what runs is timed up to it. */
export function StepLine({
  steps,
  now,
  children,
}: {
  steps: readonly JobStep[]
  now: number
  children?: (step: JobStep) => ReactNode
}) {
  return (
    <ol>
      {steps.map((step, i) => {
        const active = step.status === 'running' || step.status === 'retrying'
        const ended = step.finishedAt === null ? (active ? now : null) : Date.parse(step.finishedAt)
        const took = step.startedAt === null || ended === null ? null : ended - Date.parse(step.startedAt)
        return (
          <li
            key={step.id}
            className="relative flex gap-3 pb-4 last:pb-0"
            aria-current={active ? 'step' : undefined}
          >
            {i < steps.length - 1 && (
              <span aria-hidden className="absolute top-5 bottom-0 left-[9.5px] w-px bg-line" />
            )}
            <span aria-hidden className="contents">
              {mark(step.status)}
            </span>
            <div className="min-w-0 flex-1">
              <div className="flex items-baseline justify-between gap-3">
                <span
                  className={`min-w-0 wrap-anywhere ${step.status === 'waiting' ? 'text-muted' : 'font-medium'}`}
                >
                  <bdi>{step.label}</bdi>
                  <span className="sr-only">, {words[step.status]}</span>
                </span>
                {took !== null && (
                  <time
                    className="shrink-0 text-sm text-muted tabular-nums"
                    title={step.startedAt === null ? undefined : `Started ${moment(step.startedAt)}`}
                  >
                    {duration(took)}
                  </time>
                )}
              </div>
              <Counts step={step} active={active} />
              {children?.(step)}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

function Counts({ step, active }: { step: JobStep; active: boolean }) {
  const parts: string[] = []
  const unit = step.unit ?? ''
  if (step.done !== null && step.total !== null && step.done < step.total) {
    parts.push(`${unit} ${number(step.done)} of ${number(step.total)}`.trim())
  } else if (step.done !== null) parts.push(`${number(step.done)} ${unit}`.trim())
  if (step.status === 'failed' || step.status === 'skipped' || step.status === 'retrying')
    parts.push(words[step.status])
  if (step.attempts > 1) parts.push(counted(step.attempts, 'try', 'tries'))
  const share = step.done !== null && step.total !== null && step.total > 0 ? step.done / step.total : null
  if (parts.length === 0 && !active) return null
  return (
    <>
      <div className="text-sm text-muted tabular-nums">{parts.join(' · ')}</div>
      {active && share !== null && (
        <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-hover">
          <span
            className="block h-full origin-left rounded-full bg-accent transition-transform duration-300"
            style={{ transform: `scaleX(${share})` }}
          />
        </span>
      )}
    </>
  )
}
