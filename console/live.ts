// What the server tells by itself: tasks as they move. Screens read the same queries as before; only these hooks listen.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { openJobStatuses } from '../src/model/job.ts'
import type { JobDetails } from '../src/model/job.ts'
import { jobQuery, workspaceKey, workspaceQuery } from './queries.ts'
import type { JobCounts, WorkspaceInfo } from './queries.ts'

const RECONNECT_MS = 5000
const REFRESH_MS = 1000
/** How long a page that nobody sees keeps its streams. */
const HIDDEN_MS = 3000

/** A task, live while it is open. The result is that of `jobQuery`. */
export function useJob(workspace: string, job: string) {
  const client = useQueryClient()
  const query = useQuery(jobQuery(workspace, job))
  const open = query.data !== undefined && openJobStatuses.includes(query.data.status)
  useEffect(() => {
    if (!open) return
    const key = jobQuery(workspace, job).queryKey
    return listen(
      `/api/v1/workspaces/${workspace}/jobs/${job}/events`,
      {
        job: (data) => client.setQueryData(key, data as JobDetails),
        end: () => void client.invalidateQueries({ queryKey: workspaceKey(workspace) }),
      },
      { refused: () => void client.invalidateQueries({ queryKey: key }) },
    )
  }, [client, workspace, job, open])
  return query
}

/** While `listening`, keeps counts, lists of tasks and apps fresh; when a task ends, everything of the workspace is read again. */
export function useWorkspaceEvents(workspace: string, listening: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!listening) return
    const refresh = refresher(client, workspace)
    const jobs = (data: unknown) => refresh.told(data as News)
    const info = { queryKey: workspaceQuery(workspace).queryKey, exact: true }
    // One that is under way goes on: it is told when its tries are over.
    const ask = () => void client.invalidateQueries(info, { cancelRefetch: false })
    const stop = listen(
      `/api/v1/workspaces/${workspace}/events`,
      { jobs },
      {
        again: () => refresh.missed(),
        // A stream does not say why; a query does: a session that ended leads to sign-in, a server that is away is told.
        refused: ask,
        lost: ask,
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client, workspace, listening])
}

/** `ended`: one of the tasks that changed is over, however short it was. */
type News = JobCounts & { changed: string[]; ended: boolean; notices: boolean }

/** Gathers news for a second, so that a busy task does not make the lists ask all the time. */
export function refresher(client: QueryClient, workspace: string) {
  const changed = new Set<string>()
  let ended = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const run = () => {
    timer = undefined
    const fresh = (...rest: string[]) =>
      client.invalidateQueries({ queryKey: [...workspaceKey(workspace), ...rest] })
    if (ended) void fresh()
    else {
      void fresh('jobs')
      void fresh('connections')
      for (const job of changed) void fresh('job', job)
    }
    changed.clear()
    ended = false
  }

  return {
    /** Something may have happened that was not told. */
    missed() {
      ended = true
      timer ??= setTimeout(run, REFRESH_MS)
    },
    told(news: News) {
      if (news.ended) ended = true
      client.setQueryData<WorkspaceInfo>(workspaceQuery(workspace).queryKey, (info) => {
        if (info === undefined) return info
        // Over before this page began to listen.
        if (news.openJobs < info.counts.openJobs) ended = true
        const { openJobs, waitingJobs, unreadNotices } = news
        return { ...info, counts: { openJobs, waitingJobs, unreadNotices } }
      })
      if (news.notices) void client.invalidateQueries({ queryKey: [...workspaceKey(workspace), 'notices'] })
      for (const job of news.changed) changed.add(job)
      if (changed.size > 0 || ended) timer ??= setTimeout(run, REFRESH_MS)
    },
    stop: () => clearTimeout(timer),
  }
}

/**
 * Listens to named events with JSON data until the returned function is called or `end` arrives. A stream that the browser gave
 * up is opened again. `again`: called where a stream that was lost is back. `refused`: where the server does not give it. `lost`: where it
 * broke off, and the browser is about to ask for it again.
 *
 * Only while somebody sees the page: a browser opens six connections to a server, and pages that were left open in a few tabs would hold
 * them all, so that nothing of the next one ever came.
 */
export function listen(
  path: string,
  on: Record<string, (data: unknown) => void>,
  { again, refused, lost }: { again?: () => void; refused: () => void; lost?: () => void },
): () => void {
  let opened = false
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const close = () => {
    clearTimeout(timer)
    source?.close()
    source = undefined
  }
  const open = () => {
    const stream = new EventSource(path)
    let failures = 0
    source = stream
    for (const [name, handle] of Object.entries(on)) {
      stream.addEventListener(name, (event) => {
        if (name === 'end') stop()
        const data: unknown = event instanceof MessageEvent ? event.data : ''
        handle(typeof data === 'string' && data !== '' ? JSON.parse(data) : null)
      })
    }
    stream.addEventListener('open', () => {
      if (opened) again?.()
      opened = true
      failures = 0
    })
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) {
        refused()
        // One that nobody sees asks again when it is looked at.
        if (!document.hidden) timer = setTimeout(open, RECONNECT_MS)
      } else if (failures < 2) {
        // The browser asks every few seconds. A server that ends breaks off first and may answer something else meanwhile; after that it is away.
        failures += 1
        lost?.()
      }
    })
  }
  const onSight = () => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(close, HIDDEN_MS)
    else if (source === undefined || source.readyState === EventSource.CLOSED) open()
  }
  const stop = () => {
    document.removeEventListener('visibilitychange', onSight)
    close()
  }
  document.addEventListener('visibilitychange', onSight)
  if (!document.hidden) open()
  return stop
}
