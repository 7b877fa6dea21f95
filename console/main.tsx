// Starts the console: preferences, data, router. What a session's end means, and a server that was away, is decided here, once.
import { CSPProvider } from '@base-ui/react/csp-provider'
import { MutationCache, QueryCache, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { answer, api, ApiError, worthTrying } from './client.ts'
import { comingBack, isAway } from './come-back.ts'
import { Toaster } from './components/Toast.tsx'
import { applyAppearance } from './appearance.ts'
import { ConsoleQueryClient } from './query-client.ts'
import { meQuery } from './queries.ts'
import { makeRouter } from './routes.tsx'
import { keepForm, SessionEnd } from './screens/session-end.tsx'
import { lockVault } from './vault.ts'
import './styles/theme.css'

/**
 * A session that ended: to sign-in, and from there back to where one was; over the page where a form stands on it. A workspace that began
 * to ask for a second factor: the router leads to it as soon as it knows.
 */
function onError(error: unknown): void {
  awayOrBack(error)
  if (!(error instanceof ApiError)) return
  const { pathname, href } = router.state.location
  if (!pathname.startsWith('/w/')) return
  if (error.code === 'unauthenticated') {
    lockVault()
    if (keepForm(client.getQueryData(meQuery().queryKey)?.user)) return
    client.clear()
    void router.navigate({ to: '/sign-in', search: { next: href } })
  } else if (error.code === 'second_factor_needed') {
    client.removeQueries({ queryKey: ['me'] })
    void router.invalidate()
  }
}

const client = new ConsoleQueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    // The browser's own word for offline is of the internet: a server on this machine or in this house answers all the same, and what
    // cannot be reached is told, in place of waiting without a word.
    queries: { staleTime: 15_000, retry: worthTrying, networkMode: 'always', refetchOnReconnect: true },
    mutations: { networkMode: 'always' },
  },
})
const router = makeRouter(client)

const awayOrBack = comingBack(
  () => answer(api.setup.$get()),
  () => {
    void client.refetchQueries({ predicate: ({ state }) => isAway(state.error) })
    // A page whose way to it failed.
    if (router.state.matches.some(({ status }) => status === 'error')) void router.invalidate()
  },
)

applyAppearance()
const place = document.getElementById('root')
if (place === null) throw new Error('The page has no #root.')
createRoot(place).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <SessionEnd />
        <Toaster />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)
