// A button that shows only an icon; its name is always there for a screen reader.
import type { ComponentPropsWithRef, ReactNode } from 'react'
import { cx } from './cx.ts'

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'children'> {
  label: string
  icon: ReactNode
}

export function IconButton({ label, icon, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      className={cx(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted pointer-coarse:size-10',
        'transition-colors duration-150 hover:bg-hover hover:text-text data-popup-open:bg-hover disabled:opacity-50 [&_svg]:size-4',
        className,
      )}
    >
      {icon}
    </button>
  )
}
