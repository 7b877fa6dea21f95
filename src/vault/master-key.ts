// The master key, which seals every credential: from the settings, or made on the first start in a file for us alone, never in the database.
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { flushName } from '../lib/flush-name.ts'
import { Redacted } from '../model/redacted.ts'
import { openWith, sealWith, subKey, versionOf } from './envelope.ts'

/** Seals and opens credentials. Binding: `credentials/<row id>`. */
export interface Vault {
  seal(plain: Redacted, boundTo: string): { sealed: Buffer; keyVersion: number }
  /** Throws where the value was changed, moved to another row, or its key is not here. */
  open(sealed: Buffer, boundTo: string): Redacted
  /** Twelve hexadecimal digits in groups of four: equal for equal values of this installation, useless without the key. */
  fingerprint(plain: Redacted): string
  /** The version that seals now. Another process may raise it (`rotate-key`). */
  readonly keyVersion: number
  /** Versions that still open and do not seal any more. */
  readonly olderVersions: readonly number[]
  /** Where the key lies, and whether this start made it; null where the settings give it. */
  readonly file: { path: string; made: boolean } | null
}

type Keys = ReadonlyMap<number, Buffer>

const BYTES = 32

/** Where the master key of a data folder lies. */
export function keyFile(dataDir: string): string {
  return join(dataDir, 'keys', 'master-key.json')
}

function newest(keys: Keys): { key: Buffer; version: number } {
  const version = Math.max(...keys.keys())
  const key = keys.get(version)
  if (key === undefined) throw new Error('There is no master key.')
  return { key, version }
}

function decode(text: string): Buffer | null {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  return key.length === BYTES ? key : null
}

/**
 * Reads the setting: 32 bytes as base64 or hexadecimal, as version 1; or several with their versions, as `2:…,1:…`, of which the highest
 * seals. Throws with a sentence, which never holds the value.
 */
export function parseMasterKey(setting: Redacted): Keys {
  const keys = new Map<number, Buffer>()
  for (const part of setting.reveal().trim().split(',')) {
    const [, version = '1', text = ''] = /^(?:(\d{1,3}):)?(.*)$/.exec(part.trim()) ?? []
    const key = decode(text)
    const number = Number(version)
    if (key === null || number < 1 || number > 255 || keys.has(number)) {
      throw new Error(
        'GUESTLIST_MASTER_KEY must be 32 random bytes in base64 or hexadecimal, or several of them as 2:…,1:… (make one with: openssl rand -base64 32).',
      )
    }
    keys.set(number, key)
  }
  return keys
}

function readKeys(path: string): Keys {
  const keys = new Map<number, Buffer>()
  for (const [version, text] of Object.entries(parsed(textOf(path)))) {
    const key = typeof text === 'string' ? decode(text) : null
    if (key === null) throw new Error(`The master key file ${path} is damaged: put its backup in its place.`)
    keys.set(Number(version), key)
  }
  return keys
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'EACCES')
      throw new Error(`The master key file ${path} cannot be read: ${message}`, { cause })
    throw new Error(`The master key file ${path} is not this user's to read. As root: chown <user> ${path}`, {
      cause,
    })
  }
}

/** Without the parser's own words, which would quote from the keys: what does not parse is damaged as a key is. */
function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return { damaged: null }
  }
}

/** Writes the keys beside the file and flushes them; returns the draft's path. */
async function writeDraft(path: string, keys: Keys): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  const text = Object.fromEntries([...keys].map(([version, key]) => [version, key.toString('base64')]))
  await file.writeFile(`${JSON.stringify(text, null, 2)}\n`)
  await file.sync()
  await file.close()
  return draft
}

/** Removes the drafts that killed runs have left: they hold keys that are to be gone. */
async function removeDrafts(path: string): Promise<void> {
  const name = basename(path)
  const isDraft = (other: string) =>
    other.startsWith(`${name}.`) && /^\d+\.[0-9a-f]{8}$/.test(other.slice(name.length + 1))
  for (const other of await readdir(dirname(path))) if (isDraft(other)) await rm(join(dirname(path), other))
}

/** Puts keys in the place of those that are there. Flushed with its name: what is sealed with a key must not outlive it. */
async function replaceKeys(path: string, keys: Keys): Promise<void> {
  await rename(await writeDraft(path, keys), path)
  await flushName(path)
}

/** Makes the file with version 1 where there is none; the first of several processes wins. True where this one did. */
async function makeFile(path: string): Promise<boolean> {
  const draft = await writeDraft(path, new Map([[1, randomBytes(BYTES)]]))
  try {
    await link(draft, path)
    await flushName(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Null where it is not there. Throws a sentence where that cannot be seen: a folder that is closed to us is not an empty one. */
function modified(path: string): number | null {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause
    const folder = dirname(path)
    throw new Error(`The folder ${folder} is not this user's to open. As root: chown <user> ${folder}`, {
      cause,
    })
  }
}

/** Whether a data folder has a master key. Throws a sentence where that cannot be seen. */
export function holdsKey(dataDir: string): boolean {
  return modified(keyFile(dataDir)) !== null
}

/** Opens the vault of a data folder; makes its master key where neither the settings nor the folder has one. */
export async function loadVault(options: { dataDir: string; masterKey?: Redacted }): Promise<Vault> {
  if (options.masterKey !== undefined) {
    const keys = parseMasterKey(options.masterKey)
    return vaultOf(() => keys, null)
  }
  const path = keyFile(options.dataDir)
  const made = modified(path) === null ? await makeFile(path) : false
  let read = { at: modified(path), keys: readKeys(path) }
  // `rotate-key` is another process: its new key is seen at the next use.
  const current = () => {
    const at = modified(path)
    if (at !== null && at !== read.at) read = { at, keys: readKeys(path) }
    return read.keys
  }
  return vaultOf(current, { path, made })
}

function vaultOf(keys: () => Keys, file: Vault['file']): Vault {
  return {
    seal: (plain, boundTo) => {
      const master = newest(keys())
      return {
        sealed: sealWith(master, Buffer.from(plain.reveal()), boundTo),
        keyVersion: master.version,
      }
    },
    open: (sealed, boundTo) => {
      const key = keys().get(versionOf(sealed))
      if (key === undefined) {
        throw new Error(
          `A sealed value needs version ${versionOf(sealed)} of the master key, which is not here: put the backup of the key in its place, or connect again.`,
        )
      }
      return new Redacted(openWith(key, sealed, boundTo).toString())
    },
    fingerprint: (plain) => {
      const digest = createHmac('sha256', subKey(newest(keys()).key, 'fingerprint')).update(plain.reveal())
      return digest
        .digest('hex')
        .slice(0, 12)
        .replace(/(.{4})(?=.)/g, '$1 ')
    },
    get keyVersion() {
      return newest(keys()).version
    },
    get olderVersions() {
      const { version } = newest(keys())
      return [...keys().keys()].filter((other) => other !== version)
    },
    file,
  }
}

/**
 * Adds a new version to the key file of a data folder and returns its number. Throws at version 255. One process at a time: the caller
 * holds a lock.
 */
export async function addKeyVersion(dataDir: string): Promise<number> {
  const path = keyFile(dataDir)
  const keys = new Map(readKeys(path))
  const version = newest(keys).version + 1
  if (version > 255)
    throw new Error('The master key has been changed 254 times, which is as often as it can.')
  keys.set(version, randomBytes(BYTES))
  await replaceKeys(path, keys)
  return version
}

/** Destroys all versions of the key file but one, also in what a killed run has left beside it. One process at a time: the caller holds a lock. */
export async function dropOtherKeyVersions(dataDir: string, keep: number): Promise<void> {
  const path = keyFile(dataDir)
  const key = readKeys(path).get(keep)
  if (key === undefined) throw new Error(`Version ${keep} of the master key is not there.`)
  await replaceKeys(path, new Map([[keep, key]]))
  await removeDrafts(path)
}
