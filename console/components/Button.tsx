// The one button: a verb that says what happens. Primary stands at most once in a view.
import { LoaderCircle } from 'lucide-react'
import type { ComponentPropsWithRef, ReactNode } from 'react'
import { cx } from './cx.ts'

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger'
export type ButtonSize = 's' | 'm' | 'l'

const kinds: Record<ButtonKind, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent',
  secondary: 'bg-surface text-text border-control/45 hover:bg-hover',
  quiet: 'border-transparent text-muted hover:bg-hover hover:text-text',
  danger: 'bg-bad-fill text-on-accent hover:bg-bad-hover border-transparent',
}
const sizes: Record<ButtonSize, string> = {
  s: 'h-7 px-2.5 text-sm pointer-coarse:h-9',
  m: 'h-8 px-3 pointer-coarse:h-10',
  l: 'h-10 px-4',
}

/** Classes of a button, for a link that looks like one. */
export function buttonClass(kind: ButtonKind = 'secondary', size: ButtonSize = 'm'): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium',
    'transition-colors duration-150 select-none disabled:opacity-50 aria-disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0',
    kinds[kind],
    sizes[size],
  )
}

export interface ButtonProps extends ComponentPropsWithRef<'button'> {
  kind?: ButtonKind
  size?: ButtonSize
  icon?: ReactNode
  /** Work is under way: presses are ignored, the focus stays. */
  busy?: boolean
}

export function Button({
  kind,
  size,
  icon,
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
      className={cx(buttonClass(kind, size), className)}
    >
      {busy ? <LoaderCircle className="animate-turn" aria-hidden /> : icon}
      {children}
    </button>
  )
}
