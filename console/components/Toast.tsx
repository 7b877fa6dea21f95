// Short news of what worked, told politely. What failed and needs an answer stays where it failed, never in a toast. What draws
// them is loaded with the first one.
import { useState, useSyncExternalStore } from 'react'
import { late } from '../late.ts'
import { Late } from './Late.tsx'
import type { ToastNews } from './ToastList.tsx'

const ToastList = late(async () => (await import('./ToastList.tsx')).ToastList)

/** How often there was news, and what of it is not drawn yet. */
let told = 0
let waiting: ToastNews[] = []
const listeners = new Set<() => void>()

/** Shows news for some seconds; with an action it stays longer. */
export function toast(news: ToastNews): void {
  told += 1
  waiting.push(news)
  for (const listener of listeners) listener()
}

/** What is to be drawn, each once. */
function takeNews(): ToastNews[] {
  const news = waiting
  waiting = []
  return news
}

/** Draws the toasts; stands once, around nothing, in the root. */
export function Toaster() {
  const count = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => told,
  )
  const [given, giveUp] = useState(0)
  return (
    <Late
      wanted={count > given}
      // What draws them did not come, as where the server is away: often the very thing that is to be told.
      instead={waiting.at(-1)}
      onGiveUp={() => {
        waiting = []
        giveUp(count)
      }}
    >
      <ToastList count={count} take={takeNews} />
    </Late>
  )
}
