// What a run has seen so far, per reader ('own', or a partner's external id): observations, and which scopes were read completely.
// It outlives a crash, so that a retry need not read again what is sealed, and goes in the transaction that applies it.
import { sql } from 'kysely'
import type { Failure } from '../model/error.ts'
import { observationKey } from '../model/snapshot.ts'
import type { Observation } from '../model/snapshot.ts'
import { asJson, inPieces } from './bulk.ts'
import type { Tx } from './db.ts'

/** The reader of pages, beside that of the API for our own business. */
export const PAGES = 'pages'

/** Whose staging: one reader of one job. */
export interface Stage {
  workspaceId: string
  jobId: string
  reader: string
}

/** The scope that stands for "this reader came to its end", whatever it could not read on the way. */
const END = ''

/** Begins a try: forgets what was seen of scopes that an earlier try did not seal, and returns those that it did. */
export async function beginStage(tx: Tx, stage: Stage): Promise<{ sealed: Set<string>; skipped: number }> {
  const mine = sql`job_id = ${stage.jobId} and reader = ${stage.reader}`
  await sql`delete from staged_scopes where ${mine} and (state = 'failed' or scope = ${END})`.execute(tx)
  await sql`delete from staged_rows r where ${mine} and not exists (
    select from staged_scopes s where s.job_id = r.job_id and s.reader = r.reader and s.scope = r.scope)`.execute(
    tx,
  )
  const { rows } = await sql<{ scope: string; skipped: number }>`
    select scope, skipped from staged_scopes where ${mine}`.execute(tx)
  return { sealed: new Set(rows.map((r) => r.scope)), skipped: rows.reduce((sum, r) => sum + r.skipped, 0) }
}

/** Adds observations; one with the same key in the same scope takes the place of an earlier one. */
export async function stageRows(tx: Tx, stage: Stage, observations: Iterable<Observation>): Promise<void> {
  const rows = new Map<string, { scope: string; kind: string; key: string; data: Observation }>()
  for (const o of observations) {
    const key = observationKey(o)
    rows.set(`${o.scope}\n${o.of}\n${key}`, { scope: o.scope, kind: o.of, key, data: o })
  }
  await inPieces([...rows.values()], async (piece) => {
    await sql`insert into staged_rows (workspace_id, job_id, reader, scope, kind, key, data)
      select ${stage.workspaceId}, ${stage.jobId}, ${stage.reader}, scope, kind, key, data
      from jsonb_to_recordset(${asJson(piece)}::jsonb) as x(scope text, kind text, key text, data jsonb)
      on conflict (job_id, reader, scope, kind, key) do update set data = excluded.data
      where staged_rows.data is distinct from excluded.data`.execute(tx)
  })
}

/** Marks scopes as read completely. `skipped`: people of it that were counted and not staged. */
export async function sealScopes(
  tx: Tx,
  stage: Stage,
  seals: readonly { scope: string; rows: number; skipped: number }[],
): Promise<void> {
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

/** The reader came to its end: what it neither sealed nor failed was not asked for. */
export async function endStage(tx: Tx, stage: Stage): Promise<void> {
  await sealScopes(tx, stage, [{ scope: END, rows: 0, skipped: 0 }])
}

/** Principals that hold a staged grant. */
export async function stagedHolders(tx: Tx, stage: Stage): Promise<Set<string>> {
  const { rows } = await sql<{ principal: string }>`
    select distinct data ->> 'principal' as principal from staged_rows
    where job_id = ${stage.jobId} and reader = ${stage.reader} and kind = 'grant'`.execute(tx)
  return new Set(rows.map((r) => r.principal))
}

/** What one reader of a job has staged of partners, shares, assets and people. */
export async function stagedBy(tx: Tx, { jobId, reader }: Stage): Promise<Observation[]> {
  const { rows } = await sql<{ data: Observation }>`
    select data from staged_rows where job_id = ${jobId} and reader = ${reader} and kind <> 'grant'`.execute(
    tx,
  )
  return rows.map((r) => r.data)
}

/** The scopes that one reader read to their end, and those that it could not, with why. */
export async function scopesBy(
  tx: Tx,
  { jobId, reader }: Stage,
): Promise<{ sealed: Set<string>; failed: Map<string, Failure> }> {
  const { rows } = await sql<{ scope: string; failure: Failure | null }>`
    select scope, failure from staged_scopes where job_id = ${jobId} and reader = ${reader} and scope <> ${END}`.execute(
    tx,
  )
  const failed = rows.flatMap(({ scope, failure }) => (failure === null ? [] : [[scope, failure] as const]))
  return {
    sealed: new Set(rows.filter((r) => r.failure === null).map((r) => r.scope)),
    failed: new Map(failed),
  }
}

/** Forgets single rows of a reader. */
export async function dropRows(tx: Tx, stage: Stage, observations: readonly Observation[]): Promise<void> {
  const rows = observations.map((o) => ({ scope: o.scope, kind: o.of, key: observationKey(o) }))
  await inPieces(rows, async (piece) => {
    await sql`delete from staged_rows r using jsonb_to_recordset(${asJson(piece)}::jsonb) as x(scope text, kind text, key text)
      where r.job_id = ${stage.jobId} and r.reader = ${stage.reader} and r.scope = x.scope and r.kind = x.kind and r.key = x.key`.execute(
      tx,
    )
  })
}

export interface StagedScopes {
  sealed: Set<string>
  /** Of these, the ones that only the reader of pages has sealed. */
  onPages: Set<string>
  failed: Set<string>
  /** Readers that came to their end. */
  ended: Set<string>
}

/** The scopes that a job has read or failed to read. */
export async function stagedScopes(tx: Tx, jobId: string): Promise<StagedScopes> {
  const scopes = await sql<{ reader: string; scope: string; state: 'sealed' | 'failed' }>`
    select reader, scope, state from staged_scopes where job_id = ${jobId}`.execute(tx)
  const staged: StagedScopes = { sealed: new Set(), onPages: new Set(), failed: new Set(), ended: new Set() }
  const byApi = new Set<string>()
  for (const { reader, scope, state } of scopes.rows) {
    if (scope === END) staged.ended.add(reader)
    else if (state === 'sealed') {
      staged.sealed.add(scope)
      if (reader === PAGES) staged.onPages.add(scope)
      else byApi.add(scope)
    } else staged.failed.add(scope)
  }
  for (const scope of byApi) staged.onPages.delete(scope)
  return staged
}

/** What a job has staged: partners, assets and shares (`ground`), all people and grants, or those of one business. */
export async function stagedRows(
  tx: Tx,
  jobId: string,
  part: 'ground' | 'people' | { business: string },
): Promise<Observation[]> {
  const which =
    part === 'ground'
      ? sql`business is null`
      : part === 'people'
        ? sql`business is not null`
        : sql`business = ${part.business}`
  const { rows } = await sql<{ data: Observation }>`
    select data from staged_rows where job_id = ${jobId} and ${which}`.execute(tx)
  return rows.map((r) => r.data)
}

/** Businesses of which a job has staged people or grants. */
export async function stagedBusinesses(tx: Tx, jobId: string): Promise<string[]> {
  const { rows } = await sql<{ business: string }>`
    select distinct business from staged_rows where job_id = ${jobId} and business is not null`.execute(tx)
  return rows.map((r) => r.business)
}

/** True where somebody was seen under two businesses, or under another one than the stored one: then all people are compared together. */
export async function movedBetweenBusinesses(
  tx: Tx,
  what: { jobId: string; connectionId: string; own: string },
): Promise<boolean> {
  const { rows } = await sql<{ moved: boolean }>`
    with seen as (
      select coalesce(data ->> 'principal', data ->> 'externalId') as principal, min(business) as business, max(business) as other
      from staged_rows where job_id = ${what.jobId} and business is not null group by 1)
    select exists (select from seen where business <> other) or exists (
      select from seen join principals o on o.connection_id = ${what.connectionId} and o.external_id = seen.principal and o.ended_at is null
        left join partners p on p.id = o.partner_id
      where coalesce(p.external_id, ${what.own}) <> seen.business) as moved`.execute(tx)
  return rows[0]?.moved === true
}

/** Forgets what a job has staged. */
export async function dropStaging(tx: Tx, jobId: string): Promise<void> {
  await sql`delete from staged_rows where job_id = ${jobId}`.execute(tx)
  await sql`delete from staged_scopes where job_id = ${jobId}`.execute(tx)
}
