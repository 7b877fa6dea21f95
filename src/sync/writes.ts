// Writes that go on while the next answers are waited for: one after the other, and begun only when what is to be asked has gone out.

export interface Writes {
  /** It waits until `begin`. */
  add(write: () => Promise<void>): void
  /** Resolves when everything is written that waited; throws what hindered it, as every later call does. */
  begin(): Promise<void>
  /** Begins when what was asked just now has left this process: packing takes the processor, an answer takes the network. */
  beginSoon(): void
  /** Resolves when none is under way any more, however it went; those that wait are not begun. */
  settled(): Promise<void>
  /** A reader that is faster than the database waits for it. */
  behind(): boolean
}

/** Writes that wait or are under way. */
const MOST = 4
/** A request leaves some turns of the loop after it was made. */
const LEFT_AFTER_MS = 3

export function writesInTurn(): Writes {
  let waiting: (() => Promise<void>)[] = []
  let writing = Promise.resolve()
  let open = 0
  let soon: NodeJS.Timeout | undefined
  const begin = () => {
    for (const write of waiting) writing = writing.then(write).finally(() => (open -= 1))
    waiting = []
    // Whoever waits for what was written, or ends, is told.
    writing.catch(() => undefined)
    return writing
  }
  return {
    add: (write) => {
      open += 1
      waiting.push(write)
    },
    begin,
    beginSoon: () => {
      soon ??= setTimeout(() => {
        soon = undefined
        void begin()
      }, LEFT_AFTER_MS)
    },
    settled: () => {
      clearTimeout(soon)
      return writing.catch(() => undefined)
    },
    behind: () => open >= MOST,
  }
}
