// A sentence over a page that is true until something is done, with the way to do it.
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const looks = {
  info: ['bg-selected', 'text-accent-text', Info],
  wait: ['bg-wait-soft', 'text-wait', TriangleAlert],
  bad: ['bg-bad-soft', 'text-bad', CircleAlert],
} as const

export function Banner({
  tone,
  children,
  action,
}: {
  tone: keyof typeof looks
  children: ReactNode
  action?: ReactNode
}) {
  const [surface, mark, Icon] = looks[tone]
  return (
    <div
      role="status"
      className={cx('flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg px-3.5 py-2.5', surface)}
    >
      <Icon className={cx('size-4 shrink-0', mark)} aria-hidden />
      <div className="min-w-0 flex-1 basis-60 wrap-anywhere">{children}</div>
      {action}
    </div>
  )
}
