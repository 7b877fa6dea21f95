// A word about a state. Colour never stands alone: a dot or an icon and the word carry it too.
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export type Tone = 'ok' | 'wait' | 'bad' | 'idle' | 'accent'

const tones: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok-text',
  wait: 'bg-wait-soft text-wait-text',
  bad: 'bg-bad-soft text-bad-text',
  idle: 'bg-hover text-muted',
  accent: 'bg-selected text-accent-text',
}

export function Badge({
  tone = 'idle',
  icon,
  children,
}: {
  tone?: Tone
  icon?: ReactNode
  children: ReactNode
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5.5 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5',
        tones[tone],
      )}
    >
      {icon}
      {children}
    </span>
  )
}
