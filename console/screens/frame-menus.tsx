// The buttons of the frame's menus: which workspace, who is signed in, where else on a phone. What they open is loaded when it is wanted.
import { ChevronsUpDown } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import type { Workspace } from '../../src/model/workspace.ts'
import type { Me } from '../queries.ts'
import type { MoreItem } from './frame-popups.tsx'

const load = () => import('./frame-popups.tsx')
const WorkspacePopup = lazy(() => load().then((file) => ({ default: file.WorkspacePopup })))
const UserPopup = lazy(() => load().then((file) => ({ default: file.UserPopup })))
const MorePopup = lazy(() => load().then((file) => ({ default: file.MorePopup })))

/** What every menu that is loaded later is given by its button. */
export interface PopupProps {
  anchor: RefObject<HTMLElement | null>
  open: boolean
  onOpenChange: (open: boolean) => void
}

function MenuButton({
  className,
  active = false,
  children,
  popup,
}: {
  className: string
  /** What it holds is where the reader is. */
  active?: boolean
  children: ReactNode
  popup: (props: PopupProps) => ReactNode
}) {
  const anchor = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [wanted, setWanted] = useState(false)
  const change = (next: boolean) => {
    if (next) setWanted(true)
    setOpen(next)
  }
  return (
    <>
      <button
        ref={anchor}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        data-popup-open={open ? '' : undefined}
        data-status={active ? 'active' : undefined}
        className={className}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => change(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return
          event.preventDefault()
          change(true)
        }}
      >
        {children}
      </button>
      <Suspense>{wanted && popup({ anchor, open, onOpenChange: change })}</Suspense>
    </>
  )
}

/** First letters of the first and the last word. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x20))
    .join('')
    .toUpperCase()
}

export function WorkspaceMenu({
  current,
  workspaces,
}: {
  current: Workspace | undefined
  workspaces: Workspace[]
}) {
  const name = (
    <>
      <span
        className="grid size-7 shrink-0 place-items-center rounded-md bg-accent text-sm font-semibold text-on-accent"
        aria-hidden
      >
        {initials(current?.name ?? '').charAt(0)}
      </span>
      <span className="min-w-0 flex-1 truncate text-left font-semibold sm:max-lg:sr-only">
        {current?.name}
      </span>
    </>
  )
  if (workspaces.length < 2)
    return <div className="flex w-full min-w-0 items-center gap-2.5 px-1">{name}</div>
  return (
    <MenuButton
      className="flex h-10 w-full min-w-0 items-center gap-2.5 rounded-md px-1 transition-colors hover:bg-hover data-popup-open:bg-hover"
      popup={(props) => <WorkspacePopup {...props} current={current} workspaces={workspaces} />}
    >
      {name}
      <span className="sr-only">Switch workspace</span>
      <ChevronsUpDown className="size-4 shrink-0 text-muted sm:max-lg:hidden" aria-hidden />
    </MenuButton>
  )
}

/** On a phone: the places that the bar at the foot has no room for. */
export function MoreMenu({
  items,
  ...button
}: {
  className: string
  active: boolean
  items: readonly MoreItem[]
  children: ReactNode
}) {
  return <MenuButton {...button} popup={(props) => <MorePopup {...props} items={items} />} />
}

export interface UserMenuProps {
  user: Me['user'] | undefined
  workspace: string
  onShortcuts: () => void
}

export function UserMenu(props: UserMenuProps) {
  return (
    <MenuButton
      className="grid size-8 shrink-0 place-items-center rounded-full bg-hover text-xs font-semibold text-muted transition-colors hover:text-text data-popup-open:text-text pointer-coarse:size-10"
      popup={(popup) => <UserPopup {...popup} {...props} />}
    >
      <span aria-hidden>{initials(props.user?.name ?? '')}</span>
      <span className="sr-only">Your menu, {props.user?.name}</span>
    </MenuButton>
  )
}
