// Where one can go in a workspace: the side bar. On a phone it is a bar at the foot, which has room for the first of them and a menu of the rest.
import { Link, useLocation } from '@tanstack/react-router'
import {
  Activity,
  Blocks,
  Box,
  House,
  KeyRound,
  ListChecks,
  MoreHorizontal,
  Settings,
  UserRound,
  UsersRound,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { navClass, navWordClass } from '../components/AppShell.tsx'
import { cx } from '../components/cx.ts'
import { counted } from '../words.ts'
import { MoreMenu } from './frame-menus.tsx'

const places = {
  apps: { to: '/w/$workspace/apps', word: 'Apps', icon: <Blocks aria-hidden /> },
  people: { to: '/w/$workspace/people', word: 'People', icon: <UserRound aria-hidden /> },
  assets: { to: '/w/$workspace/assets', word: 'Assets', icon: <Box aria-hidden /> },
  secrets: { to: '/w/$workspace/secrets', word: 'Secrets', icon: <KeyRound aria-hidden /> },
  automation: { to: '/w/$workspace/automation', word: 'Automation', icon: <ListChecks aria-hidden /> },
  members: { to: '/w/$workspace/members', word: 'Members', icon: <UsersRound aria-hidden /> },
  activity: { to: '/w/$workspace/activity', word: 'Activity', icon: <Activity aria-hidden /> },
  settings: { to: '/w/$workspace/settings', word: 'Settings', icon: <Settings aria-hidden /> },
} as const
type Place = keyof typeof places

/** What stands in the menu on a phone. */
const folded: readonly Place[] = ['secrets', 'members', 'activity', 'settings']

interface NavProps {
  workspace: string
  openJobs: number
  waitingJobs: number
  /** The reader may read the activity log. */
  log: boolean
  /** The reader may have secrets. */
  secrets: boolean
}

export function Nav(props: NavProps) {
  const { workspace } = props
  const mayNot: Place[] = [
    ...(props.secrets ? [] : ['secrets' as const]),
    ...(props.log ? [] : ['activity' as const]),
  ]
  const open = (Object.keys(places) as Place[]).filter((place) => !mayNot.includes(place))
  const here = useLocation({ select: ({ pathname }) => pathname.split('/')[3] })
  const rest = folded.filter((place) => open.includes(place))
  return (
    <>
      {open.map((place) => (
        <NavLink key={place} workspace={workspace} place={place} fold={folded.includes(place)}>
          {place === 'automation' && <Tasks {...props} />}
        </NavLink>
      ))}
      <MoreMenu
        className={cx(navClass, 'sm:hidden')}
        active={rest.some((place) => place === here)}
        items={rest.map((place) => {
          const { to, word, icon } = places[place]
          return { word, icon, link: <Link to={to} params={{ workspace }} /> }
        })}
      >
        <MoreHorizontal aria-hidden />
        <span className={navWordClass}>More</span>
      </MoreMenu>
    </>
  )
}

function NavLink({
  workspace,
  place,
  fold = false,
  children,
}: {
  workspace: string
  place: Place
  fold?: boolean
  children?: ReactNode
}) {
  const { to, word, icon } = places[place]
  return (
    <Link to={to} params={{ workspace }} className={cx(navClass, fold && 'max-sm:hidden')}>
      {icon}
      <span className={navWordClass}>{word}</span>
      {children}
    </Link>
  )
}

/** How many tasks are open, on the link to them. */
function Tasks({ openJobs, waitingJobs }: NavProps) {
  if (openJobs === 0) return null
  const tasks = counted(openJobs, 'open task', 'open tasks')
  return (
    <span
      className={`min-w-4.5 rounded-full px-1.5 text-center text-xs leading-4.5 tabular-nums max-lg:absolute max-lg:top-0.5 max-sm:left-1/2 max-sm:ml-2 sm:max-lg:right-0 ${
        waitingJobs > 0 ? 'bg-wait-soft text-wait-text' : 'bg-accent text-on-accent'
      }`}
    >
      <span aria-hidden>{openJobs}</span>
      <span className="sr-only">{waitingJobs > 0 ? `${tasks}, ${waitingJobs} waiting for you` : tasks}</span>
    </span>
  )
}

/** Where a guest can go. */
export function GuestNav({ workspace }: { workspace: string }) {
  return (
    <>
      <Link to="/w/$workspace" params={{ workspace }} activeOptions={{ exact: true }} className={navClass}>
        <House aria-hidden />
        <span className={navWordClass}>Home</span>
      </Link>
      <NavLink workspace={workspace} place="secrets" />
      <NavLink workspace={workspace} place="settings" />
    </>
  )
}
