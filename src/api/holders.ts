// Who can touch one asset, and why: in pages, and as a file.
import { z } from 'zod'
import { Holder } from '../model/holder.ts'
import { listOf } from '../model/list.ts'
import type { Tx } from '../store/db.ts'
import { holderList, holdersByIds } from '../store/holders.ts'
import type { HolderRow } from '../store/holders.ts'
import { allIds, listRows } from '../store/list.ts'
import { demandResource } from '../store/resources.ts'
import { csv, seenColumns } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import { withLabels } from './words.ts'

const AtResource = z.object({ resource: Id })
const Query = listQuery('group', 'rank', 'how')

const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { group: query.group, rank: query.rank, how: query.how })

const shown = ({ through, role, ...row }: HolderRow): Holder => ({
  ...row,
  because: because({ ...row, through, role }),
})

export const list = inWorkspace({
  params: AtResource,
  query: Query,
  answer: listOf(Holder),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const [page] = await Promise.all([
        listRows(tx, holderList(params.resource), asked(query), holdersByIds),
        demandResource(tx, params.resource),
      ])
      const facets = withLabels(page.facets, 'how', (how) => hows[how])
      return { rows: page.rows.map(shown), total: page.total, facets }
    }),
})

const hows: Record<string, string> = {
  direct: 'Assigned directly',
  role: 'Through their role',
  group: 'Through an asset group',
}

const columns: CsvColumn<Holder>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'E-mail', of: (row) => row.email },
  { head: 'Kind', of: (row) => row.kind },
  { head: 'Partner', of: (row) => row.partnerName ?? (row.partnerId === null ? 'Our own' : row.partnerId) },
  { head: 'Permission', of: (row) => row.rank },
  { head: 'Permissions in detail', of: (row) => row.entitlements },
  { head: 'Why', of: (row) => row.because },
  ...seenColumns,
]

export const exported = inWorkspace({
  params: AtResource,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    await read((tx) => demandResource(tx, params.resource))
    const ids = (tx: Tx) => allIds(tx, holderList(params.resource), asked(query))
    const rows = inPortions(read, ids, async (tx, some) => (await holdersByIds(tx, some)).map(shown))
    return csv('who-can-touch', columns, rows)
  },
})

/** A provider's code word as it is read in a sentence: `ADMIN` → "Admin". */
const spoken = (code: string) =>
  code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ').toLowerCase()

/** Why somebody can touch an asset, in plain words. */
function because(holder: HolderRow): string {
  const business = holder.partnerName ?? (holder.partnerId === null ? 'our business' : 'the partner')
  switch (holder.how) {
    case 'direct':
      return holder.partnerId === null
        ? 'because it is assigned to them directly'
        : `because ${business} assigned it to them directly`
    case 'role':
      return `because their role${holder.role === null ? '' : ` ${spoken(holder.role)}`} reaches everything that ${business} holds`
    case 'group':
      return `because they are assigned to an asset group that holds it${holder.through === null ? '' : ` (${holder.through})`}`
  }
}
