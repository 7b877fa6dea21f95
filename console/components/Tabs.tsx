// Tabs. `TabBar` with `tabClass` is for links that change the address; `Tabs` is for a choice inside one view.
import { useId, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { number } from '../words.ts'
import { cx } from './cx.ts'

/** Classes of a link in a TabBar; the present one carries aria-current="page", as the router's links do. */
export const tabClass = cx(
  'relative flex h-10 shrink-0 items-center gap-1.5 rounded-sm px-0.5 font-medium text-muted -outline-offset-2 transition-colors hover:text-text',
  'aria-[current=page]:text-text aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-0',
  'aria-[current=page]:after:bottom-[-1px] aria-[current=page]:after:h-0.5 aria-[current=page]:after:bg-accent-text',
)

/** On a phone the chosen tab may stand beyond the edge: it is brought into sight, also when the address changed or a count came. */
function keepChosenInSight(bar: HTMLElement | null) {
  if (bar === null) return
  const show = () => {
    const chosen = bar.querySelector<HTMLElement>('[aria-current],[aria-selected=true]')
    if (chosen !== null) bar.scrollLeft = chosen.offsetLeft + (chosen.offsetWidth - bar.clientWidth) / 2
  }
  show()
  const watch = new MutationObserver(show)
  watch.observe(bar, {
    subtree: true,
    childList: true,
    attributeFilter: ['aria-current', 'aria-selected'],
  })
  return () => watch.disconnect()
}

export function TabBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav
      ref={keepChosenInSight}
      aria-label={label}
      className="relative flex gap-5 overflow-x-auto border-b [scrollbar-width:none]"
    >
      {children}
    </nav>
  )
}

export interface TabsProps<T extends string> {
  label: string
  value: T
  onChange: (value: T) => void
  tabs: readonly { value: T; label: string; count?: number; panel: ReactNode }[]
}

/** The arrow keys move along the tabs, Enter or Space chooses: what a tab shows may have to be loaded. */
export function Tabs<T extends string>({ label, value, onChange, tabs }: TabsProps<T>) {
  const id = useId()
  // Which tab the arrow keys are at, while it is not the chosen one.
  const [at, setAt] = useState<T | null>(null)
  const reached = at ?? value
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const here = tabs.findIndex((tab) => tab.value === reached)
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key]
    const next = to === undefined ? undefined : tabs.at(to === tabs.length ? 0 : to)
    if (next === undefined) return
    event.preventDefault()
    setAt(next.value)
    document.getElementById(`${id}-${next.value}`)?.focus()
  }
  return (
    <>
      <div
        ref={keepChosenInSight}
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(null)}
        className="relative flex gap-5 overflow-x-auto border-b [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === reached ? 0 : -1}
            onFocus={() => setAt(tab.value)}
            onClick={() => onChange(tab.value)}
            className="flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent font-medium text-muted hover:text-text aria-selected:border-accent-text aria-selected:text-text"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="text-sm text-faint tabular-nums">{number(tab.count)}</span>
            )}
          </button>
        ))}
      </div>
      {tabs.map(
        (tab) =>
          tab.value === value && (
            <div
              key={tab.value}
              role="tabpanel"
              id={`${id}-panel`}
              aria-labelledby={`${id}-${tab.value}`}
              tabIndex={0}
              className="pt-4 outline-offset-4"
            >
              {tab.panel}
            </div>
          ),
      )}
    </>
  )
}
