// What a run has seen so far, per reader ('own', or a partner's external id): observations, and which scopes were read completely.
// It outlives a crash, so that a retry need not read again what is sealed, and goes in the transaction that applies it.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Failure } from '../model/error.ts'
import { inForce, observationKey } from '../model/snapshot.ts'
import type { Observation, ShareObservation } from '../model/snapshot.ts'
import { allPartners } from './applied.ts'
import { asJson, inPieces } from './bulk.ts'
import type { Tx } from './db.ts'
import { liveRow } from './held.ts'
import { pack, partOf, principalOf, unpack } from './staged-piece.ts'
import type { PeoplePart } from './staged-piece.ts'

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
const END = ''

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

/** Pieces that are held as text at once. */
const MOST_READ = 8

/** What was seen of some parts, in the order in which it was seen. */
async function seenOf(
  tx: Tx,
  where: RawBuilder<unknown>,
  whose?: (principal: string) => boolean,
): Promise<Observation[]> {
  const seen: Observation[] = []
  for (let last = 0; ;) {
    const { rows } = await sql<{ piece: number; data: string }>`
      select piece, data from staged_rows where ${where} and piece > ${last} order by piece limit ${sql.lit(MOST_READ)}`.execute(
      tx,
    )
    for (const { piece, data } of rows) {
      for (const o of unpack(data, whose)) seen.push(o)
      last = piece
    }
    if (rows.length < MOST_READ) return seen
  }
}

/** Shares with or by one partner that carry access, as our own readers have staged them. */
export async function stagedShares(tx: Tx, jobId: string, partner: string): Promise<ShareObservation[]> {
  const seen = await seenOf(
    tx,
    sql`job_id = ${jobId} and reader in ('own', ${PAGES}) and part = ${`shares/${partner}`}`,
  )
  return seen.filter((o) => o.of === 'share').filter((o) => inForce(o.status))
}

/** What one reader of a job has staged, each row of a scope once. */
export async function stagedBy(tx: Tx, { jobId, reader }: Stage): Promise<Observation[]> {
  const seen = await seenOf(tx, sql`job_id = ${jobId} and reader = ${reader}`)
  return [...new Map(seen.map((o) => [rowOf(o), o])).values()]
}

const rowOf = (o: Observation): string => `${o.scope}\n${o.of}\n${observationKey(o)}`

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
  const gone = new Set(observations.map(rowOf))
  const mine = sql`job_id = ${stage.jobId} and reader = ${stage.reader}`
  await keepOfPieces(tx, mine, (o) => !gone.has(rowOf(o)))
}

export interface StagedScopes {
  sealed: Set<string>
  /** Of these, the ones that only the reader of pages has sealed. */
  onPages: Set<string>
  failed: Set<string>
}

/** Which scopes: those that some readers have read or failed to read, or these, whoever has. */
export type OfScopes = { readers: readonly string[] } | { scopes: readonly string[] }

/** What became of scopes in a job, of all of them where nothing is named. */
export async function stagedScopes(tx: Tx, jobId: string, of?: OfScopes): Promise<StagedScopes> {
  const which =
    of === undefined
      ? sql`true`
      : 'readers' in of
        ? sql`reader = any(${of.readers}::text[])`
        : sql`scope = any(${of.scopes}::text[])`
  const scopes = await sql<{ reader: string; scope: string; state: 'sealed' | 'failed' }>`
    select reader, scope, state from staged_scopes where job_id = ${jobId} and scope <> ${END} and ${which}`.execute(
    tx,
  )
  const staged: StagedScopes = { sealed: new Set(), onPages: new Set(), failed: new Set() }
  const byApi = new Set<string>()
  for (const { reader, scope, state } of scopes.rows) {
    if (state === 'sealed') {
      staged.sealed.add(scope)
      if (reader === PAGES) staged.onPages.add(scope)
      else byApi.add(scope)
    } else staged.failed.add(scope)
  }
  for (const scope of staged.onPages) if (byApi.has(scope)) staged.onPages.delete(scope)
  return staged
}

/** Readers of a job that came to their end. */
export async function endedReaders(tx: Tx, jobId: string): Promise<Set<string>> {
  const { rows } = await sql<{ reader: string }>`
    select reader from staged_scopes where job_id = ${jobId} and scope = ${END}`.execute(tx)
  return new Set(rows.map((r) => r.reader))
}

/** Partners (external ids) that a job has staged themselves or shares of, with how many observations. */
export async function stagedSharing(tx: Tx, jobId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ partner: string; seen: number }>`
    select substr(part, length('shares/') + 1) as partner, sum(seen)::int as seen from staged_rows
    where job_id = ${jobId} and starts_with(part, 'shares/') group by part`.execute(tx)
  return new Map(rows.map((r) => [r.partner, r.seen]))
}

/** The same by our ids of a connection's partners. */
export async function stagedPerPartner(
  tx: Tx,
  connectionId: string,
  jobId: string,
): Promise<Map<string, number>> {
  const [seen, known] = await Promise.all([stagedSharing(tx, jobId), allPartners(tx, connectionId)])
  return new Map(
    Array.from(seen).flatMap(([partner, each]) => {
      const id = known.get(partner)?.id
      return id === undefined ? [] : [[id, each] as const]
    }),
  )
}

const ofPeople = sql`(starts_with(part, 'people/') or starts_with(part, 'invited/'))`
/** Of a part of people. */
const businessOf = sql`substr(part, strpos(part, '/') + 1)`

/** Businesses of which a job has staged people or rights, with how many observations. */
export async function countStaged(tx: Tx, jobId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ business: string; seen: number }>`
    select ${businessOf} as business, sum(seen)::int as seen from staged_rows
    where job_id = ${jobId} and ${ofPeople} group by 1`.execute(tx)
  return new Map(rows.map(({ business, seen }) => [business, seen]))
}

/**
 * The people and rights that a job has staged of some businesses. `whose`: of those principals alone; where they are named, only pieces that tell
 * of them are read.
 */
export function stagedPeople(
  tx: Tx,
  jobId: string,
  businesses: readonly string[],
  whose?: ReadonlySet<string> | ((principal: string) => boolean),
): Promise<Observation[]> {
  const parts = businesses.flatMap((business): PeoplePart[] => [`people/${business}`, `invited/${business}`])
  const where = sql`job_id = ${jobId} and part = any(${parts}::text[])`
  if (whose === undefined || typeof whose === 'function') return seenOf(tx, where, whose)
  return seenOf(tx, sql`${where} and principals && ${[...whose]}::text[]`, (principal) =>
    whose.has(principal),
  )
}

/** Whom a job has staged as invited to some businesses, by their external ids. */
export async function stagedInvited(
  tx: Tx,
  jobId: string,
  businesses: readonly string[],
): Promise<Set<string>> {
  const parts = businesses.map((business): PeoplePart => `invited/${business}`)
  const { rows } = await sql<{ principal: string }>`
    select distinct unnest(principals) as principal from staged_rows where job_id = ${jobId} and part = any(${parts}::text[])`.execute(
    tx,
  )
  return new Set(rows.map(({ principal }) => principal))
}

/** What a job has staged of assets, and of some partners with what is shared with or by them. */
export function stagedGround(tx: Tx, jobId: string, which: 'assets' | string[]): Promise<Observation[]> {
  const parts = which === 'assets' ? ['ground'] : which.map((partner) => `shares/${partner}`)
  return seenOf(tx, sql`job_id = ${jobId} and part = any(${parts}::text[])`)
}

/** True where somebody was seen under two businesses, or under another one than the stored one: then all people are compared together. */
export async function movedBetweenBusinesses(
  tx: Tx,
  what: { jobId: string; connectionId: string; own: string },
): Promise<boolean> {
  // Person by person through the index, which `offset 0` keeps apart: in tables that were just filled a join would try everybody for each.
  const { rows } = await sql<{ moved: boolean }>`
    with seen as (
      select principal, min(${businessOf}) as business, max(${businessOf}) as other from staged_rows, unnest(principals) as each (principal)
      where job_id = ${what.jobId} group by 1)
    select exists (select from seen where business <> other) or exists (
      select from seen, lateral (
        select o.partner_id from principals o
        where o.connection_id = ${what.connectionId} and o.external_id = seen.principal and ${liveRow('o.ended_at')} offset 0) o
        left join partners p on p.id = o.partner_id
      where coalesce(p.external_id, ${what.own}) <> seen.business) as moved`.execute(tx)
  return rows[0]?.moved === true
}

/** Forgets what a job has staged. */
export async function dropStaging(tx: Tx, jobId: string): Promise<void> {
  await sql`delete from staged_rows where job_id = ${jobId}`.execute(tx)
  await sql`delete from staged_scopes where job_id = ${jobId}`.execute(tx)
  await sql`delete from staged_items where job_id = ${jobId}`.execute(tx)
}
