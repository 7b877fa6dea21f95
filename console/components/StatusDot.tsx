// A state as a mark and a word: the mark differs in shape as well as in colour, and never stands without the word.
import type { ReactNode } from 'react'

export type Tone = 'ok' | 'wait' | 'bad' | 'idle' | 'busy'

const colours: Record<Tone, string> = {
  ok: 'text-ok',
  wait: 'text-wait',
  bad: 'text-bad',
  idle: 'text-idle',
  busy: 'text-accent-text',
}

function Mark({ tone }: { tone: Tone }) {
  switch (tone) {
    case 'ok':
      return <circle cx="5" cy="5" r="4" fill="currentColor" />
    case 'wait':
      return (
        <>
          <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
          <path d="M5 1.5a3.5 3.5 0 0 1 0 7Z" fill="currentColor" />
        </>
      )
    case 'bad':
      return <path d="M5 .2 9.8 5 5 9.8.2 5Z" fill="currentColor" />
    case 'idle':
      return <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    case 'busy':
      return (
        <>
          <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.3" />
          <path
            d="M5 1a4 4 0 0 1 4 4"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
          />
        </>
      )
  }
}

export function StatusDot({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <svg
        viewBox="0 0 10 10"
        aria-hidden
        className={`size-2.5 shrink-0 ${colours[tone]} ${tone === 'busy' ? 'animate-turn' : ''}`}
      >
        <Mark tone={tone} />
      </svg>
      <span className="truncate">{children}</span>
    </span>
  )
}
