// The parts of the program, built by hand from the settings: what the server, a worker and the upkeep of the machine have in common.
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { browserEnvironment } from '../config.ts'
import type { Config } from '../config.ts'
import { clearProfiles } from '../browser/profiles.ts'
import { loadRecipe } from '../browser/recipe-file.ts'
import { connectors } from '../connectors/registry.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import { startEngine } from '../jobs/engine.ts'
import { startNotices } from '../jobs/post-notices.ts'
import { startSealer } from '../jobs/seal-log.ts'
import { flushName } from '../lib/flush-name.ts'
import type { Log } from '../lib/log.ts'
import { createMail, type Mail } from '../lib/mail.ts'
import type { Recipe } from '../model/recipe.ts'
import { Redacted } from '../model/redacted.ts'
import { strangerTo } from './owner.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { holdsDatabase } from '../store/embedded.ts'
import { holdsSecondFactors } from '../store/people.ts'
import { holdsSealedValues } from '../store/sealed.ts'
import { takeAlone, type Slot } from '../store/slots.ts'
import { holdsKey, keyFile, loadVault, type Vault } from '../vault/master-key.ts'

/** The folder of the checkout. */
export const root = resolve(import.meta.dirname, '..', '..')
export const version = (createRequire(import.meta.url)('../../package.json') as { version: string }).version

export type Simulator = Awaited<ReturnType<typeof startSimulator>>

/** The address under which people open the console. */
export function publicUrlOf(config: Config): URL {
  return new URL(config.publicUrl ?? `http://localhost:${config.port}`)
}

const SECRET_BYTES = 32
/** The file of the secret of sign-ins. */
export const AUTH_SECRET = 'auth-secret'

/**
 * A secret of this installation: random bytes in a file that only its user may read, made on the first start. Throws with a sentence where
 * the file holds less.
 */
export async function installationSecret(dataDir: string, name: string): Promise<Redacted> {
  const file = join(dataDir, name)
  if (!existsSync(file)) await makeSecret(file)
  const text = readFileSync(file, 'utf8').trim()
  if (text.length < SECRET_BYTES)
    throw new Error(
      `The file ${file} is damaged: put its copy in its place, or delete it where nobody uses this installation yet.`,
    )
  return new Redacted(text)
}

/**
 * The secret of sign-ins. Throws where it would be made anew although second factors are sealed with another one: nobody who has one could sign
 * in, and nothing would say why.
 */
export async function authSecret(dataDir: string, { db }: Pick<Database, 'db'>): Promise<Redacted> {
  const file = join(dataDir, AUTH_SECRET)
  if (!existsSync(file) && (await holdsSecondFactors(db.kysely)))
    throw new Error(
      `The secret that second factors are sealed with is missing: put its copy at ${file}. Where it is lost, take the second factor of each who has one away: reset-password <e-mail> --drop-second-factor.`,
    )
  return installationSecret(dataDir, AUTH_SECRET)
}

/** Whole or not there, also where the disk is full or the program is killed; the first of several processes wins. */
async function makeSecret(file: string): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    })
    linkSync(draft, file)
    await flushName(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** What every command that works on the data begins with. Throws with a sentence where it is another user's. */
export function databaseOptions(config: Config, log: Log) {
  const stranger = strangerTo(config.dataDir)
  if (stranger !== null) throw new Error(stranger)
  return { dataDir: config.dataDir, databaseUrl: config.databaseUrl?.reveal() ?? null, log }
}

/** databaseOptions() for what changes or keeps something that is there already: an empty folder is another one than was meant. */
export function presentDatabase(config: Config, log: Log) {
  const options = databaseOptions(config, log)
  if (config.databaseUrl === null && !holdsDatabase(config.dataDir))
    throw new Error(
      `The data folder ${config.dataDir} holds no database: set GUESTLIST_DATA_DIR to the one that does, or DATABASE_URL.`,
    )
  return options
}

export function vaultOptions({ dataDir, masterKey }: Config) {
  return masterKey === null ? { dataDir } : { dataDir, masterKey }
}

/**
 * Opens the database and starts the job engine on it; the simulator too where the database is our own. `first`: what is asked of the database
 * before anything works on it; where it throws, no task was touched.
 */
export async function startParts<T>(config: Config, log: Log, first: (database: Database) => Promise<T>) {
  const database = await openDatabase(databaseOptions(config, log))
  let alone: Slot | null = null
  try {
    if (!database.external) {
      alone = await takeAlone(database.appUrl)
      if (alone === null) throw inUse(config)
    }
    const found = await first(database)
    return {
      ...(await startOn({ ...database, stop: () => letGo(alone, database) }, config, log)),
      first: found,
    }
  } catch (error) {
    await letGo(alone, database)
    throw error
  }
}

async function letGo(alone: Slot | null, database: Database): Promise<void> {
  await alone?.release().catch(() => undefined)
  await database.stop()
}

/** One server per data folder: the simulator's world and the files in it have one owner. */
function inUse({ dataDir }: Config): Error {
  return new Error(
    `The data folder ${dataDir} is in use by another Guestlist: end that one, or set GUESTLIST_DATA_DIR to another folder. Several processes share a database only with DATABASE_URL.`,
  )
}

/**
 * The vault of the settings. Throws where its key would be made anew although the database holds what another one sealed: a restored or
 * moved database whose key was left behind.
 */
export async function openVault(config: Config, { db }: Pick<Database, 'db'>): Promise<Vault> {
  const path = keyFile(config.dataDir)
  if (config.masterKey === null && !holdsKey(config.dataDir) && (await holdsSealedValues(db))) {
    throw new Error(
      `The master key is missing, and the database holds what it sealed: put its copy at ${path}, or set GUESTLIST_MASTER_KEY.`,
    )
  }
  return loadVault(vaultOptions(config))
}

async function startOn(database: Database, config: Config, log: Log) {
  const vault = await openVault(config, database)
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
  const pages = pagesOf(config, simulator, log)
  if (config.chromium !== null) void clearLeft(log)
  const engine = await startEngine({
    db: database.db,
    ownerUrl: database.ownerUrl,
    appUrl: database.appUrl,
    vault,
    addressOf,
    pages,
    log,
    onLost: () => {
      log.error('this process lost its place among the workers and ends; start it again')
      process.exit(1)
    },
  })
  const publicUrl = publicUrlOf(config)
  const mail = mailOf(config, publicUrl)
  const parts = { db: database.db, vault, log: log.with({ part: 'notices' }), mail, publicUrl }
  const ends = [startSealer(parts), startNotices(parts)]
  return {
    database,
    vault,
    simulator,
    addressOf,
    pages,
    engine,
    publicUrl,
    mail,
    /** Ends the loops, the engine, the simulator and the database, in this order. */
    stop: async () => {
      await engine.stop()
      await Promise.all(ends.map((end) => end()))
      mail?.close()
      await simulator?.stop()
      await database.stop()
    },
  }
}

/** What browsers of a process that was killed have left in the temporary folder. Nothing waits for it. */
async function clearLeft(log: Log): Promise<void> {
  try {
    const cleared = await clearProfiles()
    if (cleared.length > 0)
      log.info('profiles of browsers that ended with their process were removed', { cleared })
  } catch (error) {
    log.warn('profiles of browsers that ended with their process were left', { error })
  }
}

function mailOf({ smtpUrl, mailFrom }: Config, publicUrl: URL): Mail | undefined {
  if (smtpUrl === null) return undefined
  return createMail({ url: smtpUrl, from: mailFrom ?? `guestlist@${publicUrl.hostname}` })
}

/** What browser automation needs. Throws with a sentence where a recipe file of the data folder cannot be used. */
function pagesOf(config: Config, simulator: Simulator | null, log: Log) {
  const recipes = new Map<string, Recipe>()
  for (const { pages } of connectors) {
    if (pages === undefined) continue
    const { recipe, file } = loadRecipe(config.dataDir, pages.recipe)
    recipes.set(recipe.id, recipe)
    if (file !== null) log.info('a recipe file replaces the built-in one', { file, version: recipe.version })
  }
  return {
    addressOf: (environment: 'live' | 'simulator') =>
      environment === 'live' ? config.metaBusinessUrl : (simulator?.pagesUrl ?? ''),
    chromium: config.chromium,
    environment: browserEnvironment(),
    recipeOf: (own: Recipe) => recipes.get(own.id) ?? own,
    limits: {},
  }
}
