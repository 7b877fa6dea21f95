// Secrets in every sink: the real server works with known secrets, meets errors with them, and is then searched through — what it printed, every
// file, every table, every answer and export, its arguments and environment — for each of them in each form in which it might be written down.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { routes } from '../src/api/app.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { formsOf } from '../src/jobs/testing/canary.ts'
import { superUrlOf, temporaryFolder } from '../src/store/testing/cluster.ts'
import { codeOf, connectAll, jobOver, openApi, setUp, startCheck } from './api.ts'
import type { Api } from './api.ts'
import { asked, runFamily } from './cases.ts'
import type { Case, Family } from './cases.ts'

/** What was written somewhere, by where it was found. */
export type Sinks = Map<string, Buffer[]>

export interface Canary {
  name: string
  text: string
  /** Sinks in which it may stand: the one file that is its place, the one answer that gives it. */
  home: RegExp
}

const nowhere = /^$/

/** A secret in the forms in which it might be written: also as JSON and HTML write it. */
function written(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return [...new Set([...formsOf(secret), json, html, Buffer.from(secret).toString('hex').toUpperCase()])]
}

/** Where secrets stand that may not: a line for each, without the secret. */
export function search(sinks: Sinks, canaries: readonly Canary[]): string[] {
  const found: string[] = []
  for (const { name, text, home } of canaries) {
    const forms = written(text).map((form) => Buffer.from(form))
    for (const [sink, parts] of sinks) {
      if (home.test(sink)) continue
      if (parts.some((part) => forms.some((form) => part.includes(form)))) found.push(`${name} in ${sink}`)
    }
  }
  return found
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Every table as text, out of its compressed form. */
async function tables(root: pg.Pool, sinks: Sinks): Promise<void> {
  const { rows } = await root.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  )
  for (const { name } of rows) {
    const { rows: lines } = await root.query<{ line: string }>(`select x::text as line from ${name} x`)
    sinks.set(`table ${name}`, [Buffer.from(lines.map(({ line }) => line).join('\n'))])
  }
}

interface Played {
  sinks: Sinks
  canaries: Canary[]
  routesAsked: number
  errorsMet: number
}

/** Plays a whole story with secrets, and gathers what it left anywhere. */
export async function play(): Promise<Played> {
  const sim = await startSimulator({ world: { partners: 3, ownPeople: 12 }, switches: { callsPerHour: 0 } })
  const dataDir = temporaryFolder('canary')
  const env = {
    META_GRAPH_URL: sim.url,
    LOG_LEVEL: 'debug',
    // Nobody listens there.
    SMTP_URL: `smtp://robot:${mailPassword}@127.0.0.1:9`,
    MAIL_FROM: 'guestlist@brand.example',
    GUESTLIST_METRICS_TOKEN: metricsToken,
  }
  const program = await startProgram({ dataDir, env })
  try {
    return await leave(sim, program, dataDir)
  } finally {
    await program.stop()
    await sim.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const wrongToken = `EAAB${randomBytes(40).toString('hex')}`
const mailPassword = `mail-${randomBytes(20).toString('hex')}`
const metricsToken = `metrics-${randomBytes(20).toString('hex')}`

async function leave(sim: Simulator, program: Program, dataDir: string): Promise<Played> {
  const sinks: Sinks = new Map()
  const keep = (sink: string, text: string | Buffer) =>
    sinks.set(sink, [...(sinks.get(sink) ?? []), Buffer.from(text)])
  const code = await codeOf(program)
  const api = openApi(program.url)
  const workspace = await setUp(api, code)
  const ws = `/api/v1/workspaces/${workspace}`
  const connection = await connectAll(api, workspace, sim)
  const one = async (path: string) =>
    (await api.call<{ rows: { id: string }[] }>('GET', path)).rows[0]?.id ?? ''
  const made = await api.call<{ text: string }>('POST', `${ws}/api-keys`, {
    name: 'For the canary',
    scopes: ['read'],
    expiresAt: null,
  })
  const key = made.text
  const totp = await api.call<{ secret: string }>('POST', '/api/v1/me/two-factor/start', {
    password: 'a long enough password',
  })
  const errorsMet = await errors(api, program, ws, connection, sim, keep)
  await jobOver(api, workspace, await startCheck(api, workspace, connection))
  const ids: Record<string, string> = {
    workspace,
    connection,
    partner: await one(`${ws}/connections/${connection}/partners`),
    principal: await one(`${ws}/connections/${connection}/principals`),
    resource: await one(`${ws}/connections/${connection}/resources`),
    job: await one(`${ws}/jobs`),
  }
  keep(
    'answer of an invitation',
    JSON.stringify(
      await api.call<object>('POST', `${ws}/invitations`, { email: 'mo@brand.example', role: 'member' }),
    ),
  )
  await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
  const routesAsked = await crawl(program, api.cookie, ids, keep)
  const root = new pg.Pool({ connectionString: await superUrl(dataDir), max: 1 })
  await root.query('checkpoint')
  await tables(root, sinks)
  await root.end()
  for (const file of filesOf(dataDir)) keep(`file ${file.slice(dataDir.length + 1)}`, readFileSync(file))
  keep('output', program.output())
  const pid = program.process.pid ?? 0
  const database = Number(readFileSync(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8').split('\n')[0])
  for (const what of ['cmdline', 'environ']) {
    keep(`process ${what}`, readFileSync(`/proc/${pid}/${what}`))
    keep(`database's ${what}`, readFileSync(`/proc/${database}/${what}`))
  }
  const session = decodeURIComponent(api.cookie.split('=').slice(1).join('='))
  const canaries: Canary[] = [
    { name: 'our own token', text: sim.token, home: nowhere },
    { name: "a partner's token", text: sim.partners[0]?.token ?? '', home: nowhere },
    { name: 'a token that was refused', text: wrongToken, home: nowhere },
    { name: 'the app secret', text: sim.appSecret, home: nowhere },
    { name: 'the password', text: 'a long enough password', home: nowhere },
    { name: 'the session', text: session, home: nowhere },
    { name: 'the API key', text: key, home: nowhere },
    { name: 'the seed of a second factor', text: totp.secret, home: nowhere },
    { name: 'the setup code', text: code, home: /^file setup-code$/ },
    { name: "the mail server's password", text: mailPassword, home: /^process environ$/ },
    { name: 'the token of the metrics', text: metricsToken, home: /^process environ$/ },
    ...filed(dataDir, 'auth-secret', 'the secret of sign-ins'),
    ...filed(dataDir, 'postgres-passwords.json', 'a password of the database'),
    ...masterKeys(dataDir),
  ]
  return { sinks, canaries: canaries.filter(({ text }) => text !== ''), routesAsked, errorsMet }
}

/** Each long word of a file that is for the program alone. */
function filed(dataDir: string, file: string, name: string): Canary[] {
  const words = readFileSync(join(dataDir, file), 'utf8').match(/[A-Za-z0-9+/=_-]{20,}/g) ?? []
  return words.map((text) => ({ name, text, home: new RegExp(`^file ${file.replaceAll('.', '\\.')}$`) }))
}

/** Each key of the file, as it stands there and as hexadecimal. */
function masterKeys(dataDir: string): Canary[] {
  const text = readFileSync(join(dataDir, 'keys', 'master-key.json'), 'utf8')
  const keys = text.match(/[A-Za-z0-9+/=_-]{43,64}/g) ?? []
  const home = /^file keys\/master-key\.json$/
  return keys.flatMap((key) => [
    { name: 'the master key', text: key, home },
    { name: 'the master key in hexadecimal', text: Buffer.from(key, 'base64').toString('hex'), home },
  ])
}

async function superUrl(dataDir: string): Promise<string> {
  const port = readFileSync(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8').split('\n')[3]
  return superUrlOf(dataDir, `postgres://owner@127.0.0.1:${port ?? ''}/guestlist`)
}

/** Asks every route that only reads, and keeps what it answers. */
async function crawl(
  program: Program,
  cookie: string,
  ids: Readonly<Record<string, string>>,
  keep: (sink: string, text: string) => void,
): Promise<number> {
  let asked = 0
  for (const { method, path } of routes) {
    if (method !== 'get' || path.endsWith('/events')) continue
    const address = path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? 'none')
    const response = await fetch(`${program.url}/api/v1${address}`, { headers: { cookie } })
    keep(`answer ${path}`, JSON.stringify([...response.headers]) + (await response.text()))
    asked += 1
  }
  for (const path of ['/', '/healthz', '/readyz', '/api/v1/openapi.json'])
    keep(`answer ${path}`, await (await fetch(program.url + path)).text())
  return asked
}

/** Secrets where they do not belong: in addresses, in broken bodies, in wrong fields, refused by the provider. */
async function errors(
  api: Api & { cookie: string },
  program: Program,
  ws: string,
  connection: string,
  sim: Simulator,
  keep: (sink: string, text: string) => void,
): Promise<number> {
  const { token, appId, appSecret, businessId } = sim
  const connect = (fields: object) => ({
    connector: 'meta',
    label: 'Another',
    business: businessId,
    fields,
    confirm: true,
  })
  const bodies: [string, string, string][] = [
    [
      'POST',
      `${ws}/connections`,
      JSON.stringify(connect({ token: wrongToken, app_id: appId, app_secret: appSecret })),
    ],
    [
      'POST',
      `${ws}/connections/check`,
      JSON.stringify(connect({ token: wrongToken, app_id: appId, app_secret: appSecret })),
    ],
    ['POST', `${ws}/connections`, JSON.stringify({ ...connect({ token }), connector: token })],
    ['POST', `${ws}/connections`, `{"token": "${token}", `],
    [
      'POST',
      `${ws}/connections/${connection}/credential`,
      JSON.stringify({ fields: { token: wrongToken }, confirm: true }),
    ],
    [
      'POST',
      `${ws}/connections/${connection}/credential`,
      JSON.stringify({ fields: { token: { a: token } } }),
    ],
    ['PATCH', `${ws}/connections/${connection}`, JSON.stringify({ nothing: token })],
    ['GET', `${ws}/connections/${token}`, ''],
    ['GET', `${ws}/search?q=${'x'.repeat(20)}&access_token=${token}`, ''],
    ['GET', `${ws}/nothing/${appSecret}?token=${token}`, ''],
    ['POST', '/api/v1/setup', JSON.stringify({ code: wrongToken, password: token })],
    ['POST', '/api/v1/invitations/look', JSON.stringify({ token })],
    ['POST', '/api/v1/password-links/redeem', JSON.stringify({ token, password: appSecret })],
    ['POST', '/api/auth/sign-in/email', JSON.stringify({ email: 'owner@example.test', password: token })],
    ['POST', '/api/v1/sign-in/second-factor', JSON.stringify({ code: token })],
  ]
  for (const [method, path, body] of bodies) {
    const response = await fetch(program.url + path, {
      method,
      headers: { cookie: api.cookie, origin: program.url, 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
    })
    keep(`answer of an error`, JSON.stringify([...response.headers]) + (await response.text()))
  }
  // Refused and broken answers of the provider, with the token in what it sends back.
  for (const body of [
    `{"error":{"message":"Bad token ${token}","type":"OAuthException","code":190}}`,
    `<html>${token}</html>`,
    `{"error":{"message":"No","type":"${appSecret}","code":190,"fbtrace_id":"${appSecret}"}}`,
  ]) {
    sim.control.addFault({ match: { node: businessId }, do: { raw: { status: 500, body } }, times: 3 })
    const workspace = ws.split('/').at(-1) ?? ''
    await jobOver(api, workspace, await startCheck(api, workspace, connection))
    sim.control.clearFaults()
  }
  return bodies.length + 3
}

/** The family: one case per secret, and every secret in every form put into every sink, which has to be found. */
function family(seed: number, { sinks, canaries, routesAsked, errorsMet }: Played): Family {
  const planted: Case[] = canaries.flatMap(({ name, text }) =>
    written(text).map((form, index) => ({
      name: `${name}, form ${index + 1}`,
      // Found in each sink, or the scanner is blind there.
      run: () => {
        const marked: Sinks = new Map(
          [...sinks].map(([sink, parts]) => [sink, [...parts, Buffer.from(`…${form}…`)]]),
        )
        const seen = search(marked, [{ name, text, home: nowhere }])
        return Promise.resolve(seen.length === sinks.size ? seen : [])
      },
    })),
  )
  return {
    name: 'canary',
    seed,
    about: [
      `${canaries.length} secrets in ${sinks.size} sinks, after ${routesAsked} routes and ${errorsMet} errors (closure over sinks and forms)`,
    ],
    cases: canaries.map((canary) => ({
      name: canary.name,
      run: () => Promise.resolve(search(sinks, [canary])),
    })),
    planted,
  }
}

if (import.meta.main) {
  const { seed, only } = asked(process.argv.slice(2), 1)
  const played = await play()
  const { failed } = await runFamily(family(seed, played), (line) => console.log(line), only)
  process.exit(failed === 0 ? 0 : 1)
}
