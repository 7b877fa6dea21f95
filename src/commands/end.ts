// How commands end: by a failure, by a signal, or, those that keep running, when the launcher or the terminal is gone.
import { constants } from 'node:os'
import { messageOf } from '../lib/message.ts'

let ending = false
/** How to let go of what a command that ends by itself has opened. */
const opened: (() => Promise<void>)[] = []

/** Ends a command that failed. What fails after the first signal fails because it ends: then whoever ends it says with what code. */
export function fail(error: unknown): void {
  if (ending) return
  console.error(messageOf(error))
  process.exit(1)
}

/**
 * For a command that ends by itself: where it is asked to end before, it lets go of what it has opened, and ends with the code of the signal. A
 * database that it started would go on without anybody otherwise.
 */
export function letGoWhenEnded(stop: () => Promise<void>): void {
  opened.push(stop)
  if (opened.length > 1) return
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (ending) return
      ending = true
      console.error('Ended before it was done.')
      void Promise.allSettled(opened.map((one) => one())).then(() =>
        process.exit(128 + constants.signals[signal]),
      )
    })
}

/** Ends when the terminal, the launcher or a process manager says so; further signals change nothing, since one Ctrl-C often comes twice. `stop` may wait for a start that is under way. */
export function onEnd(stop: () => Promise<void>): void {
  const end = (code: number) => {
    if (ending) return
    ending = true
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(messageOf(error))
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0))
  // The launcher holds a channel open: when it is gone, so is the terminal.
  process.on('disconnect', () => end(0))
  process.channel?.unref()
  // It may have gone before anybody listened: then `send` is all that is left of the channel.
  if (process.send !== undefined && !process.connected) end(0)
}
