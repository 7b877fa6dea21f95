// How a token was judged, one line per claim: waiting, then proven, refuted with its fix, or not to be told. Each has its own
// mark and word; what needs doing stands open in place.
import { CircleAlert, CircleCheck, CircleHelp, CircleX, LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Claim, ClaimState } from '../../src/model/credential.ts'
import { cx } from './cx.ts'

const STEP_MS = 110
const looks: Record<ClaimState, { Icon: typeof CircleCheck; mark: string; text: string; word: string }> = {
  proven: { Icon: CircleCheck, mark: 'text-ok', text: 'text-muted', word: 'Proven' },
  refuted: { Icon: CircleX, mark: 'text-bad', text: 'text-bad-text font-medium', word: 'Problem' },
  unknown: { Icon: CircleHelp, mark: 'text-wait', text: 'text-wait-text font-medium', word: 'Cannot tell' },
  warning: { Icon: CircleAlert, mark: 'text-wait', text: 'text-wait-text font-medium', word: 'To know' },
}

export interface VerdictListProps {
  /** What the list is about, for screen readers: "Checks of the token". */
  label: string
  /** Null while the answer is on its way. */
  claims: readonly Claim[] | null
  /** Labels of what will be checked, shown while waiting. */
  expected?: readonly string[]
  /** Without the ticking, for a verdict of the past. */
  still?: boolean
}

export function VerdictList({ label, claims, expected, still = false }: VerdictListProps) {
  const shown = useTicking(claims, still)
  if (claims === null) {
    return (
      <ul aria-label={label} aria-busy className="flex flex-col">
        {(expected ?? ['Checking the token']).map((line) => (
          <Waiting key={line} label={line} />
        ))}
      </ul>
    )
  }
  const open = claims.filter((claim) => claim.state === 'refuted').length
  const unknown = claims.filter((claim) => claim.state === 'unknown').length
  return (
    <>
      <ul aria-label={label} className="flex flex-col">
        {claims.map((claim, at) =>
          at < shown ? <Line key={claim.id} claim={claim} /> : <Waiting key={claim.id} label={claim.label} />,
        )}
      </ul>
      <p role="status" className="sr-only">
        {shown < claims.length || still ? '' : summary(claims.length, open, unknown)}
      </p>
    </>
  )
}

function summary(all: number, refuted: number, unknown: number): string {
  if (refuted > 0) return `${refuted} of ${all} checks found a problem.`
  if (unknown > 0) return `${unknown} of ${all} checks cannot be told.`
  return `All ${all} checks are done.`
}

/** How many lines have their answer on the screen: one more at each step. */
function useTicking(claims: readonly Claim[] | null, still: boolean): number {
  const [shown, setShown] = useState(still ? Infinity : 0)
  useEffect(() => {
    if (still || claims === null) return
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setShown(claims.length)
      return
    }
    setShown(0)
    const timer = setInterval(() => {
      setShown((before) => {
        if (before + 1 >= claims.length) clearInterval(timer)
        return before + 1
      })
    }, STEP_MS)
    return () => clearInterval(timer)
  }, [claims, still])
  return shown
}

const row = 'grid grid-cols-[1.25rem_1fr] gap-x-2 border-b py-2 last:border-b-0'

function Waiting({ label }: { label: string }) {
  return (
    <li className={cx(row, 'text-muted')}>
      <LoaderCircle className="mt-0.5 size-4 animate-turn text-idle" aria-hidden />
      <span>
        {label}
        <span className="sr-only">: waiting</span>
      </span>
    </li>
  )
}

function Line({ claim }: { claim: Claim }) {
  const { Icon, mark, text, word } = looks[claim.state]
  return (
    <li className={cx(row, 'animate-appear')}>
      <Icon className={cx('mt-0.5 size-4', mark)} aria-hidden />
      <div className="min-w-0">
        <div className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="font-medium">{claim.label}</span>
          <span className={cx('text-sm', text)}>{word}</span>
        </div>
        {claim.sentence !== '' && <p className="text-muted break-words">{claim.sentence}</p>}
        {claim.fix !== '' && (
          <p className="mt-1 break-words">
            <span className="font-medium">What to do: </span>
            {claim.fix}
          </p>
        )}
      </div>
    </li>
  )
}
