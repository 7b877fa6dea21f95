// The shape of what is coming, seen only when it takes longer than 200 ms.
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** One grey bar; give its size by class. */
export function Bone({ className }: { className?: string }) {
  return <span className={cx('block rounded-sm bg-hover', className ?? 'h-4 w-full')} />
}

/** Holds bones: appears after 200 ms and says once that something is loading. */
export function Skeleton({
  label,
  className,
  children,
}: {
  label: string
  className?: string
  children: ReactNode
}) {
  return (
    <div role="status" aria-label={label} className={cx('animate-late', className)}>
      {children}
    </div>
  )
}
