// Tabs. `TabBar` with `tabClass` is for links that change the address; `Tabs` is for a choice inside one view.
import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** Classes of a link in a TabBar; the present one carries aria-current="page", as the router's links do. */
export const tabClass = cx(
  'relative flex h-10 shrink-0 items-center gap-1.5 rounded-sm px-0.5 font-medium text-muted -outline-offset-2 transition-colors hover:text-text',
  'aria-[current=page]:text-text aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-0',
  'aria-[current=page]:after:bottom-[-1px] aria-[current=page]:after:h-0.5 aria-[current=page]:after:bg-accent-text',
)

export function TabBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="flex gap-5 overflow-x-auto border-b [scrollbar-width:none]">
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

export function Tabs<T extends string>({ label, value, onChange, tabs }: TabsProps<T>) {
  return (
    <Base.Root value={value} onValueChange={(next: T) => onChange(next)}>
      <Base.List aria-label={label} className="flex gap-5 overflow-x-auto border-b [scrollbar-width:none]">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent font-medium text-muted hover:text-text data-active:border-accent-text data-active:text-text"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="text-sm text-faint tabular-nums">{tab.count.toLocaleString()}</span>
            )}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="pt-4 outline-offset-4">
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
