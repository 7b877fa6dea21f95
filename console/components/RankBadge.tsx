// The strength of a permission: a word with a mark of three steps, so that a column can be read by its shape.
import type { Rank } from '../../src/model/entitlement.ts'

/** The words on the screen. */
export const rankLabels: Record<Rank, string> = { full: 'Full', edit: 'Edit', view: 'View', none: 'None' }

const steps: Record<Rank, number> = { full: 3, edit: 2, view: 1, none: 0 }

export function RankBadge({ rank }: { rank: Rank }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 ${rank === 'full' ? 'font-medium text-text' : rank === 'none' ? 'text-faint' : 'text-muted'}`}
    >
      <svg viewBox="0 0 11 10" aria-hidden className="h-2.5 w-[11px] shrink-0">
        {[1, 2, 3].map((step) => (
          <rect
            key={step}
            x={(step - 1) * 4}
            y={10 - step * 3 - 1}
            width="3"
            height={step * 3 + 1}
            rx="0.75"
            className={step <= steps[rank] ? 'fill-accent-text' : 'fill-line'}
          />
        ))}
      </svg>
      {rankLabels[rank]}
    </span>
  )
}
