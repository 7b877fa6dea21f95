// Actions on one thing, behind a button. Every item has a word; an icon may stand beside it. What draws the opened menu is a script of its
// own, which comes when the button is about to be pressed: a list has a button in each row.
import { Check } from 'lucide-react'
import { cloneElement, useState } from 'react'
import type { KeyboardEvent, MouseEvent, ReactElement, ReactNode } from 'react'
import { late } from '../late.ts'
import { cx } from './cx.ts'
import { Late } from './Late.tsx'
import { useMenuParts } from './menu-parts.ts'

const MenuPopup = late(async () => (await import('./MenuPopup.tsx')).MenuPopup)

export interface MenuProps {
  /** The button that opens it, as `<IconButton label="More options" …/>`. */
  trigger: ReactElement
  align?: 'start' | 'end'
  side?: 'bottom' | 'top' | 'right'
  /** Begins to load what the menu holds, where that comes later too. */
  preload?: () => void
  children: ReactNode
}

export function Menu({ trigger, align = 'end', side = 'bottom', preload, children }: MenuProps) {
  // Null until it is opened for the first time.
  const [button, setButton] = useState<HTMLElement | null>(null)
  const [open, setOpen] = useState(false)
  const expect = () => {
    MenuPopup.preload()
    preload?.()
  }
  const press = {
    'aria-haspopup': 'menu',
    'aria-expanded': open,
    'data-popup-open': open ? '' : undefined,
    onPointerEnter: expect,
    onFocus: expect,
    onClick: (event: MouseEvent<HTMLElement>) => {
      setButton(event.currentTarget)
      setOpen(!open)
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      if (event.key !== 'ArrowDown') return
      event.preventDefault()
      setButton(event.currentTarget)
      setOpen(true)
    },
  }
  return (
    <>
      {cloneElement(trigger as ReactElement<object>, press)}
      <Late wanted={open} onGiveUp={() => setOpen(false)}>
        <MenuPopup anchor={button} open={open} onOpenChange={setOpen} align={align} side={side}>
          {children}
        </MenuPopup>
      </Late>
    </>
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
  const { Item } = useMenuParts()
  return (
    <Item
      disabled={disabled}
      onClick={onSelect}
      className={cx(itemClass, danger && 'text-bad-text [&_svg]:text-bad')}
    >
      {icon}
      {children}
    </Item>
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
  const { LinkItem } = useMenuParts()
  return (
    <LinkItem closeOnClick render={render} className={itemClass}>
      {icon}
      {children}
    </LinkItem>
  )
}

const tickClass = 'grid size-4 shrink-0 place-items-center'
const groupClass = 'px-2 pt-2 pb-1 text-xs font-medium text-muted'

interface Option<T extends string> {
  value: T
  label: string
}

export interface MenuChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly Option<T>[]
  onChange: (value: T) => void
}

/** One of several, inside a menu. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  const { Group, GroupLabel, RadioGroup, RadioItem, RadioItemIndicator } = useMenuParts()
  return (
    <Group>
      <GroupLabel className={groupClass}>{label}</GroupLabel>
      <RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
        {options.map((option) => (
          <RadioItem key={option.value} value={option.value} className={itemClass} closeOnClick={false}>
            <span className={tickClass}>
              <RadioItemIndicator>
                <Check aria-hidden />
              </RadioItemIndicator>
            </span>
            {option.label}
          </RadioItem>
        ))}
      </RadioGroup>
    </Group>
  )
}

/** Any of several, inside a menu. */
export function MenuTicks<T extends string>(props: {
  label: string
  options: readonly Option<T>[]
  isOn: (value: T) => boolean
  onToggle: (value: T) => void
}) {
  const { Group, GroupLabel, CheckboxItem, CheckboxItemIndicator } = useMenuParts()
  return (
    <Group>
      <GroupLabel className={groupClass}>{props.label}</GroupLabel>
      {props.options.map(({ value, label }) => (
        <CheckboxItem
          key={value}
          checked={props.isOn(value)}
          onCheckedChange={() => props.onToggle(value)}
          closeOnClick={false}
          className={itemClass}
        >
          <span className={tickClass}>
            <CheckboxItemIndicator>
              <Check aria-hidden />
            </CheckboxItemIndicator>
          </span>
          {label}
        </CheckboxItem>
      ))}
    </Group>
  )
}

/** Words that head a menu, as who is signed in. */
export function MenuHead({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5">{children}</div>
}

export function MenuLine() {
  const { Separator } = useMenuParts()
  return <Separator className="-mx-1 my-1 h-px bg-line" />
}
