// Short news of what worked, told politely. What failed and needs an answer stays where it failed, never in a toast. What draws
// them is loaded with the first one.
import { lazy, Suspense, useSyncExternalStore } from 'react'
import type { ToastNews } from './ToastList.tsx'

const ToastList = lazy(() => import('./ToastList.tsx').then((file) => ({ default: file.ToastList })))

let told: readonly ToastNews[] = []
const listeners = new Set<() => void>()

/** Shows news for some seconds; with an action it stays longer. */
export function toast(news: ToastNews): void {
  told = [...told, news]
  for (const listener of listeners) listener()
}

/** Draws the toasts; stands once, around nothing, in the root. */
export function Toaster() {
  const news = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => told,
  )
  return <Suspense>{news.length > 0 && <ToastList news={news} />}</Suspense>
}
