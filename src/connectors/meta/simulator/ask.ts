// A bare client for the simulator's own tests: asks one thing and gives back what came, whole.
import type { Json } from './world.ts'

export interface Asked {
  status: number
  headers: Headers
  body: Json
}
export type JsonObject = { [key: string]: Json }

/** Sends a request with a token in the header. A string body goes as a form, an object as JSON. */
export async function ask(
  url: string,
  path: string,
  token: string | null,
  init: {
    method?: string
    form?: Record<string, string>
    json?: JsonObject
    headers?: Record<string, string>
  } = {},
): Promise<Asked> {
  const headers: Record<string, string> = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...init.headers,
  }
  const body = init.form ? new URLSearchParams(init.form) : init.json ? JSON.stringify(init.json) : null
  if (init.json) headers['content-type'] = 'application/json'
  const response = await fetch(path.startsWith('http') ? path : url + path, {
    method: init.method ?? (body === null ? 'GET' : 'POST'),
    headers,
    body,
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as Json),
  }
}

/** The object at a path of keys and places. Throws where there is none. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json {
  let found: Json | undefined = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) throw new Error(`nothing at ${path.join('.')}`)
    found = Array.isArray(found) ? found[Number(key)] : found[key]
  }
  if (found === undefined) throw new Error(`nothing at ${path.join('.')}`)
  return found
}

/** The text at a path. Throws where there is none. */
export function textAt(value: Json | undefined, ...path: (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')}`)
  return found
}

export function rowsOf(body: Json): JsonObject[] {
  const data = at(body, 'data')
  if (!Array.isArray(data)) throw new Error('no rows')
  return data as JsonObject[]
}

/** Every row of a list, following `next` to its end. */
export async function allRows(url: string, path: string, token: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let next: string | null = path
  for (let pages = 0; next !== null && pages < 1000; pages++) {
    const { status, body }: Asked = await ask(url, next, token)
    if (status !== 200) throw new Error(JSON.stringify(body))
    rows.push(...rowsOf(body))
    const paging: Json | undefined = (body as JsonObject)['paging']
    next =
      paging !== undefined &&
      typeof paging === 'object' &&
      paging !== null &&
      !Array.isArray(paging) &&
      typeof paging['next'] === 'string'
        ? paging['next']
        : null
  }
  return rows
}

/** `code/subcode` of an error, or null. */
export function codeOf(body: Json): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const error = body['error']
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return null
  const { code, error_subcode } = error
  const parts = [code, error_subcode].filter((part) => typeof part === 'number')
  return parts.join('/')
}
