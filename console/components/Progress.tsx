// How far something is: a thin bar with its words. Without a known total it only says that it runs.
import { Progress as Base } from '@base-ui/react/progress'

export interface ProgressProps {
  /** What runs, as "Checking". */
  label: string
  /** How far, in words, as "assets 340 of 1,000". */
  text?: string
  done: number | null
  total: number | null
}

export function Progress({ label, text, done, total }: ProgressProps) {
  const known = done !== null && total !== null && total > 0
  return (
    <Base.Root
      value={known ? done : null}
      max={known ? total : 100}
      aria-label={label}
      {...(text === undefined ? {} : { 'aria-valuetext': text })}
      className="flex flex-col gap-1.5"
    >
      {text !== undefined && <span className="text-sm text-muted tabular-nums">{text}</span>}
      <Base.Track className="h-1 overflow-hidden rounded-full bg-hover">
        <Base.Indicator className="h-full rounded-full bg-accent transition-[width] duration-300 data-indeterminate:w-1/3 data-indeterminate:animate-pulse" />
      </Base.Track>
    </Base.Root>
  )
}
