// Whom and what a reader of pages has still to look at one by one. Written and crossed off together with what was read of them, so that a
// read which is cut off goes on where it was.
import { sql } from 'kysely'
import type { PagesItem } from '../model/recipe.ts'
import { asJson, inPieces } from './bulk.ts'
import type { Tx } from './db.ts'

/** Which part of which job. */
export interface ItemsOf {
  workspaceId: string
  jobId: string
  part: string
}

export interface Items {
  total: number
  left: number
  /** 2 where the lists were read a second time; 0 where they have not been read. */
  round: number
  /** The first of those that are left. */
  next: PagesItem[]
}

export async function itemsOf(tx: Tx, { jobId, part }: ItemsOf, most: number): Promise<Items> {
  const mine = sql`job_id = ${jobId} and part = ${part}`
  const { rows } = await sql<Omit<Items, 'next'>>`
    select count(*)::integer as total, (count(*) filter (where not done))::integer as left, coalesce(max(round), 0)::integer as round
    from staged_items where ${mine}`.execute(tx)
  const next = await sql<{ item: PagesItem }>`
    select item from staged_items where ${mine} and not done order by position limit ${most}`.execute(tx)
  return { total: 0, left: 0, round: 0, ...rows[0], next: next.rows.map((row) => row.item) }
}

/** The ids of all that the lists named. */
export async function namedIn(tx: Tx, { jobId, part }: ItemsOf): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from staged_items where job_id = ${jobId} and part = ${part}`.execute(tx)
  return new Set(rows.map(({ id }) => id))
}

/** What the lists named. One that they name twice stands there once. */
export async function addItems(tx: Tx, of: ItemsOf, items: readonly PagesItem[]): Promise<void> {
  await inPieces(
    items.map((item, position) => ({ id: item.id, position, item })),
    async (piece) => {
      await sql`insert into staged_items (workspace_id, job_id, part, id, position, item)
        select distinct on (id) ${of.workspaceId}::uuid, ${of.jobId}::uuid, ${of.part}, id, position, item
        from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(id text, position integer, item jsonb)
        on conflict (job_id, part, id) do nothing`.execute(tx)
    },
  )
}

/** The lists were read a second time: who is new in them is looked at, and who of these was looked at before, once more. */
export async function addAgain(
  tx: Tx,
  of: ItemsOf,
  items: readonly PagesItem[],
  again: ReadonlySet<string>,
): Promise<void> {
  const ids = items.filter(({ id }) => again.has(id)).map(({ id }) => id)
  await sql`update staged_items set done = done and id <> all(${ids}::text[])
    where job_id = ${of.jobId} and part = ${of.part}`.execute(tx)
  await addItems(tx, of, items)
  await sql`update staged_items set round = 2 where job_id = ${of.jobId} and part = ${of.part}`.execute(tx)
}

export async function crossOff(tx: Tx, of: ItemsOf, items: readonly PagesItem[]): Promise<void> {
  const ids = items.map(({ id }) => id)
  await sql`update staged_items set done = true
    where job_id = ${of.jobId} and part = ${of.part} and id = any(${ids}::text[])`.execute(tx)
}
