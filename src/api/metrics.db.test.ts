// /metrics answers this machine and whoever has the token, and nobody else, not even through a proxy of this machine; neither it nor the log
// holds a name, an id or a query; a request's number joins answer and log.
import { expect, test } from 'vitest'
import { Redacted } from '../model/redacted.ts'
import { createApp } from './app.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const TOKEN = 'metrics-token-of-the-test'
const t = await testDb()
const a = await testApp(t)
const app = createApp({ ...a.parts, metricsToken: new Redacted(TOKEN) })

/** A request over a socket from an address. */
function ask(path: string, from: string, headers: Record<string, string> = {}) {
  const env = { incoming: { socket: { remoteAddress: from, remotePort: 1, remoteFamily: 'IPv4' } } }
  return app.request(path, { headers: { host: 'localhost:4400', ...headers } }, env)
}

test.each([
  ['this machine', '127.0.0.1', {}, 200],
  ['this machine, written as IPv6', '::ffff:127.0.0.1', {}, 200],
  ['elsewhere', '192.0.2.7', {}, 404],
  ['elsewhere with the token', '192.0.2.7', { authorization: `Bearer ${TOKEN}` }, 200],
  ['elsewhere with another token', '192.0.2.7', { authorization: 'Bearer metrics-token-of-the-tesT' }, 404],
  ['a proxy of this machine', '127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }, 404],
  ['a proxy that tells only the name', '127.0.0.1', { host: 'guestlist.example' }, 404],
  [
    'by its internal name with the token',
    '10.0.0.3',
    { host: '10.0.0.2:4400', authorization: `Bearer ${TOKEN}` },
    200,
  ],
])('%s', async (_, from, headers, status) => {
  expect((await ask('/metrics', from, headers)).status).toBe(status)
})

test('tells requests by route, and what waits, without an id or a query', async () => {
  const id = '0198c0de-0000-7000-8000-00000000cafe'
  await ask(`/api/v1/workspaces/${id}/partners?q=some+name`, '127.0.0.1')
  await ask('/nothing/some-name?token=abc', '127.0.0.1')
  const text = await (await ask('/metrics', '127.0.0.1')).text()
  expect(text).toContain('# TYPE guestlist_requests_total counter')
  expect(text).toMatch(/guestlist_requests_total\{method="GET",route="\/metrics",status="200"\} \d+/)
  expect(text).toMatch(/guestlist_request_seconds_bucket\{route="\/metrics",le="\+Inf"\} \d+/)
  for (const name of ['database_connections', 'audit_unsealed_events', 'notices_due', 'engine_healthy'])
    expect(text).toContain(`guestlist_${name}`)
  expect(text).not.toMatch(/some|cafe|abc/)
  expect(a.logged.join('\n')).not.toMatch(/some.name|token=abc|0198c0de/)
  // Every line is a comment or a number.
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)$/)
})

test('a failure tells the number of its request, which stands in the log', async () => {
  const answer = await ask('/api/v1/me', '127.0.0.1')
  expect(answer.status).toBe(401)
  const { error } = (await answer.json()) as { error: { reference: string } }
  expect(answer.headers.get('x-request-id')).toBe(error.reference)
  const lines = a.logged.filter((line) => line.includes(`request=${error.reference}`))
  expect(lines.join('\n')).toContain('status=401')
})
