// What was compared and is exactly what is stored since, so that the same need not be compared again. A trigger forgets it with any other write
// to what is stored (migration 13).
import { sql } from 'kysely'
import type { Tx } from './db.ts'
import type { PeoplePart } from './staged-piece.ts'
import { stagedInvited } from './staged.ts'

/** Digests of what a job has staged: per part of staging, and per reader which scopes it read and which it could not. */
export interface StagedDigests {
  /** Of people with who of them stands as invited, too: what is told of them there counts here. */
  parts: Map<string, string>
  scopes: Map<string, string>
}

export async function stagedDigests(tx: Tx, jobId: string): Promise<StagedDigests> {
  const parts = await sql<{ part: string; digest: string }>`
    select part, encode(sha256(convert_to(string_agg(reader || encode(sha256(convert_to(data, 'UTF8')), 'hex'), ' '
      order by reader, piece), 'UTF8')), 'hex') as digest
    from staged_rows where job_id = ${jobId} group by part`.execute(tx)
  const digests = new Map(parts.rows.map((r) => [r.part, r.digest]))
  const inviting = Array.from(digests.keys()).flatMap((part) =>
    part.startsWith('invited/') ? [part.slice('invited/'.length)] : [],
  )
  for (const { part, who } of inviting.length === 0 ? [] : await invitedAndThere(tx, jobId, inviting))
    digests.set(part, `${digests.get(part) ?? ''} ${who}`)
  const scopes = await sql<{ reader: string; digest: string }>`
    select reader, encode(sha256(convert_to(string_agg(scope || ' ' || state, E'\n' order by scope collate "C"), 'UTF8')), 'hex') as digest
    from staged_scopes where job_id = ${jobId} group by reader`.execute(tx)
  return {
    parts: digests,
    scopes: new Map(scopes.rows.map((r) => [r.reader, r.digest])),
  }
}

/** Parts of people of these businesses, with who in them is told of as invited, too: mostly nobody. */
async function invitedAndThere(
  tx: Tx,
  jobId: string,
  businesses: readonly string[],
): Promise<{ part: string; who: string }[]> {
  const invited = await stagedInvited(tx, jobId, businesses)
  const parts = businesses.map((business): PeoplePart => `people/${business}`)
  const { rows } = await sql<{ part: string; who: string }>`
    select part, string_agg(distinct principal collate "C", ' ' order by principal collate "C") as who
    from staged_rows, unnest(principals) as each (principal)
    where job_id = ${jobId} and part = any(${parts}::text[]) and principal = any(${[...invited]}::text[]) group by part`.execute(
    tx,
  )
  return rows
}

/** A part that is what is stored. */
export interface ComparedPart {
  part: string
  digest: string
  /** A count that comparing told of it besides, for the job's result. */
  told: number
}

/** The parts that are what is stored, by their names. */
export async function comparedParts(tx: Tx, connectionId: string): Promise<Map<string, ComparedPart>> {
  const rows = await tx
    .selectFrom('compared')
    .select(['part', 'digest', 'told'])
    .where('connectionId', '=', connectionId)
    .execute()
  return new Map(rows.map((r) => [r.part, r]))
}

/** Keeps these and no others. */
export async function keepCompared(
  tx: Tx,
  where: { workspaceId: string; connectionId: string },
  found: readonly ComparedPart[],
): Promise<void> {
  const parts = found.map(({ part }) => part)
  await sql`delete from compared where connection_id = ${where.connectionId} and part <> all(${parts}::text[])`.execute(
    tx,
  )
  await sql`insert into compared (workspace_id, connection_id, part, digest, told)
    select ${where.workspaceId}::uuid, ${where.connectionId}::uuid, part, digest, told
    from unnest(${parts}::text[], ${found.map(({ digest }) => digest)}::text[], ${found.map(({ told }) => told)}::integer[]) as x (part, digest, told)
    on conflict (connection_id, part) do update set digest = excluded.digest, told = excluded.told
      where (compared.digest, compared.told) is distinct from (excluded.digest, excluded.told)`.execute(tx)
}
