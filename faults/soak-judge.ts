// What the soak is judged by at its end, beside what was watched all along: the engine's journal, tasks, calls, the schedule. Each gives a
// line for each thing that is wrong, and is a function of what was measured, so that a planted mistake can be put in.
import type pg from 'pg'
import { openJobStatuses } from '../src/model/job.ts'
import type { Business } from './soak-watch.ts'

/** Jobs that have no end and wait for nothing that a person could see. */
export async function endless(root: pg.Pool): Promise<string[]> {
  const { rows } = await root.query<{ line: string }>(
    `select format('job %s (%s) is %s%s', id, kind, status, case when retry_at is null then '' else ' until ' || retry_at end) as line
       from jobs where status = any($1) and status <> 'waiting' and (status <> 'retrying' or retry_at is null)`,
    [[...openJobStatuses]],
  )
  return rows.map(({ line }) => line)
}

/** Jobs that took more calls than three undisturbed ones and sixty. */
export async function dear(root: pg.Pool, businesses: readonly Business[]): Promise<string[]> {
  const { rows } = await root.query<{ id: string; app: string; calls: number }>(
    `select id, connection_id as app, (result ->> 'logicalCalls')::int as calls from jobs
       where kind = 'check-for-updates' and result ->> 'logicalCalls' is not null`,
  )
  return rows.flatMap(({ id, app, calls }) => {
    const clean = businesses.find(({ connectionId }) => connectionId === app)?.calls
    if (clean === undefined || calls <= 3 * clean + 60) return []
    return [`job ${id} took ${calls} calls, an undisturbed one ${clean}`]
  })
}

const KEPT_DAYS = 30
/** Workflows and steps of a check: one for the job, one for each business that is read, and what they do. */
const ROWS_A_JOB = 150

export async function journalRows(root: pg.Pool): Promise<number> {
  const { rows } = await root.query<{ n: number }>(
    `select ((select count(*) from dbos.workflow_status) + (select count(*) from dbos.operation_outputs))::int as n`,
  )
  return rows[0]?.n ?? 0
}

/** What the engine should have forgotten, and rows that belong to nothing. `now`: of the fast clock. */
export async function hoarded(root: pg.Pool, now: number): Promise<string[]> {
  const { rows } = await root.query<{ old: number; stray: number }>(
    `select (select count(*) from dbos.workflow_status where completed_at <= $1)::int as old,
       (select count(*) from dbos.operation_outputs o where not exists
         (select from dbos.workflow_status w where w.workflow_uuid = o.workflow_uuid))::int as stray`,
    [Math.round(now) - KEPT_DAYS * 86_400_000],
  )
  const { rows: young } = await root.query<{ n: number }>(
    'select count(*)::int as n from jobs where created_at > $1',
    [new Date(now - KEPT_DAYS * 86_400_000)],
  )
  const [jobs, total] = [young[0]?.n ?? 0, await journalRows(root)]
  return [
    ...((rows[0]?.old ?? 0) > 0 ? [`${rows[0]?.old} workflows that ended more than a month ago`] : []),
    ...((rows[0]?.stray ?? 0) > 0 ? [`${rows[0]?.stray} steps of no workflow`] : []),
    ...(total > ROWS_A_JOB * (jobs + 10) ? [`${total} rows in the journal for ${jobs} jobs of a month`] : []),
  ]
}

export interface Happened {
  calls: number
  /** Answers that were wrong. */
  fired: number
  kills: number
  cuts: number
  /** Checks by schedule. */
  scheduled: number
  hours: number
  apps: number
}

/** Faults and schedule have to have happened: a soak without them proves nothing. */
export function quiet({ calls, fired, kills, cuts, scheduled, hours, apps }: Happened): string[] {
  const share = fired / calls
  return [
    ...(share < 0.005 || share > 0.03
      ? [`${fired} of ${calls} answers were wrong, not one in a hundred`]
      : []),
    ...(kills < 1 ? ['the server was never killed'] : []),
    ...(cuts < 1 ? ['no connection was cut'] : []),
    ...(scheduled < 0.25 * hours * apps
      ? [`${scheduled} checks by schedule in ${hours.toFixed(1)} hours of ${apps} apps`]
      : []),
  ]
}
