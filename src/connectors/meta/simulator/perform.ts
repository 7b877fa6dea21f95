// Performs one logical call: counts and logs it, lets planned faults meet it, and makes the text that goes over the wire.
import { setTimeout as pause } from 'node:timers/promises'
import type { CallIdentity } from './call-log.ts'
import { errorNamed, errors, GraphError } from './errors.ts'
import { editAnswer, forNestedEdge } from './faults.ts'
import type { FaultAction } from './faults.ts'
import { answer } from './graph.ts'
import type { GraphAnswer, Tap } from './graph.ts'
import { decodeCursor } from './paging.ts'
import type { GraphRequest, Simulation } from './simulation.ts'
import { usageHeaders } from './usage.ts'

export interface Outcome {
  status: number
  headers: Record<string, string>
  body: string
  objects: number
  /** What the connection itself does to it. */
  transport: Pick<FaultAction, 'drop' | 'hang' | 'slow'>
  /** Of a batch item: answered with null. */
  nullItem: boolean
}

/** Answers one call. Never throws for what a caller did. */
export async function perform(sim: Simulation, request: GraphRequest): Promise<Outcome> {
  const identity = identify(sim, request)
  const fault = sim.faults.take(identity, false)
  for (const change of fault?.changes ?? []) sim.change(change)
  if (fault?.delay !== undefined) await pause(fault.delay)
  await fault?.until
  const percent = sim.usage.count(sim.world.app, sim.clock(), sim.switches.callsPerHour)
  const given = fault && brokenAnswer(sim, fault)
  const limited = sim.switches.enforceLimit && percent > 100
  const result =
    given ?? (limited ? asAnswer(sim, errors.appLimit()) : answer(sim, request, tapOf(sim, identity, fault)))
  sim.log.counts.objects += result.objects
  sim.log.add({
    ...identity,
    status: fault?.raw?.status ?? result.status,
    code: result.error?.facts.code ?? null,
    fields: request.params.get('fields') ?? null,
    parameters: [...request.params.keys()],
  })
  return outcome(sim, identity, fault, result, percent)
}

function identify(sim: Simulation, request: GraphRequest): CallIdentity {
  const [node = '', edge = null] = request.path.split('/').filter(Boolean)
  const text = request.params.get('access_token') ?? request.token
  const token = text === null ? 'none' : (sim.world.tokens.get(text)?.label ?? 'unknown')
  const base = {
    method: request.method,
    node,
    edge,
    page: pageNumber(request.params.get('after')),
    token,
    nested: false,
    inBatch: request.inBatch,
  }
  return { ...base, call: ++sim.log.counts.logical, attempt: sim.log.attempt(base) }
}

function pageNumber(after: string | undefined): number {
  if (after === undefined || after === '') return 1
  try {
    return decodeCursor(after).page + 1
  } catch {
    return 1
  }
}

function asAnswer(sim: Simulation, error: GraphError): GraphAnswer {
  return {
    status: error.facts.status,
    body: error.body(),
    version: sim.switches.defaultVersion,
    error,
    objects: 0,
  }
}

/** An error that a fault puts in place of the answer. */
function brokenAnswer(sim: Simulation, fault: FaultAction): GraphAnswer | null {
  if (fault.raw)
    return {
      status: fault.raw.status,
      body: null,
      version: sim.switches.defaultVersion,
      error: null,
      objects: 0,
    }
  const error = errorOf(fault)
  return error && asAnswer(sim, error)
}

function errorOf(fault: FaultAction): GraphError | null {
  if (fault.error === undefined) return null
  const error = typeof fault.error === 'string' ? errorNamed(fault.error) : new GraphError(fault.error)
  return fault.status === undefined ? error : new GraphError({ ...error.facts, status: fault.status })
}

/** Edits of the call's own edge come from its fault; edges inside it meet faults of their own. */
function tapOf(sim: Simulation, identity: CallIdentity, fault: FaultAction | null): Tap {
  return (place, answer) => {
    let action = fault
    if (place.nested) {
      const base = { ...identity, node: place.node, edge: place.edge, page: place.page, nested: true }
      action = forNestedEdge(sim.faults.take({ ...base, attempt: sim.log.attempt(base) }, false))
      const error = action && errorOf(action)
      if (error) throw error
    }
    if (!action) return answer
    const edited = action.edit ? editAnswer(action.edit, place, answer) : answer
    return action.rewrite ? action.rewrite(edited) : edited
  }
}

function outcome(
  sim: Simulation,
  identity: CallIdentity,
  fault: FaultAction | null,
  result: GraphAnswer,
  percent: number,
): Outcome {
  const whole = fault?.raw ? fault.raw.body : JSON.stringify(result.body)
  const headers: Record<string, string> = {
    'content-type':
      fault?.contentType ??
      fault?.raw?.type ??
      (fault?.raw ? 'text/html' : 'application/json; charset=UTF-8'),
    'facebook-api-version': fault?.version ?? result.version,
    'cache-control': result.error ? 'no-store' : 'private, no-cache, no-store, must-revalidate',
    ...(result.error?.facts.silent ? {} : usageHeaders(sim, percent, identity.node)),
    ...fault?.headers,
  }
  const authenticate = result.error?.authenticateHeader()
  if (authenticate) headers['www-authenticate'] = authenticate
  const { drop, hang, slow } = fault ?? {}
  return {
    status: fault?.status !== undefined && !fault.raw ? fault.status : result.status,
    headers,
    body: fault?.truncate === undefined ? whole : whole.slice(0, fault.truncate),
    objects: result.objects,
    transport: { ...(drop ? { drop } : {}), ...(hang ? { hang } : {}), ...(slow ? { slow } : {}) },
    nullItem: fault?.nullItem ?? false,
  }
}
