// A second Graph API server, written from the contract and not from the simulator: other habits, its own ground truth. The connector must
// store exactly this truth from it, whatever it refuses. It keeps nobody's secrets: tokens are fixed.
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainHabits } from './habits.ts'
import type { Habits } from './habits.ts'
import { debugForm, inForm } from './manners.ts'
import { readEdge, readNode } from './read.ts'
import { Refusal, shelfOf } from './rows.ts'
import { tokenOf } from './world.ts'
import type { Company, OtherWorld } from './world.ts'

export const APP = { id: '515151515151515', secret: 'other-graph-app-secret', name: 'Our app' }

const proofOf = (token: string): string => createHmac('sha256', APP.secret).update(token).digest('hex')

/** Takes over an answer before it goes out; returns true where it did. */
export type Meddle = (
  response: ServerResponse,
  asked: { token: string; path: string; calls: number },
) => boolean

/** Gives what is said in place of a good answer. `call`: what was asked, and with whose token; the same whenever it is asked. */
export type Twist = (body: unknown, call: string) => unknown

export interface OtherGraph {
  url: string
  world: OtherWorld
  habits: Readonly<Habits>
  httpCalls: number
  logicalCalls: number
  /** Logical calls that were answered with an error. */
  errors: number
  /** Set to add misfortune; called for each HTTP request. */
  meddle: Meddle | null
  /** Set to say something else than what is true; called for each logical call that is answered well. */
  twist: Twist | null
  /** The same, of all answers of a batch, where there are several. */
  shuffle: ((items: unknown[], call: string) => unknown[]) | null
  /** Denies edges from now on, and no others. */
  deny(edges: Habits['denied']): void
  /** To be called after a change of the world. */
  changed(): void
  /** Headers of every answer, as usage. */
  headers: Record<string, string>
  stop(): Promise<void>
}

/** What is asked, without the token and its proof, in an order of its own. */
function bare(address: string): string {
  const { pathname, searchParams } = new URL(address, 'http://x/')
  const asked = [...searchParams].filter(([key]) => !['access_token', 'appsecret_proof'].includes(key)).sort()
  return `${pathname}?${new URLSearchParams(asked).toString()}`
}

export async function startOtherGraph(world: OtherWorld, given: Partial<Habits> = {}): Promise<OtherGraph> {
  const habits: Habits = { ...plainHabits, ...given }
  let shelf = shelfOf(world, habits)
  const businessOf = (token: string): Company | undefined =>
    [...shelf.companies.values()].find((c) => tokenOf(c.id) === token)
  const state: OtherGraph = {
    url: '',
    world,
    habits,
    httpCalls: 0,
    logicalCalls: 0,
    errors: 0,
    meddle: null,
    twist: null,
    shuffle: null,
    deny: (edges) => {
      habits.denied = edges
    },
    changed: () => {
      shelf = shelfOf(world, habits)
    },
    headers: {},
    stop: () => new Promise((done) => server.close(() => done())),
  }
  let batches = 0

  const actsAs = (company: Company | undefined) => company?.people.find((p) => p.system && p.role === 'ADMIN')
  const idAtApp = (company: Company | undefined): string | undefined => {
    const me = actsAs(company)
    return me === undefined || habits.ids === 'same' ? me?.id : `99${me.id.slice(2)}`
  }

  function debug(token: string): unknown {
    const company = businessOf(token)
    if (company === undefined)
      return {
        data: { is_valid: false, error: { code: 190, message: 'Invalid OAuth access token.' }, scopes: [] },
      }
    const scopes = shelf.scopesOf(company.id)
    return {
      data: debugForm(habits, {
        app_id: APP.id,
        application: APP.name,
        type: 'SYSTEM_USER',
        is_valid: true,
        expires_at: 0,
        data_access_expires_at: 0,
        scopes,
        granular_scopes: scopes.map((scope) => ({ scope })),
        user_id: idAtApp(company),
      }),
    }
  }

  function answer(company: Company, path: string, query: URLSearchParams): unknown {
    state.logicalCalls++
    const [node = '', edge] = path.split('/').filter((part) => part !== '')
    const body = truth(company, node, edge, query)
    return state.twist?.(body, callOf(company, path, query)) ?? body
  }

  /** What a batch asks, without whose token asks it. */
  function batchQuery(items: { relative_url: string }[]): URLSearchParams {
    return new URLSearchParams(items.map((item, n): [string, string] => [String(n), bare(item.relative_url)]))
  }

  function callOf(company: Company, path: string, query: URLSearchParams): string {
    return `${company.id} asks ${bare(`${path}?${query.toString()}`)}`
  }

  function truth(company: Company, node: string, edge: string | undefined, query: URLSearchParams): unknown {
    if (node === 'me') {
      const me = { id: idAtApp(company), name: actsAs(company)?.name }
      if (edge === undefined) return me
      if (edge !== 'businesses' || habits.meBusinesses === 'refused')
        throw new Refusal(100, `(#100) Tried accessing nonexisting field (${edge}) on node type (SystemUser)`)
      return { data: habits.meBusinesses === 'own' ? [{ id: company.id, name: company.name }] : [] }
    }
    const reading = { shelf, habits, viewer: company.id, url: state.url, asked: 0 }
    return edge === undefined ? readNode(reading, node, query) : readEdge(reading, node, edge, query)
  }

  function batchItem(company: Company, item: { relative_url: string }, lost: boolean): unknown {
    if (lost) {
      state.logicalCalls++
      return null
    }
    try {
      const inner = new URL(item.relative_url, 'http://x/')
      const body = answer(company, inner.pathname.replace(/^\/v\d+\.\d+/, ''), inner.searchParams)
      return itemOf(200, json(body))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { status, body } = refused(error)
      return itemOf(status, body)
    }
  }

  function itemOf(code: number, body: string): unknown {
    const headers = habits.itemHeaders === 'list' ? [{ name: 'Content-Type', value: habits.contentType }] : []
    return {
      code,
      ...(habits.itemHeaders === 'left out' ? {} : { headers }),
      body: habits.itemBodies === 'text' || habits.numberIds ? body : (JSON.parse(body) as unknown),
    }
  }

  /** An error in the form that this server gives it. */
  function refused(error: Refusal): { status: number; body: string } {
    state.errors++
    const text = JSON.stringify(inForm(habits, error.body() as Record<string, unknown>, error.nested))
    const body =
      habits.errors === 'as text' ? text.replace(/"((?:error_sub)?code)":(\d+)/g, '"$1":"$2"') : text
    return { status: habits.errors === 'as 200' ? 200 : error.status, body }
  }

  /** Ids that are digits alone become numbers, all digits kept. */
  function json(body: unknown): string {
    const text = JSON.stringify(body)
    return habits.numberIds ? text.replace(/"((?:ig_user_|user_|account_)?id)":"(\d+)"/g, '"$1":$2') : text
  }

  function respond(path: string, query: URLSearchParams, token: string): { status: number; body: string } {
    try {
      if (habits.proofRequired && query.get('appsecret_proof') !== proofOf(token))
        throw new Refusal(100, 'API calls from the server require an appsecret_proof argument')
      if (path === '/debug_token') {
        state.logicalCalls++
        if (habits.debug === 'not to the app' && token.includes('|'))
          throw new Refusal(100, '(#100) You must provide an app access token, or a user access token')
        if (token !== `${APP.id}|${APP.secret}` && businessOf(token) === undefined)
          throw new Refusal(190, 'Invalid OAuth access token.', undefined, 401)
        return { status: 200, body: json(debug(query.get('input_token') ?? '')) }
      }
      const company = businessOf(token)
      if (company === undefined)
        throw new Refusal(190, 'Invalid OAuth access token - Cannot parse access token', undefined, 401)
      const batch = query.get('batch')
      if (batch === null) return { status: 200, body: json(answer(company, path, query)) }
      const items = JSON.parse(batch) as { relative_url: string }[]
      batches++
      const lost = habits.nullItems && batches % 2 === 1 && items.length > 1
      const answers = items.map((item, n) => batchItem(company, item, lost && n === 0))
      const said =
        items.length > 1 ? state.shuffle?.(answers, callOf(company, 'batch', batchQuery(items))) : undefined
      return { status: 200, body: JSON.stringify(said ?? answers) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return refused(error)
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.httpCalls++
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = new URL(request.url ?? '/', 'http://x')
    const query = new URLSearchParams(`${url.searchParams.toString()}&${Buffer.concat(chunks).toString()}`)
    const token =
      query.get('access_token') ?? (request.headers.authorization ?? '').replace(/^(Bearer|OAuth) /, '')
    const path = url.pathname.replace(/^\/v\d+\.\d+/, '') || '/'
    const calls = query.has('batch') ? (JSON.parse(query.get('batch') ?? '[]') as unknown[]).length : 1
    if (state.meddle?.(response, { token, path, calls }) === true) return
    const { status, body } = respond(path, query, token)
    response.writeHead(status, {
      'content-type': habits.contentType,
      ...(habits.served === 'none'
        ? {}
        : { 'facebook-api-version': habits.served === 'asked' ? 'v26.0' : 'v25.0' }),
      ...state.headers,
    })
    response.end(body)
  }

  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  state.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return state
}
