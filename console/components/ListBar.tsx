// The line over a list: search, what narrows it, how many there are, how it looks, and the way out as CSV.
import { Download, Search } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { buttonClass } from './Button.tsx'

const TYPING_MS = 250

export function SearchField(props: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(props.value)
  const [sent, setSent] = useState(props.value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // The address changed by something else, as Clear or the way back.
  if (props.value !== sent) {
    setSent(props.value)
    setText(props.value)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  const send = (value: string, after: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      setSent(value.trim())
      props.onChange(value.trim())
    }, after)
  }
  return (
    <div className="relative min-w-0 flex-1 basis-56 sm:max-w-72">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-faint"
      />
      <input
        type="search"
        aria-label={props.label}
        aria-keyshortcuts="/"
        placeholder={props.label}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          send(event.target.value, TYPING_MS)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') send(text, 0)
          if (event.key !== 'Escape' || text === '') return
          event.preventDefault()
          setText('')
          send('', 0)
        }}
        className="h-8 w-full rounded-md border border-control bg-surface pr-2 pl-8 focus:outline-2 focus:-outline-offset-1 focus:outline-focus pointer-coarse:h-10"
      />
    </div>
  )
}

export function ListBar(props: {
  search?: { label: string; value: string; onChange: (value: string) => void }
  /** Filters and switches beside the search. */
  children?: ReactNode
  /** How many, in words; told politely when it changes. */
  count: string
  /** Address of the CSV with the present filters; absent where the reader may not export. */
  csv: string | null
  /** Further ways out beside the CSV. */
  exports?: ReactNode
  menu?: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      {props.search !== undefined && <SearchField {...props.search} />}
      {props.children}
      <div className="ml-auto flex items-center gap-1.5">
        <span role="status" className="mr-1.5 text-sm text-muted tabular-nums">
          {props.count}
        </span>
        {props.csv !== null && (
          <a href={props.csv} download className={buttonClass('quiet', 'm')}>
            <Download aria-hidden />
            <span className="max-sm:sr-only">Export CSV</span>
          </a>
        )}
        {props.exports}
        {props.menu}
      </div>
    </div>
  )
}
