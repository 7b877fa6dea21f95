// What a connector remembers of a connection between runs: edges that were refused, sizes that worked. Nothing of it is a secret.
import { sql } from 'kysely'
import type { Tx } from './db.ts'

export interface Remembered {
  value: string
  /** When it is forgotten (epoch milliseconds); null = never. */
  untilMs: number | null
}

/** Everything that is remembered and has not ended. */
export async function loadMemory(tx: Tx, connectionId: string): Promise<Map<string, Remembered>> {
  const rows = await tx
    .selectFrom('connectorMemory')
    .select(['key', 'value', 'until'])
    .where('connectionId', '=', connectionId)
    .where(sql<boolean>`(until is null or until > now())`)
    .execute()
  return new Map(rows.map((row) => [row.key, { value: row.value, untilMs: row.until?.getTime() ?? null }]))
}

/** What a read learnt: entries that are new or different. */
export function newlyLearnt(
  before: ReadonlyMap<string, Remembered>,
  after: ReadonlyMap<string, Remembered>,
): [string, Remembered][] {
  return [...after].filter(([key, now]) => {
    const was = before.get(key)
    return was?.value !== now.value || was.untilMs !== now.untilMs
  })
}

/** Keeps what a read learnt; what ended is removed. Entries that another read wrote meanwhile stay. */
export async function storeMemory(
  tx: Tx,
  where: { workspaceId: string; connectionId: string },
  learnt: readonly [string, Remembered][],
): Promise<void> {
  const rows = learnt
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { value, untilMs }]) => ({
      ...where,
      key,
      value,
      until: untilMs === null ? null : new Date(untilMs),
    }))
  if (rows.length === 0) return
  await tx
    .insertInto('connectorMemory')
    .values(rows)
    .onConflict((c) =>
      c
        .columns(['connectionId', 'key'])
        .doUpdateSet((e) => ({ value: e.ref('excluded.value'), until: e.ref('excluded.until') })),
    )
    .execute()
  await tx
    .deleteFrom('connectorMemory')
    .where('connectionId', '=', where.connectionId)
    .where('until', '<=', sql<Date>`now()`)
    .execute()
}

/** What the provider refused is asked again: a person asks for another try, or it was refused for a reason that may pass. */
export async function forgetRefusals(tx: Tx, connectionId: string): Promise<void> {
  await tx
    .deleteFrom('connectorMemory')
    .where('connectionId', '=', connectionId)
    .where('key', 'like', 'refused/%')
    .execute()
}
