// The same for each of many, by itself: one that fails holds up none of the others.
import type { Log } from '../lib/log.ts'

/** One after the other; what one throws is told in the log with its id. `failed`: what the log says then. */
export async function each<T extends string | { id: string }>(
  log: Log,
  failed: string,
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  for (const item of items) {
    try {
      await act(item)
    } catch (error) {
      log.warn(failed, { id: typeof item === 'string' ? item : item.id, error })
    }
  }
}
