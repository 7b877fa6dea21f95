// What access is to: the list of assets, and one asset with everybody who can touch it and why.
import { z } from 'zod'
import { Change } from '../model/change.ts'
import { listOf } from '../model/list.ts'
import { Resource, ResourceDetails } from '../model/resource.ts'
import { changesOf } from '../store/changes.ts'
import { demandConnection } from '../store/connections.ts'
import { allIds, inOrder, listRows } from '../store/list.ts'
import { demandPartners } from '../store/partners.ts'
import { resourceDetails, resourceList, resourcesByIds } from '../store/resources.ts'
import type { HolderRow, ResourceRow } from '../store/resources.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import { typeLabel, withTypeLabels } from './words.ts'

const AtConnection = z.object({ connection: Id })
const AtResource = z.object({ resource: Id })
const Query = listQuery('type', 'relation').extend({ partner: Id.optional() })

const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { type: query.type, relation: query.relation })
const shown = ({ connector, ...row }: ResourceRow): Resource => ({
  ...row,
  typeLabel: typeLabel(connector, row.type),
})
const relations: Record<string, string> = { owned: 'Our own', client: 'Shared with us' }

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Resource),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const { connector } = await demandConnection(tx, params.connection)
      await demandPartners(tx, params.connection, valuesOf(query.partner))
      const page = await listRows(
        tx,
        resourceList(params.connection, query.partner),
        asked(query),
        resourcesByIds,
      )
      const relation = (page.facets['relation'] ?? []).map((entry) => ({
        ...entry,
        label: relations[entry.value] ?? entry.value,
      }))
      return {
        ...page,
        rows: page.rows.map(shown),
        facets: { ...withTypeLabels(page.facets, 'type', connector), relation },
      }
    }),
})

const columns: CsvColumn<Resource>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'ID', of: (row) => row.externalId },
  { head: 'Type', of: (row) => row.typeLabel },
  { head: 'Owner', of: (row) => row.ownerName },
  { head: 'Relation', of: (row) => relations[row.relation] ?? row.relation },
  { head: 'Partners', of: (row) => row.partners },
  { head: 'People', of: (row) => row.people },
  { head: 'First seen', of: (row) => row.firstSeenAt },
  { head: 'Last confirmed', of: (row) => row.lastConfirmedAt },
  { head: 'Not confirmed since', of: (row) => row.notConfirmedSince },
]

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    const ids = await read(async (tx) => {
      await demandConnection(tx, params.connection)
      await demandPartners(tx, params.connection, valuesOf(query.partner))
      return allIds(tx, resourceList(params.connection, query.partner), asked(query))
    })
    const rows = inPortions(ids, async (some) =>
      inOrder(some, (await read((tx) => resourcesByIds(tx, some))).map(shown)),
    )
    return csv('assets', columns, rows)
  },
})

export const one = inWorkspace({
  params: AtResource,
  answer: ResourceDetails,
  handle: ({ read, params }) =>
    read(async (tx) => {
      const details = await resourceDetails(tx, params.resource)
      const holders = details.holders.map((holder) => ({ ...holder, because: because(holder) }))
      return { ...details, ...shown(details), holders }
    }),
})

/** Why somebody can touch an asset, in plain words. */
function because(holder: HolderRow): string {
  const business = holder.partnerName ?? (holder.partnerId === null ? 'our business' : 'the partner')
  switch (holder.how) {
    case 'direct':
      return holder.partnerId === null
        ? 'because it is assigned to them directly'
        : `because ${business} assigned it to them directly`
    case 'role':
      return `because their role${holder.role === null ? '' : ` ${holder.role}`} reaches everything that ${business} holds`
    case 'group':
      return `because they are assigned to an asset group that holds it${holder.through === null ? '' : ` (${holder.through})`}`
  }
}

export const changes = inWorkspace({
  params: AtResource,
  answer: z.object({ rows: z.array(Change) }),
  handle: ({ read, params }) =>
    read(async (tx) => {
      const [resource] = await resourcesByIds(tx, [params.resource])
      if (resource === undefined) await resourceDetails(tx, params.resource)
      return { rows: await changesOf(tx, { resourceId: params.resource }) }
    }),
})
