// What one screen reads, one function per GET of the API: these come with the screen, and those of queries.ts with the first script.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { InferResponseType } from 'hono/client'
import { answer, api, asked, at, inApp, inWorkspace } from './client.ts'
import type { Query } from './client.ts'
import { key, listQuery, until } from './queries.ts'

export type SearchHit = InferResponseType<typeof inWorkspace.search.$get>['results'][number]
export type PartnerShare = InferResponseType<
  (typeof inWorkspace.partners)[':partner']['shares']['$get']
>['rows'][number]

const inPartner = inWorkspace.partners[':partner']
const inPrincipal = inWorkspace.principals[':principal']
const inResource = inWorkspace.resources[':resource']

// ── Before and beside a workspace ────────────────────────────────────────────────────────────────────────────────────
export const sessionsQuery = () =>
  queryOptions({ queryKey: ['sessions'], queryFn: () => answer(api.sessions.$get()) })
export const securityQuery = () =>
  queryOptions({ queryKey: ['security'], queryFn: () => answer(api.me.security.$get()) })
export type Security = InferResponseType<typeof api.me.security.$get>
export type OwnSession = InferResponseType<typeof api.sessions.$get>['rows'][number]

// ── A workspace ──────────────────────────────────────────────────────────────────────────────────────────────────────
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
export const invitationsQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'invitations'), filters, (signal) =>
    answer(inWorkspace.invitations.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
export const invitationQuery = (workspace: string, invitation: string) =>
  queryOptions({
    queryKey: key(workspace, 'invitations', invitation),
    queryFn: ({ signal }) =>
      answer(inWorkspace.invitations[':invitation'].$get(at({ workspace, invitation }), until(signal))),
  })

// ── Keys and notices ─────────────────────────────────────────────────────────────────────────────────────────────────
const keys = inWorkspace['api-keys']
export const apiKeysQuery = (workspace: string, filters: Query) =>
  listQuery(key(workspace, 'api-keys'), filters, (signal) =>
    answer(keys.$get({ ...at({ workspace }), ...asked(filters) }, until(signal))),
  )
export const apiKeyQuery = (workspace: string, apiKey: string) =>
  queryOptions({
    queryKey: key(workspace, 'api-keys', apiKey),
    queryFn: ({ signal }) => answer(keys[':key'].$get(at({ workspace, key: apiKey }), until(signal))),
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
/** Its days are those of a time zone. */
export const overviewQuery = (workspace: string, connection: string, zone: string) =>
  queryOptions({
    queryKey: key(workspace, 'connections', connection, 'overview', zone),
    queryFn: ({ signal }) =>
      answer(inApp.overview.$get({ ...at({ workspace, connection }), ...asked({ zone }) }, until(signal))),
  })

// ── Partners, people, assets ─────────────────────────────────────────────────────────────────────────────────────────
export const partnerQuery = (workspace: string, partner: string) =>
  queryOptions({
    queryKey: key(workspace, 'partner', partner),
    queryFn: ({ signal }) => answer(inPartner.$get(at({ workspace, partner }), until(signal))),
  })
export const partnerSharesQuery = (workspace: string, partner: string, filters: Query) =>
  queryOptions({
    queryKey: [...key(workspace, 'partner', partner, 'shares'), filters],
    queryFn: ({ signal }) =>
      answer(inPartner.shares.$get({ ...at({ workspace, partner }), ...asked(filters) }, until(signal))),
  })
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
export const resourceQuery = (workspace: string, resource: string) =>
  queryOptions({
    queryKey: key(workspace, 'resource', resource),
    queryFn: ({ signal }) => answer(inResource.$get(at({ workspace, resource }), until(signal))),
  })
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
export const eventQuery = (workspace: string, event: string) =>
  queryOptions({
    queryKey: key(workspace, 'audit', event),
    queryFn: ({ signal }) =>
      answer(inWorkspace.audit[':event'].$get(at({ workspace, event }), until(signal))),
  })

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
