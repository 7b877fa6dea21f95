// The server did not answer, or its database did not: it is asked until it does, and then what could not be read is read. One question for
// the whole console, so that a page that failed asks no more than one that waits.
import { ApiError } from './client.ts'

const ASK_MS = 5_000

/** True where the server could not answer, and will without anybody's doing. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unavailable'
}

/** Gives what is to be told of every failure. `asks` throws while the server does not answer; `back` is called when it does. */
export function comingBack(asks: () => Promise<unknown>, back: () => void): (error: unknown) => void {
  let waiting = false
  const later = () =>
    setTimeout(() => {
      asks().then(
        () => {
          waiting = false
          back()
        },
        () => later(),
      )
    }, ASK_MS)
  return (error) => {
    if (waiting || !isAway(error)) return
    waiting = true
    later()
  }
}
