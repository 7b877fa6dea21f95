// Writes to the same rows that come while one is under way: they are written together in the next, where each would wait for the other.
import type { Db } from '../store/db.ts'

interface Waiting<T> {
  item: T
  done: () => void
  failed: (error: unknown) => void
}

/**
 * Gives a write that takes single items, and writes together what came meanwhile for the same key, in the order it came in. It ends when its item
 * is written, and fails together with what was written beside it.
 */
export function gathering<Where, T>(
  keyOf: (where: Where) => string,
  write: (db: Db, where: Where, items: readonly T[]) => Promise<void>,
): (db: Db, where: Where, item: T) => Promise<void> {
  /** Of each key that is being written: what came meanwhile. */
  const waiting = new WeakMap<Db, Map<string, Waiting<T>[]>>()

  const writeAll = async (db: Db, where: Where, queue: Waiting<T>[], over: () => void): Promise<void> => {
    while (queue.length > 0) {
      const now = queue.splice(0)
      try {
        await write(
          db,
          where,
          now.map(({ item }) => item),
        )
        for (const { done } of now) done()
      } catch (error) {
        for (const { failed } of now) failed(error)
      }
    }
    // At once: whoever hears that an item is written may bring the next one before anything else is done.
    over()
  }

  return (db, where, item) => {
    const keys = waiting.get(db) ?? new Map<string, Waiting<T>[]>()
    waiting.set(db, keys)
    const key = keyOf(where)
    return new Promise((done, failed) => {
      const one = { item, done, failed }
      const others = keys.get(key)
      if (others !== undefined) {
        others.push(one)
        return
      }
      const queue = [one]
      keys.set(key, queue)
      void writeAll(db, where, queue, () => keys.delete(key))
    })
  }
}
