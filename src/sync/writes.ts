// Writes that go on while the next answers are waited for: one after the other, and begun only when what is to be asked has gone out.

export interface Writes {
  /** It waits until `begin`. */
  add(write: () => Promise<void>): void
  /** Resolves when everything is written that waited; throws what hindered it, as every later call does. */
  begin(): Promise<void>
  /** Resolves when none is under way any more, however it went; those that wait are not begun. */
  settled(): Promise<void>
  /** A reader that is faster than the database waits for it. */
  behind(): boolean
}

/** Writes that wait or are under way. */
const MOST = 4

export function writesInTurn(): Writes {
  let waiting: (() => Promise<void>)[] = []
  let writing = Promise.resolve()
  let open = 0
  return {
    add: (write) => {
      open += 1
      waiting.push(write)
    },
    begin: () => {
      for (const write of waiting) writing = writing.then(write).finally(() => (open -= 1))
      waiting = []
      // Whoever waits for what was written, or ends, is told.
      writing.catch(() => undefined)
      return writing
    },
    settled: () => writing.catch(() => undefined),
    behind: () => open >= MOST,
  }
}
