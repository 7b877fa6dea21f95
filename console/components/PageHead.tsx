// The top of a page: its name, a line about it, and the one thing to do here.
import type { ReactNode } from 'react'

export function PageHead({
  title,
  line,
  action,
}: {
  title: ReactNode
  line?: ReactNode
  action?: ReactNode
}) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 pt-2 pb-5">
      <div className="min-w-0 flex-1 basis-72">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {line !== undefined && <div className="mt-1 text-muted text-pretty">{line}</div>}
      </div>
      {action}
    </header>
  )
}
