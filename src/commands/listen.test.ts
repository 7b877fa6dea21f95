// What a client may have of the server that sends nothing, little by little, too much, or takes nothing of its answer: byte by byte over real
// sockets, with shorter times than the real ones.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { closed, tryToListen } from './listen.ts'

const short = { headersMs: 300, requestMs: 700, silenceMs: 1_500, lookMs: 50, connections: 20 }
/** Far more than any of them, and far less than what Node waits for by itself. */
const PATIENCE_MS = 4_000

let waiting = 0
const server = await tryToListen(
  async (request) => {
    if (request.method === 'GET') return new Response('x'.repeat(64 << 20))
    waiting += 1
    try {
      return new Response(String((await request.text()).length))
    } finally {
      waiting -= 1
    }
  },
  { hostname: '127.0.0.1', port: 0 },
  short,
)
if (server === null) throw new Error('no port')
afterAll(() => closed(server))
const { port } = server.address() as AddressInfo

const head = (...lines: string[]) => ['POST / HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n')

interface Heard {
  back: string
  /** How long until the server hung up; Infinity where it did not. */
  ms: number
}

/** Sends and listens until the server hangs up. */
async function hungUp(send: (socket: Socket) => unknown): Promise<Heard> {
  const began = performance.now()
  const socket = connect(port, '127.0.0.1')
  const heard: Heard = { back: '', ms: Infinity }
  socket.on('data', (some: Buffer) => (heard.back += some.toString('latin1')))
  socket.on('error', () => undefined)
  const over = new Promise<void>((done) => socket.on('close', () => done()))
  socket.on('connect', () => void send(socket))
  await Promise.race([over.then(() => (heard.ms = performance.now() - began)), pause(PATIENCE_MS)])
  socket.destroy()
  return heard
}

/** A byte now, and the next ones a while apart, for as long as anybody takes them. */
async function trickle(socket: Socket, bytes: () => string): Promise<void> {
  while (!socket.destroyed && socket.writable) {
    socket.write(bytes())
    await pause(40)
  }
}

test.each<[string, (socket: Socket) => unknown]>([
  ['says nothing at all', () => undefined],
  ['stops in its headers', (socket) => socket.write('POST / HTTP/1.1\r\nHost: loc')],
  [
    'sends its headers letter by letter',
    (socket) => {
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
      return trickle(socket, () => 'x')
    },
  ],
  ['promises a body and is silent', (socket) => socket.write(head('Content-Length: 100'))],
  [
    'sends a body byte by byte',
    (socket) => {
      socket.write(head('Content-Length: 10000'))
      return trickle(socket, () => 'x')
    },
  ],
  [
    'sends a body without a length byte by byte',
    (socket) => {
      socket.write(head('Transfer-Encoding: chunked'))
      return trickle(socket, () => '1\r\nx\r\n')
    },
  ],
  [
    'asks a second time on its connection, and stops',
    (socket) => {
      socket.write(`${head('Content-Length: 1')}x`)
      setTimeout(() => socket.write('POST / HTTP/1.1\r\n'), 100)
    },
  ],
])('Whoever %s is hung up on in time', async (_, send) => {
  const { ms } = await hungUp(send)
  expect(ms).toBeLessThan(PATIENCE_MS)
  await expect.poll(() => waiting).toBe(0)
})

test('Whoever takes nothing of a long answer is hung up on after a while', async () => {
  const { ms } = await hungUp((socket) => {
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    // A socket that is not read is not told of its end either: the server's side is looked at.
    void expect
      .poll(() => open(), { timeout: PATIENCE_MS })
      .toBe(0)
      .then(() => socket.resume())
  })
  expect(ms).toBeLessThan(PATIENCE_MS)
})

const open = () => new Promise<number>((done) => server.getConnections((_, count) => done(count)))

test.each([
  ['one that is huge', head(`X-Huge: ${'x'.repeat(20_000)}`)],
  ['many', head(...Array.from({ length: 5_000 }, (_, n) => `X-${String(n)}: 1`))],
])('Headers beyond their bound are refused: %s', async (_, bytes) => {
  const { back, ms } = await hungUp((socket) => socket.write(bytes))
  expect(back).toMatch(/^HTTP\/1.1 431 /)
  expect(ms).toBeLessThan(PATIENCE_MS)
})

test('Of more connections than there may be those beyond are hung up on at once, and there is room again when others go', async () => {
  const sockets = Array.from({ length: 60 }, () => connect(port, '127.0.0.1'))
  const gone = sockets.map(
    (socket) =>
      new Promise<void>((done) => {
        socket.on('error', () => undefined)
        socket.on('close', () => done())
        socket.resume()
      }),
  )
  await expect.poll(() => open()).toBeGreaterThan(0)
  expect(await open()).toBeLessThanOrEqual(short.connections)
  // Those that were let in say nothing, and go as well.
  await Promise.all(gone)
  const { back } = await hungUp((socket) =>
    socket.write(`${head('Content-Length: 2', 'Connection: close')}ab`),
  )
  expect(back).toMatch(/^HTTP\/1.1 200 /)
})
