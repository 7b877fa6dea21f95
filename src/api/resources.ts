// What access is to: the list of assets, and one asset with whom it is shared. Who can touch it stands in holders.ts.
import { z } from 'zod'
import { Change } from '../model/change.ts'
import { listOf } from '../model/list.ts'
import { Resource, ResourceDetails } from '../model/resource.ts'
import { changesOf } from '../store/changes.ts'
import { demandConnection, demandConnections, liveConnections } from '../store/connections.ts'
import type { Tx } from '../store/db.ts'
import { allIds, listRows } from '../store/list.ts'
import type { ListAsk, ListSpec } from '../store/list.ts'
import { demandPartners } from '../store/partners.ts'
import { demandResource, resourceDetails, resourceList, resourcesByIds } from '../store/resources.ts'
import type { ResourceRow } from '../store/resources.ts'
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

interface Asked {
  /** The app that is asked about, or all of them. */
  apps: readonly { id: string; label: string; connector: string }[]
  spec: ListSpec
  ask: ListAsk
}

/** What the list over all apps, or of one, is asked; throws `not_found` where an app or a partner is not there. */
async function listOfResources<T>(
  tx: Tx,
  query: z.output<typeof QueryAll>,
  connection: string | undefined,
  then: (asked: Pick<Asked, 'spec' | 'ask'>) => Promise<T>,
): Promise<Pick<Asked, 'apps'> & { result: T }> {
  const { type, relation } = query
  const ask = listAsk(query, { type, relation, connection: query.connection })
  const known = async (of: string | readonly string[]) => {
    const [result] = await Promise.all([
      then({ spec: resourceList(of, query.partner), ask }),
      demandPartners(tx, of, valuesOf(query.partner)),
    ])
    return result
  }
  if (connection !== undefined) {
    const [app, result] = await Promise.all([demandConnection(tx, connection), known(connection)])
    return { apps: [app], result }
  }
  const [apps] = await Promise.all([liveConnections(tx), demandConnections(tx, valuesOf(query.connection))])
  return { apps, result: await known(apps.map(({ id }) => id)) }
}

const labelsOf = (apps: Asked['apps']) => new Map(apps.map(({ id, label }) => [id, label]))

async function page(tx: Tx, query: z.output<typeof QueryAll>, connection?: string) {
  const { apps, result } = await listOfResources(tx, query, connection, ({ spec, ask }) =>
    listRows(tx, spec, ask, resourcesByIds),
  )
  const { rows, total, facets } = result
  const connector = connection === undefined ? null : (apps[0]?.connector ?? null)
  const typed = withTypeLabels(facets, 'type', connector)
  const related = withLabels(typed, 'relation', (value) => relations[value])
  const labels = labelsOf(apps)
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
  const { apps, result } = await read((tx) =>
    listOfResources(tx, query, connection, (asked) => Promise.resolve(asked)),
  )
  const labels = labelsOf(apps)
  const ids = (tx: Tx) => allIds(tx, result.spec, result.ask)
  const rows = inPortions(read, ids, async (tx, some) => (await resourcesByIds(tx, some)).map(shown))
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
      return { ...details, ...shown(details) }
    }),
})

export const changes = inWorkspace({
  params: AtResource,
  answer: z.object({ rows: z.array(Change) }),
  handle: ({ read, params }) =>
    read(async (tx) => {
      const [rows] = await Promise.all([
        changesOf(tx, { resourceId: params.resource }),
        demandResource(tx, params.resource),
      ])
      return { rows }
    }),
})
