// The server did not answer, or its database did not: it is asked until it does, and then what could not be read is read. One question for
// the whole console, so that a page that failed asks no more than one that waits.
import { useSyncExternalStore } from 'react'
import { ApiError } from './client.ts'

const FIRST_MS = 1_000
const ASK_MS = 5_000

let away = false
const listeners = new Set<() => void>()

function set(now: boolean): void {
  away = now
  for (const listener of listeners) listener()
}

/** True while the server does not answer: what stands on the page may be old. */
export function useAway(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => away,
  )
}

/** True where the server could not answer, and will without anybody's doing. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unavailable'
}

/** Gives what is to be told of every failure. `asks` throws while the server does not answer; `back` is called when it does. */
export function comingBack(asks: () => Promise<unknown>, back: () => void): (error: unknown) => void {
  let waiting = false
  const later = (ms: number) =>
    setTimeout(() => {
      asks().then(
        () => {
          waiting = false
          set(false)
          back()
        },
        () => {
          // Only now: one failure may have had a reason of its own.
          set(true)
          later(ASK_MS)
        },
      )
    }, ms)
  return (error) => {
    if (waiting || !isAway(error)) return
    waiting = true
    later(FIRST_MS)
  }
}
