// Stands between a browser and the simulator's pages, and spoils the page that it is told to: each mischief is something that pages, networks
// and people do to a browser that is driven.
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const spoilings = [
  'another language',
  'a word that nobody knows',
  'nothing at all',
  'a file without end',
  'a page without end',
  'a page that leads on',
  'the form twice',
  'an answer that gets lost',
  'a connection that breaks',
  'an error of the server',
] as const
export type Spoiling = (typeof spoilings)[number]

export interface Mischief {
  /** Base address of the pages. */
  url: string
  /** Spoils the nth page from now on, once; `press`: the next form that answers a request. Null: nothing. */
  plan(what: { spoiling: Spoiling | (() => void | Promise<void>); at: number | 'press' } | null): void
  /** Whether the plan has come to pass. */
  done(): boolean
  stop(): Promise<void>
}

interface Whole {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

export async function startMischief(pages: string): Promise<Mischief> {
  const target = new URL(pages)
  let plan: Parameters<Mischief['plan']>[0] = null
  let [seen, happened] = [0, false]
  const due = (incoming: IncomingMessage): boolean => {
    if (plan === null || happened || incoming.url?.includes('captcha-image') === true) return false
    seen += 1
    const pressed = incoming.method === 'POST' && incoming.url?.includes('/requests/') === true
    return plan.at === 'press' ? pressed : seen === plan.at
  }
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await whole(incoming)
    const ask = () => forward(target, incoming, body)
    if (plan === null || !due(incoming)) return reply(response, await ask())
    happened = true
    const { spoiling } = plan
    if (typeof spoiling === 'string') return spoil(spoiling, ask, incoming, response)
    await spoiling()
    reply(response, await ask())
  }
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    plan: (next) => {
      plan = next
      seen = 0
      happened = false
    },
    done: () => happened,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
    },
  }
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

function forward(target: URL, incoming: IncomingMessage, body: Buffer): Promise<Whole> {
  return new Promise((done, fail) => {
    const { method, headers, url } = incoming
    const onward = request(
      { host: target.hostname, port: target.port, path: url, method, headers },
      (answer) => {
        whole(answer).then(
          (text) => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
          fail,
        )
      },
    )
    onward.once('error', fail)
    onward.end(body)
  })
}

function reply(response: ServerResponse, { status, headers, body }: Whole): void {
  const whole = { ...headers, 'content-length': String(body.length) }
  delete whole['transfer-encoding']
  response.writeHead(status, whole).end(body)
}

async function spoil(
  spoiling: Spoiling,
  ask: () => Promise<Whole>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const changed = async (change: (html: string) => string) => {
    const answer = await ask()
    reply(response, { ...answer, body: Buffer.from(change(answer.body.toString())) })
  }
  switch (spoiling) {
    case 'another language':
      return changed((html) => html.replace('<html lang="en">', '<html lang="xx">'))
    case 'a word that nobody knows':
      return changed((html) =>
        html.replace(/(aria-label="|>)(People|Waiting for your answer|Approve)\b/g, '$1Qx'),
      )
    case 'nothing at all':
      return reply(response, { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.alloc(0) })
    case 'a file without end':
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="file.bin"',
      })
      return void response.write('x')
    case 'a page without end':
      response.writeHead(200, { 'content-type': 'text/html' })
      return void response.write('<!doctype html><html lang="en"><title>Wait</title><p>Soon')
    case 'a page that leads on':
      response.writeHead(200, { 'content-type': 'text/html' })
      return void response.end(
        `<!doctype html><html lang="en"><meta http-equiv="refresh" content="0;url=${incoming.method === 'POST' ? '/business/home' : (incoming.url ?? '/')}"><title>Wait</title>`,
      )
    case 'the form twice':
      await ask()
      return reply(response, await ask())
    case 'an answer that gets lost':
      // It is taken a little later, and nobody hears of it.
      return void setTimeout(() => void ask().catch(() => undefined), 500)
    case 'a connection that breaks':
      await ask()
      return void response.destroy()
    case 'an error of the server':
      return reply(response, {
        status: 500,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from('<!doctype html><html lang="en"><h1>Sorry, something went wrong</h1>'),
      })
  }
}
