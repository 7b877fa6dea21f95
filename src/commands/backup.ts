// Backup and restore: the database goes into one file, the keys that open what is sealed in it are kept apart.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { loadConfig, type Config } from '../config.ts'
import { makeEngineTables } from '../jobs/engine.ts'
import { createLog } from '../lib/log.ts'
import { checkBackup, writeBackup } from '../store/backup.ts'
import { clearUnfinished } from '../store/backup-file.ts'
import type { BackupEnd, BackupHead } from '../store/backup.ts'
import { openDatabase, openServer } from '../store/database.ts'
import { loadMigrations, migrationsFolder } from '../store/migrate.ts'
import { restoreBackup } from '../store/restore.ts'
import { sealedValues } from '../store/sealed.ts'
import { holdsKey, keyFile, loadVault } from '../vault/master-key.ts'
import { letGoWhenEnded } from './end.ts'
import { AUTH_SECRET, databaseOptions, presentDatabase, vaultOptions, version } from './parts.ts'

const CHECK = '--check'

/** `backup [file]`: without a file, one named by the time in the data folder's `backups`. */
export async function backup(): Promise<void> {
  const config = loadConfig()
  const words = process.argv.slice(3)
  if (words.length > 1 || words.some((word) => word.startsWith('-'))) throw new Error('Usage: backup [file]')
  const options = presentDatabase(config, createLog(config.logLevel))
  const file = resolve(words[0] ?? usualFile(config))
  const folder = dirname(file)
  makeFolder(folder)
  const { removed, left } = await clearUnfinished(folder)
  for (const name of removed) console.log(`Removed ${name}: a backup that was cut off had left it.`)
  for (const name of left)
    console.log(
      `${name} is no backup: it is being written, or was cut off; then a backup removes it after 12 hours.`,
    )
  const ended = endedBySignal()
  const server = await openServer(options)
  try {
    const knows = (await loadMigrations(migrationsFolder)).length
    const { head, end } = await writeBackup({
      ownerUrl: server.ownerUrl,
      file,
      release: version,
      knows,
      ended,
    })
    const where =
      config.databaseUrl === null ? `the embedded one in ${config.dataDir}` : 'that of DATABASE_URL'
    console.log(`${file} (${megabytes(statSync(file).size)}) holds ${told(head, end)}.`)
    console.log(`The database is ${where}.`)
    console.log(`SHA-256 of its rows: ${end.sha256}`)
    tellKeys(config, head)
  } finally {
    await server.stop()
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new Error(`The folder ${folder} cannot be made (${why}): make it, or name a file elsewhere.`, {
      cause,
    })
  }
}

/** Aborted when the command is asked to end: what it has begun is cleared away first. */
function endedBySignal(): AbortSignal {
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort())
  return ended.signal
}

function usualFile({ dataDir }: Config): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return join(dataDir, 'backups', `guestlist-${time}.backup.gz`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

function told(head: BackupHead, end: BackupEnd): string {
  const rows = Object.values(end.rows).reduce((sum, count) => sum + count, 0)
  return `${rows} rows of ${Object.keys(end.rows).length} tables, structure ${head.structure}, release ${head.release}, as of ${head.madeAt}`
}

function tellKeys(config: Config, head: BackupHead): void {
  const key = config.masterKey === null ? keyFile(config.dataDir) : 'the value of GUESTLIST_MASTER_KEY'
  const versions = head.keyVersions.length === 0 ? '' : ` (version ${head.keyVersions.join(', ')})`
  console.log('\nNot in it, and needed after a restore. Keep copies in another place than the backup:')
  console.log(`  the master key${versions}, without which no stored token opens: ${key}`)
  console.log(`  the secret that second factors are sealed with: ${join(config.dataDir, AUTH_SECRET)}`)
}

/** `restore <file>`: into an empty data folder or database. With `--check` it only says whether the file is whole. */
export async function restore(): Promise<void> {
  const config = loadConfig()
  const words = process.argv.slice(3).filter((word) => word !== CHECK)
  const file = resolve(words[0] ?? '')
  if (words.length !== 1 || words.some((word) => word.startsWith('-')))
    throw new Error(`Usage: restore <file> [${CHECK}]`)
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`)
  if (process.argv.includes(CHECK)) {
    const { head, end } = await checkBackup(file)
    console.log(`${file} is whole: ${told(head, end)}.`)
    return
  }
  await restoreInto(config, file)
}

async function restoreInto(config: Config, file: string): Promise<void> {
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  // Read before anything is made: a damaged file leaves an empty folder empty.
  await checkBackup(file)
  mkdirSync(config.dataDir, { recursive: true })
  const server = await openServer(databaseOptions(config, log))
  letGoWhenEnded(() => server.stop())
  try {
    const { ownerUrl } = server
    const makeEngine = () => makeEngineTables(ownerUrl, log)
    const { head, end } = await restoreBackup({ ownerUrl, file, makeEngine, log })
    console.log(`Restored ${told(head, end)}.`)
  } finally {
    await server.stop()
  }
  await tellWhatOpens(config)
}

/** Whether the keys that are here open what was restored. */
async function tellWhatOpens(config: Config): Promise<void> {
  if (config.masterKey === null && !holdsKey(config.dataDir)) {
    console.log(
      `\nBefore the first start, put the master key's copy at ${keyFile(config.dataDir)} (mode 0600),`,
    )
    console.log(`and the copy of auth-secret at ${join(config.dataDir, AUTH_SECRET)}. Then run doctor.`)
    return
  }
  const vault = await loadVault(vaultOptions(config))
  const database = await openDatabase(databaseOptions(config, createLog('warn')))
  letGoWhenEnded(() => database.stop())
  try {
    const { opened, closed } = await sealedValues(database.db, vault)
    console.log(
      closed.length === 0
        ? `The master key opens all ${opened} sealed values.`
        : `The master key that is here does not open ${closed.length} of ${opened + closed.length} sealed values: put the right one at its place.`,
    )
  } finally {
    await database.stop()
  }
}
