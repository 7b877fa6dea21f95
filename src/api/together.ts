// One question for all who ask it at the same time, without an old answer for anybody.

/** A running question, and the one that begins when it is over. */
interface Running {
  now: Promise<unknown>
  next: Promise<unknown> | null
}

/**
 * Asks for a key what others are just asking too: who comes while a question runs waits for the next one, which begins afterwards and is
 * shared by all who came meanwhile. So nobody is answered from a look that began before they asked.
 */
export function askTogether<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Running>()
  const start = (key: string, ask: () => Promise<T>): Promise<T> => {
    const one: Running = { now: ask(), next: null }
    running.set(key, one)
    const over = () => {
      if (running.get(key) === one) running.delete(key)
    }
    one.now.then(over, over)
    return one.now as Promise<T>
  }
  return (key, ask) => {
    const one = running.get(key)
    if (one === undefined) return start(key, ask)
    const begin = () => start(key, ask)
    one.next ??= one.now.then(begin, begin)
    return one.next as Promise<T>
  }
}
