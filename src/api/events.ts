// Server-sent events: what a screen watches. A stream ends with the caller's session, with their membership, and with the program.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Db } from '../store/db.ts'
import { listen } from '../store/notify.ts'
import { LOOK_MS } from './caller.ts'
import type { Parts } from './parts.ts'

export interface ServerEvent {
  event: string
  data: unknown
}

/** What a watching handler answers. The events must end soon after `gone` is aborted. */
export interface EventsAnswer {
  events(gone: AbortSignal): AsyncIterable<ServerEvent>
}

const HEARTBEAT_MS = 15_000
/** News within this time after the last ones are told together; after a quiet while they are told at once. */
const GATHER_MS = 100

/**
 * Sends events until they end, the caller goes away, the program stops, or `mayStill` says no: asked before each event, and at least
 * once in a second, so that nothing is told to a session that has ended.
 */
export function sendEvents(
  c: Context,
  answer: EventsAnswer,
  mayStill: () => Promise<boolean>,
  { stopping, log }: Pick<Parts, 'stopping' | 'log'>,
): Response {
  return streamSSE(c, async (stream) => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const over = AbortSignal.any([gone.signal, stopping])
    const bell = new Bell(over)
    const events = answer.events(gone.signal)[Symbol.asyncIterator]()
    try {
      let next = nextOf(events, bell)
      let quietSince = performance.now()
      for (;;) {
        await bell.heard(LOOK_MS)
        if (over.aborted || !(await mayStill())) return
        const turn = next()
        if (turn === null) {
          if (performance.now() - quietSince < HEARTBEAT_MS) continue
          await stream.write(': still here\n\n')
        } else {
          if (turn.done === true) return
          await stream.writeSSE({ event: turn.value.event, data: JSON.stringify(turn.value.data) })
          next = nextOf(events, bell)
        }
        quietSince = performance.now()
      }
    } catch (error) {
      log.warn('an event stream broke off', { error })
    } finally {
      gone.abort()
      // Lets go of what the events hold. Not waited for: they may be waiting for a database that is away.
      void events.return?.().catch(() => undefined)
    }
  })
}

/** Asks for the next event once; gives what came, and null until then. */
function nextOf(
  events: AsyncIterator<ServerEvent>,
  bell: Bell,
): () => IteratorResult<ServerEvent, unknown> | null {
  let come: (() => IteratorResult<ServerEvent, unknown>) | null = null
  void events
    .next()
    .then(
      (result) => (come = () => result),
      (error: unknown) => {
        come = () => {
          throw error
        }
      },
    )
    .finally(() => bell.ring())
  return () => come?.() ?? null
}

/** Wakes who waits. A stream waits thousands of times, so that no wait may leave something behind at a promise that lives as long. */
class Bell {
  #rung = false
  #wake: () => void = () => undefined

  /** It also rings when `over` is aborted. */
  constructor(over: AbortSignal) {
    over.addEventListener('abort', () => this.ring(), { once: true })
    if (over.aborted) this.ring()
  }

  ring(): void {
    this.#rung = true
    this.#wake()
  }

  /** Resolves when it has rung since the last time, or after so many milliseconds. */
  async heard(ms?: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref()
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#rung = false
  }
}

/** What became different in a workspace. */
export interface WorkspaceNews {
  /** Ids of jobs; null where some may have been missed. */
  jobs: string[] | null
  /** True where somebody's notices became more or fewer. */
  notices: boolean
}

/** Yields news of a workspace in small gatherings, first an empty one at once. Ends when `gone` is aborted. */
export async function* workspaceNews(
  db: Db,
  workspaceId: string,
  gone: AbortSignal,
): AsyncIterable<WorkspaceNews> {
  const heard = { jobs: new Set<string>(), missed: false, notices: false }
  const bell = new Bell(gone)
  const stops: (() => Promise<void>)[] = []
  try {
    stops.push(
      await listen(db, 'jobs', (payload) => {
        if (payload === null) heard.missed = true
        else if (payload.workspaceId === workspaceId) heard.jobs.add(payload.jobId)
        else return
        bell.ring()
      }),
    )
    stops.push(
      await listen(db, 'notices', (payload) => {
        if (payload !== null && payload.workspaceId !== workspaceId) return
        heard.notices = true
        bell.ring()
      }),
    )
    yield { jobs: [], notices: false }
    let gatherUntil = 0
    while (!gone.aborted) {
      if (heard.jobs.size === 0 && !heard.missed && !heard.notices) {
        await bell.heard()
        continue
      }
      const rest = gatherUntil - performance.now()
      if (rest > 0) {
        await sleep(rest, undefined, { signal: gone, ref: false }).catch(() => undefined)
        continue
      }
      const told = { jobs: heard.missed ? null : [...heard.jobs], notices: heard.notices }
      heard.jobs.clear()
      heard.missed = false
      heard.notices = false
      gatherUntil = performance.now() + GATHER_MS
      yield told
    }
  } finally {
    for (const stop of stops) await stop()
  }
}
