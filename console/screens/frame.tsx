// The frame of a workspace: where one is, where one can go, who one is, and the keys that work everywhere.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useMatches, useParams } from '@tanstack/react-router'
import {
  Activity,
  Blocks,
  FlaskConical,
  House,
  KeyRound,
  ListChecks,
  Search,
  Settings,
  UsersRound,
} from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { cx } from '../components/cx.ts'
import { AppShell, navClass, navWordClass } from '../components/AppShell.tsx'
import { commandKey, Key } from '../components/Key.tsx'
import { useWorkspaceEvents } from '../live.ts'
import { useAppearance, useSingleKeys } from '../appearance.ts'
import { connectionsQuery, meQuery, workspaceQuery } from '../queries.ts'
import { useSettingsHere } from '../settings.ts'
import { counted } from '../words.ts'
import { Bell } from './bell.tsx'
import { UserMenu, WorkspaceMenu } from './frame-menus.tsx'
import { News } from './news.tsx'

const Palette = lazy(() => import('./palette.tsx').then((file) => ({ default: file.Palette })))
const ShortcutsDialog = lazy(() =>
  import('./palette.tsx').then((file) => ({ default: file.ShortcutsDialog })),
)

export function Frame() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace' })
  const info = useQuery(workspaceQuery(workspace))
  const me = useQuery(meQuery())
  const current = me.data?.workspaces.find((one) => one.id === workspace)
  const guest = current?.role === 'guest'
  const [over, setOver] = useState<'palette' | 'shortcuts' | null>(null)
  useWorkspaceEvents(workspace, !guest)
  useAppearance()
  useSettingsHere(me.data?.settings)
  useKeys(setOver, !guest)
  return (
    <>
      <AppShell
        workspace={<WorkspaceMenu current={current} workspaces={me.data?.workspaces ?? []} />}
        nav={
          guest ? (
            <GuestNav workspace={workspace} />
          ) : (
            <Nav
              workspace={workspace}
              openJobs={info.data?.counts.openJobs ?? 0}
              waitingJobs={info.data?.counts.waitingJobs ?? 0}
              log={info.data?.can.includes('audit.read') ?? false}
              secrets={info.data?.can.includes('secret.open') ?? false}
            />
          )
        }
        banner={current?.environment === 'simulator' ? <SimulatorBanner /> : undefined}
        crumbs={<Crumbs workspace={workspace} guest={guest} />}
        search={guest ? null : <SearchButton onPress={() => setOver('palette')} />}
        user={
          <>
            <Bell workspace={workspace} unread={info.data?.counts.unreadNotices ?? 0} />
            <UserMenu user={me.data?.user} workspace={workspace} onShortcuts={() => setOver('shortcuts')} />
          </>
        }
      >
        <News news={me.data?.news ?? []} />
        <Outlet />
      </AppShell>
      <Suspense>
        {over !== null && (
          <Palette
            workspace={workspace}
            open={over === 'palette'}
            onOpenChange={(open) => setOver(open ? 'palette' : null)}
            onShortcuts={() => setOver('shortcuts')}
          />
        )}
        {over === 'shortcuts' && (
          <ShortcutsDialog onOpenChange={(open) => setOver(open ? 'shortcuts' : null)} />
        )}
      </Suspense>
    </>
  )
}

/** `/` goes to the search of the page, `?` lists the keys, Ctrl or ⌘ K finds anything (`find`: for those who may). */
function useKeys(show: (over: 'palette' | 'shortcuts') => void, find: boolean): void {
  const single = useSingleKeys()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        if (!find) return
        event.preventDefault()
        show('palette')
        return
      }
      if (!single || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('[role=dialog], [role=alertdialog]') !== null) return
      if (event.key === '?') show('shortcuts')
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('main input[type=search]')
        if (field !== null) field.focus()
        else if (find) show('palette')
        else return
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [show, single, find])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}

function Nav({
  workspace,
  openJobs,
  waitingJobs,
  log,
  secrets,
}: {
  workspace: string
  openJobs: number
  waitingJobs: number
  /** The reader may read the activity log. */
  log: boolean
  /** The reader may have secrets. */
  secrets: boolean
}) {
  const params = { workspace }
  const tasks =
    waitingJobs > 0
      ? `${counted(openJobs, 'open task', 'open tasks')}, ${waitingJobs} waiting for you`
      : counted(openJobs, 'open task', 'open tasks')
  return (
    <>
      <Link to="/w/$workspace/apps" params={params} className={navClass}>
        <Blocks aria-hidden />
        <span className={navWordClass}>Apps</span>
      </Link>
      <Link to="/w/$workspace/automation" params={params} className={navClass}>
        <ListChecks aria-hidden />
        <span className={navWordClass}>Automation</span>
        {openJobs > 0 && (
          <span
            className={`min-w-4.5 rounded-full px-1.5 text-center text-xs leading-4.5 tabular-nums max-lg:absolute max-lg:top-0.5 max-sm:left-1/2 max-sm:ml-2 sm:max-lg:right-0 ${
              waitingJobs > 0 ? 'bg-wait-soft text-wait-text' : 'bg-accent text-on-accent'
            }`}
          >
            <span aria-hidden>{openJobs}</span>
            <span className="sr-only">{tasks}</span>
          </span>
        )}
      </Link>
      <Link to="/w/$workspace/members" params={params} className={navClass}>
        <UsersRound aria-hidden />
        <span className={navWordClass}>Members</span>
      </Link>
      {secrets && <SecretsLink workspace={workspace} />}
      {log && (
        <Link to="/w/$workspace/activity" params={params} className={navClass}>
          <Activity aria-hidden />
          <span className={navWordClass}>Activity</span>
        </Link>
      )}
      <SettingsLink workspace={workspace} />
    </>
  )
}

function SecretsLink({ workspace }: { workspace: string }) {
  return (
    <Link to="/w/$workspace/secrets" params={{ workspace }} className={navClass}>
      <KeyRound aria-hidden />
      <span className={navWordClass}>Secrets</span>
    </Link>
  )
}

function SettingsLink({ workspace }: { workspace: string }) {
  return (
    <Link to="/w/$workspace/settings" params={{ workspace }} className={navClass}>
      <Settings aria-hidden />
      <span className={navWordClass}>Settings</span>
    </Link>
  )
}

/** Where a guest can go. */
function GuestNav({ workspace }: { workspace: string }) {
  return (
    <>
      <Link to="/w/$workspace" params={{ workspace }} activeOptions={{ exact: true }} className={navClass}>
        <House aria-hidden />
        <span className={navWordClass}>Home</span>
      </Link>
      <SecretsLink workspace={workspace} />
      <SettingsLink workspace={workspace} />
    </>
  )
}

function SearchButton({ onPress }: { onPress: () => void }) {
  return (
    <button
      type="button"
      onClick={onPress}
      aria-keyshortcuts="Control+K Meta+K"
      className="flex h-8 items-center gap-2 rounded-md border px-2 text-muted transition-colors hover:bg-hover hover:text-text max-sm:size-10 max-sm:justify-center max-sm:border-transparent sm:w-56"
    >
      <Search className="size-4 shrink-0" aria-hidden />
      <span className="flex-1 text-left max-sm:sr-only">Search</span>
      <span className="flex gap-1 max-sm:hidden" aria-hidden>
        <Key>{commandKey}</Key>
        <Key>K</Key>
      </span>
    </button>
  )
}

function SimulatorBanner() {
  return (
    <aside
      aria-label="Simulator"
      className="flex items-center gap-2 border-b bg-selected px-4 py-1.5 text-sm text-accent-text sm:px-6"
    >
      <FlaskConical className="size-4 shrink-0" aria-hidden />
      <p>
        <strong className="font-semibold">Simulator.</strong> This workspace talks to a made-up provider on
        this machine. Nobody in it is real.
      </p>
    </aside>
  )
}

/** Where one is, as links back; also the window's title, and what is said when the page changes. */
function Crumbs({ workspace, guest }: { workspace: string; guest: boolean }) {
  const { connection } = useParams({ strict: false })
  const { data: apps } = useQuery({ ...connectionsQuery(workspace), enabled: !guest })
  const page = useMatches({ select: (matches) => matches.at(-1)?.staticData.title }) ?? ''
  const app = connection === undefined ? undefined : apps?.find((one) => one.id === connection)
  const title = app === undefined ? page : `${page} · ${app.label}`
  const crumbs: ReactNode[] = []
  if (connection !== undefined || page === 'Add app') {
    crumbs.push(
      <Link
        key="apps"
        to="/w/$workspace/apps"
        params={{ workspace }}
        className="hover:text-text hover:underline"
      >
        Apps
      </Link>,
    )
  }
  if (connection !== undefined && app !== undefined) {
    crumbs.push(
      <Link
        key="app"
        to="/w/$workspace/apps/$connection"
        params={{ workspace, connection }}
        activeOptions={{ exact: true }}
        className="truncate hover:text-text hover:underline"
      >
        {app.label}
      </Link>,
    )
  }
  return (
    <>
      <title>{`${title === '' ? '' : `${title} · `}Guestlist`}</title>
      <nav aria-label="Where you are" className="flex min-w-0 items-center gap-2 text-muted">
        {crumbs.map((crumb, i) => (
          <span key={i} className={cx('flex items-center gap-2', i > 0 ? 'min-w-0' : 'shrink-0')}>
            {crumb}
            <span
              aria-hidden
              className={cx('shrink-0 text-faint', i === crumbs.length - 1 && 'max-sm:hidden')}
            >
              /
            </span>
          </span>
        ))}
        <span
          className={cx('truncate font-medium text-text', crumbs.length > 0 && 'max-sm:sr-only')}
          aria-current="page"
        >
          {page}
        </span>
      </nav>
      <p role="status" className="sr-only">
        {title}
      </p>
    </>
  )
}
