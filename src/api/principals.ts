// Who can hold access: the lists under User overview, and one person with everything they can touch.
import { z } from 'zod'
import { Change } from '../model/change.ts'
import { listOf } from '../model/list.ts'
import { Principal, PrincipalDetails, PrincipalTab } from '../model/principal.ts'
import type { Tx } from '../store/db.ts'
import { changesOf } from '../store/changes.ts'
import { demandConnection } from '../store/connections.ts'
import { allIds, listRows } from '../store/list.ts'
import { demandPartners } from '../store/partners.ts'
import {
  demandPrincipal,
  erasePerson,
  principalDetails,
  principalList,
  principalsByIds,
} from '../store/principals.ts'
import { csv, seenColumns } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import { typeLabel, withTypeLabels } from './words.ts'

const AtConnection = z.object({ connection: Id })
const AtPrincipal = z.object({ principal: Id })
const Query = listQuery('partner', 'rank', 'kind', 'assetType', 'how', 'twoFactor', 'confirmed').extend({
  tab: PrincipalTab.optional(),
})

const asked = (query: z.output<typeof Query>) =>
  listAsk(query, {
    partner: query.partner,
    rank: query.rank,
    assetType: query.assetType ?? query.kind,
    how: query.how,
    twoFactor: query.twoFactor,
    confirmed: query.confirmed,
  })

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Principal),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const [page, { connector }] = await Promise.all([
        listRows(tx, principalList(params.connection, query.tab ?? 'own'), asked(query), principalsByIds),
        demandConnection(tx, params.connection),
        demandPartners(tx, params.connection, valuesOf(query.partner)),
      ])
      return { ...page, facets: withTypeLabels(page.facets, 'assetType', connector) }
    }),
})

/** Who somebody is, in an export. */
export const nameColumns: CsvColumn<Principal>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'E-mail', of: (row) => row.email },
  { head: 'ID', of: (row) => row.externalId },
]
/** What somebody can touch, in an export. */
export const heldColumns: CsvColumn<Principal>[] = [
  { head: 'Assets', of: (row) => row.assets },
  { head: 'Strongest permission', of: (row) => row.rank },
  { head: 'How', of: (row) => row.how },
]

const columns: CsvColumn<Principal>[] = [
  ...nameColumns,
  { head: 'Kind', of: (row) => row.kind },
  { head: 'Partner', of: (row) => row.partnerName },
  { head: 'Role', of: (row) => row.role },
  { head: 'Two-factor', of: (row) => row.twoFactor },
  { head: 'Finance access', of: (row) => row.financePermission },
  ...heldColumns,
  ...seenColumns,
]

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    const tab = query.tab ?? 'own'
    await read(async (tx) => {
      await demandConnection(tx, params.connection)
      await demandPartners(tx, params.connection, valuesOf(query.partner))
    })
    const ids = (tx: Tx) => allIds(tx, principalList(params.connection, tab), asked(query))
    return csv(`people-${tab.replaceAll('_', '-')}`, columns, inPortions(read, ids, principalsByIds))
  },
})

export const one = inWorkspace({
  params: AtPrincipal,
  answer: PrincipalDetails,
  handle: ({ read, params }) =>
    read(async (tx) => {
      const { connector, ...details } = await principalDetails(tx, params.principal)
      const access = details.access.map((row) => ({
        ...row,
        resourceTypeLabel: typeLabel(connector, row.resourceType),
      }))
      return { ...details, access }
    }),
})

export const erase = inWorkspace({
  params: AtPrincipal,
  answer: z.object({ erased: z.number() }),
  handle: ({ write, params }) =>
    write(async (tx, audit) => {
      const ids = await erasePerson(tx, params.principal)
      for (const subjectId of ids)
        await audit({ action: 'principal.erase', subjectKind: 'principal', subjectId })
      return { erased: ids.length }
    }),
})

export const changes = inWorkspace({
  params: AtPrincipal,
  answer: z.object({ rows: z.array(Change) }),
  handle: ({ read, params }) =>
    read(async (tx) => {
      const [rows] = await Promise.all([
        changesOf(tx, { principalId: params.principal }),
        demandPrincipal(tx, params.principal),
      ])
      return { rows }
    }),
})
