// One topic of a settings page: what it is at the left, what can be changed at the right.
import type { ReactNode } from 'react'

export interface SettingsSectionProps {
  id?: string
  title: string
  text?: ReactNode
  children: ReactNode
}

export function SettingsSection({ id, title, text, children }: SettingsSectionProps) {
  return (
    <section
      id={id}
      aria-label={title}
      className="grid gap-x-10 gap-y-4 border-b py-7 last:border-b-0 md:grid-cols-[15rem_minmax(0,34rem)] lg:grid-cols-[18rem_minmax(0,36rem)]"
    >
      <div>
        <h2 className="font-semibold">{title}</h2>
        {text !== undefined && <div className="mt-1 text-sm text-muted text-pretty">{text}</div>}
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  )
}

/** Facts as label and value, one a line. */
export function Facts({ facts }: { facts: [label: string, value: ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-6 gap-y-2">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
