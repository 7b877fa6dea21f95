// Actions on one thing, behind a button. Every item has a word; an icon may stand beside it.
import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode, RefObject } from 'react'
import { cx } from './cx.ts'
import { useLayer } from './layer.ts'

export interface MenuProps {
  /** The button that opens it, as `<IconButton plain label="More options" …/>`. */
  trigger: ReactElement
  align?: 'start' | 'end'
  side?: 'bottom' | 'top' | 'right'
  children: ReactNode
}

export function Menu({ trigger, align = 'end', side = 'bottom', children }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Popup align={align} side={side}>
        {children}
      </Popup>
    </Base.Root>
  )
}

export interface AnchoredMenuProps {
  /** The button that stands elsewhere: it opens the menu, and focus returns to it. */
  anchor: RefObject<HTMLElement | null>
  open: boolean
  onOpenChange: (open: boolean) => void
  align?: 'start' | 'end'
  children: ReactNode
}

/** A menu whose button was there before the menu was loaded. */
export function AnchoredMenu({ anchor, open, onOpenChange, align = 'end', children }: AnchoredMenuProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, details) => {
        // A press of the button itself: it turns the menu off by its own click.
        const at = details.event.target
        if (
          !next &&
          details.reason === 'outside-press' &&
          at instanceof Node &&
          anchor.current?.contains(at) === true
        ) {
          details.cancel()
        } else onOpenChange(next)
      }}
    >
      <Popup align={align} side="bottom" anchor={anchor}>
        {children}
      </Popup>
    </Base.Root>
  )
}

function Popup(props: {
  align: 'start' | 'end'
  side: 'bottom' | 'top' | 'right'
  anchor?: RefObject<HTMLElement | null>
  children: ReactNode
}) {
  const layer = useLayer()
  return (
    <Base.Portal container={layer}>
      <Base.Positioner
        align={props.align}
        side={props.side}
        sideOffset={4}
        collisionPadding={8}
        className="z-30 outline-none"
        {...(props.anchor === undefined ? {} : { anchor: props.anchor })}
      >
        <Base.Popup
          {...(props.anchor === undefined ? {} : { finalFocus: props.anchor })}
          className="max-h-(--available-height) min-w-48 overflow-y-auto rounded-lg bg-raised p-1 shadow-pop outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          {props.children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  )
}

const itemClass =
  'flex min-h-8 w-full items-center gap-2.5 rounded-md px-2 py-1 text-left outline-none select-none ' +
  'data-highlighted:bg-hover data-disabled:text-faint pointer-coarse:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted'

export interface MenuItemProps {
  icon?: ReactNode
  onSelect: () => void
  disabled?: boolean
  /** Something is lost: written in red. */
  danger?: boolean
  children: ReactNode
}

export function MenuItem({ icon, onSelect, disabled = false, danger = false, children }: MenuItemProps) {
  return (
    <Base.Item
      disabled={disabled}
      onClick={onSelect}
      className={cx(itemClass, danger && 'text-bad-text [&_svg]:text-bad')}
    >
      {icon}
      {children}
    </Base.Item>
  )
}

/** An item that leads somewhere; `render` is the router's link. */
export function MenuLink({
  icon,
  render,
  children,
}: {
  icon?: ReactNode
  render: ReactElement
  children: ReactNode
}) {
  return (
    <Base.LinkItem closeOnClick render={render} className={itemClass}>
      {icon}
      {children}
    </Base.LinkItem>
  )
}

export interface MenuChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
}

/** One of several, inside a menu. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-2 pb-1 text-xs font-medium text-muted">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={itemClass} closeOnClick={false}>
            <span className="grid size-4 place-items-center">
              <Base.RadioItemIndicator>
                <Check aria-hidden />
              </Base.RadioItemIndicator>
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  )
}

/** Words that head a menu, as who is signed in. */
export function MenuHead({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5">{children}</div>
}

export function MenuLine() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />
}
