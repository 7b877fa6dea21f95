// The frame of a workspace: where one is, where one can go, who one is, and the keys that work everywhere.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useMatches, useParams } from '@tanstack/react-router'
import { CloudOff, FlaskConical, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { useAway } from '../come-back.ts'
import { cx } from '../components/cx.ts'
import { AppShell } from '../components/AppShell.tsx'
import { commandKey, Key } from '../components/Key.tsx'
import { Late } from '../components/Late.tsx'
import { late } from '../late.ts'
import { useWorkspaceEvents } from '../live.ts'
import { useAppearance, useSingleKeys } from '../appearance.ts'
import { connectionsQuery, meQuery, workspaceQuery } from '../queries.ts'
import { useSettingsHere } from '../settings.ts'
import { Bell } from './bell.tsx'
import { UserMenu, WorkspaceMenu } from './frame-menus.tsx'
import { GuestNav, Nav } from './frame-nav.tsx'
import { NotForYou } from './lost.tsx'
import { News } from './news.tsx'

const Palette = late(async () => (await import('./palette.tsx')).Palette)
const ShortcutsDialog = late(async () => (await import('./palette.tsx')).ShortcutsDialog)

/** The page, where the reader's role opens it; it asks for nothing before that is known. */
function Page({ workspace }: { workspace: string }) {
  const info = useQuery(workspaceQuery(workspace))
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs })
  if (needs === undefined || info.data?.can.includes(needs) === true) return <Outlet />
  if (info.data !== undefined) return <NotForYou workspace={workspace} />
  // What cannot be known is judged by the server.
  return info.error === null ? null : <Outlet />
}

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
        banner={
          <>
            <Away />
            {current?.environment === 'simulator' && <SimulatorBanner />}
          </>
        }
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
        <Page workspace={workspace} />
      </AppShell>
      <Late wanted={over !== null} onGiveUp={() => setOver(null)}>
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
      </Late>
    </>
  )
}

/** `/` goes to the search of the page, `j` and `k` to its list, `?` lists the keys, Ctrl or ⌘ K finds anything (`find`: for those who may). */
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
      else if (event.key === 'j' || event.key === 'k') {
        // In the list they go on from row to row.
        const row = document.querySelector<HTMLElement>('main [role=row][tabindex="0"]')
        if (row === null || row === document.activeElement) return
        row.focus()
      } else if (event.key === '/') {
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

function SearchButton({ onPress }: { onPress: () => void }) {
  return (
    <button
      type="button"
      onClick={onPress}
      onPointerEnter={Palette.preload}
      onFocus={Palette.preload}
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

/** Pages that were read before say nothing of a server that is away. */
function Away() {
  const away = useAway()
  return (
    <div role="status" className="sticky top-0 z-10">
      {away && (
        <p className="flex items-center gap-2 border-b bg-wait-soft px-4 py-1.5 text-sm sm:px-6">
          <CloudOff className="size-4 shrink-0 text-wait" aria-hidden />
          <span>
            <strong className="font-semibold">The server does not answer.</strong> What stands here may be
            old. This page tries again by itself.
          </span>
        </p>
      )}
    </div>
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
