// What became different, field by field: what was, struck through, and what is.
import type { ReactNode } from 'react'
import { number } from '../words.ts'

export interface Diff {
  field: string
  before: ReactNode | null
  after: ReactNode | null
}

/** Each difference on its own line. */
export function DiffList({ rows }: { rows: readonly Diff[] }) {
  return (
    <ul className="flex flex-col gap-1 text-sm">
      {rows.map((row) => (
        <li key={row.field} className="flex min-w-0 flex-wrap items-baseline gap-x-2 wrap-anywhere">
          <One row={row} />
        </li>
      ))}
    </ul>
  )
}

/** All differences in one line that is cut where there is no room. */
export function DiffLine({ rows }: { rows: readonly Diff[] }) {
  return (
    <span className="block min-w-0 truncate text-sm">
      {rows.map((row, at) => (
        <span key={row.field} className="space-x-1.5">
          {at > 0 && <span className="ml-1.5 text-faint">·</span>}
          <One row={row} />
        </span>
      ))}
    </span>
  )
}

function One({ row }: { row: Diff }) {
  return (
    <>
      <span className="text-muted">{row.field}</span>
      {row.before !== null && (
        <del className="text-muted decoration-faint">
          <span className="sr-only">was </span>
          <bdi>{row.before}</bdi>
        </del>
      )}
      {row.before !== null && row.after !== null && (
        <span aria-hidden className="text-faint">
          →
        </span>
      )}
      {row.after !== null && (
        <ins className="font-medium no-underline">
          <span className="sr-only">now </span>
          <bdi>{row.after}</bdi>
        </ins>
      )}
    </>
  )
}

const signs = { added: '+', removed: '−', changed: '~' } as const
const colours = { added: 'text-ok-text', removed: 'text-bad-text', changed: 'text-wait-text' } as const

export type Kind = keyof typeof signs

/** "+3 added" in a summary; nothing where the count is zero. */
export function Delta({ kind, count, word }: { kind: Kind; count: number; word: string }) {
  if (count === 0) return null
  return (
    <span className={`whitespace-nowrap tabular-nums ${colours[kind]}`}>
      {signs[kind]}
      {number(count)} <span className="text-muted">{word}</span>
    </span>
  )
}

/** The mark at the start of a line about a change. */
export function ChangeMark({ kind }: { kind: Kind }) {
  const soft = { added: 'bg-ok-soft', removed: 'bg-bad-soft', changed: 'bg-wait-soft' }[kind]
  return (
    <span
      aria-hidden
      className={`grid size-5 shrink-0 place-items-center rounded-full font-mono text-sm leading-none ${soft} ${colours[kind]}`}
    >
      {signs[kind]}
    </span>
  )
}
