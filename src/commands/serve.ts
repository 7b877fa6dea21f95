// The server: listens, opens the database, takes jobs and answers with the console and the API.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from '../api/app.ts'
import { createAuth } from '../api/auth.ts'
import { createOwner, openSetup } from '../api/setup.ts'
import { loadConfig, type Config } from '../config.ts'
import { createLog, type Log } from '../lib/log.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Db } from '../store/db.ts'
import { passkeysOfOtherHosts } from '../store/people.ts'
import { onEnd } from './end.ts'
import { closed, listenOn } from './listen.ts'
import type { Fetch } from './listen.ts'
import { authSecret, installationSecret, root, startParts, version, type Simulator } from './parts.ts'
import { worldOf } from './simulator.ts'

const DEMO_EMAIL = 'owner@demo.example'

export interface Running {
  url: string
  dataDir: string
  /** Makes the owner of the demo unless somebody exists already; the password is kept in a file of the data folder. */
  demoOwner(): Promise<{ email: string; password: Redacted; passwordFile: string }>
  simulator: Simulator | null
  setupCode: string | null
  stop(): Promise<void>
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

/** Starts everything and resolves when it answers. Throws with a sentence where it cannot. */
export async function start(config: Config, log: Log): Promise<Running> {
  mkdirSync(config.dataDir, { recursive: true })
  // The port comes first: where it is taken, nothing has been started yet.
  let answer: Fetch = () =>
    new Response('Guestlist is starting.\n', { status: 503, headers: { 'retry-after': '1' } })
  const server = await listenOn((request, env) => answer(request, env), config, log)
  const consoleFiles = consoleDir()
  const parts = await startParts(config, log, (database) => authSecret(config.dataDir, database))
  const { database, vault, simulator, addressOf, pages, engine, publicUrl, mail } = parts
  const auth = createAuth({ db: database.db, secret: parts.first, publicUrl, log })
  const stopping = new AbortController()
  const offer = simulator === null ? {} : { simulator: { credentials: async () => worldOf(simulator) } }
  const app = createApp({
    db: database.db,
    vault,
    engine,
    auth,
    addressOf,
    pagesHindrance:
      pages.chromium === null
        ? 'There is no Chromium on this machine. Install it, or set GUESTLIST_CHROMIUM to its path, and start again.'
        : null,
    publicUrl,
    trustedProxies: config.trustedProxies,
    mail,
    consoleDir: consoleFiles,
    version,
    metricsToken: config.metricsToken ?? undefined,
    stopping: stopping.signal,
    log,
    ...offer,
  })
  await warnOfPasskeys(database.db, publicUrl, log)
  answer = app.fetch
  return {
    url: publicUrl.origin,
    dataDir: config.dataDir,
    simulator,
    setupCode: await openSetup(database.db),
    demoOwner: async () => {
      const passwordFile = join(config.dataDir, 'demo-password')
      const password = await installationSecret(config.dataDir, 'demo-password')
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
      await parts.stop()
    },
  }
}

/** A passkey is bound to the host that it was made for, so that another public address loses it. */
async function warnOfPasskeys(db: Db, publicUrl: URL, log: Log): Promise<void> {
  for (const { host, count } of await passkeysOfOtherHosts(db.kysely, publicUrl.hostname)) {
    log.warn('passkeys of another public address do not work at this one', {
      passkeys: count,
      madeFor: host,
      now: publicUrl.hostname,
      fix: 'People sign in with their password and add a new passkey, or go back to the address before.',
    })
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

export async function serve(): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const starting = start(config, log)
  onEnd(async () => (await starting).stop())
  const running = await starting
  tellSetupCode(running, log)
  console.log(`Guestlist is ready at ${running.url}`)
}
