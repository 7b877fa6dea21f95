// People over all apps of a workspace, each human once: principals with the same e-mail are one.
import type { z } from 'zod'
import { Identity } from '../model/identity.ts'
import { listOf } from '../model/list.ts'
import { demandConnections, liveConnections } from '../store/connections.ts'
import type { Tx } from '../store/db.ts'
import { identitiesByIds, identityList, partnerNames } from '../store/identities.ts'
import { allIds, listRows } from '../store/list.ts'
import { csv, seenColumns } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { heldColumns, nameColumns } from './principals.ts'
import { inWorkspace } from './route.ts'
import { withLabels } from './words.ts'

const Query = listQuery('partner', 'rank', 'kind', 'twoFactor', 'confirmed', 'connection')

/** The list over all apps, and these with their labels; throws `not_found` where it is filtered by an app that is not there. */
async function listOfIdentities(tx: Tx, query: z.output<typeof Query>) {
  await demandConnections(tx, valuesOf(query.connection))
  const apps = new Map((await liveConnections(tx)).map(({ id, label }) => [id, label]))
  const { partner, rank, kind, twoFactor, confirmed, connection } = query
  return {
    apps,
    spec: identityList([...apps.keys()]),
    ask: listAsk(query, { partner, rank, kind, twoFactor, confirmed, connection }),
  }
}

export const list = inWorkspace({
  query: Query,
  answer: listOf(Identity),
  handle: ({ read, query }) =>
    read(async (tx) => {
      const { apps, spec, ask } = await listOfIdentities(tx, query)
      const { rows, total, facets } = await listRows(tx, spec, ask, identitiesByIds)
      const businesses = facets['partner']?.map(({ value }) => value) ?? []
      const names = await partnerNames(tx, [...apps.keys()], businesses)
      const named = withLabels(facets, 'partner', (value) => (value === 'own' ? 'Our own' : names.get(value)))
      return { rows, total, facets: withLabels(named, 'connection', (value) => apps.get(value)) }
    }),
})

/** What differs from one principal of a human to the next: every value once, in order. */
const each = (row: Identity, of: (one: Identity['principals'][number]) => string | null): string[] => [
  ...new Set(row.principals.flatMap((one) => of(one) ?? [])),
]

export const exported = inWorkspace({
  query: Query,
  answer: 'csv',
  handle: async ({ read, query }) => {
    const { apps, spec, ask } = await read((tx) => listOfIdentities(tx, query))
    const rows = inPortions(read, (tx) => allIds(tx, spec, ask), identitiesByIds)
    const columns: CsvColumn<Identity>[] = [
      ...nameColumns,
      { head: 'Kind', of: (row) => each(row, (one) => one.kind) },
      { head: 'Apps', of: (row) => each(row, (one) => apps.get(one.connectionId) ?? null) },
      {
        head: 'Partner',
        of: (row) => each(row, (one) => (one.partnerId === null ? 'Our own' : one.partnerName)),
      },
      { head: 'Role', of: (row) => each(row, (one) => one.role) },
      { head: 'Two-factor', of: (row) => each(row, (one) => one.twoFactor) },
      ...heldColumns,
      ...seenColumns,
    ]
    return csv('people', columns, rows)
  },
})
