// Several servers on one database: a workspace's check goes on while another one's is held up, what a person waits for does not wait behind a
// check, and what a provider asked of an app or a token is kept by all of them. Told by order and by counts; times are told, never judged.
import { setTimeout as pause } from 'node:timers/promises'
import type { JobDetails } from '../src/model/job.ts'
import { jobOver, startCheck } from './api.ts'
import { asked } from './cases.ts'
import type { Case } from './cases.ts'
import { enter, Findings, judge } from './served.ts'
import { openServers, playOnServers } from './servers.ts'
import type { Servers, Side } from './servers.ts'

const say = (line: string) => console.log(line)
const since = (from: number) => `${Math.round(performance.now() - from)} ms`

const details = (g: Servers, { workspaceId }: Side, jobId: string) =>
  g.api.call<JobDetails>('GET', `/api/v1/workspaces/${workspaceId}/jobs/${jobId}`)

/** Holds every call from the second on of the first workspace's check, while `during` runs. */
async function behind(
  g: Servers,
  during: (busy: string, found: Findings) => Promise<void>,
): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  g.sim.control.reset()
  let go: (value: undefined) => void = () => undefined
  const until = new Promise<undefined>((done) => (go = done))
  const fault = g.sim.control.addFault({ match: { call: 3 }, do: { until } })
  const busy = await startCheck(g.api, g.workspaceId, g.connectionId)
  for (let tries = 0; fault.fired === 0; tries += 1) {
    if (tries === 1_200) throw new Error('The first check was never in its middle.')
    await pause(50)
  }
  try {
    await during(busy, found)
    const first = await details(g, g, busy)
    found.expect('the check that is held', first.finishedAt, null)
  } finally {
    go(undefined)
    g.sim.control.clearFaults()
  }
  found.expect('the check that was held', (await jobOver(g.api, g.workspaceId, busy)).status, 'complete')
  await judge(g, found)
  return found.lines
}

/** Another workspace's check, pressed while one is held, is over before that one. */
const fairness = (g: Servers) =>
  behind(g, async (_, found) => {
    const from = performance.now()
    const jobId = await startCheck(g.api, g.other.workspaceId, g.other.connectionId)
    let job = await details(g, g.other, jobId)
    while (job.startedAt === null) {
      await pause(10)
      job = await details(g, g.other, jobId)
    }
    say(`  another workspace's check began after ${since(from)}`)
    found.expect(
      "the other workspace's check",
      (await jobOver(g.api, g.other.workspaceId, jobId)).status,
      'complete',
    )
    say(`  and was over after ${since(from)}`)
  })

/** A partner's token, which is judged by the provider while a person waits. */
const action = (g: Servers) =>
  behind(g, async (_, found) => {
    const [partner] = g.sim.partners
    const { rows } = await g.root.query<{ id: string }>(
      'select id from partners where connection_id = $1 and external_id = $2',
      [g.other.connectionId, partner?.id],
    )
    const from = performance.now()
    const path = `/api/v1/workspaces/${g.other.workspaceId}/partners/${rows[0]?.id ?? ''}/connect`
    const answer = await g.api.call<{ connected: boolean }>('POST', path, {
      token: partner?.token,
      confirm: true,
      replace: true,
    })
    say(`  a person's token was judged after ${since(from)}`)
    found.expect('the token', answer.connected, true)
  })

/** One of the servers is told to wait a minute; no server asks for that token, or for that app, before it is over. */
async function shared(g: Servers, code: 4 | 17): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const { businessId } = g.sim
  const use = { type: 'business_management', call_count: 118, total_cputime: 40, total_time: 60 }
  const fault = g.sim.control.addFault({
    match: { node: businessId, nested: false },
    do: {
      error: { status: 400, message: `(#${code}) Too many calls.`, type: 'OAuthException', code },
      headers: {
        'x-business-use-case-usage': JSON.stringify({
          [businessId]: [{ ...use, estimated_time_to_regain_access: 1 }],
        }),
      },
    },
  })
  const first = await startCheck(g.api, g.workspaceId, g.connectionId)
  for (let tries = 0; (await details(g, g, first)).status !== 'retrying'; tries += 1) {
    if (tries === 1_200) throw new Error(`The check does not wait; it was refused ${fault.fired} times.`)
    await pause(50)
  }
  // Whatever of the first check is still under way has come back by now.
  await pause(2_000)
  const told = Date.now()
  g.sim.control.reset()
  const jobs = [first]
  for (const { url } of g.programs) {
    const path = `/api/v1/workspaces/${g.other.workspaceId}/connections/${g.other.connectionId}/check-for-updates`
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { cookie: g.api.cookie, origin: url, 'content-type': 'application/json' },
      body: '{}',
    })
    const body = (await response.json()) as { jobId?: string }
    if (body.jobId !== undefined) jobs.push(body.jobId)
    await pause(10_000)
  }
  const calls = g.sim.control.calls().filter(({ node, nested }) => node === businessId && !nested)
  found.expect(`calls of the refused business within ${Date.now() - told} ms`, calls.length <= 1, true)
  g.sim.control.clearFaults()
  found.expect('the check', (await jobOver(g.api, g.workspaceId, first)).status, 'complete')
  const second = jobs[1]
  if (second === undefined) found.lines.push('no server took the other check')
  else found.expect('the other check', (await jobOver(g.api, g.other.workspaceId, second)).status, 'complete')
  await judge(g, found)
  return found.lines
}

const { cases: count, seed, only } = asked(process.argv.slice(2), 1, true)
const g = await openServers()
const all: Case[] = [
  { name: "a workspace's check while another one's is held", run: () => fairness(g) },
  { name: 'a token that a person gives while a check is held', run: () => action(g) },
  { name: "a token's pause, over the servers", run: () => shared(g, 17) },
  { name: "an app's pause, over the servers", run: () => shared(g, 4) },
]
const about = ['two servers on one database (closure over the promises named)']
const cases = all.slice(0, count ?? all.length)
const family = { name: 'processes', seed, about, cases }
const failed = await playOnServers(g, family, () => g.root.query('truncate provider_limits'), only)
process.exit(failed === 0 ? 0 : 1)
