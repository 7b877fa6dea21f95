// What the doctor and the metrics ask of the database: counts and times over all workspaces, never what a row says.
import { sql } from 'kysely'
import pg from 'pg'
import { openJobStatuses } from '../model/job.ts'
import { across, read } from './db.ts'
import type { Db } from './db.ts'
import { loadMigrations, migrationsFolder } from './migrate.ts'

export interface StructureState {
  applied: number
  known: number
  /** The first migration that was applied from another text than this release has; null where there is none. */
  foreign: number | null
  serverVersion: string
  bytes: number
  /** How far the database's clock is ahead of this machine's, in milliseconds. */
  clockAheadMs: number
}

/** As the owner, who may also look at a database that was never started: `applied` is 0 then. */
export async function structureState(ownerUrl: string): Promise<StructureState> {
  const known = await loadMigrations(migrationsFolder)
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'guestlist doctor',
    connectionTimeoutMillis: 15_000,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const asked = Date.now()
    const facts = await client.query<{ version: string; bytes: string; now: Date; there: boolean }>(
      `select current_setting('server_version') as version, pg_database_size(current_database()) as bytes, clock_timestamp() as now,
         to_regclass('public.migrations') is not null as there`,
    )
    const row = facts.rows[0]
    const applied =
      row?.there === true
        ? (
            await client.query<{ number: number; hash: string }>(
              'select number, hash from migrations order by number',
            )
          ).rows
        : []
    return {
      applied: applied.at(-1)?.number ?? 0,
      known: known.length,
      foreign:
        applied.find(({ number, hash }) => number <= known.length && known[number - 1]?.hash !== hash)
          ?.number ?? null,
      serverVersion: row?.version ?? '',
      bytes: Number(row?.bytes ?? 0),
      clockAheadMs: (row?.now.getTime() ?? asked) - (asked + Date.now()) / 2,
    }
  } finally {
    await client.end()
  }
}

export interface WorkState {
  /** Open jobs by status. */
  open: Record<string, number>
  /** Ids of open jobs, not waiting for a person or a time, of which nothing was heard for a quarter of an hour. */
  silent: string[]
  /** Slots with unfinished work. */
  slotsAtWork: number[]
  /** Work of the engine that ended more than 31 days ago and is still kept. */
  old: number
}

/** Null where the engine has not made its tables yet. */
export async function workState(db: Db): Promise<WorkState | null> {
  const there = await sql<{
    there: boolean
  }>`select to_regclass('dbos.workflow_status') is not null as there`.execute(db.kysely)
  if (there.rows[0]?.there !== true) return null
  return across(db, async (tx) => {
    const open = await sql<{ status: string; count: number }>`
      select status, count(*) as count from jobs where status = any(${[...openJobStatuses]}) group by 1`.execute(
      tx,
    )
    const silent = await sql<{ id: string }>`
      select id from jobs where status = 'running' and updated_at < now() - interval '15 minutes' order by updated_at limit 20`.execute(
      tx,
    )
    const slots = await sql<{ slot: number }>`
      select distinct substring(executor_id from '[0-9]+$')::int as slot from dbos.workflow_status
      where status = 'PENDING' and executor_id ~ '^slot-[0-9]+$' order by 1`.execute(tx)
    const old = await sql<{ count: number }>`
      select count(*) as count from dbos.workflow_status
      where completed_at is not null and completed_at < (extract(epoch from now() - interval '31 days') * 1000)`.execute(
      tx,
    )
    return {
      open: Object.fromEntries(open.rows.map(({ status, count }) => [status, count])),
      silent: silent.rows.map(({ id }) => id),
      slotsAtWork: slots.rows.map(({ slot }) => slot),
      old: old.rows[0]?.count ?? 0,
    }
  })
}

export interface CredentialState {
  id: string
  connectionId: string
  partnerId: string | null
  state: string
  expiresAt: Date | null
}

/** Tokens that end within so many days, ended, or were found dead. */
export async function tokensInDanger(db: Db, days: number): Promise<CredentialState[]> {
  const found: CredentialState[] = []
  for (const { id } of await allWorkspaces(db)) {
    const { rows } = await read(db, id, (tx) =>
      sql<CredentialState>`
        select r.id, r.connection_id, r.partner_id, r.state, r.expires_at from credentials r join connections c on c.id = r.connection_id
        where c.removed_at is null and r.kind = 'token'
          and (r.state = 'dead' or r.expires_at < now() + make_interval(days => ${days})) order by r.expires_at`.execute(
        tx,
      ),
    )
    found.push(...rows)
  }
  return found
}

/** Every workspace, by id. */
export function allWorkspaces(db: Db): Promise<{ id: string; environment: string }[]> {
  return across(db, (tx) => tx.selectFrom('workspaces').select(['id', 'environment']).orderBy('id').execute())
}

/** Events of the activity log that wait to be sealed, and the age of the oldest in seconds. */
export async function sealerLag(db: Db): Promise<{ waiting: number; seconds: number }> {
  let [waiting, seconds] = [0, 0]
  for (const { id } of await allWorkspaces(db)) {
    const { rows } = await read(db, id, (tx) =>
      sql<{ count: number; age: number | null }>`
        select count(*) as count, extract(epoch from now() - min(e.at))::float8 as age
        from audit_unsealed u join audit_events e on e.id = u.event_id`.execute(tx),
    )
    waiting += rows[0]?.count ?? 0
    seconds = Math.max(seconds, rows[0]?.age ?? 0)
  }
  return { waiting, seconds }
}

/** Rows that should be gone: removed connections beyond their stay, and what ended jobs left in staging. */
export async function overdueRows(db: Db): Promise<{ connections: number; staged: number }> {
  const found = { connections: 0, staged: 0 }
  for (const { id } of await allWorkspaces(db)) {
    const { rows } = await read(db, id, (tx) =>
      sql<{ connections: number; staged: number }>`
        select (select count(*) from connections where removed_at < now() - interval '31 days') as connections,
          (select count(*) from staged_rows s join jobs j on j.id = s.job_id where j.finished_at < now() - interval '1 day') as staged`.execute(
        tx,
      ),
    )
    found.connections += rows[0]?.connections ?? 0
    found.staged += rows[0]?.staged ?? 0
  }
  return found
}

/** The newest moment in the activity log: a clock that stands before it is wrong. */
export async function newestEvent(db: Db): Promise<Date | null> {
  let newest: Date | null = null
  for (const { id } of await allWorkspaces(db)) {
    const { rows } = await read(db, id, (tx) =>
      sql<{ at: Date | null }>`select max(at) as at from audit_events`.execute(tx),
    )
    const at = rows[0]?.at ?? null
    if (at !== null && (newest === null || at > newest)) newest = at
  }
  return newest
}

/** What waits in the database, over all workspaces. */
export function backlog(db: Db): Promise<{ jobs: Record<string, number>; unsealed: number; due: number }> {
  return across(db, async (tx) => {
    const jobs = await sql<{ status: string; count: number }>`
      select status, count(*) as count from jobs group by 1`.execute(tx)
    const waiting = await sql<{ unsealed: number; due: number }>`
      select (select count(*) from audit_unsealed) as unsealed, (select count(*) from notices where mail = 'due') as due`.execute(
      tx,
    )
    const { unsealed = 0, due = 0 } = waiting.rows[0] ?? {}
    return { jobs: Object.fromEntries(jobs.rows.map(({ status, count }) => [status, count])), unsealed, due }
  })
}
