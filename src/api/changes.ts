// The history of a connection: what became different, by kind, noun and time.
import { z } from 'zod'
import { Change } from '../model/change.ts'
import { listOf } from '../model/list.ts'
import type { Tx } from '../store/db.ts'
import { changeList, changesByIds } from '../store/changes.ts'
import { demandConnection } from '../store/connections.ts'
import { allIds, listRows } from '../store/list.ts'
import { demandPartners } from '../store/partners.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { between, inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'

const AtConnection = z.object({ connection: Id })
const Query = listQuery('kind', 'noun', 'partner').extend(between)

const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { kind: query.kind, noun: query.noun, partner: query.partner })

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Change),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const [page] = await Promise.all([
        listRows(tx, changeList(params.connection, query), asked(query), changesByIds),
        demandConnection(tx, params.connection),
        demandPartners(tx, params.connection, valuesOf(query.partner)),
      ])
      return page
    }),
})

const columns: CsvColumn<Change>[] = [
  { head: 'Time', of: (row) => row.at },
  { head: 'What', of: (row) => row.kind },
  { head: 'Of', of: (row) => row.noun },
  { head: 'Partner', of: (row) => row.partnerName },
  { head: 'Person', of: (row) => row.principalName },
  { head: 'Asset', of: (row) => row.resourceName },
  { head: 'Asset type', of: (row) => row.resourceType },
  { head: 'Before', of: (row) => (row.before === null ? null : JSON.stringify(row.before)) },
  { head: 'After', of: (row) => (row.after === null ? null : JSON.stringify(row.after)) },
  { head: 'Task', of: (row) => row.jobId },
]

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    await read(async (tx) => {
      await demandConnection(tx, params.connection)
      await demandPartners(tx, params.connection, valuesOf(query.partner))
    })
    const ids = (tx: Tx) => allIds(tx, changeList(params.connection, query), asked(query))
    return csv('changes', columns, inPortions(read, ids, changesByIds))
  },
})
