// The one way to the API: the server's own types, same-origin JSON, failures as ApiError with the server's own sentence.
import { hc } from 'hono/client'
import type { Api } from '../src/api/app.ts'
import type { ErrorCode } from '../src/model/error.ts'

/** A failure that the API told, or that kept us from reaching it (`unavailable`). The message is a sentence for people. */
export class ApiError extends Error {
  readonly code: ErrorCode
  /** To quote to whoever runs the server; null where there is none. */
  readonly reference: string | null
  /** Field name → sentence, for forms. */
  readonly fields: Readonly<Record<string, string>>
  constructor(code: ErrorCode, sentence: string, reference: string | null, fields: Record<string, string>) {
    super(sentence)
    this.name = 'ApiError'
    this.code = code
    this.reference = reference
    this.fields = fields
  }
}

const lasting: ReadonlySet<ErrorCode> = new Set([
  'invalid',
  'unauthenticated',
  'forbidden',
  'second_factor_needed',
  'not_found',
  'conflict',
  // Lasts a minute (Retry-After), longer than a screen may wait without a word.
  'limited',
])

/** True where the same read may succeed a moment later without anybody's doing. */
export function worthTrying(failures: number, error: unknown): boolean {
  return failures < 2 && !(error instanceof ApiError && lasting.has(error.code))
}

/** A refusal for a form: sentences beside the fields that they are about, and one for the whole where it is about none. */
export function refusalOf(error: Error | null): {
  fields: Readonly<Record<string, string>>
  sentence: string | null
} {
  const fields = error instanceof ApiError ? error.fields : {}
  return { fields, sentence: Object.keys(fields).length === 0 ? (error?.message ?? null) : null }
}

/** The typed client. Its calls throw ApiError; give them to `answer`. */
export const api = hc<Api>('/', { fetch: ask }).api.v1
/** What lies below one workspace. */
export const inWorkspace = api.workspaces[':workspace']
/** What lies below one app. */
export const inApp = inWorkspace.connections[':connection']

/** The JSON of an answer; null of an empty one. */
export async function answer<T>(call: Promise<{ status: number; json: () => Promise<T> }>): Promise<T> {
  const response = await call
  return response.status === 204 ? (null as T) : response.json()
}

/** Path parameters: what stands in the address is anybody's text, and must stay one part of a path. */
export function at<N extends string>(params: Record<N, string>): { param: Record<N, string> } {
  const param = { ...params }
  for (const name in param) param[name] = encodeURIComponent(param[name])
  return { param }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** The query of a list: numbers as text; what is unset or empty is left out. */
export function asked(query: Query): { query: Record<string, string> } {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return { query: Object.fromEntries(set.map(([name, value]) => [name, String(value)])) }
}

/** A write of the auth library, which has no types of ours: its answer is whatever came. */
export async function postAuth(path: string, body: unknown = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await ask(`/api/auth${path}`, { method: 'POST', body: JSON.stringify(body), headers })
  return response.json()
}

async function ask(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(input, init)
  } catch (cause) {
    if (init?.signal?.aborted === true) throw cause
    throw new ApiError(
      'unavailable',
      'The server cannot be reached. Check the connection and try again.',
      null,
      {},
    )
  }
  if (!response.ok) throw await failureOf(response)
  return response
}

const codes: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'invalid',
  429: 'limited',
  503: 'unavailable',
}

interface Failure {
  error?: { code?: ErrorCode; sentence?: string; reference?: string | null; fields?: Record<string, string> }
  /** The auth library's own form. */
  message?: string
}

async function failureOf(response: Response): Promise<ApiError> {
  const told = (await response.json().catch(() => ({}))) as Failure
  const code = told.error?.code ?? codes[response.status] ?? 'internal'
  const sentence =
    told.error?.sentence ?? told.message ?? 'The server could not answer. Try again in a moment.'
  return new ApiError(code, sentence, told.error?.reference ?? null, told.error?.fields ?? {})
}
