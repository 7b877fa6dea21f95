// The database is away while the API is asked: every answer says so in plain words with 503 and when to come back, the log tells it without an
// address, and all goes on by itself when the database is there again.
import { afterAll, expect, test, vi } from 'vitest'
import { createApp, routes } from '../src/api/app.ts'
import { PASSWORD, testApp } from '../src/api/testing/test-app.ts'
import type { Asked, TestPerson } from '../src/api/testing/test-app.ts'
import { filled, fullWorkspace } from '../src/api/testing/two-workspaces.ts'
import { openPool } from '../src/store/db.ts'
import { testDb } from '../src/store/testing/test-db.ts'
import { refusal } from './database-proxy.ts'
import { startProxy, through } from './proxy.ts'

const t = await testDb()
/** Messages that the program may still send before its connection ends. */
let left = Infinity
const target = new URL(t.appUrl)
const proxy = await startProxy({ host: target.hostname, port: Number(target.port) }, (link) => ({
  fromClient: (bytes) => {
    if (left-- > 0) return bytes
    link.reset()
    return Buffer.alloc(0)
  },
}))
const db = openPool(through(t.appUrl, proxy), { onError: () => undefined })
const a = await testApp({ ...t, db })
// Beside the engine, which goes on with the database as it is.
const app = createApp({ ...a.parts, db })
afterAll(async () => {
  await db.close()
  await proxy.close()
})
const owner = await a.person()
const ids = await fullWorkspace(t, owner.id)
await a.join(ids.workspace, owner, 'owner')
const ws = `/api/v1/workspaces/${ids.workspace}`

interface Told {
  status: number
  retryAfter: string | null
  text: string
}

async function ask(method: string, path: string, { as, body }: Asked = {}): Promise<Told> {
  const headers = {
    host: 'localhost:4400',
    origin: 'http://localhost:4400',
    'content-type': 'application/json',
    ...(as === undefined ? {} : { cookie: as.cookie }),
  }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await app.request(path, init, { incoming: { socket: { remoteAddress: '127.0.0.1' } } })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  }
}

/** What every person would ask first, and programs. */
const doors: [string, string, { as?: TestPerson; body?: unknown }][] = [
  ['POST', '/api/auth/sign-in/email', { body: { email: owner.email, password: PASSWORD } }],
  ['POST', '/api/auth/sign-out', { as: owner, body: {} }],
  ['GET', '/api/auth/get-session', { as: owner }],
  ['POST', '/api/v1/invitations/look', { body: { secret: 'x'.repeat(43) } }],
  ...routes
    .filter(({ right, path }) => right !== 'open' && path !== '/simulator')
    .map(({ method, path }): [string, string, { as: TestPerson; body?: unknown }] => [
      method.toUpperCase(),
      `/api/v1${filled(path, ids)}`,
      { as: owner, ...(method === 'get' ? {} : { body: {} }) },
    ]),
]

test.each([
  ['Every connection is refused', undefined],
  ['The database is being ended by its administrator', refusal('57P01', 'terminating connection')],
  ['The database is starting', refusal('57P03', 'the database system is starting up')],
  ['There are too many connections', refusal('53300', 'sorry, too many clients already')],
])('%s: every door answers 503 with the next step, and works again afterwards', async (_, word) => {
  a.logged.length = 0
  proxy.cut(word)
  const answers = await Promise.all(
    doors.map(async ([method, path, asked]) => ({
      door: `${method} ${path}`,
      ...(await ask(method, path, asked)),
    })),
  )
  proxy.mend()
  const wrong = answers.filter(
    ({ status, retryAfter, text }) =>
      status !== 503 ||
      retryAfter !== '5' ||
      !/"code":"unavailable","sentence":"The database does not answer now/.test(text),
  )
  expect(wrong).toEqual([])
  const told = [
    ...answers.map(({ text }) => text),
    ...a.logged.filter((line) => line.includes('request')),
  ].join('\n')
  expect(told).not.toMatch(/127\.0\.0\.1|select |guestlist_app|postgres:/)
  expect(a.logged.filter((line) => line.includes('did not answer a request')).length).toBeGreaterThan(50)
  expect(a.logged.filter((line) => /"level":"error"/.test(line))).toEqual([])
  expect((await ask('GET', '/api/v1/me', { as: owner })).status).toBe(200)
})

type Request = readonly [method: string, path: string, asked: Asked]
const write = (): Promise<Request> =>
  Promise.resolve(['PATCH', ws, { as: owner, body: { name: 'Another name' } }])
let tries = 0
let email = ''
/** Of somebody new from time to time: tries are counted. */
const signIn = async (): Promise<Request> => {
  if (tries++ % 8 === 0) email = (await a.person()).email
  return ['POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } }]
}

test.each([
  ['a write', write],
  ['a sign-in', signIn],
])(
  'A connection that ends at any message of %s is told as that, never as a failure of ours',
  async (_, next) => {
    a.logged.length = 0
    const printed = vi.spyOn(console, 'error')
    const met = new Set<number>()
    for (let messages = 0; messages < 24; messages++) {
      const asked = await next()
      left = messages
      const { status, text } = await ask(...asked)
      left = Infinity
      expect({ messages, status, text }).toMatchObject({ status: status === 200 ? 200 : 503 })
      met.add(status)
    }
    expect([...met].sort()).toEqual([200, 503])
    expect(printed.mock.calls).toEqual([])
    expect(a.logged.join('\n')).not.toMatch(/127\.0\.0\.1|select |guestlist_app|postgres:/)
  },
)
