// A button that shows only an icon; its name is always there, for a screen reader and as a hint.
import type { ComponentPropsWithRef, ReactNode } from 'react'
import { cx } from './cx.ts'
import { Tooltip } from './Tooltip.tsx'

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'children'> {
  label: string
  icon: ReactNode
  /** Without the hint on hover, as where a menu opens at once. */
  plain?: boolean
}

export function IconButton({ label, icon, plain = false, className, ...rest }: IconButtonProps) {
  const button = (
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
  return plain ? button : <Tooltip text={label}>{button}</Tooltip>
}
