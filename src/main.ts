// The program: reads the settings, takes one subcommand, builds all parts by hand and wires them. Everything else is told what it needs.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { serve as listen, type ServerType } from '@hono/node-server'
import { createApp } from './api/app.ts'
import { createAuth, type Auth } from './api/auth.ts'
import { resetPassword, transferOwnership } from './api/break-glass.ts'
import { createOwner, openSetup } from './api/setup.ts'
import { loadConfig, options, type Config } from './config.ts'
import { startSimulator } from './connectors/meta/simulator/server.ts'
import { playDemo, type DemoWorld } from './demo.ts'
import { startEngine } from './jobs/engine.ts'
import { rotateKey } from './jobs/rotate-key.ts'
import { createLog, type Log } from './lib/log.ts'
import { createMail, type Mail } from './lib/mail.ts'
import { Redacted } from './model/redacted.ts'
import { openDatabase, type Database } from './store/database.ts'
import type { Db } from './store/db.ts'
import { loadVault } from './vault/master-key.ts'

const root = resolve(import.meta.dirname, '..')
const version = (createRequire(import.meta.url)('../package.json') as { version: string }).version
const DEMO_EMAIL = 'owner@demo.example'

interface Running {
  url: string
  dataDir: string
  /** Makes the owner of the demo unless somebody exists already; the password is kept in a file of the data folder. */
  demoOwner(): Promise<{ email: string; password: Redacted; passwordFile: string }>
  simulator: Simulator | null
  setupCode: string | null
  stop(): Promise<void>
}

type Simulator = Awaited<ReturnType<typeof startSimulator>>

/** Ends when the terminal, the launcher or a process manager says so; a second signal does not wait. */
function onEnd(stop: () => Promise<void>): void {
  let ending = false
  const end = (code: number) => {
    if (ending) return
    ending = true
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : error)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0))
  // The launcher holds a channel open: when it is gone, so is the terminal.
  if (process.channel) {
    process.on('disconnect', () => end(0))
    process.channel.unref()
  }
}

/** A secret of this installation: 32 random bytes in a file that only its user may read, made on the first start. */
function installationSecret(dataDir: string, name: string): Redacted {
  const file = join(dataDir, name)
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return new Redacted(readFileSync(file, 'utf8').trim())
}

/** The folder of the built console, built first where the sources are newer. */
function consoleDir(): string {
  const builder = join(root, 'scripts', 'build-console.ts')
  if (existsSync(builder) && existsSync(join(root, 'node_modules', 'vite'))) {
    const run = spawnSync(process.execPath, [builder], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    if (run.status !== 0) throw new Error('The console could not be built.')
  }
  return join(root, 'dist', 'console')
}

function databaseOptions(config: Config, log: Log) {
  return { dataDir: config.dataDir, databaseUrl: config.databaseUrl?.reveal() ?? null, log }
}

function vaultOptions({ dataDir, masterKey }: Config) {
  return masterKey === null ? { dataDir } : { dataDir, masterKey }
}

async function startParts(config: Config, log: Log) {
  const database = await openDatabase(databaseOptions(config, log))
  try {
    return await startOn(database, config, log)
  } catch (error) {
    await database.stop()
    throw error
  }
}

async function startOn(database: Database, config: Config, log: Log) {
  const vault = await loadVault(vaultOptions(config))
  if (vault.file?.made === true) {
    log.info('the master key was made; without this file no stored token can be opened', {
      file: vault.file.path,
    })
  }
  const simulator = database.external
    ? null
    : await startSimulator({ journalPath: join(config.dataDir, 'simulator-journal.jsonl') })
  const addressOf = (environment: 'live' | 'simulator'): string => {
    if (environment === 'live') return config.metaGraphUrl
    if (simulator === null) throw new Error('The simulator is not offered with DATABASE_URL.')
    return simulator.url
  }
  const engine = await startEngine({
    db: database.db,
    ownerUrl: database.ownerUrl,
    appUrl: database.appUrl,
    vault,
    addressOf,
    log,
    onLost: () => {
      log.error('this process lost its place among the workers and ends; start it again')
      process.exit(1)
    },
  })
  return { database, vault, simulator, addressOf, engine }
}

type Fetch = Parameters<typeof listen>[0]['fetch']

/** Listens; throws with a sentence where the port is taken. */
function listenOn(fetch: Fetch, config: Config): Promise<ServerType> {
  return new Promise((done, fail) => {
    const server = listen({ fetch, hostname: config.host, port: config.port }, () => done(server))
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      fail(taken ? new Error(`Port ${config.port} is taken. Set PORT to another one.`) : error)
    })
  })
}

/** Ends what is open and resolves when the last connection is gone. */
function closed(server: ServerType): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 500).unref()
  })
}

async function start(config: Config, log: Log): Promise<Running> {
  mkdirSync(config.dataDir, { recursive: true })
  // The port comes first: where it is taken, nothing has been started yet.
  let answer: Fetch = () =>
    new Response('Guestlist is starting.\n', { status: 503, headers: { 'retry-after': '1' } })
  const server = await listenOn((request, env) => answer(request, env), config)
  const consoleFiles = consoleDir()
  const { database, vault, simulator, addressOf, engine } = await startParts(config, log)
  const publicUrl = new URL(config.publicUrl ?? `http://localhost:${config.port}`)
  const auth = createAuth({
    db: database.db,
    secret: installationSecret(config.dataDir, 'auth-secret'),
    publicUrl,
    log,
  })
  const stopping = new AbortController()
  const mail = mailOf(config, publicUrl)
  const offer = simulator === null ? {} : { simulator: { credentials: async () => worldOf(simulator) } }
  const app = createApp({
    db: database.db,
    vault,
    engine,
    auth,
    addressOf,
    publicUrl,
    trustedProxies: config.trustedProxies,
    mail,
    consoleDir: consoleFiles,
    version,
    stopping: stopping.signal,
    log,
    ...offer,
  })
  answer = app.fetch
  return {
    url: publicUrl.origin,
    dataDir: config.dataDir,
    simulator,
    setupCode: await openSetup(database.db),
    demoOwner: async () => {
      const passwordFile = join(config.dataDir, 'demo-password')
      const password = installationSecret(config.dataDir, 'demo-password')
      const owner = { name: 'Demo owner', email: DEMO_EMAIL, password: password.reveal() }
      await createOwner(
        { db: database.db, auth },
        { ...owner, workspaceName: 'Demo', environment: 'simulator' },
      ).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'conflict')) throw error
      })
      return { email: DEMO_EMAIL, password, passwordFile }
    },
    stop: async () => {
      stopping.abort()
      await closed(server)
      await engine.stop()
      mail?.close()
      await simulator?.stop()
      await database.stop()
    },
  }
}

function mailOf({ smtpUrl, mailFrom }: Config, publicUrl: URL): Mail | undefined {
  if (smtpUrl === null) return undefined
  return createMail({ url: smtpUrl, from: mailFrom ?? `guestlist@${publicUrl.hostname}` })
}

/** What a person would type into the wizard for the simulated business, and the partner that the demo onboards. */
function worldOf(simulator: Simulator): DemoWorld {
  const partner = simulator.partners[0]
  if (partner === undefined) throw new Error('The simulated world has no partner.')
  return {
    connector: 'meta',
    label: 'Meta Business Manager',
    business: simulator.businessId,
    fields: {
      token: new Redacted(simulator.token),
      app_id: new Redacted(simulator.appId),
      app_secret: new Redacted(simulator.appSecret),
    },
    partner: { externalId: partner.id, token: new Redacted(partner.token) },
  }
}

/** The setup code goes to the terminal; where there is none, to a file that only its user may read. */
function tellSetupCode(running: Running, log: Log): void {
  const file = join(running.dataDir, 'setup-code')
  rmSync(file, { force: true })
  if (running.setupCode === null) return
  if (process.stdout.isTTY) {
    console.log(
      `\nSetup code: ${running.setupCode}\nEnter it at ${running.url}/setup to make the owner and the first workspace.\n`,
    )
    return
  }
  writeFileSync(file, running.setupCode + '\n', { mode: 0o600 })
  log.info('the setup code is in a file', { file })
}

async function serve(): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const running = await start(config, log)
  onEnd(running.stop)
  tellSetupCode(running, log)
  console.log(`Guestlist is ready at ${running.url}`)
}

async function worker(): Promise<void> {
  const config = loadConfig()
  if (config.databaseUrl === null) throw new Error('A worker shares a database: set DATABASE_URL.')
  const log = createLog(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true })
  const { database, engine } = await startParts(config, log)
  onEnd(async () => {
    await engine.stop()
    await database.stop()
  })
  console.log('A Guestlist worker is ready.')
}

async function demo(): Promise<void> {
  const config = loadConfig(undefined, { demo: true })
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const running = await start({ ...config, host: '127.0.0.1' }, log)
  onEnd(running.stop)
  if (running.simulator === null) throw new Error('The demo brings its own database: unset DATABASE_URL.')
  const owner = await running.demoOwner()
  await playDemo(running.url, owner, worldOf(running.simulator), (line) => console.log(line))
  console.log(`Console   ${running.url}`)
  console.log(`Sign in   ${owner.email}`)
  console.log(`Password  ${owner.password.reveal()}   (also in ${owner.passwordFile})`)
  console.log('\nCtrl-C ends everything. A second `npm run demo` keeps what is there.')
}

async function simulate(): Promise<void> {
  const config = loadConfig()
  const simulator = await startSimulator({ port: config.port })
  onEnd(() => simulator.stop())
  console.log(`A simulated Graph API is ready at ${simulator.url}`)
  console.log(
    `Business ${simulator.businessId} · App ID ${simulator.appId} · app secret ${simulator.appSecret}`,
  )
  console.log(`Token of the business: ${simulator.token}`)
  for (const partner of simulator.partners)
    console.log(`Partner ${partner.id} ${partner.name}: ${partner.token}`)
}

async function migrateOnly(): Promise<void> {
  const config = loadConfig()
  mkdirSync(config.dataDir, { recursive: true })
  const database = await openDatabase(databaseOptions(config, createLog(config.logLevel)))
  await database.stop()
  console.log('The database has the structure of this release.')
}

async function rotate(): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const database = await openDatabase(databaseOptions(config, log))
  try {
    const vault = await loadVault(vaultOptions(config))
    const { db, ownerUrl } = database
    const { keyVersion, sealedAnew } = await rotateKey({ db, ownerUrl, vault, dataDir: config.dataDir, log })
    console.log(
      `${sealedAnew} credentials are sealed anew under key version ${keyVersion}; older keys are gone.`,
    )
  } finally {
    await database.stop()
  }
}

const DROP_SECOND_FACTOR = '--drop-second-factor'

/** What stands after the subcommand: the words, and whether the second factor is to go as well. */
function told(usage: string, count: number): { words: string[]; dropSecondFactor: boolean } {
  const given = process.argv.slice(3)
  const words = given.filter((word) => word !== DROP_SECOND_FACTOR)
  if (words.length !== count || words.some((word) => word.startsWith('-')))
    throw new Error(`Usage: ${usage} [${DROP_SECOND_FACTOR}]`)
  return { words, dropSecondFactor: given.includes(DROP_SECOND_FACTOR) }
}

/** Help for people who cannot get in, beside the running program or without it. */
async function breakGlass(help: (parts: { db: Db; auth: Auth }) => Promise<void>): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const database = await openDatabase(databaseOptions(config, log))
  try {
    const secret = installationSecret(config.dataDir, 'auth-secret')
    const publicUrl = new URL(config.publicUrl ?? `http://localhost:${config.port}`)
    await help({ db: database.db, auth: createAuth({ db: database.db, secret, publicUrl, log }) })
  } finally {
    await database.stop()
  }
}

async function newPassword(): Promise<void> {
  const { words, dropSecondFactor } = told('reset-password <e-mail>', 1)
  await breakGlass(async (parts) => {
    const password = await resetPassword(parts, words[0] ?? '', { dropSecondFactor })
    console.log(
      `New password: ${password.reveal()}\nEvery session has ended. Sign in with it and choose your own.`,
    )
  })
}

async function newOwner(): Promise<void> {
  const { words, dropSecondFactor } = told('transfer-ownership <workspace id> <e-mail>', 2)
  const [workspaceId = '', email = ''] = words
  await breakGlass(({ db }) => transferOwnership(db, workspaceId, email, { dropSecondFactor }))
  console.log(`${email} owns the workspace now. Every session of both accounts has ended.`)
}

const commands: Record<string, { help: string; run: () => Promise<void> | void }> = {
  serve: { help: 'the product: console, API and jobs', run: serve },
  worker: { help: 'jobs alone, beside other processes on one DATABASE_URL', run: worker },
  demo: { help: 'the product with a simulated Meta, a workspace and the story done', run: demo },
  simulator: { help: 'the simulated Graph API alone, on PORT', run: simulate },
  migrate: { help: "bring the database to this release's structure", run: migrateOnly },
  'rotate-key': { help: 'seal every credential under a new master key', run: rotate },
  'reset-password': { help: 'give a person a new password: <e-mail>', run: newPassword },
  'transfer-ownership': { help: 'make a person the owner: <workspace id> <e-mail>', run: newOwner },
  help: { help: 'this page', run: help },
}

function help(): void {
  console.log('Usage: node src/main.ts <command>\n\nCommands')
  for (const [name, command] of Object.entries(commands)) console.log(`  ${name.padEnd(18)} ${command.help}`)
  console.log('\nSettings (environment)')
  for (const option of Object.values(options))
    console.log(`  ${option.name.padEnd(26)} ${option.help} Default: ${option.default}.`)
}

const command = commands[process.argv[2] ?? 'serve']
if (command === undefined) {
  console.error(`There is no command "${process.argv[2]}".\n`)
  help()
  process.exit(2)
}
try {
  await command.run()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
