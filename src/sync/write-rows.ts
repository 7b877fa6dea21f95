// Writes what comparing found, with the ids of what it hangs on: partners and assets first, what stands on them afterwards, and ends in the
// opposite order.
import { resourceKey } from '../model/inventory.ts'
import type { GrantRow, Inventory } from '../model/inventory.ts'
import type { Tx } from '../store/db.ts'
import { addAndEndGrants, addRows, changeRows, endRows } from '../store/inventory-write.ts'
import type { InventoryTable, Where, WrittenRow } from '../store/inventory-write.ts'
import type { Difference, Differences } from './diff.ts'
import type { Ids } from './tally.ts'

/** Writes assets; gives the ids of all of them by their keys. What ended stays until what hangs on it has. */
export async function writeAssets(
  tx: Tx,
  where: Where,
  before: Inventory['resources'],
  found: Differences['resources'],
): Promise<Map<string, string>> {
  const ids = idsOf(before)
  for (const row of await put(tx, 'resources', where, found, (r) => ({
    type: r.type,
    external_id: r.externalId,
    name: r.name,
    relation: r.relation,
    owner_business: r.ownerBusiness,
    facts: r.facts,
    scope: r.scope,
    path: r.path ?? 'api',
  }))) {
    ids.set(resourceKey({ type: row.type, externalId: row.externalId }), row.id)
  }
  return ids
}

/** Writes partners, then what is shared with or by them; new ones are added to the partners that `ids` knows. */
export async function writeSharing(
  tx: Tx,
  where: Where,
  found: Pick<Differences, 'partners' | 'shares'>,
  ids: Ids,
  partners: Map<string, { id: string; name: string | null }>,
): Promise<void> {
  for (const row of await put(tx, 'partners', where, found.partners, (p) => ({
    external_id: p.externalId,
    name: p.name,
    is_agency: p.isAgency,
    is_client: p.isClient,
    scopes: p.scopes,
    path: p.path ?? 'api',
  }))) {
    partners.set(row.externalId, { id: row.id, name: null })
  }
  await put(tx, 'shares', where, found.shares, (s) => ({
    partner_id: ids.partner(s.partner),
    resource_id: ids.resource(s.type, s.resource),
    direction: s.direction,
    entitlements: s.entitlements,
    rank: s.rank,
    status: s.status,
    scope: s.scope,
    path: s.path ?? 'api',
  }))
}

/** Our ids of partners and, where they are given, of resources. */
export function idsIn(
  partners: ReadonlyMap<string, { id: string }>,
  resources: ReadonlyMap<string, string> = new Map(),
): Ids {
  return {
    partner: (externalId) => (externalId === null ? null : (partners.get(externalId)?.id ?? null)),
    principal: () => null,
    resource: (type, externalId) => resources.get(resourceKey({ type, externalId })) ?? null,
  }
}

/** Our ids of what ended. */
export type EndedGround = Record<'shares' | 'resources' | 'partners', string[]>

/** Ends partners, assets and shares, when what hung on them has ended. */
export async function endGround(tx: Tx, where: Where, ended: EndedGround): Promise<void> {
  for (const table of ['shares', 'resources', 'partners'] as const)
    await endRows(tx, table, where, ended[table])
}

export const endedIds = (ended: readonly { id: string | null }[]): string[] =>
  ended.flatMap(({ id }) => (id === null ? [] : [id]))

/** Writes people; gives the ids with theirs. */
export async function writePeople(
  tx: Tx,
  where: Where,
  before: Inventory['principals'],
  found: Differences['principals'],
  ground: Ids,
): Promise<Ids> {
  const principals = idsOf(before)
  const ids: Ids = { ...ground, principal: (externalId) => principals.get(externalId) ?? null }
  for (const row of await put(tx, 'principals', where, found, (p) => ({
    external_id: p.externalId,
    kind: p.kind,
    partner_id: ids.partner(p.partner),
    business: p.business,
    name: p.name,
    email: p.email,
    role: p.role,
    reaches_all: p.reachesAll,
    source: p.source,
    facts: p.facts,
    scope: p.scope,
    path: p.path ?? 'api',
  }))) {
    principals.set(row.externalId, row.id)
  }
  return ids
}

/** Ends people, when what they held has ended. */
export async function endPeople(tx: Tx, where: Where, found: Differences['principals']): Promise<void> {
  await endRows(tx, 'principals', where, endedIds(found.ended))
}

/** Writes rights, and the history of those that came or went. */
export async function writeGrants(
  tx: Tx,
  where: Where & { jobId: string },
  found: Differences['grants'],
  ids: Ids,
): Promise<void> {
  const written = (g: GrantRow): WrittenRow => ({
    id: g.id,
    confirmed: g.confirmed,
    principal_id: ids.principal(g.principal),
    resource_id: ids.resource(g.type, g.resource),
    partner_id: ids.partner(g.partner),
    how: g.how,
    through: g.through,
    entitlements: g.entitlements,
    rank: g.rank,
    scope: g.scope,
    path: g.path ?? 'api',
  })
  await changeRows(
    tx,
    'grants',
    where,
    [...found.changed, ...found.touched].map(({ after }) => written(after)),
  )
  await addAndEndGrants(tx, where, { added: found.added.map(written), ended: endedIds(found.ended) })
}

function idsOf(rows: ReadonlyMap<string, { id: string | null }>): Map<string, string> {
  return new Map(Array.from(rows).flatMap(([key, { id }]) => (id === null ? [] : [[key, id] as const])))
}

async function put<T extends { id: string | null; confirmed: boolean }>(
  tx: Tx,
  table: InventoryTable,
  where: Where,
  found: Difference<T>,
  columns: (row: T) => Record<string, unknown>,
): Promise<{ id: string; type: string; externalId: string }[]> {
  const written = (row: T): WrittenRow => ({ ...columns(row), id: row.id, confirmed: row.confirmed })
  await changeRows(
    tx,
    table,
    where,
    [...found.changed, ...found.touched].map(({ after }) => written(after)),
  )
  const added = await addRows(tx, table, where, found.added.map(written))
  return added.map(({ id, type, externalId }) => ({ id, type: type ?? '', externalId }))
}
