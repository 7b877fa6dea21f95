// The settings: every option with its default and its help is one entry of one table; the environment becomes one frozen, typed object.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { logLevels } from './lib/log.ts'
import { Redacted } from './model/redacted.ts'

/** The environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>

interface Option<T> {
  name: string
  /** What the option does, in a sentence. */
  help: string
  /** The default in words. */
  default: string
  /** May also be given as NAME_FILE: a file that holds the value. */
  secret?: boolean
  /** Gives the value; throws an Error that continues the sentence "NAME …". Undefined: not set. */
  parse: (text: string | undefined, env: Environment) => T
}

const option = <T>(entry: Option<T>): Option<T> => entry

function port(text: string | undefined): number {
  if (text === undefined) return 4400
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65_535) throw new Error('must be a port: a number from 0 to 65535')
  return number
}

function address(text: string | undefined, allowed: string[]): URL | null {
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !allowed.includes(url.protocol)) {
    throw new Error(`must be an address that starts with ${allowed.map((p) => `${p}//`).join(' or ')}`)
  }
  return url
}

/** The base of addresses that paths are added to: nothing may stand in it that would make a path a part of something else. */
function base(text: string | undefined, usual: string): string {
  const url = address(text, ['https:', 'http:'])
  if (url === null) return usual
  if (url.username !== '' || url.password !== '' || /[?#]/.test(url.href)) {
    throw new Error('must be an address without a name, a password, a question mark or a hash')
  }
  return url.href.replace(/\/+$/, '')
}

function proxies(text: string | undefined): readonly string[] {
  const list = (text ?? '').split(',').map((part) => part.trim())
  const given = list.filter((part) => part !== '')
  for (const part of given) {
    const [ip = '', bits = '0', ...rest] = part.split('/')
    const most = isIP(ip) === 4 ? 32 : 128
    if (isIP(ip) === 0 || rest.length > 0 || !/^\d+$/.test(bits) || Number(bits) > most) {
      throw new Error('must be a list of IP addresses or networks, as 10.0.0.5, 192.168.0.0/16')
    }
  }
  return Object.freeze(given)
}

/** The platform's usual place for a program's data. */
function usualPlace(env: Environment): string {
  if (process.getuid?.() === 0) return '/var/lib/guestlist'
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Guestlist')
  if (process.platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Guestlist')
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'guestlist')
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function onPath(env: Environment, names: string[]): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return places.find((place) => existsSync(place)) ?? null
}

/** All options, in the order of the help. */
export const options = {
  port: option({ name: 'PORT', help: 'Port of the console and the API.', default: '4400', parse: port }),
  host: option({
    name: 'HOST',
    help: 'Address that the server listens on.',
    default: '127.0.0.1, this machine only',
    parse: (text) => {
      if (text !== undefined && !/^[\w.:-]+$/.test(text))
        throw new Error('must be an IP address or a host name')
      return text ?? '127.0.0.1'
    },
  }),
  dataDir: option({
    name: 'GUESTLIST_DATA_DIR',
    help: 'Folder of the database, the master key and the other files. The demo keeps its own folder beside or inside it.',
    default: 'the usual place of the user, /var/lib/guestlist for root',
    parse: (text, env) => resolve(text ?? usualPlace(env)),
  }),
  publicUrl: option({
    name: 'GUESTLIST_PUBLIC_URL',
    help: 'Address under which people open the console. Any host but localhost needs https.',
    default: 'http://localhost and the port',
    parse: (text) => {
      const url = address(text, ['https:', 'http:'])
      if (url === null) return null
      if (url.href !== `${url.origin}/`)
        throw new Error('must be an address without a path, as https://guestlist.example')
      return url.origin
    },
  }),
  trustedProxies: option({
    name: 'GUESTLIST_TRUSTED_PROXIES',
    help: 'Proxies whose forwarded client address is believed: IP addresses or networks, separated by commas.',
    default: 'none',
    parse: proxies,
  }),
  databaseUrl: option({
    name: 'DATABASE_URL',
    help: 'A PostgreSQL server, version 15 or newer, in place of the embedded one.',
    default: 'the embedded PostgreSQL, in the data folder',
    secret: true,
    parse: (text) => {
      const url = address(text, ['postgres:', 'postgresql:'])
      return url === null ? null : new Redacted(url.href)
    },
  }),
  masterKey: option({
    name: 'GUESTLIST_MASTER_KEY',
    help: 'Key that seals every token: 32 random bytes in base64 or hexadecimal; while it is being changed, as 2:new,1:old.',
    default: 'made on the first start, in the data folder',
    secret: true,
    parse: (text) => (text === undefined ? null : new Redacted(text)),
  }),
  metaGraphUrl: option({
    name: 'META_GRAPH_URL',
    help: "Address of Meta's Graph API.",
    default: 'https://graph.facebook.com',
    parse: (text) => base(text, 'https://graph.facebook.com'),
  }),
  metaGraphVersion: option({
    name: 'META_GRAPH_VERSION',
    help: 'Version of the Graph API for apps that set none.',
    default: 'v26.0',
    parse: (text) => {
      if (text !== undefined && !/^v\d{1,3}\.\d$/.test(text)) throw new Error('must be a version, as v26.0')
      return text ?? 'v26.0'
    },
  }),
  metaBusinessUrl: option({
    name: 'META_BUSINESS_URL',
    help: "Address of Meta's Business settings pages, for browser automation.",
    default: 'https://business.facebook.com',
    parse: (text) => base(text, 'https://business.facebook.com'),
  }),
  smtpUrl: option({
    name: 'SMTP_URL',
    help: 'Mail server for invitations and forgotten passwords, as smtps://name:password@mail.example.',
    default: 'none; links are copied instead',
    secret: true,
    parse: (text) => {
      const url = address(text, ['smtp:', 'smtps:'])
      return url === null ? null : new Redacted(url.href)
    },
  }),
  mailFrom: option({
    name: 'MAIL_FROM',
    help: 'Sender of mail, as guestlist@company.example.',
    default: 'guestlist@ and the host of the public address',
    parse: (text) => {
      if (text !== undefined && (!/^[^\r\n]+$/.test(text) || !text.includes('@')))
        throw new Error('must be an e-mail address, as guestlist@company.example')
      return text ?? null
    },
  }),
  chromium: option({
    name: 'GUESTLIST_CHROMIUM',
    help: 'Chromium for browser automation and the browser tests.',
    default: 'the usual names on the path',
    parse: (text, env) => text ?? onPath(env, browsers),
  }),
  metricsToken: option({
    name: 'GUESTLIST_METRICS_TOKEN',
    help: 'Who sends it as a bearer token may read /metrics from elsewhere; 16 characters or more.',
    default: 'none; /metrics answers this machine only',
    secret: true,
    parse: (text) => {
      if (text !== undefined && !/^[\x21-\x7e]{16,}$/.test(text))
        throw new Error('must be 16 visible characters or more, without blanks')
      return text === undefined ? null : new Redacted(text)
    },
  }),
  logLevel: option({
    name: 'LOG_LEVEL',
    help: `Least level that is logged: ${logLevels.join(', ')}.`,
    default: 'info',
    parse: (text) => {
      const level = logLevels.find((one) => one === (text ?? 'info'))
      if (level === undefined) throw new Error(`must be one of ${logLevels.join(', ')}`)
      return level
    },
  }),
}

type Options = typeof options
export type Config = { readonly [K in keyof Options]: Options[K] extends Option<infer T> ? T : never }

/** The text of an option, from its variable or from the file that NAME_FILE names. An empty variable is not set. */
function textOf(entry: { name: string; secret?: boolean }, env: Environment): string | undefined {
  const text = env[entry.name]?.trim()
  const file = entry.secret === true ? env[`${entry.name}_FILE`]?.trim() : undefined
  if (file === undefined || file === '') return text === '' ? undefined : text
  if (text !== undefined && text !== '')
    throw new Error(`and ${entry.name}_FILE are both set: keep one of them`)
  let found: string
  try {
    found = readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(`cannot be read from the file that ${entry.name}_FILE names: ${file}`)
  }
  if (found === '') throw new Error(`is empty in the file that ${entry.name}_FILE names: ${file}`)
  return found
}

/**
 * Reads the settings. Throws one Error whose message has a sentence for each bad value, a line each, never with a secret.
 * `demo`: data of its own, a folder per checkout.
 */
export function loadConfig(
  env: Environment = process.env,
  mode: { demo: boolean } = { demo: false },
): Config {
  const values: Record<string, unknown> = {}
  const complaints: string[] = []
  for (const [key, entry] of Object.entries(options)) {
    try {
      values[key] = entry.parse(textOf(entry, env), env)
    } catch (error) {
      complaints.push(`${entry.name} ${error instanceof Error ? error.message : String(error)}.`)
    }
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  const config = values as Config
  if (!mode.demo) return Object.freeze(config)
  const checkout = dirname(import.meta.dirname)
  const mark = `demo-${createHash('sha256').update(checkout).digest('hex').slice(0, 8)}`
  const given = textOf(options.dataDir, env) !== undefined
  return Object.freeze({
    ...config,
    dataDir: given ? join(config.dataDir, mark) : `${config.dataDir}-${mark}`,
  })
}

/** What a browser needs to start, draw and reach the network. */
const needed =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_\w+|DBUS_SESSION_BUS_ADDRESS|FONTCONFIG_\w+|LD_LIBRARY_PATH|(http|https|all|no)_proxy|SSL_CERT_\w+|SystemRoot|SystemDrive|windir|ComSpec|PATHEXT|(Local)?AppData|UserProfile|Program(Files|Data).*)$/i

/** What a browser is given of the environment: the rest may hold the master key or a password, and a browser runs other people's pages. */
export function browserEnvironment(env: Environment = process.env): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name)))
}
