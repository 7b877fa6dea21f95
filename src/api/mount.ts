// Puts the table of routes on the server: gate, input, handler, answer, in that order and for every route alike.
import { createRoute } from '@hono/zod-openapi'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import type { Membership } from '../model/member.ts'
import type { Workspace } from '../model/workspace.ts'
import { forUser, read, write } from '../store/db.ts'
import { membershipOf } from '../store/workspaces.ts'
import { signInFirst } from './auth.ts'
import type { Person } from './auth.ts'
import type { CsvAnswer } from './csv.ts'
import { ErrorAnswer, nothingHere } from './errors.ts'
import { sendEvents } from './events.ts'
import type { EventsAnswer } from './events.ts'
import type { Parts } from './parts.ts'
import { Id } from './route.ts'
import type { Ask, Route, SignedInAsk, WorkspaceAsk } from './route.ts'

export interface Env {
  Variables: {
    address: string | null
    person: Person
    workspace: Workspace
    member: Membership
  }
}

/** Mounts every route below /api/v1. */
export function mount(app: OpenAPIHono<Env>, parts: Parts, routes: readonly Route[]): void {
  for (const route of routes) {
    app.openapi({ ...described(route), middleware: gate(parts, route) }, (c) => answer(parts, route, c))
  }
}

/** Who may pass: a session, then a membership (a workspace that one is not in answers as one that is not there), then the right. */
function gate(parts: Parts, route: Route): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (route.right !== 'open') {
      const signedIn = await parts.auth.session(c.req.raw.headers)
      if (signedIn === null) throw signInFirst()
      c.set('person', signedIn.person)
      for (const cookie of signedIn.cookies) c.header('Set-Cookie', cookie, { append: true })
      if (route.right !== 'signed-in') await enter(parts, c, signedIn.person, route.right)
    }
    await next()
  }
}

async function enter(parts: Parts, c: Context<Env>, person: Person, right: Action): Promise<void> {
  const found = await place(parts, person, c.req.param('workspace') ?? '')
  if (found === null) throw nothingHere()
  if (found.workspace.secondFactorNeeded) throw secondFactorNeeded()
  if (!can(found.member, right)) throw mayNot()
  c.set('workspace', found.workspace)
  c.set('member', found.member)
}

async function place(parts: Parts, person: Person, workspaceId: string) {
  if (!Id.safeParse(workspaceId).success) return null
  return forUser(parts.db, person.id, (tx) => membershipOf(tx, person.id, workspaceId))
}

function mayNot(): AppError {
  return new AppError(
    'forbidden',
    'Your role in this workspace does not allow this. Ask an admin of the workspace.',
  )
}

function secondFactorNeeded(): AppError {
  return new AppError(
    'second_factor_needed',
    'This workspace asks your role for a second factor. Set one up in your own security settings, then come back.',
  )
}

async function answer(parts: Parts, route: Route, c: Context<Env>): Promise<Response> {
  const { endpoint } = route
  const result = await endpoint.handle(askOf(parts, route, c))
  if (endpoint.answer === 'nothing') return c.body(null, 204)
  if (endpoint.answer === 'csv') return csvResponse(parts, c, result as CsvAnswer)
  if (endpoint.answer === 'events') {
    return sendEvents(c, result as EventsAnswer, () => mayStill(parts, route, c), parts.stopping)
  }
  // Checked on the way out too: what a schema does not name never leaves.
  return c.json(endpoint.answer.parse(result) as object)
}

type AnyAsk = Ask<unknown, unknown, unknown> &
  Partial<SignedInAsk<unknown, unknown, unknown>> &
  Partial<WorkspaceAsk<unknown, unknown, unknown>>

function askOf(parts: Parts, route: Route, c: Context<Env>): AnyAsk {
  const valid = (target: 'param' | 'query' | 'json') =>
    (c.req as unknown as { valid(target: string): unknown }).valid(target)
  const ask: Ask<unknown, unknown, unknown> = {
    parts,
    params: valid('param'),
    query: valid('query'),
    body: route.endpoint.body === null ? {} : valid('json'),
    address: c.get('address'),
    headers: c.req.raw.headers,
    answerHeader: (name, value) => c.header(name, value, { append: true }),
  }
  if (route.right === 'open') return ask
  const person = c.get('person')
  if (route.right === 'signed-in') return { ...ask, person }
  const [workspace, member] = [c.get('workspace'), c.get('member')]
  const actor = { kind: 'person' as const, id: person.id, address: ask.address }
  return {
    ...ask,
    person,
    workspace,
    member,
    actor,
    read: (fn) => read(parts.db, workspace.id, fn),
    write: (fn) => write(parts.db, { workspaceId: workspace.id, actor }, fn),
    must: (action, thing) => {
      if (!can(member, action, thing)) throw mayNot()
    },
  }
}

/** The gate again, for a stream that outlives its request. */
async function mayStill(parts: Parts, route: Route, c: Context<Env>): Promise<boolean> {
  if (route.right === 'open' || route.right === 'signed-in') return false
  const signedIn = await parts.auth.session(c.req.raw.headers)
  if (signedIn === null) return false
  const found = await place(parts, signedIn.person, c.get('workspace').id)
  return found !== null && !found.workspace.secondFactorNeeded && can(found.member, route.right)
}

/** Streams an export, and records that it was made. */
async function csvResponse(parts: Parts, c: Context<Env>, csv: CsvAnswer): Promise<Response> {
  const actor = { kind: 'person' as const, id: c.get('person').id, address: c.get('address') }
  await write(parts.db, { workspaceId: c.get('workspace').id, actor }, (_, audit) =>
    audit({ action: 'export.make', subjectKind: 'list', subjectId: csv.name }),
  )
  const encoder = new TextEncoder()
  const lines = csv.lines[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const line = await lines.next()
      if (line.done === true) controller.close()
      else controller.enqueue(encoder.encode(line.value))
    },
    cancel: async () => {
      await lines.return?.()
    },
  })
  c.header('Content-Type', 'text/csv; charset=utf-8')
  c.header('Content-Disposition', `attachment; filename="${csv.name}.csv"`)
  return c.body(body)
}

/** The route as the OpenAPI description tells it; its schemas are also what checks the input. */
function described({ method, path, right, endpoint }: Route) {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const ok = {
    nothing: { 204: { description: 'Done' } },
    csv: { 200: { description: 'The rows', content: { 'text/csv': { schema: z.string() } } } },
    events: {
      200: { description: 'Events as they happen', content: { 'text/event-stream': { schema: z.string() } } },
    },
  }
  const workspace = path.includes(':workspace') ? z.object({ workspace: z.string() }) : z.object({})
  const params = endpoint.params instanceof z.ZodObject ? workspace.extend(endpoint.params.shape) : workspace
  return createRoute({
    method,
    path: path.replaceAll(/:(\w+)/g, '{$1}'),
    description: right === 'open' || right === 'signed-in' ? `For: ${right}` : `Right: ${right}`,
    request: {
      params,
      query: endpoint.query instanceof z.ZodObject ? endpoint.query : z.object({}),
      ...(endpoint.body === null ? {} : { body: { required: true, content: json(endpoint.body) } }),
    },
    responses: {
      ...(typeof endpoint.answer === 'string'
        ? ok[endpoint.answer]
        : { 200: { description: 'The answer', content: json(endpoint.answer) } }),
      default: { description: 'A failure', content: json(ErrorAnswer) },
    },
  })
}
