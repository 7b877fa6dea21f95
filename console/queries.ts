// Everything the console reads, one function per GET of the API. Keys begin with ['ws', workspace], so that one call can
// make a workspace's data fresh. Lists take their filters as they stand in the address.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AuditEvent } from '../src/model/audit.ts'
import type { Action } from '../src/model/can.ts'
import type { Change, Proposal } from '../src/model/change.ts'
import type { Connection, Overview } from '../src/model/connection.ts'
import type { Rank } from '../src/model/entitlement.ts'
import type { Job, JobDetails } from '../src/model/job.ts'
import type { List } from '../src/model/list.ts'
import type { Manifest } from '../src/model/manifest.ts'
import type { Partner } from '../src/model/partner.ts'
import type { Principal, PrincipalDetails } from '../src/model/principal.ts'
import type { Resource, ResourceDetails } from '../src/model/resource.ts'
import type { Workspace } from '../src/model/workspace.ts'
import { address, get } from './client.ts'
import type { Query } from './client.ts'

export interface Setup {
  needed: boolean
  simulatorOffered: boolean
  version: string
}
export interface Me {
  user: { id: string; name: string; email: string }
  workspaces: Workspace[]
}
export interface SessionRow {
  id: string
  current: boolean
  createdAt: string
  lastSeenAt: string
  address: string | null
  device: string | null
}
export interface WorkspaceInfo {
  workspace: Workspace
  can: Action[]
  counts: JobCounts
}
export interface JobCounts {
  openJobs: number
  waitingJobs: number
}
export interface SearchHit {
  kind: 'connection' | 'partner' | 'principal' | 'resource' | 'job'
  id: string
  connectionId: string | null
  title: string
  hint: string
}
export interface PartnerShare {
  resourceId: string
  name: string | null
  externalId: string
  type: string
  typeLabel: string
  direction: 'out' | 'in'
  entitlements: string[]
  rank: Rank
  status: string | null
  firstSeenAt: string
  lastConfirmedAt: string
}
interface Rows<T> {
  rows: T[]
}

const v1 = '/v1'
const ws = (workspace: string) => `${v1}/workspaces/${workspace}`
const app = (workspace: string, connection: string) => `${ws(workspace)}/connections/${connection}`

/** The path of a list below the API's root, for `csvAddress` and the queries alike. */
export const listPaths = {
  partners: (workspace: string, connection: string) => `${app(workspace, connection)}/partners`,
  principals: (workspace: string, connection: string) => `${app(workspace, connection)}/principals`,
  resources: (workspace: string, connection: string) => `${app(workspace, connection)}/resources`,
  changes: (workspace: string, connection: string) => `${app(workspace, connection)}/changes`,
  jobs: (workspace: string) => `${ws(workspace)}/jobs`,
  audit: (workspace: string) => `${ws(workspace)}/audit`,
}

/** Where a list can be downloaded with the same filters. */
export function csvAddress(path: string, filters: Query): string {
  return address(`${path}.csv`, { ...filters, offset: undefined, limit: undefined })
}

/** A page of a list. While the next page or filter is loading, the last one stays (`isPlaceholderData`). */
function listQuery<T>(key: readonly unknown[], path: string, filters: Query) {
  return queryOptions({
    queryKey: [...key, filters],
    queryFn: ({ signal }) => get<List<T>>(path, filters, signal),
    placeholderData: keepPreviousData,
  })
}

function oneQuery<T>(key: readonly unknown[], path: string, query?: Query) {
  return queryOptions({ queryKey: key, queryFn: ({ signal }) => get<T>(path, query, signal) })
}

// Before and beside a workspace
export const setupQuery = () => oneQuery<Setup>(['setup'], `${v1}/setup`)
export const meQuery = () => oneQuery<Me>(['me'], `${v1}/me`)
export const sessionsQuery = () => oneQuery<Rows<SessionRow>>(['sessions'], `${v1}/sessions`)

// A workspace
export const workspaceKey = (workspace: string) => ['ws', workspace] as const
const key = (workspace: string, ...rest: string[]) => [...workspaceKey(workspace), ...rest] as const

export const workspaceQuery = (workspace: string) =>
  oneQuery<WorkspaceInfo>(key(workspace, 'info'), ws(workspace))
export const connectorsQuery = (workspace: string) =>
  queryOptions({
    ...oneQuery<Manifest[]>(key(workspace, 'connectors'), `${ws(workspace)}/connectors`),
    staleTime: Infinity,
  })
export const searchQuery = (workspace: string, text: string) =>
  queryOptions({
    ...oneQuery<{ results: SearchHit[] }>([...key(workspace, 'search'), text], `${ws(workspace)}/search`, {
      q: text,
    }),
    enabled: text.trim().length > 1,
    placeholderData: keepPreviousData,
  })

// Apps
export const connectionsQuery = (workspace: string) =>
  oneQuery<Connection[]>(key(workspace, 'connections'), `${ws(workspace)}/connections`)
export const connectionQuery = (workspace: string, connection: string) =>
  oneQuery<Connection>(key(workspace, 'connections', connection), app(workspace, connection))
export const overviewQuery = (workspace: string, connection: string) =>
  oneQuery<Overview>(
    key(workspace, 'connections', connection, 'overview'),
    `${app(workspace, connection)}/overview`,
  )
export const proposalsQuery = (workspace: string, connection: string) =>
  oneQuery<Rows<Proposal>>(key(workspace, 'proposals', connection), `${app(workspace, connection)}/proposals`)
export const changesQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery<Change>(key(workspace, 'changes', connection), listPaths.changes(workspace, connection), filters)

// Partners, people, assets
export const partnersQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery<Partner>(
    key(workspace, 'partners', connection),
    listPaths.partners(workspace, connection),
    filters,
  )
export const partnerQuery = (workspace: string, partner: string) =>
  oneQuery<Partner>(key(workspace, 'partner', partner), `${ws(workspace)}/partners/${partner}`)
export const partnerSharesQuery = (workspace: string, partner: string) =>
  oneQuery<Rows<PartnerShare>>(
    key(workspace, 'partner', partner, 'shares'),
    `${ws(workspace)}/partners/${partner}/shares`,
  )
export const principalsQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery<Principal>(
    key(workspace, 'principals', connection),
    listPaths.principals(workspace, connection),
    filters,
  )
export const principalQuery = (workspace: string, principal: string) =>
  oneQuery<PrincipalDetails>(
    key(workspace, 'principal', principal),
    `${ws(workspace)}/principals/${principal}`,
  )
export const principalChangesQuery = (workspace: string, principal: string) =>
  oneQuery<Rows<Change>>(
    key(workspace, 'principal', principal, 'changes'),
    `${ws(workspace)}/principals/${principal}/changes`,
  )
export const resourcesQuery = (workspace: string, connection: string, filters: Query) =>
  listQuery<Resource>(
    key(workspace, 'resources', connection),
    listPaths.resources(workspace, connection),
    filters,
  )
export const resourceQuery = (workspace: string, resource: string) =>
  oneQuery<ResourceDetails>(key(workspace, 'resource', resource), `${ws(workspace)}/resources/${resource}`)
export const resourceChangesQuery = (workspace: string, resource: string) =>
  oneQuery<Rows<Change>>(
    key(workspace, 'resource', resource, 'changes'),
    `${ws(workspace)}/resources/${resource}/changes`,
  )

// Automation and activity
export const jobsQuery = (workspace: string, filters: Query) =>
  listQuery<Job>(key(workspace, 'jobs'), listPaths.jobs(workspace), filters)
export const jobQuery = (workspace: string, job: string) =>
  oneQuery<JobDetails>(key(workspace, 'job', job), `${ws(workspace)}/jobs/${job}`)
export const auditQuery = (workspace: string, filters: Query) =>
  listQuery<AuditEvent>(key(workspace, 'audit'), listPaths.audit(workspace), filters)
