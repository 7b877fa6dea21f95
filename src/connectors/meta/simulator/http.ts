// From an HTTP request to parameters, in every encoding that clients of the API use.
import type { IncomingMessage } from 'node:http'

const largest = 20 * 1024 * 1024

export interface Incoming {
  method: string
  path: string
  params: Map<string, string>
  encoding: 'none' | 'form' | 'json'
  token: string | null
}

/** Reads a request whole. Throws for a body above 20 MiB; a body that cannot be read gives no parameters. */
export async function readRequest(request: IncomingMessage): Promise<Incoming> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const body = await readBody(request)
  const params = new Map(url.searchParams)
  const type = request.headers['content-type'] ?? ''
  const encoding = encodingOf(body, type)
  for (const [name, value] of bodyParameters(body, type)) params.set(name, value)
  const given = params.get('method')?.toUpperCase()
  const override = request.method === 'POST' && (given === 'DELETE' || given === 'GET')
  return {
    method: override ? given : (request.method ?? 'GET'),
    path: url.pathname,
    params,
    encoding,
    token: /^(?:Bearer|OAuth)\s+(\S.*)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim() ?? null,
  }
}

function encodingOf(body: Buffer, type: string): Incoming['encoding'] {
  if (body.length === 0) return 'none'
  return type.includes('json') ? 'json' : 'form'
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largest) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function bodyParameters(body: Buffer, type: string): Iterable<readonly [string, string]> {
  if (body.length === 0) return []
  if (type.includes('json')) return jsonParameters(body.toString())
  const boundary = /multipart\/form-data.*boundary="?([^";]+)/i.exec(type)?.[1]
  return boundary === undefined ? new URLSearchParams(body.toString()) : multipart(body.toString(), boundary)
}

/** A list or object is JSON text, as it would be in a query. */
function jsonParameters(text: string): [string, string][] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, one]: [string, unknown]) => {
    if (one === null || one === undefined) return []
    return [[name, typeof one === 'string' ? one : JSON.stringify(one)] satisfies [string, string]]
  })
}

function multipart(text: string, boundary: string): [string, string][] {
  return text.split(`--${boundary}`).flatMap((part) => {
    const name = /content-disposition:[^\r\n]*\bname="([^"]*)"/i.exec(part)?.[1]
    const start = part.indexOf('\r\n\r\n')
    if (name === undefined || start < 0) return []
    return [[name, part.slice(start + 4).replace(/\r\n$/, '')] satisfies [string, string]]
  })
}

/**
 * Path and parameters of a batch item's `relative_url`. Values may come raw: clients do not encode braces, commas and spaces there.
 */
export function readRelativeUrl(text: string): { path: string; params: Map<string, string> } {
  const [before = '', ...rest] = text.split('?')
  return { path: `/${before.replace(/^\/+/, '')}`, params: new Map(new URLSearchParams(rest.join('?'))) }
}
