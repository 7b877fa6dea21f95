// Server-sent events: what a screen watches. A stream ends with the caller's session, with their membership, and with the program.
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Db } from '../store/db.ts'
import { listen } from '../store/notify.ts'

export interface ServerEvent {
  event: string
  data: unknown
}

/** What a watching handler answers. The events must end soon after `gone` is aborted. */
export interface EventsAnswer {
  events(gone: AbortSignal): AsyncIterable<ServerEvent>
}

const HEARTBEAT_MS = 15_000
/** So that a stream is over within a second of what opened it. */
const LOOK_MS = 750
/** News within this time are told together. */
const GATHER_MS = 100

/**
 * Sends events until they end, the caller goes away, the program stops, or `mayStill` says no: asked before each event, and at least
 * once in a second, so that nothing is told to a session that has ended.
 */
export function sendEvents(
  c: Context,
  answer: EventsAnswer,
  mayStill: () => Promise<boolean>,
  stopping: AbortSignal,
): Response {
  return streamSSE(c, async (stream) => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const ended = aborted(AbortSignal.any([gone.signal, stopping]))
    const iterator = answer.events(gone.signal)[Symbol.asyncIterator]()
    let pending = iterator.next()
    let quietSince = Date.now()
    try {
      for (;;) {
        const turn = await Promise.race([pending, ended, pause(LOOK_MS, 'quiet' as const)])
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
      gone.abort()
      // What still comes is not wanted, and neither is its failure: the stream is over.
      pending.catch(() => undefined)
    }
  })
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
  let wake: () => void = () => undefined
  const stopJobs = await listen(db, 'jobs', (payload) => {
    if (payload === null) heard.missed = true
    else if (payload.workspaceId === workspaceId) heard.jobs.add(payload.jobId)
    else return
    wake()
  })
  const stopNotices = await listen(db, 'notices', (payload) => {
    if (payload !== null && payload.workspaceId !== workspaceId) return
    heard.notices = true
    wake()
  })
  const ended = aborted(gone)
  try {
    yield { jobs: [], notices: false }
    while (!gone.aborted) {
      if (heard.jobs.size === 0 && !heard.missed && !heard.notices) {
        await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))])
        await Promise.race([ended, pause(GATHER_MS, undefined)])
        continue
      }
      const told = { jobs: heard.missed ? null : [...heard.jobs], notices: heard.notices }
      heard.jobs.clear()
      heard.missed = false
      heard.notices = false
      yield told
    }
  } finally {
    await stopJobs()
    await stopNotices()
  }
}

function aborted(signal: AbortSignal): Promise<'ended'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('ended')
    else signal.addEventListener('abort', () => resolve('ended'), { once: true })
  })
}

function pause<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms).unref())
}
