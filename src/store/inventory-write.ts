// Writes what comparing found, many rows at a time and only those that differ.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { asJson, inPieces } from './bulk.ts'
import type { Tx } from './db.ts'
import { lastConfirmed } from './inventory.ts'

/** Whose rows are written, and when. */
export interface Where {
  workspaceId: string
  connectionId: string
  now: Date
}

interface Table {
  /** What makes a row the same one when it comes back. */
  key: readonly string[]
  /** Column → type, as jsonb_to_recordset needs it. */
  columns: Readonly<Record<string, string>>
  reader: 'own' | 'either'
}

const tables = {
  partners: {
    key: ['connection_id', 'external_id'],
    columns: {
      external_id: 'text',
      name: 'text',
      is_agency: 'boolean',
      is_client: 'boolean',
      scopes: 'text[]',
      path: 'text',
    },
    reader: 'own',
  },
  resources: {
    key: ['connection_id', 'type', 'external_id'],
    columns: {
      type: 'text',
      external_id: 'text',
      name: 'text',
      relation: 'text',
      owner_business: 'text',
      facts: 'jsonb',
      scope: 'text',
      path: 'text',
    },
    reader: 'own',
  },
  principals: {
    key: ['connection_id', 'external_id'],
    columns: {
      external_id: 'text',
      kind: 'text',
      partner_id: 'uuid',
      business: 'text',
      name: 'text',
      email: 'text',
      role: 'text',
      reaches_all: 'boolean',
      source: 'text',
      facts: 'jsonb',
      scope: 'text',
      path: 'text',
    },
    reader: 'either',
  },
  shares: {
    key: ['partner_id', 'resource_id', 'direction'],
    columns: {
      partner_id: 'uuid',
      resource_id: 'uuid',
      direction: 'text',
      entitlements: 'text[]',
      rank: 'text',
      status: 'text',
      scope: 'text',
      path: 'text',
    },
    reader: 'own',
  },
  grants: {
    key: ['principal_id', 'resource_id', 'how', 'through'],
    columns: {
      principal_id: 'uuid',
      resource_id: 'uuid',
      partner_id: 'uuid',
      how: 'text',
      through: 'text',
      entitlements: 'text[]',
      rank: 'text',
      scope: 'text',
      path: 'text',
    },
    reader: 'either',
  },
} as const satisfies Record<string, Table>

export type InventoryTable = keyof typeof tables

/** A row with its table's own column names; `id` only where it is stored already. */
export interface WrittenRow {
  id: string | null
  confirmed: boolean
  [column: string]: unknown
}

const list = (parts: RawBuilder<unknown>[]) => sql.join(parts)

/**
 * Adds rows, or brings back ones that had ended: they are new again, seen first now. Returns id and external id of each row that has an
 * external id.
 */
export async function addRows(
  tx: Tx,
  table: InventoryTable,
  where: Where,
  rows: readonly WrittenRow[],
): Promise<{ id: string; type: string | null; externalId: string }[]> {
  const type = table === 'resources' ? sql`type` : sql`null`
  const told =
    'external_id' in tables[table].columns ? sql`returning id, ${type} as type, external_id` : sql``
  const added: { id: string; type: string | null; externalId: string }[] = []
  await inPieces(rows, async (piece) => {
    const { rows: written } = await sql<{ id: string; type: string | null; externalId: string }>`
      ${inserted(table, where, piece)} ${told}`.execute(tx)
    added.push(...written)
  })
  return added
}

/**
 * addRows() and endRows() for rights, with a line of history for each that came or went, out of the very rows that were written: there are too
 * many of them to be sent and read twice.
 */
export async function addAndEndGrants(
  tx: Tx,
  where: Where & { jobId: string },
  rows: { added: readonly WrittenRow[]; ended: readonly string[] },
): Promise<void> {
  await inPieces(rows.added, async (piece) => {
    await sql`with written as (${inserted('grants', where, piece)} returning *) ${grantHistory(where, 'added')}`.execute(
      tx,
    )
  })
  await inPieces(rows.ended, async (piece) => {
    await sql`with written as (${ended('grants', where, piece)} returning t.*) ${grantHistory(where, 'removed')}`.execute(
      tx,
    )
  })
}

function grantHistory(where: Where & { jobId: string }, kind: 'added' | 'removed'): RawBuilder<unknown> {
  const what = sql`jsonb_build_object('how', how, 'through', through, 'entitlements', entitlements, 'rank', rank)`
  const [before, after] = kind === 'added' ? [sql`null::jsonb`, what] : [what, sql`null::jsonb`]
  return sql`insert into changes (workspace_id, connection_id, job_id, at, kind, noun, partner_id, principal_id, resource_id, before, after)
    select workspace_id, connection_id, ${where.jobId}::uuid, ${where.now}::timestamptz, ${kind}, 'grant', partner_id, principal_id, resource_id,
      ${before}, ${after} from written`
}

/** Rights come asset by asset; holder by holder they meet the pages of the index that knows each one after the other. */
const inOrder = sql`order by x.principal_id, x.resource_id`

/** Inserts a piece of rows, of which those that had ended are brought back. */
function inserted(table: InventoryTable, where: Where, piece: readonly WrittenRow[]): RawBuilder<unknown> {
  const { columns, key } = tables[table]
  const names = Object.keys(columns)
  const back = [...names, 'first_seen_at', 'last_confirmed_at', 'not_confirmed_since']
  return sql`
    insert into ${sql.table(table)} (workspace_id, connection_id, ${list(back.map((c) => sql.ref(c)))})
    select ${where.workspaceId}::uuid, ${where.connectionId}::uuid, ${list(names.map((c) => sql.ref(`x.${c}`)))},
      ${where.now}::timestamptz, ${where.now}::timestamptz, case when x.confirmed then null else ${where.now}::timestamptz end
    from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(confirmed boolean, ${recordset(columns)})
    ${table === 'grants' ? inOrder : sql``}
    on conflict (${list(key.map((c) => sql.ref(c)))}) do update
      set ended_at = null, ${list(back.map((c) => sql`${sql.ref(c)} = excluded.${sql.ref(c)}`))}`
}

/** Writes what differs of stored rows, and whether they were seen. */
export async function changeRows(
  tx: Tx,
  table: InventoryTable,
  where: Where,
  rows: readonly WrittenRow[],
): Promise<void> {
  const { columns, reader } = tables[table]
  const names = Object.keys(columns)
  await inPieces(rows, async (piece) => {
    await sql`
      update ${sql.table(table)} t set ${list(names.map((c) => sql`${sql.ref(c)} = x.${sql.ref(c)}`))},
        last_confirmed_at = case when x.confirmed then ${where.now}::timestamptz else ${lastConfirmed('t', reader)} end,
        not_confirmed_since = case when x.confirmed then null else coalesce(t.not_confirmed_since, ${where.now}::timestamptz) end
      from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(id uuid, confirmed boolean, ${recordset(columns)})
      where t.id = x.id and t.connection_id = ${where.connectionId} and t.ended_at is null
        and (${list(names.map((c) => sql.ref(`t.${c}`)))}, t.not_confirmed_since is null)
          is distinct from (${list(names.map((c) => sql.ref(`x.${c}`)))}, x.confirmed)`.execute(tx)
  })
}

/** Ends rows and returns those that ended now; one that has ended already stays as it is. */
export async function endRows(
  tx: Tx,
  table: InventoryTable,
  where: Pick<Where, 'connectionId' | 'now'>,
  ids: readonly string[],
): Promise<string[]> {
  const gone: string[] = []
  await inPieces(ids, async (piece) => {
    const { rows } = await sql<{ id: string }>`${ended(table, where, piece)} returning t.id`.execute(tx)
    gone.push(...rows.map((r) => r.id))
  })
  return gone
}

function ended(
  table: InventoryTable,
  where: Pick<Where, 'connectionId' | 'now'>,
  piece: readonly string[],
): RawBuilder<unknown> {
  return sql`
    update ${sql.table(table)} t set ended_at = ${where.now}, last_confirmed_at = ${lastConfirmed('t', tables[table].reader)}
    where t.id = any(${piece}::uuid[]) and t.connection_id = ${where.connectionId} and t.ended_at is null`
}

function recordset(columns: Readonly<Record<string, string>>): RawBuilder<unknown> {
  return list(Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`))
}

/** One line of history. */
export interface NewChange {
  kind: 'added' | 'removed' | 'changed'
  noun: 'partner' | 'principal' | 'resource' | 'share' | 'grant'
  partnerId: string | null
  principalId: string | null
  resourceId: string | null
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

/** Adds to the history of a connection. */
export async function addChanges(
  tx: Tx,
  where: Where & { jobId: string },
  changes: readonly NewChange[],
): Promise<void> {
  await inPieces(changes, async (piece) => {
    await sql`insert into changes (workspace_id, connection_id, job_id, at, kind, noun, partner_id, principal_id, resource_id, before, after)
      select ${where.workspaceId}::uuid, ${where.connectionId}::uuid, ${where.jobId}::uuid, ${where.now}::timestamptz, kind, noun,
        "partnerId", "principalId", "resourceId", nullif(before, 'null'), nullif(after, 'null')
      from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(kind text, noun text, "partnerId" uuid, "principalId" uuid,
        "resourceId" uuid, before jsonb, after jsonb)`.execute(tx)
  })
}
