// The buttons of the frame's menus: which workspace, who is signed in, where else on a phone. What they open is loaded when it is wanted.
import { ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Workspace } from '../../src/model/workspace.ts'
import { Menu } from '../components/Menu.tsx'
import { late } from '../late.ts'
import type { Me } from '../queries.ts'
import type { MoreItem } from './frame-popups.tsx'

const Workspaces = late(async () => (await import('./frame-popups.tsx')).Workspaces)
const UserItems = late(async () => (await import('./frame-popups.tsx')).UserItems)
const MoreItems = late(async () => (await import('./frame-popups.tsx')).MoreItems)

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
    <Menu
      align="start"
      preload={Workspaces.preload}
      trigger={
        <button
          type="button"
          className="flex h-10 w-full min-w-0 items-center gap-2.5 rounded-md px-1 transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          {name}
          <span className="sr-only">Switch workspace</span>
          <ChevronsUpDown className="size-4 shrink-0 text-muted sm:max-lg:hidden" aria-hidden />
        </button>
      }
    >
      <Workspaces current={current?.id} workspaces={workspaces} />
    </Menu>
  )
}

/** On a phone: the places that the bar at the foot has no room for. */
export function MoreMenu(props: {
  className: string
  /** What it holds is where the reader is. */
  active: boolean
  items: readonly MoreItem[]
  children: ReactNode
}) {
  return (
    <Menu
      preload={MoreItems.preload}
      trigger={
        <button type="button" data-status={props.active ? 'active' : undefined} className={props.className}>
          {props.children}
        </button>
      }
    >
      <MoreItems items={props.items} />
    </Menu>
  )
}

export interface UserMenuProps {
  user: Me['user'] | undefined
  workspace: string
  onShortcuts: () => void
}

export function UserMenu(props: UserMenuProps) {
  return (
    <Menu
      preload={UserItems.preload}
      trigger={
        <button
          type="button"
          className="grid size-8 shrink-0 place-items-center rounded-full bg-hover text-xs font-semibold text-muted transition-colors hover:text-text data-popup-open:text-text pointer-coarse:size-10"
        >
          <span aria-hidden>{initials(props.user?.name ?? '')}</span>
          <span className="sr-only">Your menu, {props.user?.name}</span>
        </button>
      }
    >
      <UserItems {...props} />
    </Menu>
  )
}
