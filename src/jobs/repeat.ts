// Does something again and again, never twice at once, and ends between two rounds.

/**
 * Runs `round` now and then a while after each end of it. `missed` hears of a round that threw. Gives back what ends it, and resolves when
 * it is over; a round that may take long heeds the signal that it is given.
 */
export function repeat(
  pauseMs: number,
  round: (over: AbortSignal) => Promise<void>,
  missed: (error: unknown) => void = () => undefined,
): () => Promise<void> {
  const end = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const next = () => {
    running = round(end.signal)
      .catch(missed)
      .finally(() => {
        if (!end.signal.aborted) timer = setTimeout(next, pauseMs)
      })
  }
  next()
  return async () => {
    end.abort()
    clearTimeout(timer)
    await running
  }
}
