// The simulator as a server: one port on the loopback interface, the Graph API and the Business settings pages on it, and the hand
// that moves the world.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { batchError, performBatch } from './batch.ts'
import { callLog } from './call-log.ts'
import type { CallIdentity } from './call-log.ts'
import { changer, controlOf, controlRequest } from './control.ts'
import type { Control } from './control.ts'
import { errorNamed, GraphError } from './errors.ts'
import { faultPlan } from './faults.ts'
import type { FaultAction } from './faults.ts'
import { readRequest } from './http.ts'
import type { Incoming } from './http.ts'
import { record, replay } from './journal.ts'
import { loginsOf } from './pages/logins.ts'
import type { Login } from './pages/logins.ts'
import { isPage, servePages } from './pages/pages.ts'
import { pagesState } from './pages/state.ts'
import type { PagesState } from './pages/state.ts'
import { perform } from './perform.ts'
import type { Outcome } from './perform.ts'
import { seedWorld } from './seed.ts'
import type { WorldOptions } from './seed-sizes.ts'
import { tokensOf } from './seed-tokens.ts'
import type { Tokens } from './seed-tokens.ts'
import type { Latency, Simulation } from './simulation.ts'
import { defaultSwitches } from './switches.ts'
import type { Switches } from './switches.ts'
import { usageCounter } from './usage.ts'
import { answeringVersion, splitVersion } from './versions.ts'
import { send } from './wire.ts'
import { partnersOf } from './world.ts'
import type { World } from './world.ts'

export interface SimulatorOptions {
  /** 0 or absent: a free one. */
  port?: number
  seed?: number
  world?: WorldOptions
  /** Serves `/_control` too: anybody who reaches the port may then change the world. */
  control?: boolean
  switches?: Partial<Switches>
  latency?: Partial<Latency>
  /** A file of the writes, made again at start. */
  journalPath?: string
  /** Milliseconds since 1970. */
  clock?: () => number
}

/** What a person needs to connect to the simulated world. Fixed by seed and sizes. */
export interface Credentials {
  businessId: string
  businessName: string
  appId: string
  appSecret: string
  /** A good token of our own business. */
  token: string
  partners: { id: string; name: string; direction: 'agency' | 'client' | 'both'; token: string }[]
}

export interface Simulator extends Credentials {
  /** Without a trailing slash. */
  url: string
  /** Where the Business settings pages start. */
  pagesUrl: string
  /** An administrator of each business, as they sign in to the pages. */
  logins: Login[]
  tokens: Tokens
  control: Control
  stop(): Promise<void>
}

const defaultSeed = 20_261

/** The credentials that a simulator with these options has, without starting one. */
export function demoCredentials(options: Pick<SimulatorOptions, 'seed' | 'world'> = {}): Credentials {
  return credentialsOf(seedWorld(options.seed ?? defaultSeed, options.world))
}

function credentialsOf(world: World): Credentials {
  const tokens = tokensOf(world)
  const own = world.businesses.get(world.own)
  return {
    businessId: world.own,
    businessName: own?.name ?? '',
    appId: world.app,
    appSecret: world.apps.get(world.app)?.secret ?? '',
    token: tokens.own,
    partners: partnersOf(world, world.own).map((id) => {
      const [agency, client] = [own?.agencies.has(id), own?.clients.has(id)]
      const direction = agency && client ? 'both' : agency ? 'agency' : 'client'
      return {
        id,
        name: world.businesses.get(id)?.name ?? '',
        direction,
        token: tokens.partners[id]?.admin ?? '',
      }
    }),
  }
}

/** Starts a simulator on 127.0.0.1. `stop` closes its port and every connection. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? Date.now
  const world = seedWorld(options.seed ?? defaultSeed, options.world, clock())
  const credentials = credentialsOf(world)
  const tokens = tokensOf(world)
  const { journalPath } = options
  if (journalPath !== undefined) replay(world, journalPath)
  const sim: Simulation = {
    world,
    switches: { ...defaultSwitches, ...options.switches },
    faults: faultPlan(),
    log: callLog(),
    usage: usageCounter(),
    latency: { base: 0, perObject: 0, perBatchItem: 0, ...options.latency },
    clock,
    change: changer(world, clock, (change) => {
      if (journalPath !== undefined) record(journalPath, change)
    }),
  }
  const pages = pagesState()
  const server = createServer((request, response) => {
    serve(sim, pages, request, response, options.control ?? false).catch(() => response.destroy())
  })
  const port = await listen(server, options.port ?? 0)
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const url = `http://127.0.0.1:${port}`
  return {
    ...credentials,
    url,
    pagesUrl: `${url}/business`,
    logins: loginsOf(world),
    tokens,
    control: controlOf(sim, pages),
    stop,
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

async function serve(
  sim: Simulation,
  pages: PagesState,
  request: IncomingMessage,
  response: ServerResponse,
  controlled: boolean,
): Promise<void> {
  const incoming = await readRequest(request)
  if (controlled && incoming.path.startsWith('/_control/'))
    return serveControl(sim, pages, incoming, response)
  if (isPage(incoming.path)) return servePages(sim, pages, incoming, request, response)
  sim.log.counts.http++
  const origin = `http://${request.headers.host ?? '127.0.0.1'}`
  const { version, rest } = splitVersion(incoming.path)
  const outcome = incoming.params.has('batch')
    ? await batchOutcome(sim, incoming, version, origin)
    : await perform(sim, {
        method: incoming.method === 'POST' || incoming.method === 'DELETE' ? incoming.method : 'GET',
        path: rest,
        version,
        params: incoming.params,
        encoding: incoming.encoding,
        token: incoming.token,
        origin,
        inBatch: false,
      })
  const { base, perObject } = sim.latency
  const wait = base + perObject * outcome.objects
  if (wait > 0) await pause(wait)
  await send(response, outcome, { etags: sim.switches.etags, match: request.headers['if-none-match'] })
}

async function batchOutcome(
  sim: Simulation,
  incoming: Incoming,
  version: string | null,
  origin: string,
): Promise<Outcome> {
  const identity: CallIdentity = {
    call: sim.log.counts.logical + 1,
    method: incoming.method,
    node: '',
    edge: null,
    page: 1,
    attempt: 1,
    token: '',
    nested: false,
    inBatch: false,
  }
  const fault = sim.faults.take(identity, true)
  if (fault?.delay !== undefined) await pause(fault.delay)
  const { defaultVersion } = sim.switches
  const headers = { 'content-type': 'application/json; charset=UTF-8', ...fault?.headers }
  try {
    const served = answeringVersion(version, defaultVersion, '/')
    if (fault?.error !== undefined)
      throw typeof fault.error === 'string' ? errorNamed(fault.error) : new GraphError(fault.error)
    const before = sim.log.counts.logical
    const { body, transport, objects } = await performBatch(sim, incoming, version, origin)
    const wait = sim.latency.perBatchItem * (sim.log.counts.logical - before)
    if (wait > 0) await pause(wait)
    const list =
      fault?.swapItems && Array.isArray(body)
        ? [...body.slice(1, 2), ...body.slice(0, 1), ...body.slice(2)]
        : body
    return wholeOutcome(fault, {
      status: 200,
      headers: { ...headers, 'facebook-api-version': served },
      body: JSON.stringify(list),
      objects,
      transport,
      nullItem: false,
    })
  } catch (error) {
    const known = batchError(error)
    return wholeOutcome(fault, {
      status: known.facts.status,
      headers: { ...headers, 'facebook-api-version': defaultVersion },
      body: JSON.stringify(known.body()),
      objects: 0,
      transport: {},
      nullItem: false,
    })
  }
}

function wholeOutcome(fault: FaultAction | null, outcome: Outcome): Outcome {
  if (!fault) return outcome
  const { drop, hang, slow, raw, truncate } = fault
  return {
    ...outcome,
    status: raw?.status ?? fault.status ?? outcome.status,
    body: raw?.body ?? (truncate === undefined ? outcome.body : outcome.body.slice(0, truncate)),
    transport: {
      ...outcome.transport,
      ...(drop ? { drop } : {}),
      ...(hang ? { hang } : {}),
      ...(slow ? { slow } : {}),
    },
  }
}

async function serveControl(
  sim: Simulation,
  pages: PagesState,
  incoming: Incoming,
  response: ServerResponse,
): Promise<void> {
  const body = Object.fromEntries([...incoming.params].map(([name, value]) => [name, parsed(value)]))
  let status = 200
  let answer: unknown
  try {
    answer = controlRequest(sim, pages, incoming.method, incoming.path, body)
    if (answer === null) status = 404
  } catch (error) {
    status = 400
    answer = { error: error instanceof Error ? error.message : 'bad request' }
  }
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer ?? { error: 'no such control' }))
}

/** Parameters of a JSON body arrive as text; lists and objects are read back, ids stay text. */
function parsed(value: string): unknown {
  if (!/^[[{]|^(true|false)$|^\d{1,9}$/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
