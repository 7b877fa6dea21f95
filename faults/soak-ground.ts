// What the soak plays on: twenty businesses in four workspaces of the real server on its fast clock, with a proxy that can cut their connections in
// between; how a person mends all that is not right at its end; and the logs of the workspaces.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { JobDetails } from '../src/model/job.ts'
import { codeOf, connectAll, jobOver, openApi, setUp, startCheck } from './api.ts'
import type { Api } from './api.ts'
import { openFast } from './fast-clock.ts'
import type { Fast } from './fast-clock.ts'
import { differences, duplicates, storedLines } from './oracle.ts'
import { startProxy, through } from './proxy.ts'
import type { Link } from './proxy.ts'
import { INSPECTED } from './soak-memory.ts'
import { watchOver } from './soak-watch.ts'
import type { Business, Watch } from './soak-watch.ts'
import { openWorlds } from './soak-world.ts'
import type { Worlds } from './soak-world.ts'

export const SPEED = 60
export const BUSINESSES = 20
const WORKSPACES = 4

export interface Ground {
  fast: Fast
  worlds: Worlds
  /** The owner. */
  api: Api & { cookie: string }
  businesses: Business[]
  /** Of each business in turn. */
  watches: Watch[]
  /** Connections to the provider that are open now. */
  links: ReadonlySet<Link>
  close(): Promise<void>
}

/** Starts everything and connects it. `library`: of findFaketime. */
export async function openGround(library: string): Promise<Ground> {
  let clock: () => number = Date.now
  const worlds = await openWorlds(BUSINESSES, () => clock())
  const links = new Set<Link>()
  const target = { host: '127.0.0.1', port: Number(new URL(worlds.url).port) }
  const proxy = await startProxy(target, (link) => {
    links.add(link)
    return { closed: () => void links.delete(link) }
  })
  let fast: Fast | null = null
  const close = async () => {
    await fast?.close()
    await proxy.close()
    await worlds.close()
  }
  try {
    fast = await openFast(library, SPEED, {
      META_GRAPH_URL: through(worlds.url, proxy),
      NODE_OPTIONS: INSPECTED,
    })
    clock = fast.now
    const { root, url, now } = fast
    const api = openApi(url)
    const businesses = await connectBusinesses({ fast, api }, worlds.sims)
    const watches = businesses.map((business) => watchOver(root, now, business))
    return { fast, worlds, api, businesses, watches, links, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Connects every business, five to a workspace, several workspaces at a time; each is checked once more, and by the hour from then on. */
async function connectBusinesses(g: { fast: Fast; api: Api }, sims: Business['sim'][]): Promise<Business[]> {
  const { fast, api } = g
  const first = await setUp(api, await codeOf(fast.program()))
  const workspaces = [first]
  for (let n = 1; n < WORKSPACES; n += 1) {
    const id = randomUUID()
    workspaces.push(id)
    await fast.root.query(`insert into workspaces (id, name, environment) values ($1, 'Another', 'live')`, [
      id,
    ])
    await fast.root.query(
      `insert into members (workspace_id, user_id, role) select $1, user_id, role from members where workspace_id = $2`,
      [id, first],
    )
  }
  const connected = workspaces.map(async (workspaceId, at) => {
    const mine: Business[] = []
    for (const sim of sims.filter((_, n) => n % WORKSPACES === at)) {
      const connectionId = await connectAll(api, workspaceId, sim)
      const job = await jobOver(api, workspaceId, await startCheck(api, workspaceId, connectionId))
      if (job.status !== 'complete' || job.result === null)
        throw new Error(`An undisturbed check ended as ${job.status}.`)
      const path = `/api/v1/workspaces/${workspaceId}/connections/${connectionId}`
      await api.call('PATCH', path, { schedule: 'hourly' })
      mine.push({ sim, workspaceId, connectionId, calls: job.result.logicalCalls })
    }
    return mine
  })
  return (await Promise.all(connected)).flat()
}

/** A last check of an app, as a person makes it: a token that is not believed any more is given anew, and what was refused is asked again. */
async function mendOne(g: Ground, business: Business): Promise<string[]> {
  const { workspaceId, connectionId, sim } = business
  const ws = `/api/v1/workspaces/${workspaceId}`
  const app = `${ws}/connections/${connectionId}`
  const fields = { token: sim.token, app_id: sim.appId, app_secret: sim.appSecret }
  await g.api.call('POST', `${app}/credential`, { fields, confirm: true })
  const { rows } = await g.fast.root.query<{ id: string; externalId: string }>(
    `select id, external_id as "externalId" from partners where connection_id = $1 and status not in ('onboarded', 'gone')`,
    [connectionId],
  )
  for (const { id, externalId } of rows) {
    const token = sim.partners.find((partner) => partner.id === externalId)?.token
    if (token !== undefined)
      await g.api.call('POST', `${ws}/partners/${id}/connect`, { token, confirm: true, replace: true })
  }
  let job: JobDetails = await jobOver(g.api, workspaceId, await startCheck(g.api, workspaceId, connectionId))
  for (let tries = 0; job.status !== 'complete' && tries < 2; tries += 1) {
    const { jobId } = await g.api.call<{ jobId: string }>('POST', `${ws}/jobs/${job.id}/retry`, {})
    job = await jobOver(g.api, workspaceId, jobId)
  }
  const held = await g.api.call<{ rows: { id: string }[] }>('GET', `${app}/proposals`)
  for (const { id } of held.rows) await g.api.call('POST', `${ws}/proposals/${id}/apply`, {})
  if (job.status === 'complete') return []
  return [
    `the last check is ${job.status}: ${job.problems.map((p) => `${p.where}: ${p.sentence}`).join(' | ')}`,
  ]
}

/** The same of all, and where the store is not the world afterwards. */
export async function mend(g: Ground): Promise<string[]> {
  const wrong: string[] = []
  for (const business of g.businesses) wrong.push(...(await mendOne(g, business)))
  return [...wrong, ...(await compare(g))]
}

/** Where the store is not the world, and what is there twice. */
export async function compare({ fast, businesses, watches }: Ground): Promise<string[]> {
  const wrong: string[] = []
  for (const [at, { connectionId }] of businesses.entries()) {
    const expected = watches[at]?.expected() ?? new Set()
    wrong.push(...differences(expected, await storedLines(fast.root, connectionId)))
    wrong.push(...(await duplicates(fast.root, connectionId)))
  }
  return wrong
}

/** The chain of every workspace's log, once everything is sealed. */
export async function chains({ api, businesses }: Ground): Promise<string[]> {
  const wrong: string[] = []
  for (const id of new Set(businesses.map(({ workspaceId }) => workspaceId))) {
    const verify = () =>
      api.call<{ unsealed: number; broken: { sentence: string } | null }>(
        'GET',
        `/api/v1/workspaces/${id}/audit/verify`,
      )
    let log = await verify()
    for (let tries = 0; log.unsealed > 0 && tries < 600; tries += 1) {
      await pause(100)
      log = await verify()
    }
    if (log.unsealed > 0) wrong.push(`${log.unsealed} events were never sealed`)
    if (log.broken !== null) wrong.push(log.broken.sentence)
  }
  return wrong
}
