// The activity log: who did what in our product, when and from where.
import { z } from 'zod'
import { AuditEvent } from '../model/audit.ts'
import { listOf } from '../model/list.ts'
import { auditByIds, auditList } from '../store/audit.ts'
import { allIds, inOrder, listRows } from '../store/list.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery } from './list.ts'
import { inWorkspace } from './route.ts'

const Time = z.union([z.iso.datetime({ offset: true }), z.iso.date()])
const Query = listQuery('action', 'actor').extend({ from: Time.optional(), to: Time.optional() })

const asked = (query: z.output<typeof Query>) => listAsk(query, { action: query.action, actor: query.actor })

export const list = inWorkspace({
  query: Query,
  answer: listOf(AuditEvent),
  handle: ({ read, query }) => read((tx) => listRows(tx, auditList(query), asked(query), auditByIds)),
})

const columns: CsvColumn<AuditEvent>[] = [
  { head: 'Time', of: (row) => row.at },
  { head: 'Who', of: (row) => row.actorName ?? row.actorId },
  { head: 'Who (ID)', of: (row) => row.actorId },
  { head: 'Action', of: (row) => row.action },
  { head: 'Of', of: (row) => row.subjectKind },
  { head: 'Name', of: (row) => row.subjectName },
  { head: 'ID', of: (row) => row.subjectId },
  { head: 'Details', of: (row) => JSON.stringify(row.data) },
  { head: 'Address', of: (row) => row.address },
]

export const exported = inWorkspace({
  query: Query,
  answer: 'csv',
  handle: async ({ read, query }) => {
    const ids = await read((tx) => allIds(tx, auditList(query), asked(query)))
    return csv(
      'activity',
      columns,
      inPortions(ids, async (some) => inOrder(some, await read((tx) => auditByIds(tx, some)))),
    )
  },
})
