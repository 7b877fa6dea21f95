// What the doctor asks of the machine: program, folder, disk, ports, addresses, mail, browser, Graph API.
import { execFile } from 'node:child_process'
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { freemem, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isLoopback } from '../api/security.ts'
import type { Config } from '../config.ts'
import { createMail } from '../lib/mail.ts'
import type { Mail } from '../lib/mail.ts'
import { unfinishedIn } from '../store/backup-file.ts'
import { cannotTell, messageOf, ok, problem, type Finding } from './finding.ts'
import { strangerTo } from './owner.ts'
import { publicUrlOf, version } from './parts.ts'

const PATIENCE_MS = 5_000
const LEAST_FREE = 2_000_000_000
const MOST_SKEW_MS = 60_000
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
  const closed = secretFiles
    .map((name) => join(dataDir, name))
    .filter((file) => existsSync(file) && !isReadable(file))
  if (closed.length > 0) {
    const files = closed.join(' ')
    return [
      problem(
        'data folder',
        `This user may not read ${closed.join(', ')}.`,
        `As root: chown --reference=${dataDir} ${files}`,
      ),
    ]
  }
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

function isReadable(file: string): boolean {
  try {
    closeSync(openSync(file, 'r'))
    return true
  } catch {
    return false
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

/** The answer of an address; null where there is none in time. */
async function ask(url: string): Promise<{ status: number; date: string | null; body: string } | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'manual' })
    return { status: answer.status, date: answer.headers.get('date'), body: await answer.text() }
  } catch {
    return null
  }
}

export async function program(config: Config): Promise<Finding> {
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`
  const answer = await ask(`${url}/readyz`)
  if (answer?.status === 200) return ok('program', `It answers at ${url} and is ready.`)
  if (answer?.status === 503)
    return problem(
      'program',
      `It answers at ${url} and is not ready: ${answer.body.trim()}`,
      'Wait a minute; then look at its log for the first error.',
    )
  if (answer !== null)
    return problem(
      'program',
      `Something else answers at ${url}.`,
      'Set PORT to another one, or end what has it.',
    )
  return (await isFree(config))
    ? ok('program', `It does not run; ${url} is free.`)
    : problem(
        'program',
        `${url} is taken by something that does not answer.`,
        'Set PORT to another one, or end what has it.',
      )
}

function isFree({ host, port }: Config): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, host, () => server.close(() => done(true)))
  })
}

export async function publicAddress(config: Config): Promise<Finding[]> {
  const url = publicUrlOf(config)
  const found: Finding[] = []
  const local = isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !local) {
    const fix =
      'Put a proxy with https in front and set GUESTLIST_PUBLIC_URL to its address: docs/operate.md.'
    return [
      problem(
        'public address',
        `${url.origin} is neither https nor this machine: the program refuses it.`,
        fix,
      ),
    ]
  }
  if (local && !isLoopback(config.host)) {
    const fix = 'Set GUESTLIST_PUBLIC_URL to the https address of the proxy.'
    found.push(
      problem('public address', `It listens on ${config.host}, and answers only for ${url.origin}.`, fix),
    )
  } else if (local) found.push(ok('public address', `${url.origin}, for this machine only.`))
  else found.push(await throughProxy(url))
  if (!local && config.trustedProxies.length === 0) {
    const fix = 'Set GUESTLIST_TRUSTED_PROXIES to the address that the proxy calls from, as 127.0.0.1.'
    const text =
      'No proxy is trusted: everybody seems to come from one address, and shares its limit of tries.'
    found.push(problem('proxy', text, fix))
  }
  return found
}

async function throughProxy(url: URL): Promise<Finding> {
  const answer = await ask(`${url.origin}/healthz`)
  if (answer === null)
    return cannotTell('public address', `${url.origin} does not answer from here; it may from elsewhere.`)
  if (answer.status === 200 && answer.body.includes('"ok":true'))
    return ok('public address', `${url.origin} leads here.`)
  return problem(
    'public address',
    `${url.origin} answers ${answer.status}, not this program.`,
    'Look at the proxy: docs/operate.md has working examples.',
  )
}

export async function mail(config: Config): Promise<Finding> {
  if (config.smtpUrl === null) return ok('mail', 'No server is set; links are copied instead.')
  let open: Mail | null = null
  try {
    open = createMail({ url: config.smtpUrl, from: config.mailFrom ?? 'guestlist@localhost' })
    await open.check()
    return ok('mail', 'The server answers and takes the sign-in.')
  } catch (error) {
    return problem(
      'mail',
      `The server does not take us: ${withoutSecrets(messageOf(error), config)}`,
      'Check SMTP_URL: host, port, name, password.',
    )
  } finally {
    open?.close()
  }
}

/** A server's words may repeat what was sent to it, also as it was sent: in base64. */
function withoutSecrets(text: string, { smtpUrl }: Config): string {
  const { username, password } = new URL(smtpUrl?.reveal() ?? 'smtp://x')
  const [name, plain] = [decoded(username), decoded(password)]
  const sent = [name, plain, `\0${name}\0${plain}`].map((part) => Buffer.from(part).toString('base64'))
  return [...sent, username, password, name, plain]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
    .slice(0, 200)
}

/** What is no percent-encoding stands as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
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

/** Asks without a token: an error of the Graph API is an answer too. */
export async function graph(config: Config, needed: boolean): Promise<Finding[]> {
  const answer = await ask(`${config.metaGraphUrl}/${config.metaGraphVersion}/`)
  if (answer === null) {
    const text = `${config.metaGraphUrl} does not answer.`
    const fix = 'Let this machine reach it on port 443, or set META_GRAPH_URL.'
    return [
      needed
        ? problem('Graph API (live)', text, fix)
        : cannotTell('Graph API (live)', `${text} No live workspace needs it.`),
    ]
  }
  const skew = answer.date === null ? 0 : Date.parse(answer.date) - Date.now()
  return [
    ok('Graph API (live)', `${config.metaGraphUrl} answers.`),
    Math.abs(skew) > MOST_SKEW_MS
      ? problem(
          'clock',
          `This machine's clock is ${Math.round(-skew / 1000)} seconds ahead of the Graph API's.`,
          'Let the system set its clock: timedatectl set-ntp true.',
        )
      : ok('clock', 'It agrees with the Graph API to the minute.'),
  ]
}
