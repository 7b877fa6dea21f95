// What a drawer or a page of one thing is made of: parts with headings, and facts as pairs of label and value.
import type { ReactNode } from 'react'

/** A part of a drawer or page with its heading. */
export function Section(props: { title: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-7 last:mb-0">
      <div className="mb-2.5 flex items-baseline justify-between gap-3">
        <h3 className="font-semibold">{props.title}</h3>
        {props.aside !== undefined && <div className="text-sm text-muted">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  )
}

/** Label and value, one beneath the other pair. */
export function Facts({ rows }: { rows: { label: string; value: ReactNode }[] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,2fr)_5fr] gap-x-4 gap-y-2">
      {rows.map((row) => (
        <div key={row.label} className="contents">
          <dt className="text-muted">{row.label}</dt>
          <dd className="min-w-0 wrap-anywhere">{row.value}</dd>
        </div>
      ))}
    </dl>
  )
}
