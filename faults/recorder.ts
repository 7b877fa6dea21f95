// Stands between the product and the simulated provider and keeps the order in which requests came and refusals left: what was sent after a
// refusal had been told is visible here and nowhere else.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Recorded {
  /** `request`: it arrived. `refused`: an answer with a code of a limit in it has been given. */
  what: 'request' | 'refused'
  /** The request's Authorization header. */
  token: string
}

export interface Recorder {
  url: string
  /** In order; cleared by `reset`. */
  events: readonly Recorded[]
  reset(): void
  close(): Promise<void>
}

/** Starts one in front of `target`. `isRefusal` looks at an answer's text. */
export async function startRecorder(target: string, isRefusal: (body: string) => boolean): Promise<Recorder> {
  const events: Recorded[] = []
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = request.headers.authorization ?? ''
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    events.push({ what: 'request', token })
    const ofThisHop = ['host', 'connection', 'content-length']
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !ofThisHop.includes(name)),
    )
    const answer = await fetch(target + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    const body = await answer.text()
    const kept = [...answer.headers].filter(
      ([name]) => !['content-encoding', 'content-length', 'transfer-encoding', 'connection'].includes(name),
    )
    response.writeHead(answer.status, Object.fromEntries(kept))
    response.end(body)
    if (isRefusal(body)) events.push({ what: 'refused', token })
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    reset: () => void events.splice(0),
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
