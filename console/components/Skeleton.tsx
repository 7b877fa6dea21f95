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

/** Rows of a list. */
export function SkeletonRows({ label, rows = 8 }: { label: string; rows?: number }) {
  return (
    <Skeleton label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="flex h-(--row) items-center gap-6 border-b px-3">
          <Bone className={cx('h-3.5', ['w-1/4', 'w-1/3', 'w-1/5'][row % 3])} />
          <Bone className="h-3.5 w-1/6" />
          <Bone className="ml-auto h-3.5 w-16" />
        </span>
      ))}
    </Skeleton>
  )
}
