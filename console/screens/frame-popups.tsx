// What the frame's menus hold.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Keyboard, LogOut, ShieldCheck, UserRound } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import type { Workspace } from '../../src/model/workspace.ts'
import { densities, themes, useTheme } from '../appearance.ts'
import { cx } from '../components/cx.ts'
import { MenuChoice, MenuHead, MenuItem, MenuLine, MenuLink } from '../components/Menu.tsx'
import { PHONE, useMedia } from '../media.ts'
import { useDensity } from '../preferences.ts'
import { meQuery } from '../queries.ts'
import type { Me } from '../queries.ts'
import { useChangeSettings } from '../settings.ts'
import { useLeave } from './leave.ts'

export function Workspaces({
  current,
  workspaces,
}: {
  current: string | undefined
  workspaces: Workspace[]
}) {
  return workspaces.map((one) => (
    <MenuLink key={one.id} render={<Link to="/w/$workspace" params={{ workspace: one.id }} />}>
      <span className={cx('min-w-0 flex-1 truncate', one.id === current && 'font-semibold')}>{one.name}</span>
      {one.environment === 'simulator' && <span className="text-sm text-muted">Simulator</span>}
    </MenuLink>
  ))
}

export interface MoreItem {
  word: string
  icon: ReactNode
  link: ReactElement
}

export function MoreItems({ items }: { items: readonly MoreItem[] }) {
  return items.map(({ word, icon, link }) => (
    <MenuLink key={word} icon={icon} render={link}>
      {word}
    </MenuLink>
  ))
}

export interface UserItemsProps {
  user: Me['user'] | undefined
  workspace: string
  onShortcuts: () => void
}

export function UserItems({ user, workspace, onShortcuts }: UserItemsProps) {
  const theme = useTheme()
  const density = useDensity()
  const change = useChangeSettings()
  // On a phone there is no side bar to switch workspaces in.
  const phone = useMedia(PHONE)
  const workspaces = useQuery(meQuery()).data?.workspaces ?? []
  const leave = useLeave()
  return (
    <>
      <MenuHead>
        <div className="truncate font-medium">{user?.name}</div>
        <div className="truncate text-sm text-muted">{user?.email}</div>
      </MenuHead>
      <MenuLine />
      {phone && workspaces.length > 1 && (
        <>
          <Workspaces current={workspace} workspaces={workspaces} />
          <MenuLine />
        </>
      )}
      <MenuLink
        icon={<UserRound aria-hidden />}
        render={<Link to="/w/$workspace/settings" params={{ workspace }} />}
      >
        Your settings
      </MenuLink>
      <MenuLink
        icon={<ShieldCheck aria-hidden />}
        render={<Link to="/w/$workspace/settings/security" params={{ workspace }} />}
      >
        Security and sessions
      </MenuLink>
      <MenuItem icon={<Keyboard aria-hidden />} onSelect={onShortcuts}>
        Keyboard shortcuts
      </MenuItem>
      <MenuLine />
      <MenuChoice
        label="Theme"
        value={theme}
        options={themes}
        onChange={(value) => change.mutate({ theme: value })}
      />
      <MenuChoice
        label="Density of lists"
        value={density}
        options={densities}
        onChange={(value) => change.mutate({ density: value })}
      />
      <MenuLine />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </>
  )
}
