// A time as people say it, with the exact one on hover. All of them share one tick each half minute.
import { useSyncExternalStore } from 'react'
import { exactly, relative } from '../words.ts'

const TICK_MS = 30_000
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function present(): number {
  // A page that showed no time for a while has an old tick.
  if (timer === undefined && Date.now() - now > TICK_MS) now = Date.now()
  return now
}

/** The present time in milliseconds, renewed each half minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, present)
}

/** Clocks differ a little, and the tick may be older than what has just happened: what has passed is never told as to come. */
const LEEWAY_MS = 5000
function presentFor(at: string, tick: number): number {
  const time = Date.parse(at)
  return time > tick && time <= Date.now() + LEEWAY_MS ? time : tick
}

/** `none` is what stands where there is no time. */
export function RelativeTime({ at, none = 'Not yet' }: { at: string | null; none?: string }) {
  const present = useNow()
  if (at === null) return <span className="text-faint">{none}</span>
  return (
    <time dateTime={at} title={exactly(at)} className="whitespace-nowrap tabular-nums">
      {relative(at, presentFor(at, present))}
    </time>
  )
}
