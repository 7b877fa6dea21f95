// A bar per day, added above the line and removed below it: thirty days at a glance. The table behind it is for screen readers.
import { useId } from 'react'

export interface Day {
  /** ISO date. */
  day: string
  added: number
  removed: number
  changed: number
}

const WIDTH = 600
const HEIGHT = 96
const GAP = 7

/** `label` sums it up in words. `dateOf` writes a day, as "12 Nov 2026". */
export function DayBars({
  label,
  days,
  dateOf,
}: {
  label: string
  days: readonly Day[]
  dateOf: (iso: string) => string
}) {
  const id = useId()
  const up = Math.max(1, ...days.map((day) => day.added + day.changed))
  const down = Math.max(0, ...days.map((day) => day.removed))
  const scale = (HEIGHT - 2) / (up + Math.max(down, up / 6))
  const zero = Math.round(up * scale)
  const slot = WIDTH / Math.max(1, days.length)
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, count * scale))
  return (
    <figure className="m-0">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-labelledby={id}
        preserveAspectRatio="none"
        className="h-24 w-full overflow-visible"
      >
        <title id={id}>{label}</title>
        {days.map((day, i) => {
          const x = i * slot + GAP / 2
          const width = slot - GAP
          const added = tall(day.added)
          const changed = tall(day.changed)
          return (
            <g key={day.day}>
              <rect x={x} y={zero - 1} width={width} height={1} className="fill-line" />
              {added > 0 && (
                <rect x={x} y={zero - added} width={width} height={added} className="fill-accent-text" />
              )}
              {changed > 0 && (
                <rect
                  x={x}
                  y={zero - added - changed}
                  width={width}
                  height={changed}
                  className="fill-accent-text/35"
                />
              )}
              {day.removed > 0 && (
                <rect x={x} y={zero + 1} width={width} height={tall(day.removed)} className="fill-idle" />
              )}
              <rect x={x - GAP / 2} y={0} width={slot} height={HEIGHT} fill="transparent">
                <title>{`${dateOf(day.day)}: ${day.added} added, ${day.removed} removed, ${day.changed} changed`}</title>
              </rect>
            </g>
          )
        })}
      </svg>
      <figcaption className="mt-1.5 flex justify-between text-xs text-muted tabular-nums" aria-hidden>
        <span>{days[0] === undefined ? '' : dateOf(days[0].day)}</span>
        <span>Today</span>
      </figcaption>
      <table className="sr-only">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Added</th>
            <th scope="col">Removed</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {days
            .filter((day) => day.added + day.removed + day.changed > 0)
            .map((day) => (
              <tr key={day.day}>
                <th scope="row">{dateOf(day.day)}</th>
                <td>{day.added}</td>
                <td>{day.removed}</td>
                <td>{day.changed}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  )
}
