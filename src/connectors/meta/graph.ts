// The one client of the Graph API. It asks, counts, repeats what may be repeated twice, and tells errors by kind; what a list means is not
// its business. The token travels in the Authorization header alone, one per HTTP request, and no address, token or proof is ever
// logged or put into an error.
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import { changed, isObject, parseJson } from './answer.ts'
import type { Json } from './answer.ts'
import { asLimited, GraphError, errorIn, unreachable, withoutBody } from './failures.ts'
import { narrow, noteUsage, pauseAfter, pausedBy, room, turn, workedAgain } from './pace.ts'
import { mostOf, usageIn, usageInItem } from './usage.ts'
import type { UsageSeen } from './usage.ts'

export const DEFAULT_VERSION = 'v26.0'
/** https://developers.facebook.com/docs/graph-api/batch-requests */
export const BATCH_SIZE = 50
const TIMEOUT_MS = 30_000
const LARGEST_ANSWER = 50 * 1024 * 1024
/** Servers take addresses of 8,000 characters or more; a longer call than this goes as a batch of one, whose body may be of any length. */
const LONGEST_ADDRESS = 6_000
/** Waits before the first and second repeat of a call that failed for a moment. */
const REPEAT_AFTER_MS = [250, 1_000]
/** HTTP requests of one token that may be under way at the same time, once one was answered and no limit is near. */
const AT_ONCE = 4

/** One read: a path without version and its parameters, never with a token (token.ts has the one exception). */
export interface Call {
  path: string
  params: Record<string, string>
}

export type Answer = { ok: true; body: Json } | { ok: false; error: GraphError }

export interface Graph {
  /**
   * Answers in the order of the calls: one call goes out by itself, more in batches of 50. A failure that concerns the whole token
   * (`auth`, `limited`) is the answer of every call that it hit. Throws only where the signal ends the run.
   */
  ask(calls: Call[]): Promise<Answer[]>
}

/** A client for one token: the context's own, unless another is given. `see` is shown the headers of every answer. */
export function openGraph(
  ctx: Context,
  token: Redacted = ctx.token,
  see?: (headers: Headers) => void,
): Graph {
  const version =
    ctx.settings.version === undefined || ctx.settings.version === '' ? DEFAULT_VERSION : ctx.settings.version
  const wire: Wire = { ctx, token, version, proof: proofOf(ctx, token), see }
  return { ask: (calls) => ask(wire, calls) }
}

interface Wire {
  ctx: Context
  token: Redacted
  version: string
  proof: string | null
  see: ((headers: Headers) => void) | undefined
}

/** https://developers.facebook.com/docs/graph-api/guides/secure-requests */
function proofOf(ctx: Context, token: Redacted): string | null {
  const secret = ctx.secrets.app_secret?.reveal() ?? ''
  return secret === '' ? null : createHmac('sha256', secret).update(token.reveal()).digest('hex')
}

async function ask(wire: Wire, calls: Call[]): Promise<Answer[]> {
  const answers = new Array<Answer>(calls.length)
  let open = calls.map((_, index) => index)
  for (let repeats = 0; open.length > 0;) {
    const given = await send(
      wire,
      open.map((index) => calls[index] as Call),
    )
    open.forEach((index, place) => (answers[index] = given[place] as Answer))
    const before = open.length
    open = open.filter((index) => failedForAMoment(answers[index]))
    if (open.length === 0) break
    const wait = REPEAT_AFTER_MS[repeats]
    if (wait === undefined) break
    // A batch that Meta leaves unfinished is asked on as long as each turn finishes some of it.
    const getsOn = open.length < before && open.every((index) => isUnfinished(answers[index]))
    if (!getsOn) repeats += 1
    wire.ctx.log('Graph calls are repeated', { calls: open.length, attempt: repeats })
    await sleep(wait, undefined, { signal: wire.ctx.signal })
  }
  return answers
}

const failedForAMoment = (answer: Answer | undefined): boolean =>
  answer?.ok === false && answer.error.failure.kind === 'transient'

/** Failures of items that were not finished in time. */
const unfinished = new WeakSet<GraphError>()
const isUnfinished = (answer: Answer | undefined): boolean =>
  answer?.ok === false && unfinished.has(answer.error)

/**
 * Sends each call once, in as few HTTP requests as there may be; fewer calls at a time where a limit is near. The first request of a token
 * in a run goes alone: what it tells of the limits is known before there are several that a refusal would meet on their way.
 */
async function send(wire: Wire, calls: Call[]): Promise<Answer[]> {
  const answers: Answer[] = []
  while (answers.length < calls.length) {
    const alone = wire.ctx.usage.httpCalls === 0 || narrow(wire.ctx, wire.token) !== null
    const most = Math.min((alone ? 1 : AT_ONCE) * BATCH_SIZE, room(wire.ctx, wire.token))
    const now = calls.slice(answers.length, answers.length + most)
    const chunks: Call[][] = []
    for (let at = 0; at < now.length; at += BATCH_SIZE) chunks.push(now.slice(at, at + BATCH_SIZE))
    const wave = await Promise.all(chunks.map((chunk) => sendOne(wire, chunk)))
    answers.push(...wave.flat())
  }
  return answers
}

async function sendOne(wire: Wire, calls: Call[]): Promise<Answer[]> {
  const answers = await inTurn(wire, () => request(wire, calls))
  if (Array.isArray(answers)) return answers
  if (answers.failure.kind !== 'too_much' || calls.length === 1)
    return calls.map(() => ({ ok: false, error: answers }))
  const half = Math.ceil(calls.length / 2)
  return [...(await sendOne(wire, calls.slice(0, half))), ...(await sendOne(wire, calls.slice(half)))]
}

/** By itself among all who use the app where a limit is near, whatever process they are in; what a person waits for is not held up. */
async function inTurn<T>({ ctx, token }: Wire, send: () => Promise<T>): Promise<T> {
  await ctx.limits.fresh?.()
  const near = ctx.urgent === true ? null : narrow(ctx, token)
  if (near === null || ctx.limits.alone === undefined) return send()
  return ctx.limits.alone(near, () => Promise.resolve(ctx.limits.fresh?.()).then(send), ctx.signal)
}

/** One HTTP request, unless a pause runs that this process or another one was told of. */
async function request(wire: Wire, calls: Call[]): Promise<Answer[] | GraphError> {
  const { ctx, token } = wire
  const waitMs = pausedBy(ctx, token) === null ? turn(ctx, token) : 0
  if (waitMs > 0) {
    await sleep(waitMs, undefined, { signal: ctx.signal })
    await ctx.limits.fresh?.()
  }
  const paused = pausedBy(ctx, token)
  if (paused !== null) return paused
  const [first] = calls
  const answers =
    calls.length === 1 && first !== undefined && addressOf(first).length <= LONGEST_ADDRESS
      ? [await single(wire, first)]
      : await batch(wire, calls)
  // Whatever follows from a refusal, in this process or another, finds its pause written.
  if (pausedBy(ctx, token) !== null) await ctx.limits.fresh?.()
  return answers
}

async function single(wire: Wire, call: Call): Promise<Answer> {
  const query = new URLSearchParams(call.params)
  if (wire.proof !== null) query.set('appsecret_proof', wire.proof)
  const got = await fetchJson(wire, `${call.path}?${query.toString()}`, { method: 'GET' }, 1)
  if (got instanceof GraphError) return { ok: false, error: got }
  workedAgain(wire.ctx, wire.token)
  return { ok: true, body: got.body }
}

const addressOf = ({ path, params }: Call): string => `${path}?${new URLSearchParams(params).toString()}`

/** One batch; a GraphError where the whole of it failed. */
async function batch(wire: Wire, calls: Call[]): Promise<Answer[] | GraphError> {
  const items = calls.map((call) => ({
    method: 'GET',
    relative_url: addressOf(call),
  }))
  const form = new URLSearchParams({ batch: JSON.stringify(items) })
  if (wire.proof !== null) form.set('appsecret_proof', wire.proof)
  const got = await fetchJson(wire, '', { method: 'POST', body: form }, calls.length)
  if (got instanceof GraphError) return got
  if (!Array.isArray(got.body) || got.body.length !== calls.length) {
    return new GraphError(changed('a batch has not as many answers as questions').failure)
  }
  const usages = got.body.map((item) => (isObject(item) ? usageInItem(item) : null))
  const most = mostOf(usages)
  if (most !== null) note(wire, most, calls.length)
  const answers = got.body.map((item, n) => itemAnswer(wire, item, usages[n] ?? got.usage))
  if (answers.every((answer) => answer.ok || answer.error.failure.kind !== 'limited'))
    workedAgain(wire.ctx, wire.token)
  return answers
}

/** An item that is null was not finished in time: it alone is asked again. */
function itemAnswer(wire: Wire, item: Json, usage: UsageSeen | null): Answer {
  if (item === null) {
    const error = unreachable('one answer of a batch did not come in time')
    unfinished.add(error)
    return { ok: false, error }
  }
  if (!isObject(item)) return { ok: false, error: new GraphError(changed('an answer of a batch').failure) }
  const status = typeof item.code === 'number' ? item.code : Number(item.code ?? 200)
  let body: Json
  try {
    body = typeof item.body === 'string' ? parseJson(item.body) : (item.body ?? null)
  } catch {
    return { ok: false, error: status >= 300 ? withoutBody(status) : unreachable('an answer was cut') }
  }
  const error = errorIn(body, status)
  if (error === null) return { ok: true, body }
  const limited = error.failure.kind === 'limited'
  return { ok: false, error: limited ? pauseAfter(wire.ctx, wire.token, error, usage) : error }
}

async function fetchJson(
  wire: Wire,
  path: string,
  init: { method: string; body?: URLSearchParams },
  logicalCalls: number,
): Promise<{ body: Json; usage: UsageSeen | null } | GraphError> {
  const { ctx } = wire
  ctx.signal.throwIfAborted()
  ctx.usage.httpCalls += 1
  ctx.usage.logicalCalls += logicalCalls
  let response: Response
  let text: string | null
  try {
    const answer = fetch(`${ctx.address}/${wire.version}/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${wire.token.reveal()}`, accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    ctx.sent?.()
    response = await answer
    text = await readText(response)
  } catch (error) {
    ctx.signal.throwIfAborted()
    return unreachable(whyNot(error))
  }
  if (text === null) {
    return new GraphError({
      kind: 'too_much',
      sentence: 'An answer of Meta was larger than this product takes.',
      fix: 'Nothing has to be done: smaller parts are asked for.',
    })
  }
  wire.see?.(response.headers)
  const usage = noteHeaders(wire, response.headers, logicalCalls)
  const found = understand(response.status, text)
  if (!(found instanceof GraphError)) return { body: found.body, usage }
  const { kind } = found.failure
  // A service that says when it may be asked again is not asked before.
  const told = kind === 'transient' && response.headers.has('retry-after')
  if (told) return pauseAfter(ctx, wire.token, asLimited(found), usage)
  return kind === 'limited' ? pauseAfter(ctx, wire.token, found, usage) : found
}

function understand(status: number, text: string): { body: Json } | GraphError {
  if (status >= 300 && status < 400) return withoutBody(status)
  let body: Json
  try {
    body = parseJson(text)
  } catch {
    return status >= 300 ? withoutBody(status) : unreachable('an answer was cut or is not JSON')
  }
  return errorIn(body, status) ?? { body }
}

/** Why a request failed, in words of our own: an error's text may hold an address. */
function whyNot(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in 30 seconds'
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error
  const code = isObject(cause) && typeof cause.code === 'string' ? cause.code : ''
  return /^[A-Z][A-Z_]{2,40}$/.test(code) ? `the connection failed (${code})` : 'the connection failed'
}

/** The text of an answer; null where it is larger than we take. */
async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  const parts: string[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > LARGEST_ANSWER) return null
    parts.push(decoder.decode(chunk, { stream: true }))
  }
  parts.push(decoder.decode())
  return parts.join('')
}

/** Records how much of the limits is used, and a version other than the one asked for: Meta serves an expired one by the next. */
function noteHeaders(wire: Wire, headers: Headers, calls: number): UsageSeen | null {
  const { ctx } = wire
  const served = headers.get('facebook-api-version')
  if (served !== null && served !== wire.version && /^v\d{1,3}\.\d{1,2}$/.test(served)) {
    if (ctx.memory.get('version/served') !== served) {
      ctx.log('Graph answered with another version than asked for', { asked: wire.version, served })
    }
    ctx.memory.set('version/served', served)
  }
  const usage = usageIn(headers)
  if (usage !== null) note(wire, usage, calls)
  return usage
}

function note({ ctx, token }: Wire, usage: UsageSeen, calls: number): void {
  noteUsage(ctx, token, usage, calls)
  if (usage.percent < 80) return
  const { percent, regainMinutes } = usage
  ctx.log('A limit of Meta is near', { percent: Math.round(percent), regainMinutes })
}
