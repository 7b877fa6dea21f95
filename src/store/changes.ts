// The history of what became different, as lists and drawers read it. Changes are written by the apply of a check for updates.
import { sql } from 'kysely'
import type { Change } from '../model/change.ts'
import type { Tx } from './db.ts'
import { between } from './list.ts'
import type { ListSpec } from './list.ts'

/** The changes of a connection between two times (ISO 8601), newest first. */
export function changeList(
  connectionId: string,
  times: { from?: string | undefined; to?: string | undefined } = {},
): ListSpec {
  return {
    base: sql`select c.id, c.at, c.kind, c.noun, c.partner_id::text as partner, coalesce(p.name, p.external_id) as partner_name
      from changes c left join partners p on p.id = c.partner_id
      where c.connection_id = ${connectionId} and ${between(sql`c.at`, times)}`,
    search: [],
    sorts: { at: 'at' },
    defaultSort: '-at',
    facets: {
      kind: { column: 'kind' },
      noun: { column: 'noun' },
      partner: { column: 'partner', label: 'partner_name' },
    },
  }
}

export function changesByIds(tx: Tx, ids: readonly string[]): Promise<Change[]> {
  return shaped(selectChanges(tx).where('changes.id', 'in', ids))
}

/** The newest changes of one principal or resource. */
export function changesOf(
  tx: Tx,
  of: { principalId: string } | { resourceId: string },
  limit = 200,
): Promise<Change[]> {
  const query = selectChanges(tx)
  const narrowed =
    'principalId' in of
      ? query.where('changes.principalId', '=', of.principalId)
      : query.where('changes.resourceId', '=', of.resourceId)
  return shaped(narrowed.orderBy('changes.at', 'desc').orderBy('changes.id', 'desc').limit(limit))
}

function selectChanges(tx: Tx) {
  return tx
    .selectFrom('changes')
    .leftJoin('partners', 'partners.id', 'changes.partnerId')
    .leftJoin('principals', 'principals.id', 'changes.principalId')
    .leftJoin('resources', 'resources.id', 'changes.resourceId')
    .select([
      'changes.id',
      'changes.at',
      'changes.jobId',
      'changes.kind',
      'changes.noun',
      'changes.partnerId',
      'partners.name as partnerName',
      'changes.principalId',
      'principals.name as principalName',
      'changes.resourceId',
      'resources.name as resourceName',
      'resources.type as resourceType',
      'changes.before',
      'changes.after',
    ])
}

async function shaped(query: ReturnType<typeof selectChanges>): Promise<Change[]> {
  return (await query.execute()).map((row) => ({ ...row, at: row.at.toISOString() }))
}
