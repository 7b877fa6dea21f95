// A list with nothing in it: what the list is for, and the next step.
import type { ReactNode } from 'react'

export interface EmptyStateProps {
  icon?: ReactNode
  title: string
  children?: ReactNode
  /** The next step: a button or a link. */
  action?: ReactNode
  /** `h1` where nothing stands above it. */
  heading?: 'h1' | 'h2'
}

export function EmptyState({ icon, title, children, action, heading: Heading = 'h2' }: EmptyStateProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-14 text-center">
      {icon !== undefined && (
        <div className="mb-4 grid size-11 place-items-center rounded-lg border bg-surface text-muted [&_svg]:size-5">
          {icon}
        </div>
      )}
      <Heading className="text-lg font-semibold">{title}</Heading>
      {children !== undefined && <div className="mt-1 text-muted text-pretty">{children}</div>}
      {action !== undefined && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}
