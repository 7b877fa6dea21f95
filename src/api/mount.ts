// Puts the table of routes on the server: gate, input, handler, answer, in that order and for every route alike.
import type { Context, Hono } from 'hono'
import { AppError } from '../model/error.ts'
import { readOften, write } from '../store/db.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import { textOf } from './bodies.ts'
import { LOOK_MS } from './caller.ts'
import type { ExportAnswer } from './csv.ts'
import { invalidInput, nothingHere, tooMany } from './errors.ts'
import { sendEvents } from './events.ts'
import type { EventsAnswer } from './events.ts'
import { exportBody } from './export-body.ts'
import { actorOf, demandStill, gate, may, mayNot, mayStill } from './gate.ts'
import type { Env } from './gate.ts'
import type { Parts } from './parts.ts'
import { noteRefusal } from './refusals.ts'
import type { Ask, Route, SignedInAsk, WorkspaceAsk } from './route.ts'

/** Mounts every route below /api/v1. What is refused inside a workspace is recorded there. */
export function mount(app: Hono<Env>, parts: Parts, routes: readonly Route[]): void {
  for (const route of routes) {
    app.on(route.method.toUpperCase(), route.path, async (c: Context<Env>) => {
      try {
        await gate(parts, route, c)
        return await answer(parts, route, c)
      } catch (error) {
        await noteRefusal(parts, route, c, error)
        throw error
      }
    })
  }
}

async function answer(parts: Parts, route: Route, c: Context<Env>): Promise<Response> {
  const { endpoint } = route
  const still = lateLook(parts, route, c)
  const result = await endpoint.handle(await askOf(parts, route, c, still))
  if (endpoint.answer === 'nothing') return c.body(null, 204)
  if (endpoint.answer === 'csv' || endpoint.answer === 'jsonl') {
    return exportResponse(parts, route, c, result as ExportAnswer, endpoint.answer)
  }
  if (endpoint.answer === 'events') {
    return sendEvents(c, result as EventsAnswer, () => mayStill(parts, route, c), parts)
  }
  const schema = endpoint.answer
  // Checked on the way out too: what a schema does not name never leaves.
  const answered = () => c.json(schema.parse(result) as object)
  return route.right === 'open' || route.right === 'signed-in' ? answered() : still(answered)
}

/**
 * Runs what it is given once the gate was asked again, where the last look was too long ago: while a body trickled in, or a provider was asked,
 * the caller's place or session may have ended. Throws what the gate throws.
 */
function lateLook(parts: Parts, route: Route, c: Context<Env>) {
  let looked = performance.now()
  return async <T>(then: () => Promise<T> | T): Promise<T> => {
    if (performance.now() - looked > LOOK_MS) await demandStill(parts, route, c)
    const result = await then()
    // What was written may have ended the caller's own place: it is answered all the same.
    looked = performance.now()
    return result
  }
}

type AnyAsk = Ask<unknown, unknown, unknown> &
  Partial<SignedInAsk<unknown, unknown, unknown>> &
  Partial<WorkspaceAsk<unknown, unknown, unknown>>

async function askOf(
  parts: Parts,
  route: Route,
  c: Context<Env>,
  still: ReturnType<typeof lateLook>,
): Promise<AnyAsk> {
  const input = await inputOf(route, c)
  await still(() => undefined)
  const ask: Ask<unknown, unknown, unknown> = {
    parts,
    ...input,
    address: c.get('address'),
    headers: c.req.raw.headers,
    answerHeader: (name, value) => c.header(name, value, { append: true }),
  }
  if (route.right === 'open') return ask
  const person = c.get('person')
  if (route.right === 'signed-in') return { ...ask, person }
  const [workspace, member] = [c.get('workspace'), c.get('member')]
  const actor = actorOf(c)
  return {
    ...ask,
    person,
    workspace,
    member,
    actor,
    trigger: c.get('key') === null ? 'person' : 'api',
    read: (fn) => readOften(parts.db, workspace.id, fn),
    write: (fn) => still(() => write(parts.db, { workspaceId: workspace.id, actor }, fn)),
    may: (action) => may(c, action),
    must: (action, thing) => {
      if (!may(c, action, thing)) throw mayNot()
    },
  }
}

/** What came with the request, checked against the route's schemas. */
async function inputOf({ endpoint }: Route, c: Context<Env>) {
  const params = endpoint.params.safeParse(c.req.param())
  // An id that cannot exist is answered as one that does not.
  if (!params.success) throw nothingHere()
  const asked = Object.entries(c.req.queries()).map(([name, all]) => [name, all.length === 1 ? all[0] : all])
  const query = endpoint.query.safeParse(Object.fromEntries(asked))
  if (!query.success) throw invalidInput(query.error)
  if (endpoint.body === null) return { params: params.data, query: query.data, body: {} }
  const body = endpoint.body.safeParse(jsonOf(await textOf(c.req)))
  if (!body.success) throw invalidInput(body.error)
  return { params: params.data, query: query.data, body: body.data }
}

function jsonOf(text: string): unknown {
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('invalid', 'The request could not be read as JSON.')
  }
}

const types = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl; charset=utf-8' }

/** Exports per person in a workspace, with a session or a key: who takes everything again and again is held up. */
const EXPORTS = { most: 120, windowSeconds: 15 * 60 }

/** Streams an export, and records that it was made. */
async function exportResponse(
  parts: Parts,
  route: Route,
  c: Context<Env>,
  file: ExportAnswer,
  kind: keyof typeof types,
): Promise<Response> {
  const [workspaceId, actor] = [c.get('workspace').id, actorOf(c)]
  if (!(await takeTry(parts.db, triesKey('export', `${workspaceId}/${actor.id}`), EXPORTS)))
    throw tooMany('exports')
  await write(parts.db, { workspaceId, actor }, (_, audit) =>
    audit({ action: 'export.make', subjectKind: 'list', subjectId: file.name, data: { format: kind } }),
  )
  c.header('Content-Type', types[kind])
  c.header('Content-Disposition', `attachment; filename="${file.name}.${kind}"`)
  const cut = (error: unknown) =>
    parts.log.error('an export broke off', { reference: c.get('request'), error })
  return c.body(exportBody(c, file.lines, () => mayStill(parts, route, c), cut))
}
