// How every command that keeps running ends: by a signal, or when the launcher or the terminal is gone.

let ending = false

/** True from the first signal on: what fails from then on fails because it ends. */
export function isEnding(): boolean {
  return ending
}

/** Ends when the terminal, the launcher or a process manager says so; further signals change nothing, since one Ctrl-C often comes twice. `stop` may wait for a start that is under way. */
export function onEnd(stop: () => Promise<void>): void {
  const end = (code: number) => {
    if (ending) return
    ending = true
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : error)
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
