// The two menus of the frame: which workspace, and who is signed in, with what is theirs everywhere.
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, Keyboard, LogOut, MonitorSmartphone, UserRound } from 'lucide-react'
import type { Workspace } from '../../src/model/workspace.ts'
import { signOut } from '../actions.ts'
import { cx } from '../components/cx.ts'
import { Menu, MenuChoice, MenuHead, MenuItem, MenuLine, MenuLink } from '../components/Menu.tsx'
import { densities, themes, useTheme } from '../appearance.ts'
import { setPreference, useDensity } from '../preferences.ts'
import type { Me } from '../queries.ts'

/** First letters of the first and the last word. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return letters.join('').toUpperCase()
}

export function WorkspaceMenu({
  current,
  workspaces,
}: {
  current: Workspace | undefined
  workspaces: Workspace[]
}) {
  const mark = (
    <span
      className="grid size-7 shrink-0 place-items-center rounded-md bg-accent text-sm font-semibold text-on-accent"
      aria-hidden
    >
      {(current?.name ?? ' ').trim().charAt(0).toUpperCase()}
    </span>
  )
  const name = (
    <span className="min-w-0 flex-1 truncate text-left font-semibold max-lg:sr-only">{current?.name}</span>
  )
  if (workspaces.length < 2) {
    return (
      <div className="flex w-full min-w-0 items-center gap-2.5 px-1">
        {mark}
        {name}
      </div>
    )
  }
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex h-10 w-full min-w-0 items-center gap-2.5 rounded-md px-1 hover:bg-hover"
        >
          {mark}
          {name}
          <span className="sr-only">Switch workspace</span>
          <ChevronsUpDown className="size-4 shrink-0 text-muted max-lg:hidden" aria-hidden />
        </button>
      }
    >
      {workspaces.map((one) => (
        <MenuLink key={one.id} render={<Link to="/w/$workspace/apps" params={{ workspace: one.id }} />}>
          <span className={cx('flex-1 truncate', one.id === current?.id && 'font-semibold')}>{one.name}</span>
          {one.environment === 'simulator' && <span className="text-sm text-muted">Simulator</span>}
        </MenuLink>
      ))}
    </Menu>
  )
}

export interface UserMenuProps {
  user: Me['user'] | undefined
  workspace: string
  onShortcuts: () => void
}

export function UserMenu({ user, workspace, onShortcuts }: UserMenuProps) {
  const theme = useTheme()
  const density = useDensity()
  const client = useQueryClient()
  const navigate = useNavigate()
  const leave = async () => {
    await signOut().catch(() => undefined)
    client.clear()
    await navigate({ to: '/sign-in' })
  }
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Your menu, ${user?.name ?? ''}`}
          className="grid size-8 shrink-0 place-items-center rounded-full bg-hover text-xs font-semibold text-muted hover:text-text data-popup-open:text-text pointer-coarse:size-10"
        >
          {initials(user?.name ?? '')}
        </button>
      }
    >
      <MenuHead>
        <div className="truncate font-medium">{user?.name}</div>
        <div className="truncate text-sm text-muted">{user?.email}</div>
      </MenuHead>
      <MenuLine />
      <MenuLink
        icon={<UserRound aria-hidden />}
        render={<Link to="/w/$workspace/settings" params={{ workspace }} />}
      >
        Profile and password
      </MenuLink>
      <MenuLink
        icon={<MonitorSmartphone aria-hidden />}
        render={<Link to="/w/$workspace/settings" params={{ workspace }} hash="sessions" />}
      >
        Sessions
      </MenuLink>
      <MenuItem icon={<Keyboard aria-hidden />} onSelect={onShortcuts}>
        Keyboard shortcuts
      </MenuItem>
      <MenuLine />
      <MenuChoice
        label="Theme"
        value={theme}
        options={themes}
        onChange={(value) => setPreference('theme', value)}
      />
      <MenuChoice
        label="Density of lists"
        value={density}
        options={densities}
        onChange={(value) => setPreference('density', value)}
      />
      <MenuLine />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
