// The body of an export: written while it is read, and cut where it cannot be read on.
import type { Context } from 'hono'
import { mayNot } from './gate.ts'

/**
 * The lines, while `may` says yes. Where it says no or reading fails, `onError` hears why and the connection is cut, so that nobody takes
 * the part for the whole.
 */
export function exportBody(
  c: Context,
  lines: AsyncIterable<string>,
  may: () => Promise<boolean>,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const reading = lines[Symbol.asyncIterator]()
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const line = await reading.next()
        if (line.done === true) return controller.close()
        if (!(await may())) throw mayNot()
        controller.enqueue(encoder.encode(line.value))
      } catch (error) {
        onError(error)
        const socket = socketOf(c)
        // A stream that fails is no cut: the server writes the error's text at the end of the file and ends it as if it were whole.
        if (socket === null) controller.error(new Error('The export broke off.'))
        else socket.destroy()
        await reading.return?.()
      }
    },
    cancel: async () => {
      await reading.return?.()
    },
  })
}

/** What the answer is written to; null where there is no socket, as in a test. */
function socketOf(c: Context): { destroy(): void } | null {
  const env: unknown = c.env
  if (typeof env !== 'object' || env === null || !('outgoing' in env)) return null
  return env.outgoing as { destroy(): void }
}
