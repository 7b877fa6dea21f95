// What every request passes: host, origin, body, headers; and that no failure tells more than it should.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { createApp } from './app.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const dir = temporaryFolder('console')
mkdirSync(join(dir, 'assets'))
writeFileSync(join(dir, 'index.html'), '<!doctype html><title>Guestlist</title>')
writeFileSync(join(dir, 'assets', 'main-abc123.js'), 'export {}')
const a = await testApp(t, { consoleDir: dir })
const https = createApp({ ...a.parts, publicUrl: new URL('https://guestlist.example') })
const owner = await a.person()
const workspaceId = await t.makeWorkspace()
await a.join(workspaceId, owner, 'owner')
const connectionId = await t.makeConnection(workspaceId)
const target = `/api/v1/workspaces/${workspaceId}/connections/${connectionId}`

const json = { 'content-type': 'application/json' }
const patch = (headers: Record<string, string>, body = '{"schedule":"off"}') =>
  a.raw(target, {
    method: 'PATCH',
    headers: { host: 'localhost:4400', cookie: owner.cookie, ...headers },
    body,
  })

describe('Writes come from our own pages only', () => {
  test.each([
    ['our own page', { origin: 'http://localhost:4400', 'sec-fetch-site': 'same-origin' }, 200],
    ['a browser without fetch metadata', { origin: 'http://localhost:4400' }, 200],
    ['a browser that tells no origin', { 'sec-fetch-site': 'same-origin' }, 200],
    ['nobody tells where it comes from', {}, 403],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['another site without fetch metadata', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://localhost:8080' }, 403],
    ['the same host over https', { origin: 'https://localhost:4400' }, 403],
    ['a name that begins alike', { origin: 'http://localhost:4400.evil.example' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['a sibling site', { origin: 'http://localhost:4400', 'sec-fetch-site': 'same-site' }, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, 403],
    [
      'a forged origin with honest metadata',
      { origin: 'http://localhost:4400', 'sec-fetch-site': 'cross-site' },
      403,
    ],
  ])('%s', async (_, headers, status) => {
    const response = await patch({ ...json, ...headers })
    expect(response.status).toBe(status)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  test.each([
    ['a form', 'application/x-www-form-urlencoded', 400],
    ['a plain text form', 'text/plain', 400],
    ['a file form', 'multipart/form-data; boundary=x', 400],
    ['JSON with a charset', 'application/json; charset=utf-8', 200],
  ])('A body as %s', async (_, type, status) => {
    expect((await patch({ origin: 'http://localhost:4400', 'content-type': type })).status).toBe(status)
  })

  test('Signing in and the setup are writes like all others', async () => {
    for (const path of ['/api/auth/sign-in/email', '/api/v1/setup']) {
      const response = await a.raw(path, {
        method: 'POST',
        headers: { host: 'localhost:4400', origin: 'https://evil.example', ...json },
        body: '{}',
      })
      expect(response.status).toBe(403)
    }
  })

  test('Other sites get no preflight answer', async () => {
    const response = await a.raw(target, {
      method: 'OPTIONS',
      headers: {
        host: 'localhost:4400',
        origin: 'https://evil.example',
        'access-control-request-method': 'PATCH',
      },
    })
    expect(response.status).toBe(404)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('Hosts', () => {
  const page = { accept: 'text/html' }
  test.each([
    ['localhost', 'localhost:4400', '/', 200],
    ['this machine by number goes to localhost', '127.0.0.1:4400', '/apps?x=1', 302],
    ['and in IPv6', '[::1]:4400', '/', 302],
    ['the API by number stays', '127.0.0.1:4400', '/api/v1/setup', 200],
    ['the network by http', '192.168.1.7:4400', '/', 421],
    ['a name that points here', 'rebind.example:4400', '/api/v1/setup', 421],
    ['no host that could be one', 'localhost:4400@evil.example', '/', 421],
    ['probes by any name', 'pod-7:4400', '/healthz', 200],
  ])('%s', async (_, host, path, status) => {
    const response = await a.raw(path, { headers: { host, ...page } })
    expect(response.status).toBe(status)
    if (status === 302) expect(response.headers.get('location')).toBe(`http://localhost:4400${path}`)
    if (status === 421) expect(await response.text()).toContain('https')
  })

  test('With a public address over https: that host and this machine, no other', async () => {
    const ask = (host: string) => https.request('/api/v1/setup', { headers: { host } })
    expect((await ask('guestlist.example')).status).toBe(200)
    expect((await ask('localhost:4400')).status).toBe(200)
    expect((await ask('other.example')).status).toBe(421)
    expect((await ask('guestlist.example')).headers.get('strict-transport-security')).toContain('max-age')
  })
})

describe('Answers', () => {
  test.each([
    '/',
    '/apps/1',
    '/assets/main-abc123.js',
    '/assets/none.js',
    '/api/v1/setup',
    '/api/v1/nothing',
    '/api/auth/nothing',
    '/healthz',
    '/readyz',
    '/api/v1/openapi.json',
  ])('%s carries the headers', async (path) => {
    const response = await a.raw(path, { headers: { host: 'localhost:4400' } })
    const { headers } = response
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|http:/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    if (path.startsWith('/api/')) expect(headers.get('cache-control')).toBe('no-store')
  })

  test('Exports, refusals and what belongs to a person are kept by no cache, and no other site may read them', async () => {
    const base = `/api/v1/workspaces/${workspaceId}`
    for (const path of [
      `${target}/partners.csv`,
      `${base}/audit.jsonl`,
      `${base}/nothing`,
      '/api/v1/me',
      '/api/docs',
    ])
      for (const cookie of [owner.cookie, '']) {
        const headers = { host: 'localhost:4400', origin: 'https://evil.example', cookie }
        const response = await a.raw(path, { headers })
        await response.body?.cancel()
        expect(response.headers.get('cache-control'), path).toBe('no-store')
        expect(response.headers.get('access-control-allow-origin'), path).toBeNull()
        expect(response.headers.get('access-control-allow-credentials'), path).toBeNull()
        expect(response.headers.get('cross-origin-resource-policy'), path).toBe('same-origin')
      }
  })

  test('The console: its page for every address of its own, hashed files for ever, nothing beside it', async () => {
    const get = (path: string, headers: Record<string, string> = {}) =>
      a.raw(path, { headers: { host: 'localhost:4400', ...headers } })
    const page = await get('/w/1/apps')
    expect(await page.text()).toContain('<title>Guestlist</title>')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const file = await get('/assets/main-abc123.js')
    expect(file.headers.get('cache-control')).toContain('immutable')
    expect(
      (await get('/assets/main-abc123.js', { 'if-none-match': file.headers.get('etag') ?? '' })).status,
    ).toBe(304)
    for (const path of ['/assets/none.js', '/..%2f..%2fetc/passwd.txt'])
      expect((await get(path)).status).toBe(404)
    for (const path of ['/assets/../../etc/passwd', '/.env'])
      expect(await (await get(path)).text()).toContain('<title>')
  })

  test('Failures have one form and a reference, and tell nothing of the inside', async () => {
    const failures = [
      await a.ask('GET', '/nothing', { as: owner }),
      await a.ask('PATCH', target, { as: owner, body: { schedule: 'weekly', label: '' } }),
      await a.ask('PATCH', target, { as: owner, body: { label: 'a\u0000b' } }),
      await a.ask('GET', `${target}/partners?search=%00`, { as: owner }),
      await a.ask('GET', `${target}/partners?offset=-1`, { as: owner }),
      await a.ask('POST', `/workspaces/${workspaceId}/connections`, {
        as: owner,
        body: { connector: 'nothing', label: 'x', business: '1', fields: {} },
      }),
    ]
    expect(failures.map((failure) => failure.status)).toEqual([404, 400, 400, 400, 400, 404])
    for (const { body } of failures) {
      expect(body).toMatchObject({
        error: {
          code: expect.any(String) as string,
          sentence: expect.any(String) as string,
          reference: expect.stringMatching(/^[0-9a-f-]{13}$/) as string,
        },
      })
      expect(JSON.stringify(body)).not.toMatch(/node_modules|select |\.ts|zod|postgres/i)
    }
    expect(failures[1]?.body).toMatchObject({
      error: { fields: { schedule: 'This must be one of: off, daily, hourly.', label: 'This is needed.' } },
    })
  })

  test('What is not expected is told by a reference alone, and logged once with it', async () => {
    const broken = createApp({
      ...a.parts,
      auth: { ...a.parts.auth, session: () => Promise.reject(new Error('a secret inside')) },
    })
    const response = await broken.request('/api/v1/me', { headers: { host: 'localhost:4400' } })
    expect(response.status).toBe(500)
    const { error } = (await response.json()) as { error: { reference: string; sentence: string } }
    expect(error.sentence).not.toContain('secret')
    expect(
      a.logged.filter((line) => line.includes('request failed') && line.includes(error.reference)),
    ).toHaveLength(1)
  })

  test('Malformed and oversized bodies are refused', async () => {
    const origin = 'http://localhost:4400'
    expect((await patch({ origin, ...json }, '{"label":')).status).toBe(400)
    expect((await patch({ origin, ...json }, JSON.stringify({ label: 'x'.repeat(300_000) }))).status).toBe(
      400,
    )
  })

  test('The description names every route', async () => {
    const { body } = await a.ask('GET', '/openapi.json')
    const { paths, openapi } = body as { openapi: string; paths: Record<string, unknown> }
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths)).toContain('/workspaces/{workspace}/connections/{connection}/partners')
    expect(Object.keys(paths).length).toBeGreaterThan(35)
  })

  test('Ready while the database answers', async () => {
    expect((await a.ask('GET', '/api/../readyz')).body).toEqual({ ready: true, database: true, engine: true })
  })
})
