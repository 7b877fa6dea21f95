// What access is to: the list of assets, and one asset with everybody who can touch it and why.
import { z } from 'zod'
import { Change } from '../model/change.ts'
import { listOf } from '../model/list.ts'
import { Resource, ResourceDetails } from '../model/resource.ts'
import { changesOf } from '../store/changes.ts'
import { demandConnection, demandConnections, liveConnections } from '../store/connections.ts'
import type { Tx } from '../store/db.ts'
import { allIds, inOrder, listRows } from '../store/list.ts'
import { demandPartners } from '../store/partners.ts'
import { resourceDetails, resourceList, resourcesByIds } from '../store/resources.ts'
import type { HolderRow, ResourceRow } from '../store/resources.ts'
import { csv, seenColumns } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import { typeLabel, withLabels, withTypeLabels } from './words.ts'

const AtConnection = z.object({ connection: Id })
const AtResource = z.object({ resource: Id })
const Query = listQuery('type', 'relation').extend({ partner: Id.optional() })
const QueryAll = listQuery('type', 'relation', 'connection').extend({ partner: Id.optional() })

const shown = ({ connector, ...row }: ResourceRow): Resource => ({
  ...row,
  typeLabel: typeLabel(connector, row.type),
})
const relations: Record<string, string> = { owned: 'Our own', client: 'Shared with us' }

/** The list of one app, or of all apps; throws `not_found` where what it is asked of or filtered by is not there. */
async function listOfResources(tx: Tx, query: z.output<typeof QueryAll>, connection?: string) {
  const one = connection === undefined ? null : await demandConnection(tx, connection)
  const apps = one === null ? await liveConnections(tx) : [one]
  if (one === null) await demandConnections(tx, valuesOf(query.connection))
  const of = one?.id ?? apps.map(({ id }) => id)
  await demandPartners(tx, of, valuesOf(query.partner))
  const { type, relation } = query
  return {
    one,
    labels: new Map(apps.map(({ id, label }) => [id, label])),
    spec: resourceList(of, query.partner),
    ask: listAsk(query, { type, relation, connection: query.connection }),
  }
}

async function page(tx: Tx, query: z.output<typeof QueryAll>, connection?: string) {
  const { one, labels, spec, ask } = await listOfResources(tx, query, connection)
  const { rows, total, facets } = await listRows(tx, spec, ask, resourcesByIds)
  const typed = withTypeLabels(facets, 'type', one?.connector ?? null)
  const related = withLabels(typed, 'relation', (value) => relations[value])
  return {
    rows: rows.map(shown),
    total,
    facets: withLabels(related, 'connection', (value) => labels.get(value)),
  }
}

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Resource),
  handle: ({ read, params, query }) => read((tx) => page(tx, query, params.connection)),
})

export const listAll = inWorkspace({
  query: QueryAll,
  answer: listOf(Resource),
  handle: ({ read, query }) => read((tx) => page(tx, query)),
})

const columns: CsvColumn<Resource>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'ID', of: (row) => row.externalId },
  { head: 'Type', of: (row) => row.typeLabel },
  { head: 'Owner', of: (row) => row.ownerName },
  { head: 'Relation', of: (row) => relations[row.relation] ?? row.relation },
  { head: 'Partners', of: (row) => row.partners },
  { head: 'People', of: (row) => row.people },
  ...seenColumns,
]

type Read = <T>(fn: (tx: Tx) => Promise<T>) => Promise<T>

async function file(read: Read, query: z.output<typeof QueryAll>, connection?: string) {
  const { ids, labels } = await read(async (tx) => {
    const { spec, ask, labels } = await listOfResources(tx, query, connection)
    return { ids: await allIds(tx, spec, ask), labels }
  })
  const rows = inPortions(ids, async (some) =>
    inOrder(some, (await read((tx) => resourcesByIds(tx, some))).map(shown)),
  )
  const app: CsvColumn<Resource> = { head: 'App', of: (row) => labels.get(row.connectionId) ?? null }
  return csv('assets', connection === undefined ? [app, ...columns] : columns, rows)
}

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: ({ read, params, query }) => file(read, query, params.connection),
})

export const exportedAll = inWorkspace({
  query: QueryAll,
  answer: 'csv',
  handle: ({ read, query }) => file(read, query),
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
