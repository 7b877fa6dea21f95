// Does something again and again, never twice at once, and ends between two rounds.

/** Runs `round` now and then a while after each end of it. `missed` hears of a round that threw. Gives back what ends it, and resolves when it is over. */
export function repeat(
  pauseMs: number,
  round: () => Promise<void>,
  missed: (error: unknown) => void = () => undefined,
): () => Promise<void> {
  let over = false
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const next = () => {
    running = round()
      .catch(missed)
      .finally(() => {
        if (!over) timer = setTimeout(next, pauseMs)
      })
  }
  next()
  return async () => {
    over = true
    clearTimeout(timer)
    await running
  }
}
