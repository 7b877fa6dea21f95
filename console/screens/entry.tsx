// The plain page of the first run and of signing in: a mark, one column, nothing else.
import type { ReactNode } from 'react'

export function Mark({ size = 36 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden>
      <rect width="24" height="24" rx="6" className="fill-accent" />
      <path
        d="M7 8h5.5M7 12h10M7 16h4"
        className="stroke-on-accent"
        strokeWidth="2"
        strokeLinecap="round"
        fill="none"
      />
      <circle cx="16.4" cy="8" r="1.6" className="fill-on-accent" />
    </svg>
  )
}

export interface EntryPageProps {
  /** The window's title. */
  title: string
  heading: string
  sentence: ReactNode
  above?: ReactNode
  wide?: boolean
  children: ReactNode
}

export function EntryPage({ title, heading, sentence, above, wide = false, children }: EntryPageProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <title>{`${title} · Guestlist`}</title>
      <header className="flex items-center gap-2.5 px-6 py-5">
        <Mark size={28} />
        <span className="text-lg font-semibold">Guestlist</span>
      </header>
      <main className="flex flex-1 flex-col px-4 pt-[6vh] pb-16 sm:px-6">
        <div className={`mx-auto w-full ${wide ? 'max-w-2xl' : 'max-w-sm'}`}>
          {above}
          <h1 className="text-2xl font-semibold tracking-tight">{heading}</h1>
          <p className="mt-2 text-muted text-pretty">{sentence}</p>
          <div className="mt-7">{children}</div>
          <div id="layer" />
        </div>
      </main>
    </div>
  )
}
