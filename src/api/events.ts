// Server-sent events: what a screen watches. A stream ends with the caller's session, with their membership, and with the program.
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'

export interface ServerEvent {
  event: string
  data: unknown
}

/** What a watching handler answers: the events to send, and a test that is made before each of them and while it is quiet. */
export interface EventsAnswer {
  events: AsyncIterable<ServerEvent>
}

const HEARTBEAT_MS = 15_000
const LOOK_MS = 5_000

/**
 * Sends events until they end, the caller goes away, the program stops, or `mayStill` says no: asked before each event and every
 * five seconds, so that nothing is told to a session that has ended.
 */
export function sendEvents(c: Context, answer: EventsAnswer, mayStill: () => Promise<boolean>, stopping: AbortSignal): Response {
  return streamSSE(c, async (stream) => {
    const iterator = answer.events[Symbol.asyncIterator]()
    let pending = iterator.next()
    let quietSince = Date.now()
    const ended = new Promise<'ended'>((resolve) => {
      stream.onAbort(() => resolve('ended'))
      if (stopping.aborted) resolve('ended')
      stopping.addEventListener('abort', () => resolve('ended'), { once: true })
    })
    try {
      for (;;) {
        const turn = await Promise.race([pending, ended, pause(LOOK_MS)])
        if (turn === 'ended' || !(await mayStill())) return
        if (turn === 'quiet') {
          if (Date.now() - quietSince < HEARTBEAT_MS) continue
          await stream.write(': still here\n\n')
        } else {
          if (turn.done === true) return
          await stream.writeSSE({ event: turn.value.event, data: JSON.stringify(turn.value.data) })
          pending = iterator.next()
        }
        quietSince = Date.now()
      }
    } finally {
      // A generator that waits inside next() takes its return only after that: it must not be awaited here.
      void iterator.return?.()
    }
  })
}

function pause(ms: number): Promise<'quiet'> {
  return new Promise((resolve) => setTimeout(() => resolve('quiet'), ms).unref())
}
