// What the doctor asks of the machine: program, folder, disk, memory, backups, browser.
import { execFile } from 'node:child_process'
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Config } from '../config.ts'
import { unfinishedIn } from '../store/backup-file.ts'
import { cannotTell, ok, problem, type Finding } from './finding.ts'
import { strangerTo } from './owner.ts'
import { version } from './parts.ts'

const PATIENCE_MS = 5_000
const LEAST_FREE = 2_000_000_000
const BACKUP_DAYS = 7
const DAY_MS = 86_400_000
const GB = 1_000_000_000

export function versions(): Finding {
  const text = `Guestlist ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`
  const major = Number(process.versions.node.split('.')[0])
  if (major < 24)
    return problem('versions', text, 'Guestlist runs on Node 24: start it with scripts/run.mjs.')
  return ok('versions', text)
}

/** Files that only the program's user may read. */
const secretFiles = [
  'keys/master-key.json',
  'auth-secret',
  'postgres-passwords.json',
  'setup-code',
  'demo-password',
]

export function dataFolder({ dataDir }: Config): Finding[] {
  if (!existsSync(dataDir))
    return [cannotTell('data folder', `${dataDir} is not there; the first start makes it.`)]
  const stranger = strangerTo(dataDir)
  if (stranger !== null)
    return [problem('data folder', stranger, 'Nothing of the database is looked at until then.')]
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return [
      problem(
        'data folder',
        `${dataDir} cannot be written.`,
        `Run as its owner, or: chown -R <user> ${dataDir}`,
      ),
    ]
  }
  const closed = secretFiles.flatMap((name) => closedTo(join(dataDir, name)) ?? [])
  if (closed.length > 0)
    return [
      problem(
        'data folder',
        `This user may not read ${closed.join(', ')}.`,
        `As root: chown --reference=${dataDir} ${closed.join(' ')}`,
      ),
    ]
  const open = secretFiles.filter((name) => {
    const found = statSync(join(dataDir, name), { throwIfNoEntry: false })
    return process.platform !== 'win32' && found !== undefined && (found.mode & 0o077) !== 0
  })
  if (open.length > 0) {
    const files = open.map((name) => join(dataDir, name)).join(' ')
    return [problem('data folder', `Others may read ${open.join(', ')}.`, `chmod 600 ${files}`)]
  }
  return [ok('data folder', `${dataDir} is ours, and its secrets are for us alone.`)]
}

/** What keeps this user from reading a file: the file itself or its folder; null where it can be read, or is not there. */
function closedTo(file: string): string | null {
  try {
    closeSync(openSync(file, 'r'))
    return null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  }
  try {
    readdirSync(dirname(file))
    return file
  } catch {
    return dirname(file)
  }
}

export async function disk({ dataDir }: Config): Promise<Finding> {
  let folder = dataDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, blocks, bsize } = await statfs(folder)
  const [free, all] = [bavail * bsize, blocks * bsize]
  const text = `${(free / GB).toFixed(1)} of ${(all / GB).toFixed(1)} GB free at ${folder}.`
  return free < LEAST_FREE
    ? problem(
        'disk',
        text,
        'Make room: at least 2 GB. Old backups and logs first; never files of the postgres folder.',
      )
    : ok('disk', text)
}

export function memory(): Finding {
  const text = `${(freemem() / GB).toFixed(1)} of ${(totalmem() / GB).toFixed(1)} GB free.`
  return totalmem() < 1 * GB
    ? problem('memory', text, 'Give the machine at least 1 GB; program and database rest at about 0.4 GB.')
    : ok('memory', text)
}

export function backups({ dataDir }: Config): Finding {
  const folder = join(dataDir, 'backups')
  const unfinished = unfinishedIn(folder)
  const dead = unfinished.filter((one) => one.dead).map(({ file }) => file)
  if (dead.length > 0)
    return problem(
      'backups',
      `A backup was cut off; what it left is none: ${dead.join(', ')}.`,
      `Run backup: it removes what was cut off. Or: rm ${dead.join(' ')}`,
    )
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.backup.gz')) : []
  const newest = Math.max(0, ...files.map((name) => statSync(join(folder, name)).mtimeMs))
  const more = unfinished.map(({ file }) => ` ${file} is being written, or was cut off.`).join('')
  if (newest === 0) return cannotTell('backups', `None in ${folder}; they may lie elsewhere.${more}`)
  const days = Math.floor((Date.now() - newest) / DAY_MS)
  const text = `${files.length} in ${folder}, the newest ${days} days old.${more}`
  return days > BACKUP_DAYS
    ? problem('backups', text, 'Run backup now, and every night by a timer.')
    : ok('backups', text)
}

export async function chromium({ chromium: path }: Config): Promise<Finding> {
  if (path === null)
    return cannotTell('Chromium', 'None was found; only browser automation and browser tests need it.')
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: PATIENCE_MS })
    return ok('Chromium', `${stdout.trim()} at ${path}.`)
  } catch {
    const fix = 'Set GUESTLIST_CHROMIUM to one that does: apt-get install chromium.'
    return problem('Chromium', `${path} does not start.`, fix)
  }
}
