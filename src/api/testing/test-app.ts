// The real app for tests: real database, real vault, real engine, the simulator as the provider; asked through app.request, as over a socket.
import { rmSync } from 'node:fs'
import { afterAll } from 'vitest'
import { startSimulator } from '../../connectors/meta/simulator/server.ts'
import type { Simulator, SimulatorOptions } from '../../connectors/meta/simulator/server.ts'
import { startEngine } from '../../jobs/engine.ts'
import { newSecret } from '../../lib/ids.ts'
import { createLog } from '../../lib/log.ts'
import type { Role } from '../../model/member.ts'
import { Redacted } from '../../model/redacted.ts'
import { work } from '../../store/db.ts'
import type { TestDb } from '../../store/testing/test-db.ts'
import { temporaryFolder } from '../../store/testing/cluster.ts'
import { loadVault } from '../../vault/master-key.ts'
import { createApp } from '../app.ts'
import { createAuth } from '../auth.ts'
import type { Parts } from '../parts.ts'

export const ORIGIN = 'http://localhost:4400'
export const PASSWORD = 'a long enough password'

export interface Answer {
  status: number
  headers: Headers
  /** Parsed JSON, or the text. */
  body: unknown
}

export interface Asked {
  /** Sends this person's cookie. */
  as?: TestPerson | undefined
  body?: unknown
  headers?: Record<string, string>
  /** The socket's address. */
  from?: string
}

export interface TestPerson {
  id: string
  email: string
  cookie: string
}

export interface TestApp {
  parts: Parts
  /** What the cookies are signed with, for a second program on the same database. */
  secret: Redacted
  sim: Simulator
  /** Everything that was logged. */
  logged: string[]
  /** A request of the console: same origin, JSON. */
  ask(method: string, path: string, asked?: Asked): Promise<Answer>
  /** The bare request, with nothing added. */
  raw(path: string, init?: RequestInit, from?: string): Promise<Response>
  /** A person who can sign in; not a member of anything. */
  person(): Promise<TestPerson>
  /** Makes somebody a member. */
  join(
    workspaceId: string,
    person: TestPerson,
    role: Role,
    status?: 'active' | 'removed',
    endsAt?: Date,
  ): Promise<void>
  signIn(
    email: string,
    password?: string,
    from?: string,
  ): Promise<{ status: number; cookie: string; body: unknown }>
  /** What the wizard sends to connect the simulated business. */
  wizard(): {
    connector: string
    label: string
    business: string
    fields: Record<string, string>
    confirm: boolean
  }
  /** Connects the simulated business and waits for the first check. */
  connected(workspaceId: string, owner: TestPerson): Promise<string>
  /** Waits until a job is over. */
  finished(workspaceId: string, as: TestPerson, jobId: string): Promise<{ status: string }>
  /** Actions of the workspace's activity log, oldest first. */
  audit(
    workspaceId: string,
  ): Promise<
    { action: string; actor_id: string; subject_id: string; data: unknown; address: string | null }[]
  >
}

export interface TestAppOptions {
  simulator?: SimulatorOptions
  trustedProxies?: string[]
  publicUrl?: string
  consoleDir?: string | null
  offerSimulator?: boolean
}

/** Call it once, at the top of a file, after testDb(). */
export async function testApp(t: TestDb, options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = temporaryFolder('api')
  const logged: string[] = []
  const log = createLog('debug', (line) => logged.push(line))
  const sim = await startSimulator({ control: true, ...options.simulator })
  const vault = await loadVault({ dataDir })
  const addressOf = () => sim.url
  const engine = await startEngine({
    db: t.db,
    ownerUrl: t.ownerUrl,
    appUrl: t.appUrl,
    vault,
    addressOf,
    log,
    speed: { since: Date.now(), factor: 100 },
  })
  const stop = new AbortController()
  const publicUrl = new URL(options.publicUrl ?? ORIGIN)
  const secret = new Redacted(newSecret())
  const auth = createAuth({ db: t.db, secret, publicUrl, log })
  const wizard = () => ({
    connector: 'meta',
    label: 'The brand',
    business: sim.businessId,
    fields: { token: sim.token, app_id: sim.appId, app_secret: sim.appSecret },
    confirm: true,
  })
  const parts: Parts = {
    db: t.db,
    vault,
    engine,
    auth,
    addressOf,
    publicUrl,
    trustedProxies: options.trustedProxies ?? [],
    ...(options.offerSimulator === false
      ? {}
      : { simulator: { credentials: () => Promise.resolve(offerOf(wizard())) } }),
    consoleDir: options.consoleDir ?? null,
    version: '0.0.0-test',
    stopping: stop.signal,
    log,
  }
  const app = createApp(parts)
  afterAll(async () => {
    stop.abort()
    await engine.stop()
    await sim.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const self = testers(t, parts, secret, sim, logged, wizard, async (path, init, from) =>
    app.request(path, init, { incoming: { socket: { remoteAddress: from ?? '127.0.0.1' } } }),
  )
  return self
}

function offerOf({ fields, ...rest }: ReturnType<TestApp['wizard']>) {
  return {
    ...rest,
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, new Redacted(value)])),
  }
}

function testers(
  t: TestDb,
  parts: Parts,
  secret: Redacted,
  sim: Simulator,
  logged: string[],
  wizard: TestApp['wizard'],
  raw: TestApp['raw'],
): TestApp {
  const self: TestApp = {
    parts,
    secret,
    sim,
    logged,
    raw,
    wizard,
    ask: async (method, path, asked = {}) => {
      const response = await raw(
        path.startsWith('/api/') ? path : `/api/v1${path}`,
        {
          method,
          headers: {
            host: parts.publicUrl.host,
            origin: parts.publicUrl.origin,
            'sec-fetch-site': 'same-origin',
            ...(asked.as === undefined ? {} : { cookie: asked.as.cookie }),
            ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
            ...asked.headers,
          },
          ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
        },
        asked.from,
      )
      const text = await response.text()
      const isJson = /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '')
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== '' ? JSON.parse(text) : text,
      }
    },
    person: async () => {
      const email = `${newSecret().slice(0, 12).toLowerCase()}@example.test`
      // Any workspace will do: the tables of persons belong to none.
      const id = await work(t.db, '00000000-0000-4000-8000-000000000000', (tx) =>
        parts.auth.addPerson(tx, { name: `Person ${email.slice(0, 4)}`, email, password: PASSWORD }),
      )
      const { cookie } = await self.signIn(email)
      return { id, email, cookie }
    },
    join: async (workspaceId, person, role, status = 'active', endsAt) => {
      await t.root.query(
        `delete from members where workspace_id = $1 and (user_id = $2 or ($3 = 'owner' and role = 'owner'))`,
        [workspaceId, person.id, role],
      )
      await t.root.query(
        'insert into members (workspace_id, user_id, role, status, ends_at) values ($1, $2, $3, $4, $5)',
        [workspaceId, person.id, role, status, endsAt ?? null],
      )
    },
    signIn: async (email, password = PASSWORD, from) => {
      const answer = await self.ask('POST', '/api/auth/sign-in/email', {
        body: { email, password },
        ...(from === undefined ? {} : { from }),
      })
      return { status: answer.status, cookie: cookiesOf(answer.headers), body: answer.body }
    },
    connected: async (workspaceId, owner) => {
      const answer = await self.ask('POST', `/workspaces/${workspaceId}/connections`, {
        as: owner,
        body: wizard(),
      })
      const { connection, jobId } = answer.body as { connection: { id: string } | null; jobId: string | null }
      if (connection === null || jobId === null)
        throw new Error(`not connected: ${JSON.stringify(answer.body)}`)
      const job = await self.finished(workspaceId, owner, jobId)
      if (job.status !== 'complete') throw new Error(`not read: ${JSON.stringify(job)}\n${logged.join('\n')}`)
      return connection.id
    },
    finished: async (workspaceId, as, jobId) => {
      for (;;) {
        const { body } = await self.ask('GET', `/workspaces/${workspaceId}/jobs/${jobId}`, { as })
        const job = body as { status: string }
        if (!['queued', 'running', 'retrying', 'waiting'].includes(job.status)) return job
        await new Promise((done) => setTimeout(done, 100))
      }
    },
    audit: async (workspaceId) =>
      (
        await t.root.query<Awaited<ReturnType<TestApp['audit']>>[number]>(
          'select action, actor_id, subject_id, data, address from audit_events where workspace_id = $1 order by id',
          [workspaceId],
        )
      ).rows,
  }
  return self
}

/** What a browser would send back of the cookies that were set. */
export function cookiesOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ')
}
