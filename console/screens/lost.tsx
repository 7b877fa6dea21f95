// Three pages nobody looks for: an address that leads nowhere, one that is for other roles, and a screen that broke.
import { Link } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Compass, Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../client.ts'
import { buttonClass } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { LoadFailure } from '../late.ts'

export function NotFoundScreen() {
  return (
    <Alone title="Not found · Guestlist">
      <EmptyState
        heading="h1"
        icon={<Compass aria-hidden />}
        title="There is nothing at this address"
        action={
          <Link to="/" className={buttonClass('primary')}>
            Go to your apps
          </Link>
        }
      >
        It may have been removed, or you may not have the right to see it.
      </EmptyState>
    </Alone>
  )
}

/** In the frame of a workspace, where the reader's role does not open the page. */
export function NotForYou({ workspace }: { workspace: string }) {
  return (
    <EmptyState
      heading="h1"
      icon={<Lock aria-hidden />}
      title="Your role does not open this page"
      action={
        <Link to="/w/$workspace/apps" params={{ workspace }} className={buttonClass('primary')}>
          Go to your apps
        </Link>
      }
    >
      Ask an admin of the workspace, or its owner, if you need it.
    </EmptyState>
  )
}

export function CrashScreen({ error, reset }: ErrorComponentProps) {
  if (error instanceof ApiError && error.code === 'not_found') return <NotFoundScreen />
  return (
    <Alone title="Something went wrong · Guestlist">
      <ErrorState
        heading="h1"
        title="This page could not be shown"
        error={
          error instanceof ApiError || error instanceof LoadFailure
            ? error
            : new Error('Something unexpected happened on this page. Nothing you did is lost.')
        }
        {...(error instanceof LoadFailure ? { retry: 'Reload' } : {})}
        onRetry={() => {
          reset()
          location.reload()
        }}
      />
    </Alone>
  )
}

/** Inside the frame its main is there already; alone, this is the page's. */
function Alone({ title, children }: { title: string; children: ReactNode }) {
  const framed = document.getElementById('page') !== null
  if (framed) return children
  return (
    <main className="grid min-h-dvh place-items-center">
      <title>{title}</title>
      {children}
    </main>
  )
}
