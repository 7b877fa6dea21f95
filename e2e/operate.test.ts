// What an operator does, with the real program: doctor beside it and without it, a backup while it works, a restore to another folder, a
// new master key while it works, a kill in the middle of a task, a second start on the same folder, an end within ten seconds.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, startProgram, type Program } from './harness.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'guestlist-operate-'))
chmodSync(folder, 0o755)
let program: Program
let dataDir = ''
const running: Program[] = []

interface Finding {
  check: string
  state: string
  sentence: string
  fix: string | null
}

function command(words: string[], env: Record<string, string> = {}): { code: number | null; output: string } {
  const run = spawnSync(process.execPath, [join(root, 'src/main.ts'), ...words], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, GUESTLIST_DATA_DIR: dataDir, PORT: String(program.port), ...env },
  })
  return { code: run.status, output: run.stdout + run.stderr }
}

/** The same while this process goes on: two that wait are over in the time of one. */
async function commandBeside(
  words: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...words], {
    cwd: root,
    timeout: 60_000,
    env: { ...process.env, GUESTLIST_DATA_DIR: dataDir, PORT: String(program.port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (output += piece.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, output }
}

function doctor(env: Record<string, string> = {}): { code: number | null; findings: Finding[] } {
  const { code, output } = command(['doctor', '--json'], env)
  return { code, findings: JSON.parse(output) as Finding[] }
}

const problems = (findings: Finding[]) => findings.filter(({ state }) => state === 'problem')
const of = (findings: Finding[], check: string) => findings.find((one) => one.check === check)

async function demo(port?: number): Promise<Program> {
  const one = await startProgram({
    command: 'demo',
    dataDir: folder,
    ...(port === undefined ? {} : { port }),
  })
  running.push(one)
  return one
}

beforeAll(async () => {
  program = await demo()
  const name = readdirSync(folder).find((entry) => entry.startsWith('demo-'))
  dataDir = join(folder, name ?? '')
  await until(() => program.output().includes('Ctrl-C ends everything'))
})
afterAll(async () => {
  for (const one of running) if (one.process.exitCode === null) await one.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`It did not come to that:\n${program.output()}`)
    await new Promise((go) => setTimeout(go, 50))
  }
}

interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string): Promise<T>
}

/** Between two requests this process waits for a subcommand: longer than the server keeps an idle connection. */
const alone = { headers: { connection: 'close' } }

async function signIn(url: string, from: string): Promise<{ api: Client; ws: string; connection: string }> {
  const password = readFileSync(join(from, 'demo-password'), 'utf8').trim()
  let cookie = ''
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        origin: url,
        cookie,
        ...alone.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
    if (set.length > 0) cookie = set.join('; ')
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  await call('POST', '/api/auth/sign-in/email', { email: 'owner@demo.example', password })
  const { workspaces } = await call<{ workspaces: { id: string }[] }>('GET', '/api/v1/me')
  const ws = `/api/v1/workspaces/${workspaces[0]?.id ?? ''}`
  const [connection] = await call<{ id: string }[]>('GET', `${ws}/connections`)
  const api: Client = { get: (path) => call('GET', path), post: (path) => call('POST', path, {}) }
  return { api, ws, connection: connection?.id ?? '' }
}

async function check(at: Awaited<ReturnType<typeof signIn>>): Promise<string> {
  const { jobId } = await at.api.post<{ jobId: string }>(
    `${at.ws}/connections/${at.connection}/check-for-updates`,
  )
  return jobId
}

const ended = ['complete', 'not_completed', 'cancelled']
const statusOf = async (at: Awaited<ReturnType<typeof signIn>>, jobId: string) =>
  (await at.api.get<{ status: string }>(`${at.ws}/jobs/${jobId}`)).status

test('The console that is served is the one for use, though the tests say NODE_ENV=test', async () => {
  const page = await (await fetch(program.url, alone)).text()
  const [script] = /\/assets\/index-[^"]+\.js/.exec(page) ?? []
  const text = await (await fetch(program.url + (script ?? ''), alone)).text()
  expect(text).toContain('createRoot')
  // React's development build says so where the keys of a list are amiss.
  expect(text).not.toContain('unique "key" prop')
})

test('the doctor finds nothing wrong beside the running program', () => {
  const { code, findings } = doctor()
  expect(problems(findings)).toEqual([])
  expect(code).toBe(0)
  expect(of(findings, 'program')?.sentence).toContain('is ready')
  expect(of(findings, 'tasks')?.sentence).toMatch(/^1 processes hold a slot \(0\)/)
  expect(of(findings, 'master key')).toMatchObject({ state: 'ok' })
  const text = JSON.stringify(findings)
  const key = JSON.parse(readFileSync(join(dataDir, 'keys', 'master-key.json'), 'utf8')) as Record<
    string,
    string
  >
  for (const secret of [...Object.values(key), readFileSync(join(dataDir, 'auth-secret'), 'utf8').trim()])
    expect(text).not.toContain(secret)
})

test('a second start on the same port, or on the same folder, says what is in the way', async () => {
  const [same, other] = await Promise.all([
    commandBeside(['serve']),
    commandBeside(['serve'], { PORT: String(await freePort()) }),
  ])
  expect(same.code).toBe(1)
  expect(same.output).toContain(`Port ${program.port} is taken`)
  expect(other.code).toBe(1)
  expect(other.output).toContain('is in use')
})

// A launcher that was killed leaves a server that ends: the next start came before and gave up.
test('a start waits for a port whose holder is ending', async () => {
  const [port, logFile] = [await freePort(), join(folder, 'late.log')]
  const holder = createServer((_, response) => response.writeHead(503).end()).listen(port, '127.0.0.1')
  const starting = startProgram({ dataDir: join(folder, 'late'), port, logFile })
  await until(() => readFileSync(logFile, 'utf8').includes('the port is taken'))
  holder.close()
  holder.closeAllConnections()
  await (await starting).stop()
})

test('a backup while it works comes to life in another folder, and passes the doctor there', async () => {
  const at = await signIn(program.url, dataDir)
  const before = await check(at)
  await until(async () => (await statusOf(at, before)) === 'complete')
  const inFlight = await check(at)
  const file = join(folder, 'night.backup.gz')
  const made = command(['backup', file])
  expect(made).toMatchObject({ code: 0 })
  expect(made.output).toContain('the master key (version 1)')
  expect(command(['backup', file]).output).toContain('is there already')
  const other = join(folder, 'other')
  const restored = command(['restore', file], { GUESTLIST_DATA_DIR: other })
  expect(restored.output).toContain('put the master key')
  expect(restored.code).toBe(0)
  const port = String(await freePort())
  const early = command(['serve'], { GUESTLIST_DATA_DIR: other, PORT: port })
  expect(early).toMatchObject({
    code: 1,
    output: expect.stringContaining('The master key is missing') as string,
  })
  const keyless = doctor({ GUESTLIST_DATA_DIR: other, PORT: port })
  expect([keyless.code, of(keyless.findings, 'master key')?.state]).toEqual([1, 'problem'])

  mkdirSync(join(other, 'keys'), { mode: 0o700 })
  for (const name of ['keys/master-key.json', 'auth-secret', 'demo-password', 'simulator-journal.jsonl'])
    if (existsSync(join(dataDir, name))) cpSync(join(dataDir, name), join(other, name))
  const copy = await startProgram({ dataDir: other, port: Number(port) })
  running.push(copy)
  const there = await signIn(copy.url, other)
  expect(await statusOf(there, before)).toBe('complete')
  await until(async () => (await statusOf(there, inFlight)) === 'complete')
  const well = doctor({ GUESTLIST_DATA_DIR: other, PORT: port })
  expect(problems(well.findings)).toEqual([])
  expect(await copy.stop()).toBe(0)
  const asleep = doctor({ GUESTLIST_DATA_DIR: other, PORT: port })
  expect([asleep.code, problems(asleep.findings)]).toEqual([0, []])
  expect(of(asleep.findings, 'program')?.sentence).toContain('It does not run')
})

test('the doctor names a master key that is not the right one, and a file that others may read', () => {
  const other = join(folder, 'other')
  const key = join(other, 'keys', 'master-key.json')
  const right = readFileSync(key)
  writeFileSync(key, JSON.stringify({ 1: Buffer.alloc(32, 7).toString('base64') }))
  chmodSync(key, 0o644)
  const { code, findings } = doctor({ GUESTLIST_DATA_DIR: other, PORT: '1' })
  expect(code).toBe(1)
  expect(problems(findings).map(({ check: name }) => name)).toEqual(
    expect.arrayContaining(['data folder', 'master key']),
  )
  for (const one of problems(findings)) expect(one.fix).not.toBe(null)
  writeFileSync(key, right)
})

// The database that it had started went on without anybody.
test('asked to end in the middle, a command leaves no database behind', async () => {
  const other = join(folder, 'other')
  const rotating = spawn(process.execPath, [join(root, 'src/main.ts'), 'rotate-key'], {
    cwd: root,
    env: { ...process.env, GUESTLIST_DATA_DIR: other },
    stdio: 'ignore',
  })
  const key = join(other, 'keys', 'master-key.json')
  await until(() => Object.keys(JSON.parse(readFileSync(key, 'utf8')) as object).length === 2)
  const over = new Promise<number | null>((done) => rotating.once('exit', done))
  rotating.kill('SIGTERM')
  expect(await over).toBe(143)
  const postgres = readdirSync(other).find((name) => /^postgres-\d+$/.test(name)) ?? ''
  expect(existsSync(join(other, postgres, 'postmaster.pid'))).toBe(false)
})

test('a new master key beside the running program, killed on its way and run again: every check goes on', async () => {
  const at = await signIn(program.url, dataDir)
  const stop = Date.now() + 1_500
  const load = (async () => {
    while (Date.now() < stop) {
      const jobId = await check(at)
      await until(async () => ended.includes(await statusOf(at, jobId)))
      expect(await statusOf(at, jobId)).toBe('complete')
    }
  })()
  const cut = spawn(process.execPath, [join(root, 'src/main.ts'), 'rotate-key'], {
    cwd: root,
    env: { ...process.env, GUESTLIST_DATA_DIR: dataDir },
    stdio: 'ignore',
  })
  const versions = () =>
    Object.keys(JSON.parse(readFileSync(join(dataDir, 'keys', 'master-key.json'), 'utf8')) as object)
  await until(() => versions().length === 2)
  cut.kill('SIGKILL')
  await load
  expect(of(doctor().findings, 'master key')).toMatchObject({
    state: 'problem',
    sentence: expect.stringContaining('The file holds version 1 too') as string,
    fix: expect.stringContaining('Run rotate-key') as string,
  })
  const again = command(['rotate-key'])
  expect(again).toMatchObject({ code: 0 })
  expect(versions()).toHaveLength(1)
  const jobId = await check(at)
  await until(async () => (await statusOf(at, jobId)) === 'complete')
  const { findings } = doctor()
  expect(problems(findings)).toEqual([])
})

test('killed with a task in flight and started again, as an upgrade does: the task is completed', async () => {
  const at = await signIn(program.url, dataDir)
  const jobId = await check(at)
  await program.kill()
  program = await demo(program.port)
  const again = await signIn(program.url, dataDir)
  await until(async () => (await statusOf(again, jobId)) === 'complete')
})

test('asked to end, it ends within ten seconds and leaves no database behind', async () => {
  const pidFile = readdirSync(dataDir).find((name) => name.startsWith('postgres-')) ?? ''
  expect(existsSync(join(dataDir, pidFile, 'postmaster.pid'))).toBe(true)
  const asked = performance.now()
  program.process.kill('SIGTERM')
  await until(() => program.process.exitCode !== null)
  expect(program.process.exitCode).toBe(0)
  expect(performance.now() - asked).toBeLessThan(10_000)
  expect(existsSync(join(dataDir, pidFile, 'postmaster.pid'))).toBe(false)
})
