// Answers one logical call: who asks, of which version, a node, an edge, or one of the few special paths.
import { viewerOf } from './access.ts'
import { errors, GraphError } from './errors.ts'
import { parseFields } from './fields.ts'
import type { Field } from './fields.ts'
import type { Call, EdgeAnswer } from './node-spec.ts'
import { nodeOf, specOf } from './nodes.ts'
import { appScopedId, exchangeToken, inspectToken, revokeToken } from './oauth.ts'
import { readEdge, renderNode } from './render.ts'
import type { GraphRequest, Simulation } from './simulation.ts'
import { authenticate, checkProof } from './tokens.ts'
import { answeringVersion } from './versions.ts'
import { deleteAt, postAt } from './writes.ts'
import type { Json } from './world.ts'

export interface GraphAnswer {
  status: number
  body: Json
  version: string
  /** Set where the answer is an error. */
  error: GraphError | null
  /** Objects in the answer, for the price of it. */
  objects: number
}
export type Tap = Call['tap']

/** Never throws for what a caller did: an error is an answer. */
export function answer(sim: Simulation, request: GraphRequest, tap: Tap): GraphAnswer {
  let version = sim.switches.defaultVersion
  try {
    version = answeringVersion(request.version, version, request.path)
    const body = dispatch(sim, request, version, tap)
    return { status: 200, body, version, error: null, objects: countObjects(body) }
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    return { status: error.facts.status, body: error.body(), version, error, objects: 0 }
  }
}

function countObjects(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countObjects(one), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, one) => sum + countObjects(one), 1)
}

function dispatch(sim: Simulation, request: GraphRequest, version: string, tap: Tap): Json {
  const parts = request.path.split('/').filter(Boolean).map(decode)
  const [first, edge, ...rest] = parts
  if (rest.length > 0) throw errors.unknownPath(`/${rest.join('/')}`)
  if (request.params.has('date_format')) throw errors.gone('date_format', 'v26.0')
  const text = request.params.get('access_token') ?? request.token
  if (first === 'oauth' && edge === 'access_token') return exchangeToken(sim, request.params)
  const token = authenticate(sim.world, text, Math.floor(sim.clock() / 1000))
  proof(sim, token, request)
  if (first === 'debug_token' && edge === undefined) return inspectToken(sim, token, request.params)
  if (first === 'oauth' && edge === 'revoke') return revokeToken(sim, token, request.params)
  const call: Call = {
    world: sim.world,
    switches: sim.switches,
    token,
    viewer: viewerOf(sim.world, token),
    version,
    params: request.params,
    origin: request.origin,
    asked: 0,
    tap,
  }
  if (first === undefined) return readMany(call)
  if (request.method === 'POST') return postAt(sim, call, request, first, edge)
  if (request.method === 'DELETE') return deleteAt(sim, call, first, edge)
  return read(call, first, edge)
}

function proof(sim: Simulation, token: Call['token'], request: GraphRequest): void {
  try {
    checkProof(sim.world, token, request.params.get('appsecret_proof'), sim.switches.proofRequired)
  } catch (error) {
    if (sim.switches.wrongProof === '104' && request.params.has('appsecret_proof'))
      throw errors.incorrectSignature()
    throw error
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function fieldsOf(call: Call): { fields: Field[] | null; source: string | null } {
  const text = call.params.get('fields')
  if (text === undefined || text.trim() === '') return { fields: null, source: null }
  const list = text.startsWith('[') ? text.replace(/^\[|\]$|"/g, '') : text
  return { fields: parseFields(list), source: list }
}

function read(call: Call, id: string, edge: string | undefined): { [key: string]: Json } | EdgeAnswer {
  const row = nodeOf(call, id)
  const { fields, source } = fieldsOf(call)
  if (edge === undefined) {
    specOf(row.type).open(row.thing, call)
    const body = renderNode(call, row, fields)
    const scoped =
      id === 'me' && call.token.type === 'SYSTEM_USER' && call.switches.systemUserId === 'app_scoped'
    return scoped ? { ...body, id: appScopedId(call.world, call.token) } : body
  }
  if (!specOf(row.type).edge(edge))
    throw id === 'me' ? errors.unknownPath(`/${edge}`) : errors.unknownEdge(edge)
  return readEdge(call, row, { edge, args: call.params, fields, source, nested: false })
}

/** `/?ids=a,b`: one answer per id, where this still works. */
function readMany(call: Call): Json {
  const ids = call.params.get('ids')
  if (ids === undefined) throw errors.unsupportedGet('')
  if (!call.switches.multiRead) throw errors.gone('The ids parameter', 'v26.0')
  return Object.fromEntries(ids.split(',').map((id) => [id, read(call, id, undefined)]))
}
