// A TCP proxy that breaks what passes: it cuts, holds, drips and replaces bytes, for all connections or for one, at a place that whoever watches
// the bytes names. It knows no protocol; faults/database-proxy.ts and faults/slow.ts do.
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** One connection through the proxy. */
export interface Link {
  /** From 1, in the order they came. */
  number: number
  /** Sends bytes of our own to the client, in place of or beside what the server sends. */
  toClient(bytes: Buffer): void
  /** Resolves when the client has taken what was sent; false where it is gone. */
  drained(): Promise<boolean>
  /** Ends it on both sides at once, as a pulled cable does after the reset has arrived. */
  reset(): void
}

/** Looks at what passes on one connection; what it gives back goes on. An empty buffer: nothing does. */
export interface Watcher {
  fromClient?(bytes: Buffer): Buffer
  fromServer?(bytes: Buffer): Buffer
  closed?(): void
}

export interface Proxy {
  port: number
  /** Connections that are open now. */
  open(): number
  /** Ends every connection, and takes no new one until `mend`; with `word`, a new one is told that and ended. */
  cut(word?: Buffer): void
  /** Keeps all bytes back, in both directions, and answers no new connection, until `mend`. */
  stall(): void
  mend(): void
  close(): Promise<void>
}

interface Pair {
  link: Link
  /** Lets go of what was held back. */
  flow(): void
}

/** Starts one in front of a server. */
export async function startProxy(
  target: { host: string; port: number },
  watch: (link: Link) => Watcher = () => ({}),
): Promise<Proxy> {
  const pairs = new Set<Pair>()
  let state: 'flowing' | 'cut' | 'stalled' = 'flowing'
  let count = 0
  let last: Buffer | null = null

  const join = (client: Socket): void => {
    if (state === 'cut') {
      client.on('error', () => undefined)
      const word = last
      if (word === null) client.resetAndDestroy()
      else client.once('data', () => client.end(word))
      return
    }
    const server = connect(target)
    for (const socket of [client, server]) socket.setNoDelay(true)
    const held: (() => void)[] = []
    const pass = (to: Socket, bytes: Buffer) => {
      if (bytes.length === 0) return
      const go = () => {
        if (to.writable) to.write(bytes)
      }
      if (state === 'stalled' || held.length > 0) held.push(go)
      else go()
    }
    const link: Link = {
      number: ++count,
      toClient: (bytes) => pass(client, bytes),
      drained: () => drained(client),
      reset: () => {
        client.resetAndDestroy()
        server.resetAndDestroy()
      },
    }
    const watcher = watch(link)
    const pair: Pair = { link, flow: () => held.splice(0).forEach((go) => go()) }
    pairs.add(pair)
    const end = () => {
      if (!pairs.delete(pair)) return
      watcher.closed?.()
      // What was answered before the end still arrives; a connection that is held ends when it flows again.
      for (const socket of [client, server]) held.push(() => socket.destroySoon())
      if (state !== 'stalled') pair.flow()
    }
    client.on('data', (bytes: Buffer) => pass(server, watcher.fromClient?.(bytes) ?? bytes))
    server.on('data', (bytes: Buffer) => pass(client, watcher.fromServer?.(bytes) ?? bytes))
    for (const socket of [client, server]) {
      socket.on('error', end)
      socket.on('end', end)
      socket.on('close', end)
    }
  }

  const server = createServer(join)
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  const cut = (word?: Buffer) => {
    state = 'cut'
    last = word ?? null
    for (const { link } of [...pairs]) link.reset()
  }
  return {
    port: (server.address() as AddressInfo).port,
    open: () => pairs.size,
    cut,
    stall: () => {
      state = 'stalled'
    },
    mend: () => {
      state = 'flowing'
      for (const pair of pairs) pair.flow()
    },
    close: async () => {
      cut()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

function drained(socket: Socket): Promise<boolean> {
  return new Promise((done) => {
    if (!socket.writable) return done(false)
    if (!socket.writableNeedDrain) return done(true)
    const settle = () => {
      socket.off('drain', settle)
      socket.off('close', settle)
      done(socket.writable)
    }
    socket.on('drain', settle)
    socket.on('close', settle)
  })
}

/** The address of a server with the proxy's port in place of its own. */
export function through(address: string, proxy: Pick<Proxy, 'port'>): string {
  const url = new URL(address)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return url.href
}

/** A proxy of a server whose machine can go without a word: after `silence` what is sent on connections that were open goes nowhere. */
export async function startSilencing(
  address: string,
): Promise<{ address: string; silence(): void; close(): Promise<void> }> {
  let silent = 0
  let opened = 0
  const target = new URL(address)
  const proxy = await startProxy({ host: target.hostname, port: Number(target.port) }, (link) => {
    opened = link.number
    return { fromClient: (bytes) => (link.number <= silent ? Buffer.alloc(0) : bytes) }
  })
  return {
    address: through(address, proxy),
    silence: () => (silent = opened),
    close: () => proxy.close(),
  }
}
