// Batch requests: up to 50 calls in one, each answered for itself. https://developers.facebook.com/docs/graph-api/batch-requests
import { errors, GraphError } from './errors.ts'
import { readRelativeUrl } from './http.ts'
import type { Incoming } from './http.ts'
import { perform } from './perform.ts'
import type { Outcome } from './perform.ts'
import type { GraphRequest, Simulation } from './simulation.ts'
import { authenticate } from './tokens.ts'
import type { Json } from './world.ts'

interface Item {
  method: string
  relative_url: string
  body?: string
  name?: string
  depends_on?: string
  omit_response_on_success?: boolean
}
export interface BatchAnswer {
  body: Json
  /** What the connection does to the whole answer because of one item's fault. */
  transport: Outcome['transport']
  objects: number
}

/**
 * Answers a batch.
 * @throws GraphError for the batch as a whole: a bad outer token, too many items, no list.
 */
export async function performBatch(
  sim: Simulation,
  incoming: Incoming,
  version: string | null,
  origin: string,
): Promise<BatchAnswer> {
  const outer = incoming.params.get('access_token') ?? incoming.token
  authenticate(sim.world, outer, Math.floor(sim.clock() / 1000))
  const items = readItems(incoming.params.get('batch') ?? '')
  if (items.length > 50) throw errors.batchTooBig()
  const withHeaders = !['false', '0'].includes(incoming.params.get('include_headers') ?? '')
  const awaited = new Set(
    items.flatMap((item) => [
      ...named(item.relative_url),
      ...named(item.body ?? ''),
      ...(item.depends_on === undefined ? [] : [item.depends_on]),
    ]),
  )
  const results = new Map<string, Outcome>()
  const body: Json[] = []
  let transport: Outcome['transport'] = {}
  let objects = 0
  for (const item of items) {
    const request = toRequest(item, results, {
      version,
      token: outer,
      proof: incoming.params.get('appsecret_proof'),
      origin,
    })
    if (!request) {
      body.push(null)
      continue
    }
    const outcome = await perform(sim, request)
    transport = { ...transport, ...outcome.transport }
    objects += outcome.objects
    if (item.name !== undefined) results.set(item.name, outcome)
    const omitted =
      outcome.status === 200 &&
      (item.omit_response_on_success ?? (item.name !== undefined && awaited.has(item.name)))
    body.push(outcome.nullItem || omitted ? null : itemJson(outcome, withHeaders))
  }
  return { body, transport, objects }
}

function readItems(text: string): Item[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw errors.invalidParameter('batch')
  }
  if (!Array.isArray(list)) throw errors.invalidParameter('batch')
  return list.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw errors.invalidParameter('batch')
    const item = one as Partial<Record<keyof Item, unknown>>
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
    const url = text(item.relative_url)
    if (url === undefined) throw errors.parameterRequired('relative_url')
    const [body, name, after] = [text(item.body), text(item.name), text(item.depends_on)]
    return {
      method: (text(item.method) ?? 'GET').toUpperCase(),
      relative_url: url,
      ...(body === undefined ? {} : { body }),
      ...(name === undefined ? {} : { name }),
      ...(after === undefined ? {} : { depends_on: after }),
      ...(typeof item.omit_response_on_success === 'boolean'
        ? { omit_response_on_success: item.omit_response_on_success }
        : {}),
    }
  })
}

function named(text: string): string[] {
  return [...text.matchAll(/\{result=([^:}]+):/g)].map((found) => found[1] ?? '')
}

interface Outer {
  version: string | null
  token: string | null
  proof: string | undefined
  origin: string
}

/** Null where an earlier item that this one needs has failed. */
function toRequest(item: Item, results: ReadonlyMap<string, Outcome>, outer: Outer): GraphRequest | null {
  const needed = [
    ...named(item.relative_url),
    ...named(item.body ?? ''),
    ...(item.depends_on === undefined ? [] : [item.depends_on]),
  ]
  if (needed.some((name) => results.get(name)?.status !== 200)) return null
  const { path, params } = readRelativeUrl(fill(item.relative_url, results))
  for (const [name, value] of new URLSearchParams(fill(item.body ?? '', results))) params.set(name, value)
  // The outer proof belongs to the outer token; an item with its own brings its own.
  if (!params.has('access_token') && outer.proof !== undefined && !params.has('appsecret_proof'))
    params.set('appsecret_proof', outer.proof)
  const version = /^\/(v\d+\.\d+)\//.exec(path)?.[1]
  const override = params.get('method')?.toUpperCase()
  const method = item.method === 'POST' && override === 'DELETE' ? 'DELETE' : item.method
  return {
    method: method === 'POST' || method === 'DELETE' ? method : 'GET',
    path: version === undefined ? path : path.slice(version.length + 1),
    version: version ?? outer.version,
    params,
    encoding: item.body === undefined ? 'none' : 'form',
    token: outer.token,
    origin: outer.origin,
    inBatch: true,
  }
}

/** Puts results of earlier items in place of `{result=name:$.data.*.id}`. */
function fill(text: string, results: ReadonlyMap<string, Outcome>): string {
  return text.replace(/\{result=([^:}]+):(\$[^}]*)\}/g, (_, name: string, path: string) => {
    const body = results.get(name)?.body
    if (body === undefined) return ''
    return select(JSON.parse(body) as Json, path)
      .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
      .join(',')
  })
}

/** The part of JSONPath that batches use: names, places in lists, and `*`. */
function select(root: Json, path: string): Json[] {
  let found: Json[] = [root]
  for (const [, name, place] of path.slice(1).matchAll(/\.([\w*]+)|\[(\d+|\*)\]/g)) {
    const key = name ?? place ?? ''
    found = found.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return []
      if (key === '*') return Object.values(value)
      const one = Array.isArray(value) ? value[Number(key)] : value[key]
      return one === undefined ? [] : [one]
    })
  }
  return found
}

const headerNames: Record<string, string> = {
  'content-type': 'Content-Type',
  'facebook-api-version': 'Facebook-API-Version',
  'www-authenticate': 'WWW-Authenticate',
  'x-app-usage': 'X-App-Usage',
  'x-ad-account-usage': 'X-Ad-Account-Usage',
  'x-business-use-case-usage': 'X-Business-Use-Case-Usage',
  'cache-control': 'Cache-Control',
}

function itemJson(outcome: Outcome, withHeaders: boolean): Json {
  const headers = Object.entries(outcome.headers).map(([name, value]) => ({
    name: headerNames[name] ?? name,
    value: name === 'content-type' ? 'text/javascript; charset=UTF-8' : value,
  }))
  return { code: outcome.status, ...(withHeaders ? { headers } : {}), body: outcome.body }
}

/** The one error that answers a whole batch. */
export function batchError(error: unknown): GraphError {
  if (error instanceof GraphError) return error
  throw error
}
