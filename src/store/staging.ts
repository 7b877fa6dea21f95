// What a run has seen so far, per reader ('own', or a partner's external id): observations, and which scopes were read completely.
// It outlives a crash, so that a retry need not read again what is sealed, and goes in the transaction that applies it. staged.ts asks for it.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Failure } from '../model/error.ts'
import { observationKey } from '../model/snapshot.ts'
import type { Observation } from '../model/snapshot.ts'
import { asJson, inPieces } from './bulk.ts'
import type { Tx } from './db.ts'
import { pack, partOf, principalOf, unpack } from './staged-piece.ts'

/** The reader of pages, beside that of the API for our own business. */
export const PAGES = 'pages'

/** Whose staging: one reader of one job. */
export interface Stage {
  workspaceId: string
  jobId: string
  reader: string
}

/** Pieces that are packed and written in one statement. */
const MOST_AT_ONCE = 25

/** The scope that stands for "this reader came to its end", whatever it could not read on the way. */
export const END = ''

/** What earlier tries have sealed. `listed`: scope → the resources that it told of; `holders`: principals of its grants. */
export interface Begun {
  sealed: Set<string>
  listed: Map<string, Set<string>>
  holders: Set<string>
  skipped: number
}

/** True where an earlier try of a reader has staged anything. */
export async function isBegun(tx: Tx, { jobId, reader }: Stage): Promise<boolean> {
  const mine = sql`job_id = ${jobId} and reader = ${reader}`
  const { rows } = await sql<{ begun: boolean }>`
    select exists (select from staged_scopes where ${mine}) or exists (select from staged_rows where ${mine}) as begun`.execute(
    tx,
  )
  return rows[0]?.begun === true
}

/** Begins a further try: forgets what was seen of scopes that an earlier one did not seal, and returns those that it did. */
export async function beginAgain(tx: Tx, stage: Stage): Promise<Begun> {
  const mine = sql`job_id = ${stage.jobId} and reader = ${stage.reader}`
  await sql`delete from staged_scopes where ${mine} and (state = 'failed' or scope = ${END})`.execute(tx)
  const { rows } = await sql<{ scope: string; skipped: number }>`
    select scope, skipped from staged_scopes where ${mine}`.execute(tx)
  const begun = nothingBegun()
  for (const { scope, skipped } of rows) {
    begun.sealed.add(scope)
    begun.skipped += skipped
  }
  await keepOfPieces(tx, mine, (o) => {
    if (o.of === 'resource')
      begun.listed.set(o.scope, (begun.listed.get(o.scope) ?? new Set<string>()).add(o.externalId))
    const kept = begun.sealed.has(o.scope)
    if (kept && o.of === 'grant') begun.holders.add(o.principal)
    return kept
  })
  return begun
}

export const nothingBegun = (): Begun => ({
  sealed: new Set(),
  listed: new Map(),
  holders: new Set(),
  skipped: 0,
})

/** Forgets of some pieces what is not to be kept. */
async function keepOfPieces(
  tx: Tx,
  where: RawBuilder<unknown>,
  keep: (o: Observation) => boolean,
): Promise<void> {
  const { rows } = await sql<{
    piece: number
    data: string
  }>`select piece, data from staged_rows where ${where}`.execute(tx)
  for (const { piece, data } of rows) {
    const seen = unpack(data)
    const kept = seen.filter(keep)
    if (kept.length === seen.length) continue
    const less = pack(kept)
    await sql`update staged_rows set data = ${less.data}, principals = ${less.principals}, seen = ${kept.length} where piece = ${piece}`.execute(
      tx,
    )
  }
}

/** Forgets everything that was seen of these principals (external ids), by whatever job. */
export async function forgetStaged(tx: Tx, principals: readonly string[]): Promise<void> {
  const gone = new Set(principals)
  await keepOfPieces(tx, sql`principals && ${principals}::text[]`, (o) => !gone.has(principalOf(o) ?? ''))
  await sql`delete from staged_items where id = any(${principals}::text[])`.execute(tx)
}

/** Adds observations; of several with one key in one scope the last one counts, as whoever takes them apart must see to. */
export async function stageRows(tx: Tx, stage: Stage, observations: readonly Observation[]): Promise<void> {
  const { workspaceId, jobId, reader } = stage
  const parts = Array.from(Map.groupBy(observations, partOf))
  for (let i = 0; i < parts.length; i += MOST_AT_ONCE) {
    const pieces = parts.slice(i, i + MOST_AT_ONCE).map(([part, seen]) => {
      const { data, principals } = pack(seen)
      return sql`(${workspaceId}::uuid, ${jobId}::uuid, ${reader}, ${part}, ${principals}::text[], ${seen.length}::integer, ${data})`
    })
    await sql`insert into staged_rows (workspace_id, job_id, reader, part, principals, seen, data)
      values ${sql.join(pieces)}`.execute(tx)
  }
}

/** A scope that was read completely. `skipped`: people of it that were counted and not staged. */
export interface ScopeRead {
  scope: string
  rows: number
  skipped: number
}

/** Marks scopes as read completely. */
export async function sealScopes(tx: Tx, stage: Stage, seals: readonly ScopeRead[]): Promise<void> {
  await inPieces(seals, async (piece) => {
    await sql`insert into staged_scopes (workspace_id, job_id, reader, scope, state, rows, skipped)
      select ${stage.workspaceId}, ${stage.jobId}, ${stage.reader}, scope, 'sealed', rows, skipped
      from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(scope text, rows integer, skipped integer)
      on conflict (job_id, reader, scope) do update
        set state = 'sealed', rows = excluded.rows, skipped = excluded.skipped, failure = null`.execute(tx)
  })
}

/** Marks scopes as not readable; one that was sealed stays so. */
export async function failScopes(
  tx: Tx,
  stage: Stage,
  failures: readonly { scope: string; failure: Failure }[],
): Promise<void> {
  await inPieces(failures, async (piece) => {
    await sql`insert into staged_scopes (workspace_id, job_id, reader, scope, state, failure)
      select distinct on (scope) ${stage.workspaceId}::uuid, ${stage.jobId}::uuid, ${stage.reader}, scope, 'failed', failure
      from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(scope text, failure jsonb)
      on conflict (job_id, reader, scope) do nothing`.execute(tx)
  })
}

/** Takes back that a reader read its scopes completely: what it saw counts, what it did not see does not. */
export async function unsealScopes(tx: Tx, { jobId, reader }: Stage, failure: Failure): Promise<void> {
  await sql`update staged_scopes set state = 'failed', failure = ${JSON.stringify(failure)}::jsonb
    where job_id = ${jobId} and reader = ${reader} and state = 'sealed' and scope <> ${END}`.execute(tx)
}

/** The reader came to its end, with these read completely: what it neither sealed nor failed was not asked for. */
export async function endStage(tx: Tx, stage: Stage, seals: readonly ScopeRead[] = []): Promise<void> {
  await sealScopes(tx, stage, [...seals, { scope: END, rows: 0, skipped: 0 }])
}

/** Names a row of a reader. */
export const rowOf = (o: Observation): string => `${o.scope}\n${o.of}\n${observationKey(o)}`

/** Forgets single rows of a reader. */
export async function dropRows(tx: Tx, stage: Stage, observations: readonly Observation[]): Promise<void> {
  const gone = new Set(observations.map(rowOf))
  const mine = sql`job_id = ${stage.jobId} and reader = ${stage.reader}`
  await keepOfPieces(tx, mine, (o) => !gone.has(rowOf(o)))
}

/** Forgets what a job has staged. */
export async function dropStaging(tx: Tx, jobId: string): Promise<void> {
  await sql`delete from staged_rows where job_id = ${jobId}`.execute(tx)
  await sql`delete from staged_scopes where job_id = ${jobId}`.execute(tx)
  await sql`delete from staged_items where job_id = ${jobId}`.execute(tx)
}
