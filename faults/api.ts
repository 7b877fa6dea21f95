// The HTTP API as a signed-in person uses it, for programs that drive the real server.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { setupCode } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import type { JobDetails } from '../src/model/job.ts'
import { openJobStatuses } from '../src/model/job.ts'
import type { List } from '../src/model/list.ts'
import type { Partner } from '../src/model/partner.ts'
import type { Credentials } from '../src/connectors/meta/simulator/server.ts'

export interface Api {
  /** Throws with the API's sentence where it refuses. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
}

const OWNER = { name: 'Owner of the test', email: 'owner@example.test', password: 'a long enough password' }

/** A client of a server at `url`; the address may change when the server is started again on another port. */
export function openApi(url: string): Api & { cookie: string } {
  const api = {
    cookie: '',
    call: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await fetch(url + path, {
        method,
        headers: {
          origin: url,
          cookie: api.cookie,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const set = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
      if (set.length > 0) api.cookie = set.join('; ')
      const text = await response.text()
      const answer = (text === '' ? null : JSON.parse(text)) as T & { error?: { sentence: string } }
      if (!response.ok)
        throw new Error(answer.error?.sentence ?? `${method} ${path} answered ${response.status}.`)
      return answer
    },
  }
  return api
}

/** The setup code of a fresh program, which writes it down as soon as it listens. */
export async function codeOf(program: Program): Promise<string> {
  for (let tries = 0; tries < 200 && !existsSync(join(program.dataDir, 'setup-code')); tries += 1)
    await pause(50)
  return setupCode(program)
}

/** Makes the owner of a fresh installation, who is then signed in; gives the workspace. */
export async function setUp(api: Api, code: string): Promise<string> {
  const { workspaceId } = await api.call<{ workspaceId: string }>('POST', '/api/v1/setup', {
    code,
    ...OWNER,
    workspaceName: 'Workspace of the test',
  })
  return workspaceId
}

/** Waits until a job is over. Throws where it is not within two minutes. */
export async function jobOver(api: Api, workspaceId: string, jobId: string): Promise<JobDetails> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const job = await api.call<JobDetails>('GET', `/api/v1/workspaces/${workspaceId}/jobs/${jobId}`)
    if (!openJobStatuses.includes(job.status)) return job
    if (Date.now() > deadline) throw new Error(`The job is still ${job.status}: ${job.progress ?? ''}`)
    await pause(50)
  }
}

/** Starts a check for updates. */
export async function startCheck(api: Api, workspaceId: string, connectionId: string): Promise<string> {
  const path = `/api/v1/workspaces/${workspaceId}/connections/${connectionId}/check-for-updates`
  return (await api.call<{ jobId: string }>('POST', path, {})).jobId
}

/** Connects a simulated business with all its partners and checks until everything is known; gives the connection. */
export async function connectAll(api: Api, workspaceId: string, world: Credentials): Promise<string> {
  const ws = `/api/v1/workspaces/${workspaceId}`
  const made = await api.call<{ connection: { id: string } | null; jobId: string | null }>(
    'POST',
    `${ws}/connections`,
    {
      connector: 'meta',
      label: 'The brand',
      business: world.businessId,
      fields: { token: world.token, app_id: world.appId, app_secret: world.appSecret },
      confirm: true,
    },
  )
  if (made.connection === null || made.jobId === null) throw new Error('The business was not connected.')
  await jobOver(api, workspaceId, made.jobId)
  const { id } = made.connection
  const partners = await api.call<List<Partner>>('GET', `${ws}/connections/${id}/partners?limit=500`)
  for (const { externalId, id: partner } of partners.rows) {
    const token = world.partners.find((p) => p.id === externalId)?.token
    if (token === undefined) continue
    const body = { token, confirm: true, replace: false }
    const { connected } = await api.call<{ connected: boolean }>(
      'POST',
      `${ws}/partners/${partner}/connect`,
      body,
    )
    if (!connected) throw new Error(`The partner ${externalId} was not connected.`)
  }
  await jobOver(api, workspaceId, await startCheck(api, workspaceId, id))
  return id
}
