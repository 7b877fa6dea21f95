// What a run has staged, as comparing asks for it: scopes that were read or not, and observations part by part.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Failure } from '../model/error.ts'
import { inForce } from '../model/snapshot.ts'
import type { Observation, ShareObservation } from '../model/snapshot.ts'
import { allPartners } from './applied.ts'
import type { Tx } from './db.ts'
import { liveRow } from './held.ts'
import { unpack } from './staged-piece.ts'
import type { PeoplePart } from './staged-piece.ts'
import { END, PAGES, rowOf } from './staging.ts'
import type { Stage } from './staging.ts'

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
