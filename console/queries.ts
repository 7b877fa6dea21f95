// Everything the console reads, one function per GET of the API. Keys begin with ['ws', workspace], so that one call can
// make a workspace's data fresh. Lists take their filters as they stand in the address.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { InferResponseType } from 'hono/client'
import type { List } from '../src/model/list.ts'
import { answer, api, asked, at, inApp, inWorkspace } from './client.ts'
import type { Query } from './client.ts'

export type Me = InferResponseType<typeof api.me.$get>
export type WorkspaceInfo = InferResponseType<typeof inWorkspace.$get>
export type JobCounts = WorkspaceInfo['counts']
export type SearchHit = InferResponseType<typeof inWorkspace.search.$get>['results'][number]
export type PartnerShare = InferResponseType<
  (typeof inWorkspace.partners)[':partner']['shares']['$get']
>['rows'][number]

const inPartner = inWorkspace.partners[':partner']
const inPrincipal = inWorkspace.principals[':principal']
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
const until = (signal: AbortSignal) => ({ init: { signal } })

/** A page of a list. While the next page or filter is loading, the last one stays (`isPlaceholderData`). */
function listQuery<T>(
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
export const sessionsQuery = () =>
  queryOptions({ queryKey: ['sessions'], queryFn: () => answer(api.sessions.$get()) })
export const securityQuery = () =>
  queryOptions({ queryKey: ['security'], queryFn: () => answer(api.me.security.$get()) })
export type Security = InferResponseType<typeof api.me.security.$get>
export type OwnSession = InferResponseType<typeof api.sessions.$get>['rows'][number]

// ── A workspace ──────────────────────────────────────────────────────────────────────────────────────────────────────
export const workspaceKey = (workspace: string) => ['ws', workspace] as const
const key = (workspace: string, ...rest: string[]) => [...workspaceKey(workspace), ...rest] as const

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
export const searchQuery = (workspace: string, text: string) =>
  queryOptions({
    queryKey: [...key(workspace, 'search'), text],
    queryFn: ({ signal }) =>
      answer(inWorkspace.search.$get({ ...at({ workspace }), query: { q: text } }, until(signal))),
    enabled: text.trim().length > 1,
    placeholderData: keepPreviousData,
  })

// ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export const membersQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'members'),
    queryFn: ({ signal }) => answer(inWorkspace.members.$get(at({ workspace }), until(signal))),
  })
export const invitationsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'invitations'),
    queryFn: ({ signal }) => answer(inWorkspace.invitations.$get(at({ workspace }), until(signal))),
  })

// ── Keys and notices ─────────────────────────────────────────────────────────────────────────────────────────────────
const keys = inWorkspace['api-keys']
export const apiKeysQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'api-keys'),
    queryFn: ({ signal }) => answer(keys.$get(at({ workspace }), until(signal))),
  })
/** The newest notices of the reader. */
export const noticesQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'notices'),
    queryFn: ({ signal }) =>
      answer(inWorkspace.notices.$get({ ...at({ workspace }), query: { limit: '100' } }, until(signal))),
  })
export const noticeSettingsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'notice-settings'),
    queryFn: ({ signal }) => answer(inWorkspace.notices.settings.$get(at({ workspace }), until(signal))),
  })
export type NoticeSettings = InferResponseType<typeof inWorkspace.notices.settings.$get>

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
export const overviewQuery = (workspace: string, connection: string) =>
  queryOptions({
    queryKey: key(workspace, 'connections', connection, 'overview'),
    queryFn: ({ signal }) => answer(inApp.overview.$get(at({ workspace, connection }), until(signal))),
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
export const partnerQuery = (workspace: string, partner: string) =>
  queryOptions({
    queryKey: key(workspace, 'partner', partner),
    queryFn: ({ signal }) => answer(inPartner.$get(at({ workspace, partner }), until(signal))),
  })
export const partnerSharesQuery = (workspace: string, partner: string) =>
  queryOptions({
    queryKey: key(workspace, 'partner', partner, 'shares'),
    queryFn: ({ signal }) => answer(inPartner.shares.$get(at({ workspace, partner }), until(signal))),
  })
export const principalsQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery(key(workspace, 'principals', connection), filters, (signal) =>
    answer(inApp.principals.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal))),
  )
/** The people of all apps, each human once. */
export const identitiesQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'identities'), filters, (signal) =>
    answer(inWorkspace.identities.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
export const principalQuery = (workspace: string, principal: string) =>
  queryOptions({
    queryKey: key(workspace, 'principal', principal),
    queryFn: ({ signal }) => answer(inPrincipal.$get(at({ workspace, principal }), until(signal))),
  })
export const principalChangesQuery = (workspace: string, principal: string) =>
  queryOptions({
    queryKey: key(workspace, 'principal', principal, 'changes'),
    queryFn: ({ signal }) => answer(inPrincipal.changes.$get(at({ workspace, principal }), until(signal))),
  })
/** Of one app, or of all where none is named. */
export const resourcesQuery = (workspace: string, connection: string | undefined, filters: Query) =>
  listQuery(key(workspace, 'resources', connection ?? 'all'), filters, (signal) =>
    answer(
      connection === undefined
        ? inWorkspace.resources.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))
        : inApp.resources.$get({ ...at({ workspace, connection }), ...asked(filters) }, until(signal)),
    ),
  )
export const resourceQuery = (workspace: string, resource: string) =>
  queryOptions({
    queryKey: key(workspace, 'resource', resource),
    queryFn: ({ signal }) => answer(inResource.$get(at({ workspace, resource }), until(signal))),
  })
/** Who can touch it. */
export const holdersQuery = (workspace: string, resource: string, filters: Query) =>
  listQuery(key(workspace, 'resource', resource, 'holders'), filters, (signal) =>
    answer(inResource.holders.$get({ ...at({ workspace, resource }), ...asked(filters) }, until(signal))),
  )
export const resourceChangesQuery = (workspace: string, resource: string) =>
  queryOptions({
    queryKey: key(workspace, 'resource', resource, 'changes'),
    queryFn: ({ signal }) => answer(inResource.changes.$get(at({ workspace, resource }), until(signal))),
  })

// ── A guest's own ────────────────────────────────────────────────────────────────────────────────────────────────────
export const myRequestsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'my-requests'),
    queryFn: ({ signal }) => answer(inWorkspace['my-requests'].$get(at({ workspace }), until(signal))),
  })
export const myRequestQuery = (workspace: string, request: string) =>
  queryOptions({
    queryKey: key(workspace, 'my-requests', request),
    queryFn: ({ signal }) =>
      answer(inWorkspace['my-requests'][':request'].$get(at({ workspace, request }), until(signal))),
  })
export const ownDataQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'own-data'),
    queryFn: ({ signal }) => answer(inWorkspace['own-data'].$get(at({ workspace }), until(signal))),
  })
const PORTION = 100
/** In portions; the next begins where the last ended. */
export const ownPeopleQuery = (workspace: string, partner: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [...key(workspace, 'own-data', partner), search],
    queryFn: ({ signal, pageParam }) =>
      answer(
        inWorkspace['own-data'][':partner'].people.$get(
          { ...at({ workspace, partner }), ...asked({ search, offset: pageParam, limit: PORTION }) },
          until(signal),
        ),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, all) => {
      const had = all.reduce((sum, page) => sum + page.rows.length, 0)
      return had < last.total ? had : undefined
    },
    placeholderData: keepPreviousData,
  })

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
/** A picture of a step: it never changes. */
export const pictureQuery = (workspace: string, job: string, picture: string) =>
  queryOptions({
    queryKey: key(workspace, 'picture', job, picture),
    queryFn: ({ signal }) =>
      answer(
        inWorkspace.jobs[':job'].pictures[':picture'].$get(at({ workspace, job, picture }), until(signal)),
      ),
    staleTime: Infinity,
  })
/** The question of a task with what has to be looked at; `question` keeps those of one task apart. */
export const questionQuery = (workspace: string, job: string, question: string) =>
  queryOptions({
    queryKey: key(workspace, 'question', job, question),
    queryFn: ({ signal }) =>
      answer(inWorkspace.jobs[':job'].question.$get(at({ workspace, job }), until(signal))),
    staleTime: Infinity,
  })
export const automationQuery = (workspace: string, connection: string) =>
  queryOptions({
    queryKey: key(workspace, 'connections', connection, 'automation'),
    queryFn: ({ signal }) => answer(inApp.automation.$get(at({ workspace, connection }), until(signal))),
  })
export const auditQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'audit'), filters, (signal) =>
    answer(inWorkspace.audit.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )

// ── Vault and secrets ────────────────────────────────────────────────────────────────────────────────────────────────
export const vaultQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'vault'),
    queryFn: ({ signal }) => answer(inWorkspace.vault.$get(at({ workspace }), until(signal))),
  })
/** Whom the reader may share with, with their public keys. */
export const recipientsQuery = (workspace: string) =>
  queryOptions({
    queryKey: key(workspace, 'recipients'),
    queryFn: ({ signal }) => answer(inWorkspace.recipients.$get(at({ workspace }), until(signal))),
  })
export const secretsQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'secrets'), filters, (signal) =>
    answer(inWorkspace.secrets.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
export const secretQuery = (workspace: string, secret: string) =>
  queryOptions({
    queryKey: key(workspace, 'secrets', secret),
    queryFn: ({ signal }) =>
      answer(inWorkspace.secrets[':secret'].$get(at({ workspace, secret }), until(signal))),
  })
