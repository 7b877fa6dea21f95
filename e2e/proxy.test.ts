// The examples of docs/operate.md, run for real: Guestlist behind nginx and behind Caddy with a certificate of the test. Skipped, and
// counted, where the proxy is not installed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { ambiguous } from '../src/api/testing/ambiguous.ts'
import { freePort, removeDataDir, setupCode, startProgram } from './harness.ts'

const examples = resolve(import.meta.dirname, '..', 'docs', 'examples')
const folder = mkdtempSync(join(tmpdir(), 'guestlist-proxy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NAME = 'guestlist.example'
const CALLER = '127.0.0.5'
const installed = (name: string) => spawnSync(name, ['version'], { stdio: 'ignore' }).error === undefined

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

function ask(
  port: number,
  method: string,
  path: string,
  more: { headers?: object; body?: object } = {},
): Promise<Answer> {
  const text = more.body === undefined ? undefined : JSON.stringify(more.body)
  const own = {
    host: `${NAME}:${port}`,
    origin: `https://${NAME}:${port}`,
    'content-type': 'application/json',
  }
  return new Promise((done, fail) => {
    const asked = request(
      {
        host: '127.0.0.1',
        // Another address than the proxy's own, which is trusted.
        localAddress: CALLER,
        port,
        method,
        path,
        servername: NAME,
        rejectUnauthorized: false,
        headers: { ...own, ...more.headers },
      },
      (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => {
          body += chunk.toString()
          // A stream of events has no end: its first word is enough.
          if (path.endsWith('/events')) finish()
        })
        answer.on('end', finish)
        function finish() {
          done({ status: answer.statusCode ?? 0, headers: answer.headers, body })
          asked.destroy()
        }
      },
    )
    asked.on('error', fail)
    asked.setTimeout(20_000, () => asked.destroy(new Error(`${path} did not answer in time`)))
    asked.end(text)
  })
}

/** Everything that comes back through the proxy until it hangs up, or waits for more. */
function sent(port: number, bytes: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, servername: NAME, rejectUnauthorized: false }, () =>
      socket.write(bytes, 'latin1'),
    )
    let back = ''
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (some: Buffer) => (back += some.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      done(back)
    })
  })
}

function startNginx(port: number, upstream: number): ChildProcess {
  const [certificate, key] = [join(folder, 'nginx.pem'), join(folder, 'nginx.key')]
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${NAME}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  const server = readFileSync(join(examples, 'nginx.conf'), 'utf8')
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('127.0.0.1:4400', `127.0.0.1:${upstream}`)
    .replace('/etc/ssl/guestlist.pem', certificate)
    .replace('/etc/ssl/guestlist.key', key)
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${user} daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')}\n${server}\n}`,
  )
  return spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
}

function startCaddy(port: number, upstream: number): ChildProcess {
  const site = readFileSync(join(examples, 'Caddyfile'), 'utf8')
    .replace('127.0.0.1:4400', `127.0.0.1:${upstream}`)
    .replace(`${NAME} {`, `${NAME} {\n\ttls internal\n\tbind 127.0.0.1`)
  const own = `{\n\tadmin off\n\tauto_https disable_redirects\n\thttps_port ${port}\n\tskip_install_trust\n\tstorage file_system ${folder}/caddy\n}\n`
  writeFileSync(join(folder, 'Caddyfile'), own + site)
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  return spawn('caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], {
    stdio: 'ignore',
    env,
  })
}

const proxies = { nginx: startNginx, caddy: startCaddy }

describe.each(['nginx', 'caddy'] as const)('behind %s', (name) => {
  test.skipIf(!installed(name))(
    'https, secure cookies, the caller’s own address, events as they happen, and no metrics, however they are asked for',
    async () => {
      const port = await freePort()
      const program = await startProgram({
        env: { GUESTLIST_PUBLIC_URL: `https://${NAME}:${port}`, GUESTLIST_TRUSTED_PROXIES: '127.0.0.1' },
      })
      const proxy = proxies[name](port, program.port)
      const ended = new Promise((done) => proxy.once('exit', done))
      try {
        const deadline = Date.now() + 30_000
        while ((await ask(port, 'GET', '/readyz').catch(() => null))?.status !== 200) {
          if (Date.now() > deadline) throw new Error(`${name} does not come up`)
          await new Promise((go) => setTimeout(go, 100))
        }
        const page = await ask(port, 'GET', '/', { headers: { accept: 'text/html' } })
        expect(page.status).toBe(200)
        expect(page.headers['strict-transport-security']).toContain('max-age=')
        const spoofed = { 'x-forwarded-for': '203.0.113.9' }
        const setup = await ask(port, 'POST', '/api/v1/setup', {
          headers: spoofed,
          body: {
            code: setupCode(program),
            name: 'An owner',
            email: 'owner@proxy.example',
            password: 'a long enough password',
            workspaceName: 'Behind a proxy',
          },
        })
        expect([setup.status, setup.body]).toEqual([200, setup.body])
        const cookies = [setup.headers['set-cookie'] ?? []].flat()
        expect(cookies.length).toBeGreaterThan(0)
        for (const cookie of cookies) {
          expect(cookie).toMatch(/; Secure/)
          expect(cookie).toMatch(/; HttpOnly/)
          expect(cookie).toMatch(/; SameSite=/)
        }
        const cookie = cookies.map((one) => one.split(';')[0]).join('; ')
        const sessions = await ask(port, 'GET', '/api/v1/sessions', { headers: { cookie } })
        expect(sessions.body).toContain(CALLER)
        expect(sessions.body).not.toContain('203.0.113.9')
        const me = JSON.parse((await ask(port, 'GET', '/api/v1/me', { headers: { cookie } })).body) as {
          workspaces: { id: string }[]
        }
        const events = await ask(port, 'GET', `/api/v1/workspaces/${me.workspaces[0]?.id ?? ''}/events`, {
          headers: { cookie },
        })
        expect(events.headers['content-type']).toContain('text/event-stream')
        expect((await ask(port, 'GET', '/metrics')).status).toBe(404)
        // Whoever gets a request of their own past the proxy is taken for the machine itself, and is told this.
        const metrics = 'guestlist_engine_healthy'
        expect(await (await fetch(`http://127.0.0.1:${program.port}/metrics`)).text()).toContain(metrics)
        const hidden = `GET /metrics HTTP/1.1\r\nHost: ${NAME}:${port}\r\n\r\n`
        const backs = await Promise.all(
          Object.entries(ambiguous).map(async ([what, bytes]) => [
            what,
            await sent(port, bytes(`${NAME}:${port}`, hidden)),
          ]),
        )
        expect(backs.filter(([, back]) => back?.includes(metrics)).map(([what]) => what)).toEqual([])
        expect(backs.filter(([, back]) => back?.startsWith('HTTP/1.1 4')).length).toBeGreaterThan(10)
        // Another site cannot write here, and another name is not answered.
        const foreign = { headers: { cookie, origin: 'https://evil.example' }, body: {} }
        expect((await ask(port, 'POST', '/api/v1/workspaces', foreign)).status).toBe(403)
        const other = await ask(port, 'GET', '/', { headers: { host: 'evil.example', accept: 'text/html' } })
        expect(other.body).not.toContain('<script')
      } finally {
        // Caddy lets open streams run out on a milder signal.
        proxy.kill(name === 'caddy' ? 'SIGKILL' : 'SIGTERM')
        await ended
        await program.stop()
        removeDataDir(program)
      }
    },
    180_000,
  )
})
