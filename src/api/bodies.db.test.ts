// Bodies that break off or never end, byte by byte to the server as it listens.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { listening } from './testing/listening.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, { offerSimulator: false })
const person = await a.person()
const { server, port } = await listening(createApp(a.parts).fetch)
afterAll(() => server.close())
const host = `localhost:${String(port)}`

const paths: [method: string, path: string][] = [
  ['POST', '/api/auth/sign-in/email'],
  ['POST', '/api/v1/password-links/look'],
  ['PATCH', '/api/v1/me/settings'],
]

function head([method, path]: [string, string], ...more: string[]): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Origin: http://${host}`,
    `Cookie: ${person.cookie}`,
  ]
  return [...lines, 'Content-Type: application/json', ...more, '', ''].join('\r\n')
}

function opened(): Promise<Socket> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(socket))
    socket.on('error', () => undefined)
  })
}

/** What comes back until the server hangs up or says nothing more. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let back = ''
    socket.setTimeout(1_500, () => socket.destroy())
    socket.on('data', (some: Buffer) => (back += some.toString('latin1')))
    socket.on('close', () => done(back))
  })
}

describe.each(paths)('%s %s', (...path) => {
  test.each([
    ['with a length', ['Content-Length: 1000'], '{"email":'],
    ['without a length', ['Transfer-Encoding: chunked'], '9\r\n{"email":\r\n'],
  ])(
    'A caller who went away in the middle of a body, %s, made the log tell of a database that does not answer',
    async (_, more, part) => {
      const before = a.logged.length
      const socket = await opened()
      socket.write(head(path, ...more) + part)
      await new Promise((some) => setTimeout(some, 100))
      socket.resetAndDestroy()
      const told = () => a.logged.slice(before).map((line) => line.slice(line.indexOf(' ') + 1))
      await expect.poll(() => told().filter((line) => /^info +request /.test(line))).toHaveLength(1)
      expect(told().join('\n')).toContain('status=400')
      expect(told().filter((line) => /^(warn|error) /.test(line))).toEqual([])
    },
  )

  test('A body that is too large is refused without being read, where its length is told', async () => {
    const socket = await opened()
    const answer = answerOf(socket)
    socket.write(head(path, 'Content-Length: 300000'))
    expect(await answer).toMatch(/^HTTP\/1.1 400 [^]*more than this server takes/)
  })

  test('A body without a length is refused as soon as it is too large', async () => {
    const socket = await opened()
    const answer = answerOf(socket)
    socket.write(head(path, 'Transfer-Encoding: chunked'))
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    for (let sent = 0; sent < 100 && socket.writable; sent += 1) socket.write(chunk)
    expect(await answer).toMatch(/^HTTP\/1.1 400 [^]*more than this server takes/)
  })
})
