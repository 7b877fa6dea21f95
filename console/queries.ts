// What the console reads, one function per GET of the API: what every page and the lists of an app ask. What one screen asks is in
// queries-beside.ts. Keys begin with ['ws', workspace], so that one call can make a workspace's data fresh. Lists take their filters as they
// stand in the address.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { InferResponseType } from 'hono/client'
import type { List } from '../src/model/list.ts'
import { answer, api, asked, at, inApp, inWorkspace } from './client.ts'
import type { Query } from './client.ts'

export type Me = InferResponseType<typeof api.me.$get>
export type WorkspaceInfo = InferResponseType<typeof inWorkspace.$get>
export type JobCounts = WorkspaceInfo['counts']

const inResource = inWorkspace.resources[':resource']

/** Where a list can be downloaded, for `csvAddress`. */
export const listPaths = {
  partners: (workspace: string, connection: string) => inAppPath(workspace, connection, 'partners'),
  principals: (workspace: string, connection: string) => inAppPath(workspace, connection, 'principals'),
  resources: (workspace: string, connection: string | undefined) =>
    connection === undefined
      ? `/api/v1/workspaces/${workspace}/resources`
      : inAppPath(workspace, connection, 'resources'),
  holders: (workspace: string, resource: string) =>
    `/api/v1/workspaces/${workspace}/resources/${resource}/holders`,
  identities: (workspace: string) => `/api/v1/workspaces/${workspace}/identities`,
  changes: (workspace: string, connection: string) => inAppPath(workspace, connection, 'changes'),
  jobs: (workspace: string) => `/api/v1/workspaces/${workspace}/jobs`,
  audit: (workspace: string) => `/api/v1/workspaces/${workspace}/audit`,
}
const inAppPath = (workspace: string, connection: string, list: string) =>
  `/api/v1/workspaces/${workspace}/connections/${connection}/${list}`

/** Where a list can be downloaded with the same filters. */
export function csvAddress(path: string, filters: Query): string {
  const { query } = asked({ ...filters, offset: undefined, limit: undefined })
  const text = new URLSearchParams(query).toString()
  return `${path}.csv${text === '' ? '' : `?${text}`}`
}

/** The same as JSON lines. */
export function linesAddress(path: string, filters: Query): string {
  return csvAddress(path, filters).replace(`${path}.csv`, `${path}.jsonl`)
}

/** How a query gives up when nobody waits for it any more. */
export const until = (signal: AbortSignal) => ({ init: { signal } })

/** A page of a list. While the next page or filter is loading, the last one stays (`isPlaceholderData`). */
export function listQuery<T>(
  key: readonly unknown[],
  filters: Query,
  read: (signal: AbortSignal) => Promise<List<T>>,
) {
  return queryOptions({
    queryKey: [...key, filters],
    queryFn: ({ signal }) => read(signal),
    placeholderData: keepPreviousData,
  })
}

// ── Before and beside a workspace ────────────────────────────────────────────────────────────────────────────────────
export const setupQuery = () => queryOptions({ queryKey: ['setup'], queryFn: () => answer(api.setup.$get()) })
export const meQuery = () => queryOptions({ queryKey: ['me'], queryFn: () => answer(api.me.$get()) })

// ── A workspace ──────────────────────────────────────────────────────────────────────────────────────────────────────
export const workspaceKey = (workspace: string) => ['ws', workspace] as const
export const key = (workspace: string, ...rest: string[]) => [...workspaceKey(workspace), ...rest] as const
export const workspaceQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'info'),
    queryFn: ({ signal }) => answer(inWorkspace.$get(at({ workspace }), until(signal))),
  })
export const connectorsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'connectors'),
    queryFn: ({ signal }) => answer(inWorkspace.connectors.$get(at({ workspace }), until(signal))),
    staleTime: Infinity,
  })

// ── Apps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
export const connectionsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'connections'),
    queryFn: ({ signal }) => answer(inWorkspace.connections.$get(at({ workspace }), until(signal))),
  })
export const connectionQuery = (workspace: string, connection: string) =>
  queryOptions({
    queryKey: key(workspace, 'connections', connection),
    queryFn: ({ signal }) => answer(inApp.$get(at({ workspace, connection }), until(signal))),
  })
export const proposalsQuery = (workspace: string, connection: string) =>
  queryOptions({
    queryKey: key(workspace, 'proposals', connection),
    queryFn: ({ signal }) => answer(inApp.proposals.$get(at({ workspace, connection }), until(signal))),
  })
export const changesQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery(key(workspace, 'changes', connection), filters, (signal) =>
    answer(inApp.changes.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal))),
  )

// ── Partners, people, assets ─────────────────────────────────────────────────────────────────────────────────────────
export const partnersQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery(key(workspace, 'partners', connection), filters, (signal) =>
    answer(inApp.partners.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal))),
  )
export const principalsQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery(key(workspace, 'principals', connection), filters, (signal) =>
    answer(inApp.principals.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal))),
  )
/** The people of all apps, each human once. */
export const identitiesQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'identities'), filters, (signal) =>
    answer(inWorkspace.identities.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
/** Of one app, or of all where none is named. */
export const resourcesQuery = (workspace: string, connection: string | undefined, filters: Query) =>
  listQuery(key(workspace, 'resources', connection ?? 'all'), filters, (signal) =>
    answer(
      connection === undefined
        ? inWorkspace.resources.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))
        : inApp.resources.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal)),
    ),
  )
/** Who can touch it. */
export const holdersQuery = (workspace: string, resource: string, filters: Query) =>
  listQuery(key(workspace, 'resource', resource, 'holders'), filters, (signal) =>
    answer(inResource.holders.$get({ ...at({ workspace, resource }), ...asked(filters) }, until(signal))),
  )

// ── Automation and activity ──────────────────────────────────────────────────────────────────────────────────────────
export const jobsQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'jobs'), filters, (signal) =>
    answer(inWorkspace.jobs.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
export const jobQuery = (workspace: string, job: string) =>
  queryOptions({
    queryKey: key(workspace, 'job', job),
    queryFn: ({ signal }) => answer(inWorkspace.jobs[':job'].$get(at({ workspace, job }), until(signal))),
  })
