// `npm run demo`: plays the story against the built-in simulator, through the same HTTP API that the console uses, and prints what came
// of it. A second run finds everything done and only checks again.
import type { Connection } from './model/connection.ts'
import type { Job, JobDetails } from './model/job.ts'
import { jobStatusLabels, openJobStatuses } from './model/job.ts'
import type { List } from './model/list.ts'
import type { Partner } from './model/partner.ts'
import { partnerStatusLabels } from './model/partner.ts'
import type { Principal, PrincipalDetails } from './model/principal.ts'
import type { Redacted } from './model/redacted.ts'
import type { Verdict } from './model/credential.ts'
import type { Workspace } from './model/workspace.ts'

export interface DemoWorld {
  connector: string
  label: string
  business: string
  fields: Record<string, Redacted>
  /** The partner that the demo onboards. */
  partner: { externalId: string; token: Redacted }
}

interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

/** Signs in and returns a client that keeps the session. Throws with the API's sentence where anything is refused. */
async function signIn(url: string, owner: { email: string; password: Redacted }): Promise<Client> {
  let cookie = ''
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: { origin: url, cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
    if (set.length > 0) cookie = set.join('; ')
    const answer = (await response.json()) as T & { error?: { sentence: string } }
    if (!response.ok)
      throw new Error(answer.error?.sentence ?? `${method} ${path} answered ${response.status}.`)
    return answer
  }
  await call('POST', '/api/auth/sign-in/email', { email: owner.email, password: owner.password.reveal() })
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) }
}

type Say = (line: string) => void

/** Connects the simulated business where it is not yet connected, and waits for the first check. */
async function connect(api: Client, ws: string, world: DemoWorld, say: Say): Promise<Connection> {
  const there = (await api.get<Connection[]>(`${ws}/connections`)).find(
    (c) => c.externalId === world.business,
  )
  if (there !== undefined) return there
  say(`Connecting ${world.label} …`)
  const made = await api.post<{ connection: Connection | null; verdict: Verdict; jobId: string | null }>(
    `${ws}/connections`,
    {
      connector: world.connector,
      label: world.label,
      business: world.business,
      fields: Object.fromEntries(Object.entries(world.fields).map(([name, value]) => [name, value.reveal()])),
      confirm: true,
    },
  )
  for (const claim of made.verdict.claims)
    say(`  ${claim.state === 'refuted' ? '✗' : '✓'} ${claim.label}: ${claim.sentence}`)
  if (made.connection === null) throw new Error('The simulated business could not be connected.')
  if (made.jobId !== null) await follow(api, ws, made.jobId, say)
  return made.connection
}

async function onboard(
  api: Client,
  ws: string,
  connection: string,
  world: DemoWorld,
  say: Say,
): Promise<Partner> {
  const found = async () => {
    const partners = await api.get<List<Partner>>(`${ws}/connections/${connection}/partners?limit=500`)
    return partners.rows.find((p) => p.externalId === world.partner.externalId)
  }
  let partner = await found()
  if (partner === undefined) {
    // An earlier run may have been ended before the first check was over: where it still runs, this is the same one.
    say('Looking for the partner …')
    await check(api, ws, connection, say)
    partner = await found()
  }
  if (partner === undefined) throw new Error('The simulated partner was not found.')
  if (partner.status === 'onboarded') return partner
  say(`Connecting the partner ${partner.name ?? partner.externalId} with its token …`)
  const answer = await api.post<{ connected: boolean; verdict: Verdict; partner: Partner }>(
    `${ws}/partners/${partner.id}/connect`,
    { token: world.partner.token.reveal(), confirm: true, replace: true },
  )
  for (const claim of answer.verdict.claims)
    say(`  ${claim.state === 'refuted' ? '✗' : '✓'} ${claim.label}: ${claim.sentence}`)
  if (!answer.connected) throw new Error('The partner could not be connected.')
  say(`  ${answer.partner.name ?? ''}: ${partnerStatusLabels[answer.partner.status]}`)
  return answer.partner
}

/** A check for updates from its start to its end. */
async function check(api: Client, ws: string, connection: string, say: Say): Promise<Job> {
  const path = `${ws}/connections/${connection}/check-for-updates`
  const { jobId } = await api.post<{ jobId: string }>(path, {})
  return follow(api, ws, jobId, say)
}

/** Prints a job's progress until it is over. */
async function follow(api: Client, ws: string, jobId: string, say: Say): Promise<Job> {
  const told = new Set<string>()
  for (;;) {
    const job = await api.get<JobDetails>(`${ws}/jobs/${jobId}`)
    for (const step of job.steps) {
      const counted =
        step.done === null
          ? ''
          : ` · ${step.done}${step.total === null ? '' : ` of ${step.total}`} ${step.unit ?? ''}`
      const line = `  ${step.status === 'done' ? '✓' : '…'} ${step.label}${counted}`
      if (step.status !== 'waiting' && !told.has(line)) say(line)
      told.add(line)
    }
    if (!openJobStatuses.includes(job.status)) {
      say(`  ${jobStatusLabels[job.status]}`)
      for (const problem of job.problems) say(`  ${problem.where}: ${problem.sentence} ${problem.fix}`)
      return job
    }
    await new Promise((done) => setTimeout(done, 150))
  }
}

/** Text from outside on a terminal: control characters are shown, not obeyed. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�')
}

function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length)))
      .join('  ')
      .trimEnd(),
  )
}

async function people(api: Client, ws: string, connection: string, partner: Partner): Promise<string[]> {
  const list = await api.get<List<Principal>>(
    `${ws}/connections/${connection}/principals?tab=guests&partner=${partner.id}&limit=500`,
  )
  const rows = [['Person', 'E-mail', 'Role', 'Two-factor', 'Asset', 'How', 'Permissions']]
  for (const person of list.rows) {
    const { access } = await api.get<PrincipalDetails>(`${ws}/principals/${person.id}`)
    // An admin of the partner reaches everything that is shared: one line says so.
    const byRole = access.filter((a) => a.how === 'role')
    const lines = access
      .filter((a) => a.how !== 'role')
      .map((a) => [
        plain(`${a.resourceTypeLabel} ${a.resourceName ?? a.resourceExternalId}`),
        a.how,
        a.entitlements.join(', '),
      ])
    if (byRole.length > 0)
      lines.unshift([`all ${byRole.length} shared assets`, 'role', byRole[0]?.entitlements.join(', ') ?? ''])
    const who = [
      person.name ?? person.externalId,
      person.email ?? '–',
      person.role ?? '–',
      person.twoFactor ?? '–',
    ]
    lines.forEach((line, index) => rows.push([...(index > 0 ? ['', '', '', ''] : who.map(plain)), ...line]))
  }
  return table(rows)
}

/** Plays the story once and prints the partner's people. `url`: the running program. */
export async function playDemo(
  url: string,
  owner: { email: string; password: Redacted },
  world: DemoWorld,
  say: Say,
): Promise<void> {
  const api = await signIn(url, owner)
  const { workspaces } = await api.get<{ workspaces: Workspace[] }>('/api/v1/me')
  const workspace = workspaces[0]
  if (workspace === undefined) throw new Error('The demo workspace was not found.')
  const ws = `/api/v1/workspaces/${workspace.id}`
  const connection = await connect(api, ws, world, say)
  const partner = await onboard(api, ws, connection.id, world, say)
  say('Checking for updates …')
  const job = await check(api, ws, connection.id, say)
  if (job.result !== null)
    say(`  ${job.result.httpCalls} HTTP calls, ${job.result.logicalCalls} logical calls`)
  say('')
  say(`People of ${plain(partner.name ?? partner.externalId)} with access to our assets:`)
  say('')
  for (const line of await people(api, ws, connection.id, partner)) say(line)
  say('')
}
