// The one way to the API: same-origin JSON, failures as ApiError with the server's own sentence.
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

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Address of an API path with its filters; what is unset or empty is left out. Also for links to a CSV. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return `/api${path}${text === '' ? '' : `?${text}`}`
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  call<T>('GET', address(path, query), undefined, signal)
export const post = <T>(path: string, body: unknown = {}) => call<T>('POST', address(path), body)
export const patch = <T>(path: string, body: unknown) => call<T>('PATCH', address(path), body)
export const del = (path: string, body?: unknown) => call<null>('DELETE', address(path), body)

async function call<T>(method: string, url: string, body: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    throw new ApiError(
      'unavailable',
      'The server cannot be reached. Check the connection and try again.',
      null,
      {},
    )
  }
  if (!response.ok) throw await failureOf(response)
  return (response.status === 204 ? null : await response.json()) as T
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
