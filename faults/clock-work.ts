// Work while the clock jumps: a check in its middle, one that waits for its next try, and the one that is due by schedule. Each ends, once,
// with what is true, and the activity log's chain stays whole.
import { setTimeout as pause } from 'node:timers/promises'
import type { JobDetails } from '../src/model/job.ts'
import { jobOver, startCheck } from './api.ts'
import type { Case } from './cases.ts'
import { DAY, HOUR, YEAR } from './clock-doors.ts'
import type { Clocked, Whose } from './faketime.ts'
import { enter, Findings, judge } from './served.ts'

const ws = (g: Clocked) => `/api/v1/workspaces/${g.workspaceId}`

const begin = (g: Clocked) => startCheck(g.api, g.workspaceId, g.connectionId)

/** A check whose nth call is held while the clocks jump. */
async function held(g: Clocked, whose: Whose, from: number, to: number): Promise<string[]> {
  const found = new Findings()
  await g.jump(whose, from)
  await enter(g)
  let go: (value: undefined) => void = () => undefined
  const until = new Promise<undefined>((done) => (go = done))
  const at = g.sim.control.counts().logical + 4
  const fault = g.sim.control.addFault({ match: { call: at }, do: { until } })
  const jobId = await begin(g)
  for (let tries = 0; fault.fired === 0; tries += 1) {
    if (tries === 1_200) throw new Error('The call at which the clock jumps was never made.')
    await pause(50)
  }
  await g.jump(whose, to)
  go(undefined)
  g.sim.control.clearFaults()
  await enter(g)
  found.expect('the check', (await jobOver(g.api, g.workspaceId, jobId)).status, 'complete')
  await judge(g, found)
  await g.jump('both', 0)
  await enter(g)
  found.expect('the next check', (await jobOver(g.api, g.workspaceId, await begin(g))).status, 'complete')
  await judge(g, found)
  return found.lines
}

async function details(g: Clocked, jobId: string): Promise<JobDetails> {
  return g.api.call<JobDetails>('GET', `${ws(g)}/jobs/${jobId}`)
}

/** A check that waits a minute for its next try, as the provider asked; `away` comes in that minute. */
async function waiting(g: Clocked, away: number, restart: boolean): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const { businessId } = g.sim
  const use = { type: 'business_management', call_count: 118, total_cputime: 40, total_time: 60 }
  const usage = JSON.stringify({ [businessId]: [{ ...use, estimated_time_to_regain_access: 1 }] })
  const fault = g.sim.control.addFault({
    match: { node: businessId, nested: false },
    do: {
      error: {
        status: 400,
        message: '(#17) There have been too many calls.',
        type: 'OAuthException',
        code: 17,
      },
      headers: { 'x-business-use-case-usage': usage },
    },
  })
  const jobId = await begin(g)
  let job = await details(g, jobId)
  for (let tries = 0; job.status !== 'retrying'; tries += 1) {
    if (tries === 200)
      throw new Error(`The check does not wait: ${job.status}, refused ${fault.fired} times.`)
    await pause(50)
    job = await details(g, jobId)
  }
  await g.jump('both', away)
  if (restart) await g.restart()
  await enter(g)
  if (away < 0) {
    // What the provider asked for lasts longer by a clock that went back: it is shown, and over when the clock is right.
    await pause(restart ? 3_000 : 65_000)
    job = await details(g, jobId)
    found.expect('the wait is shown', `${job.status} ${String(job.retryAt !== null)}`, 'retrying true')
    await g.jump('both', 0)
    if (restart) await g.restart()
    await enter(g)
  }
  found.expect('the check', (await jobOver(g.api, g.workspaceId, jobId)).status, 'complete')
  await g.jump('both', 0)
  await enter(g)
  found.expect('the next check', (await jobOver(g.api, g.workspaceId, await begin(g))).status, 'complete')
  await judge(g, found)
  return found.lines
}

/** How many checks the schedule began since, after time for two looks of it. */
async function scheduled(g: Clocked, known: number): Promise<number> {
  const count = async () => {
    const { rows } = await g.root.query<{ n: number }>(
      `select count(*)::int as n from jobs where trigger = 'schedule'`,
    )
    return rows[0]?.n ?? 0
  }
  for (let tries = 0; (await count()) === known && tries < 400; tries += 1) await pause(100)
  await pause(32_000)
  return (await count()) - known
}

/** The schedule: one check for 400 days that passed at once, and one when the clock is right again. */
export async function schedule(g: Clocked, tamper?: string): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  await g.api.call('PATCH', `${ws(g)}/connections/${g.connectionId}`, { schedule: 'hourly' })
  try {
    await g.jump('both', 400 * DAY)
    const { rows } = await g.root.query<{ n: number }>(
      `select count(*)::int as n from jobs where trigger = 'schedule'`,
    )
    const known = rows[0]?.n ?? 0
    found.expect('checks for 400 days', await scheduled(g, known), 1)
    await g.jump('both', 0)
    if (tamper !== undefined) await g.root.query(tamper)
    found.expect('checks when the clock is right', await scheduled(g, known + 1), 1)
  } finally {
    await g.jump('both', 0)
    await enter(g)
    await g.api.call('PATCH', `${ws(g)}/connections/${g.connectionId}`, { schedule: 'off' })
  }
  await judge(g, found)
  return found.lines
}

/** Seconds from now to five seconds before a moment. */
const before = (moment: string) => Math.round((Date.parse(moment) - Date.now()) / 1_000) - 5

/** A check over a moment at which a clock shows something special. */
async function over(g: Clocked, moment: string): Promise<string[]> {
  const at = before(moment)
  const wrong = await held(g, 'both', at, at + 8)
  const { rows } = await g.root.query<{ line: string }>(
    `select format('a job that ended before it began: %s', id) as line from jobs where finished_at < started_at and abs(extract(epoch from started_at - $1)) < 60`,
    [new Date(moment)],
  )
  return [...wrong, ...rows.map(({ line }) => line)]
}

/** The cases, each with its name. */
export function work(g: Clocked): Case[] {
  const one = (name: string, run: () => Promise<string[]>): Case => ({ name, run })
  return [
    one('a check in its middle, an hour ahead', () => held(g, 'both', 0, HOUR)),
    one('a check in its middle, an hour back', () => held(g, 'both', 0, -HOUR)),
    one('a check in its middle, 400 days ahead', () => held(g, 'both', 0, 400 * DAY)),
    one('a check in its middle, 10 years back', () => held(g, 'both', 0, -10 * YEAR)),
    one("a check in its middle, the server's clock alone a day ahead", () => held(g, 'server', 0, DAY)),
    one("a check in its middle, the server's clock alone a day back", () => held(g, 'server', 0, -DAY)),
    one("a check in its middle, the database's clock alone a day ahead", () => held(g, 'database', 0, DAY)),
    one("a check in its middle, the database's clock alone a day back", () => held(g, 'database', 0, -DAY)),
    one('a check that waits for its next try, an hour back', () => waiting(g, -HOUR, false)),
    one('a check that waits, 400 days ahead and started again', () => waiting(g, 400 * DAY, true)),
    one('a check that waits, 10 years back and started again', () => waiting(g, -10 * YEAR, true)),
    one('a check by schedule, 400 days ahead and back', () => schedule(g)),
    one('over the hour that comes twice (25 October 2026)', () => over(g, '2026-10-25T01:00:00Z')),
    one('over the hour that is left out (28 March 2027)', () => over(g, '2027-03-28T01:00:00Z')),
    one('over a new year', () => over(g, '2027-01-01T00:00:00Z')),
    one('over a leap day', () => over(g, '2028-02-29T00:00:00Z')),
    one('over the end of 32 bits of seconds', () => over(g, '2038-01-19T03:14:08Z')),
  ]
}

/** Mistakes put in: each has to be found. */
export function plantedWork(g: Clocked): Case[] {
  const after = async (query: string, undo: string) => {
    const found = new Findings()
    await g.root.query(query, [g.connectionId])
    await judge(g, found)
    await g.root.query(undo, [g.connectionId])
    return found.lines
  }
  const right = `(select id from grants where connection_id = $1 order by id limit 1)`
  const event = `(select min(id) from audit_events where subject_id = $1::text)`
  return [
    {
      name: 'a right is lost',
      run: () =>
        after(
          `update grants set ended_at = 'epoch' where id = ${right}`,
          `update grants set ended_at = null where connection_id = $1 and ended_at = 'epoch'`,
        ),
    },
    {
      name: 'a line of the log is changed',
      run: () =>
        after(
          `update audit_events set data = data || '{"planted": 1}' where id = ${event}`,
          `update audit_events set data = data - 'planted' where subject_id = $1::text`,
        ),
    },
    {
      name: 'a job that stays open',
      run: () =>
        after(
          `update jobs set status = 'waiting' where id = (select id from jobs where connection_id = $1 limit 1)`,
          `update jobs set status = 'complete' where connection_id = $1 and status = 'waiting'`,
        ),
    },
  ]
}
