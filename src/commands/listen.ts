// Listening, and how long and how much of a server a client may have that sends nothing, or little by little, or takes nothing of its answer.
// A connection costs a file and some memory; nothing else is held for one whose request is not whole.
import { setTimeout as pause } from 'node:timers/promises'
import { serve, type ServerType } from '@hono/node-server'
import type { Server } from 'node:http'
import type { Log } from '../lib/log.ts'

export type Fetch = Parameters<typeof serve>[0]['fetch']

export interface Bounds {
  /** From the first moment of a connection, or of a further request on it, to the end of the headers. */
  headersMs: number
  /** To the end of the body: every input is a form, so that this is room for the slowest line. */
  requestMs: number
  /** Without a byte in either direction, as where nobody takes the answer: a stream of events says every 15 seconds that it is there. */
  silenceMs: number
  /** How often the above are looked at. */
  lookMs: number
  /** At once; what comes beyond is hung up on. Files that are needed for the database and the browser are left over. */
  connections: number
}

const bounds: Bounds = {
  headersMs: 20_000,
  requestMs: 60_000,
  silenceMs: 300_000,
  lookMs: 5_000,
  connections: 2_000,
}

/** A server that was told to end may take as long; where its launcher was killed, the next start comes before. */
const ENDING_MS = 10_000

/** Listens; waits for a port that is taken as long as a server may take to end. Throws with a sentence where it stays taken. */
export async function listenOn(
  fetch: Fetch,
  { host, port }: { host: string; port: number },
  log: Log,
): Promise<Server> {
  const until = Date.now() + ENDING_MS
  for (let told = false; ; told = true) {
    const server = await tryToListen(fetch, { hostname: host, port })
    if (server !== null) return server
    if (Date.now() > until) throw new Error(`Port ${port} is taken. Set PORT to another one.`)
    if (!told) log.warn('the port is taken; waiting, in case whoever has it is ending', { port })
    await pause(200)
  }
}

/** Null where the port is taken. */
export function tryToListen(
  fetch: Fetch,
  at: { hostname: string; port: number },
  { headersMs, requestMs, silenceMs, lookMs, connections }: Bounds = bounds,
): Promise<Server | null> {
  return new Promise((done, fail) => {
    const serverOptions = {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: lookMs,
    }
    const server = plain(serve({ fetch, ...at, serverOptions }, () => done(server)))
    server.timeout = silenceMs
    server.maxConnections = connections
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(null)
      else fail(error)
    })
  })
}

/** Without a certificate of its own it is never another one. */
function plain(server: ServerType): Server {
  if (!('headersTimeout' in server)) throw new Error('a server of another protocol')
  return server
}

/** Ends what is open and resolves when the last connection is gone. */
export function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    setTimeout(() => server.closeAllConnections(), 500).unref()
  })
}
