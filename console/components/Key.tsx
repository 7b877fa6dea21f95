// A key as it is printed on the keyboard.
import type { ReactNode } from 'react'

/** How the key for commands is written on this machine. */
export const commandKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'

export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border bg-surface px-1 font-sans text-xs text-muted">
      {children}
    </kbd>
  )
}
