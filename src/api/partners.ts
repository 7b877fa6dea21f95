// Partners as the console shows them: the list, one of them, what is shared with it, how it is read.
import { z } from 'zod'
import { Rank } from '../model/entitlement.ts'
import { listOf } from '../model/list.ts'
import { Partner, partnerStatuses, partnerStatusLabels } from '../model/partner.ts'
import type { PartnerStatus } from '../model/partner.ts'
import { paths } from '../model/snapshot.ts'
import { demandConnection } from '../store/connections.ts'
import type { Tx } from '../store/db.ts'
import { allIds, listRows } from '../store/list.ts'
import { partnerById, partnerList, partnersByIds, setSharedOnly } from '../store/partners.ts'
import { demandPartner, shareList, sharesByIds } from '../store/partners.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import { typeLabel, withLabels } from './words.ts'

const AtConnection = z.object({ connection: Id })
const AtPartner = z.object({ partner: Id })
const Query = listQuery('status', 'direction')

const directions: Record<string, string> = { agency: 'Agency', client: 'Client', both: 'Both' }
const spec = (connection: string, query: z.output<typeof Query>) =>
  partnerList(connection, valuesOf(query.status)?.includes('gone') ?? false)
const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { status: query.status, direction: query.direction })

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Partner),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const [page] = await Promise.all([
        listRows(tx, spec(params.connection, query), asked(query), partnersByIds),
        demandConnection(tx, params.connection),
      ])
      const label = (facet: string, of: (value: string) => string) =>
        (page.facets[facet] ?? []).map((entry) => ({ ...entry, label: of(entry.value) }))
      const facets = {
        status: label('status', (value) => partnerStatusLabels[value as PartnerStatus]),
        direction: label('direction', (value) => directions[value] ?? value),
      }
      facets.status.sort(
        (a, b) =>
          partnerStatuses.indexOf(a.value as PartnerStatus) -
          partnerStatuses.indexOf(b.value as PartnerStatus),
      )
      return { ...page, facets }
    }),
})

const columns: CsvColumn<Partner>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'ID', of: (row) => row.externalId },
  { head: 'Agency', of: (row) => row.isAgency },
  { head: 'Client', of: (row) => row.isClient },
  { head: 'Status', of: (row) => partnerStatusLabels[row.status] },
  { head: 'Shared assets', of: (row) => row.shares },
  { head: 'People', of: (row) => row.people },
  { head: 'First seen', of: (row) => row.firstSeenAt },
  { head: 'Last confirmed', of: (row) => row.lastConfirmedAt },
  { head: 'People last confirmed', of: (row) => row.peopleConfirmedAt },
]

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    await read((tx) => demandConnection(tx, params.connection))
    const ids = (tx: Tx) => allIds(tx, spec(params.connection, query), asked(query))
    return csv('partners', columns, inPortions(read, ids, partnersByIds))
  },
})

export const one = inWorkspace({
  params: AtPartner,
  answer: Partner,
  handle: ({ read, params }) => read((tx) => partnerById(tx, params.partner)),
})

export const shares = inWorkspace({
  params: AtPartner,
  query: listQuery('direction', 'type'),
  answer: listOf(
    z.object({
      id: z.string(),
      resourceId: z.string(),
      name: z.string().nullable(),
      externalId: z.string(),
      type: z.string(),
      typeLabel: z.string(),
      direction: z.enum(['out', 'in']),
      entitlements: z.array(z.string()),
      rank: Rank,
      status: z.string().nullable(),
      /** How it was last read. */
      path: z.enum(paths),
      firstSeenAt: z.string(),
      lastConfirmedAt: z.string(),
    }),
  ),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const asked = listAsk(query, { direction: query.direction, type: query.type })
      const [page, { connector }] = await Promise.all([
        listRows(tx, shareList(params.partner), asked, sharesByIds),
        demandPartner(tx, params.partner),
      ])
      const label = (type: string) => typeLabel(connector, type)
      const rows = page.rows.map((row) => ({ ...row, typeLabel: label(row.type) }))
      return { ...page, rows, facets: withLabels(page.facets, 'type', label) }
    }),
})

export const change = inWorkspace({
  params: AtPartner,
  body: z.object({ sharedOnly: z.boolean() }),
  answer: Partner,
  handle: ({ write, params, body }) =>
    write(async (tx, audit) => {
      await partnerById(tx, params.partner)
      await setSharedOnly(tx, params.partner, body.sharedOnly)
      await audit({
        action: 'partner.change',
        subjectKind: 'partner',
        subjectId: params.partner,
        data: { sharedOnly: body.sharedOnly },
      })
      return partnerById(tx, params.partner)
    }),
})
