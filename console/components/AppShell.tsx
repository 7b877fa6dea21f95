// The frame around every page of a workspace: side bar (icons below 1,100 px, a bar at the foot on a phone), top line, page.
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface AppShellProps {
  /** The head of the side bar: the workspace. */
  workspace: ReactNode
  /** Links with `navClass`; drawn in the side bar, or at the foot on a phone. */
  nav: ReactNode
  /** Said on every page, as that this is the simulator. */
  banner?: ReactNode
  crumbs: ReactNode
  search: ReactNode
  user: ReactNode
  children: ReactNode
}

/** Classes of a link of the frame; the present one carries aria-current or data-status="active". */
export const navClass = cx(
  'group/nav relative flex items-center gap-2.5 rounded-md font-medium text-muted transition-colors duration-150 hover:bg-hover hover:text-text',
  'data-[status=active]:bg-selected data-[status=active]:text-accent-text [&_svg]:size-4.5 [&_svg]:shrink-0',
  'max-sm:min-h-12 max-sm:flex-1 max-sm:flex-col max-sm:justify-center max-sm:gap-0.5 max-sm:text-xs',
  'sm:max-lg:size-10 sm:max-lg:justify-center lg:h-8 lg:px-2',
)
/** The word of such a link. Where only icons have room it comes out beside the icon, on hover and focus. */
export const navWordClass = cx(
  'lg:flex-1',
  'sm:max-lg:pointer-events-none sm:max-lg:absolute sm:max-lg:left-full sm:max-lg:ml-2 sm:max-lg:rounded-md sm:max-lg:bg-raised sm:max-lg:px-2 sm:max-lg:py-1',
  'sm:max-lg:text-sm sm:max-lg:text-text sm:max-lg:opacity-0 sm:max-lg:shadow-pop sm:max-lg:transition-opacity sm:max-lg:duration-150',
  'sm:max-lg:group-hover/nav:opacity-100 sm:max-lg:group-focus-visible/nav:opacity-100',
)

export function AppShell(props: AppShellProps) {
  return (
    <div className="min-h-dvh max-sm:bg-surface sm:grid sm:grid-cols-[3.75rem_minmax(0,1fr)] lg:grid-cols-[14.5rem_minmax(0,1fr)]">
      <a href="#page" className="skip-link z-50 rounded-md bg-raised px-3 py-2 font-medium shadow-pop">
        Skip to the page
      </a>
      <header className="z-20 max-sm:contents sm:sticky sm:top-0 sm:flex sm:h-dvh sm:flex-col sm:border-r sm:bg-canvas">
        <div className="hidden h-14 items-center px-2.5 sm:flex lg:px-3">{props.workspace}</div>
        <nav
          aria-label="Workspace"
          className="flex gap-0.5 max-sm:fixed max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-20 max-sm:border-t max-sm:bg-surface max-sm:px-2 max-sm:pt-1 max-sm:pb-[max(0.25rem,env(safe-area-inset-bottom))] sm:flex-col sm:items-center sm:px-2.5 sm:pt-1 lg:items-stretch lg:px-3"
        >
          {props.nav}
        </nav>
      </header>
      <div className="flex min-h-dvh min-w-0 flex-col bg-surface max-sm:pb-16">
        {props.banner}
        <div className="flex h-14 shrink-0 items-center gap-3 px-4 sm:px-6">
          <div className="min-w-0 flex-1">{props.crumbs}</div>
          {props.search}
          {props.user}
        </div>
        <main id="page" tabIndex={-1} className="flex min-w-0 flex-1 flex-col px-4 pb-8 outline-none sm:px-6">
          {props.children}
          <div id="layer" />
        </main>
      </div>
    </div>
  )
}
