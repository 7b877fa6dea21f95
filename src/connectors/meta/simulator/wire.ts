// Puts an outcome on the wire, with what a fault does to the connection.
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Outcome } from './perform.ts'

/** Sends an answer. With `etags` an unchanged one is 304, as versions before v26.0 did. */
export async function send(
  response: ServerResponse,
  outcome: Outcome,
  cache: { etags: boolean; match: string | undefined },
): Promise<void> {
  const { drop, hang, slow } = outcome.transport
  if (drop === 'before') {
    response.destroy()
    return
  }
  const bytes = Buffer.from(outcome.body)
  const headers: Record<string, string> = {
    ...outcome.headers,
    vary: 'Accept-Encoding',
    pragma: 'no-cache',
    expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
    'access-control-allow-origin': '*',
  }
  if (cache.etags && outcome.status === 200) {
    headers['etag'] = `"${createHash('sha1').update(bytes).digest('hex')}"`
    if (cache.match === headers['etag']) {
      response.writeHead(304, headers).end()
      return
    }
  }
  response.writeHead(outcome.status, { ...headers, 'content-length': String(bytes.length) })
  if (hang || drop === 'after-headers') {
    response.flushHeaders()
    if (drop) await pauseThenDestroy(response)
    return
  }
  if (drop === 'mid-body') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
    await pauseThenDestroy(response)
    return
  }
  if (slow) {
    for (let at = 0; at < bytes.length && !response.destroyed; at += slow.bytes) {
      response.write(bytes.subarray(at, at + slow.bytes))
      await pause(slow.pause)
    }
    response.end()
    return
  }
  response.end(bytes)
}

/** Lets what was written leave first. */
async function pauseThenDestroy(response: ServerResponse): Promise<void> {
  await pause(20)
  response.destroy()
}
