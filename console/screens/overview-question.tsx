// The frame of one question of the overview, shared by all five.
import type { ReactNode } from 'react'

export interface Params {
  workspace: string
  connection: string
}

/** Before the first check nothing is known, which is not the same as nothing. */
export function NotYet() {
  return <p className="text-muted">Known after the first check.</p>
}

export function Question({
  title,
  children,
  aside,
}: {
  title: string
  children: ReactNode
  aside?: ReactNode
}) {
  return (
    <section aria-label={title}>
      <div className="mb-3 flex items-baseline justify-between gap-4">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** Classes of a link to the list behind an answer. */
export const moreClass =
  'inline-flex items-center gap-1 text-sm font-medium text-accent-text underline-offset-4 hover:underline'
