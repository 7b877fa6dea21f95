// The command palette and the list of keys, with what this workspace holds and what its reader may do.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  Activity,
  Blocks,
  Box,
  Building2,
  KeyRound,
  Keyboard,
  ListChecks,
  Plus,
  RefreshCw,
  Settings,
  ShieldCheck,
  SunMoon,
  UserPlus,
  UserRound,
  UsersRound,
} from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { CommandPalette } from '../components/CommandPalette.tsx'
import type { Command } from '../components/CommandPalette.tsx'
import { cleanName } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { Shortcuts } from '../components/Shortcuts.tsx'
import { useSingleKeys, useTheme } from '../appearance.ts'
import { setPreference } from '../preferences.ts'
import { connectionsQuery } from '../queries.ts'
import { searchQuery } from '../queries-beside.ts'
import type { SearchHit } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { useChangeSettings } from '../settings.ts'
import { useCheckForUpdates } from './check-for-updates.ts'

const groups: Record<SearchHit['kind'], string> = {
  connection: 'Apps',
  partner: 'Partners',
  principal: 'People',
  resource: 'Assets',
  job: 'Tasks',
}
const icons = { connection: Blocks, partner: Building2, principal: UserRound, resource: Box, job: ListChecks }

export interface PaletteProps {
  workspace: string
  open: boolean
  onOpenChange: (open: boolean) => void
  onShortcuts: () => void
}

export function Palette({ workspace, open, onOpenChange, onShortcuts }: PaletteProps) {
  const [text, setText] = useState('')
  const asked = useDeferredValue(text)
  const found = useQuery(searchQuery(workspace, asked))
  const openHit = useOpenHit(workspace)
  const actions = useActions(workspace, onShortcuts)
  const words = text.trim().toLowerCase()
  const hits = words.length < 2 ? [] : (found.data?.results ?? [])
  return (
    <CommandPalette
      open={open}
      onOpenChange={(next) => {
        if (next) setText('')
        onOpenChange(next)
      }}
      text={text}
      onText={setText}
      searching={found.isFetching}
      trouble={
        words.length > 1 && found.error !== null ? (
          <Problem
            sentence={`Apps, partners, people, assets and tasks could not be searched. ${found.error.message}`}
            onRetry={found.refetch}
          />
        ) : null
      }
      commands={[
        ...hits.map((hit): Command => {
          const Icon = icons[hit.kind]
          return {
            id: `${hit.kind}-${hit.id}`,
            group: groups[hit.kind],
            title: cleanName(hit.title) ?? 'Without a name',
            hint: cleanName(hit.hint) ?? '',
            icon: <Icon aria-hidden />,
            run: () => openHit(hit),
          }
        }),
        ...actions.filter((action) => action.title.toLowerCase().includes(words)),
      ]}
    />
  )
}

function useOpenHit(workspace: string) {
  const navigate = useNavigate()
  return (hit: SearchHit) => {
    const params = { workspace, connection: hit.connectionId ?? hit.id }
    switch (hit.kind) {
      case 'connection':
        return void navigate({
          to: '/w/$workspace/apps/$connection',
          params: { workspace, connection: hit.id },
        })
      case 'partner':
        return void navigate({
          to: '/w/$workspace/apps/$connection/partners',
          params,
          search: { partner: hit.id },
        })
      case 'principal':
        return void navigate({
          to: '/w/$workspace/apps/$connection/members/$principal',
          params: { ...params, principal: hit.id },
        })
      case 'resource':
        return void navigate({
          to: '/w/$workspace/apps/$connection/assets/$resource',
          params: { ...params, resource: hit.id },
        })
      case 'job':
        return void navigate({ to: '/w/$workspace/automation', params, search: { job: hit.id } })
    }
  }
}

function useActions(workspace: string, onShortcuts: () => void): Command[] {
  const navigate = useNavigate()
  const can = useCan(workspace)
  const { data: apps } = useQuery(connectionsQuery(workspace))
  const check = useCheckForUpdates(workspace)
  const theme = useTheme()
  const change = useChangeSettings()
  const params = { workspace }
  const next = theme === 'dark' ? 'light' : 'dark'
  const group = 'Actions'
  return [
    ...(apps ?? [])
      .filter(() => can('check.start'))
      .map((app) => ({
        id: `check-${app.id}`,
        group,
        title: `Check for updates: ${app.label}`,
        icon: <RefreshCw aria-hidden />,
        run: () => check.mutate({ connection: app.id }),
      })),
    ...(can('connection.manage')
      ? [
          {
            id: 'add',
            group,
            title: 'Add app',
            icon: <Plus aria-hidden />,
            run: () => void navigate({ to: '/w/$workspace/apps/new', params }),
          },
        ]
      : []),
    {
      id: 'apps',
      group,
      title: 'Go to Apps',
      icon: <Blocks aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/apps', params }),
    },
    {
      id: 'people',
      group,
      title: 'Go to People',
      icon: <UserRound aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/people', params }),
    },
    {
      id: 'assets',
      group,
      title: 'Go to Assets',
      icon: <Box aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/assets', params }),
    },
    {
      id: 'automation',
      group,
      title: 'Go to Automation',
      icon: <ListChecks aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/automation', params }),
    },
    ...(can('secret.open')
      ? [
          {
            id: 'secrets',
            group,
            title: 'Go to Secrets',
            icon: <KeyRound aria-hidden />,
            run: () => void navigate({ to: '/w/$workspace/secrets', params }),
          },
        ]
      : []),
    {
      id: 'members',
      group,
      title: 'Go to Members',
      icon: <UsersRound aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/members', params }),
    },
    ...(can('guest.invite')
      ? [
          {
            id: 'invite',
            group,
            title: 'Invite somebody',
            icon: <UserPlus aria-hidden />,
            run: () => void navigate({ to: '/w/$workspace/members', params, search: { invite: 'new' } }),
          },
        ]
      : []),
    ...(can('audit.read')
      ? [
          {
            id: 'activity',
            group,
            title: 'Go to Activity',
            icon: <Activity aria-hidden />,
            run: () => void navigate({ to: '/w/$workspace/activity', params }),
          },
        ]
      : []),
    {
      id: 'settings',
      group,
      title: 'Go to Settings',
      icon: <Settings aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/settings', params }),
    },
    {
      id: 'security',
      group,
      title: 'Go to Security: password, second factor, passkeys, sessions',
      icon: <ShieldCheck aria-hidden />,
      run: () => void navigate({ to: '/w/$workspace/settings/security', params }),
    },
    {
      id: 'theme',
      group,
      title: `Use the ${next} theme`,
      icon: <SunMoon aria-hidden />,
      run: () => change.mutate({ theme: next }),
    },
    { id: 'keys', group, title: 'Show keyboard shortcuts', icon: <Keyboard aria-hidden />, run: onShortcuts },
  ]
}

export function ShortcutsDialog({ onOpenChange }: { onOpenChange: (open: boolean) => void }) {
  return (
    <Shortcuts
      open
      onOpenChange={onOpenChange}
      singleKeys={useSingleKeys()}
      onSingleKeys={(on) => setPreference('keys', on ? 'on' : 'off')}
    />
  )
}
