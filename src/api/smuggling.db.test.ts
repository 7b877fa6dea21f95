// A request in two readings: the hidden one is never done. Sent byte by byte to the server as it listens; e2e/proxy.test.ts sends the same
// through proxies.
import { connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { createApp } from './app.ts'
import { ambiguous } from './testing/ambiguous.ts'
import { listening } from './testing/listening.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t, { offerSimulator: false })
const person = await a.person()
const { server, port } = await listening(createApp(a.parts).fetch)
afterAll(() => server.close())
const host = `localhost:${String(port)}`

/** A change that its owner may make, whole in itself. */
function hidden(name: string): string {
  const body = JSON.stringify({ name })
  const head = [
    'PATCH /api/v1/me/settings HTTP/1.1',
    ...[`Host: ${host}`, `Origin: http://${host}`, `Cookie: ${person.cookie}`],
    ...['Content-Type: application/json', `Content-Length: ${String(body.length)}`, 'Connection: close'],
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** Everything that comes back until the server hangs up, or waits for more. */
function sent(bytes: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    let back = ''
    socket.setTimeout(400, () => socket.destroy())
    socket.on('data', (some: Buffer) => (back += some.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      done(back)
    })
  })
}
const nameNow = async () =>
  (await t.root.query<{ name: string }>('select name from auth_user where id = $1', [person.id])).rows[0]
    ?.name

test('The change that is hidden is done where it stands after a whole request', async () => {
  const plain = ['GET /api/v1/setup HTTP/1.1', `Host: ${host}`, '', hidden('in the open')].join('\r\n')
  expect((await sent(plain)).match(/HTTP\/1.1 200/g)).toHaveLength(2)
  expect(await nameNow()).toBe('in the open')
})

test.each(Object.entries(ambiguous))(
  '%s: one answer at most, and nothing hidden is done',
  async (name, bytes) => {
    const before = await nameNow()
    const back = await sent(bytes(host, hidden(name)))
    expect(await nameNow()).toBe(before)
    expect(back.match(/^HTTP\/1.1 [2-5]/gm)?.length ?? 0).toBeLessThanOrEqual(1)
  },
)
