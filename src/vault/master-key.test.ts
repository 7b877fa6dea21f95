// The master key: made once by any number of processes, for us alone, from the settings where they give it, and changed under a running server.
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { Redacted } from '../model/redacted.ts'
import { addKeyVersion, dropOtherKeyVersions, loadVault, parseMasterKey } from './master-key.ts'

const folders: string[] = []
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'guestlist-vault-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true })
})

const token = new Redacted('not-a-real-token')
const keyA = Buffer.alloc(32, 1).toString('base64')
const keyB = Buffer.alloc(32, 2).toString('hex')

describe('a vault of a data folder', () => {
  test('makes its key on the first start, in a file for us alone, and finds it again', async () => {
    const dataDir = folder()
    const first = await loadVault({ dataDir })
    expect(first.file).toEqual({ path: join(dataDir, 'keys', 'master-key.json'), made: true })
    expect(statSync(join(dataDir, 'keys')).mode & 0o777).toBe(0o700)
    expect(statSync(first.file?.path ?? '').mode & 0o777).toBe(0o600)
    const { sealed, keyVersion } = first.seal(token, 'credentials/1')
    expect(keyVersion).toBe(1)
    const again = await loadVault({ dataDir })
    expect(again.file?.made).toBe(false)
    expect(again.open(sealed, 'credentials/1').reveal()).toBe('not-a-real-token')
  })

  test('is one and the same where several start at the same moment', async () => {
    const dataDir = folder()
    const vaults = await Promise.all(Array.from({ length: 8 }, () => loadVault({ dataDir })))
    expect(vaults.filter((vault) => vault.file?.made)).toHaveLength(1)
    expect(new Set(vaults.map((vault) => vault.fingerprint(token))).size).toBe(1)
  })

  test('sees a key that another process added, and keeps opening the old until it is destroyed', async () => {
    const dataDir = folder()
    const vault = await loadVault({ dataDir })
    const old = vault.seal(token, 'credentials/1')
    expect(await addKeyVersion(dataDir)).toBe(2)
    const anew = vault.seal(token, 'credentials/1')
    expect([vault.keyVersion, anew.keyVersion, anew.sealed[0]]).toEqual([2, 2, 2])
    expect(vault.open(old.sealed, 'credentials/1').reveal()).toBe('not-a-real-token')
    await dropOtherKeyVersions(dataDir, 2)
    expect(vault.open(anew.sealed, 'credentials/1').reveal()).toBe('not-a-real-token')
    expect(() => vault.open(old.sealed, 'credentials/1')).toThrow('version 1 of the master key')
    expect(readFileSync(vault.file?.path ?? '', 'utf8')).not.toContain('"1"')
    expect(statSync(vault.file?.path ?? '').mode & 0o777).toBe(0o600)
  })

  test('a draft that a killed rotation left holds keys, and goes with the old one; copies by other names stay', async () => {
    const dataDir = folder()
    const { file } = await loadVault({ dataDir })
    const path = file?.path ?? ''
    for (const end of ['.4711.0a1b2c3d', '.copy', '.2026']) copyFileSync(path, path + end)
    await addKeyVersion(dataDir)
    await dropOtherKeyVersions(dataDir, 2)
    const names = ['master-key.json', 'master-key.json.2026', 'master-key.json.copy']
    expect(readdirSync(dirname(path)).sort()).toEqual(names)
  })

  test.each([
    ['of another length', '{"1":"Y2FuYXJ5"}'],
    ['that is no JSON any more', '{"1": Y2FuYXJ5}'],
    ['with a number', '{"1":1}'],
  ])('with a key %s is refused without the file’s text', async (_, text) => {
    const dataDir = folder()
    const { file } = await loadVault({ dataDir })
    writeFileSync(file?.path ?? '', text)
    const failure = await loadVault({ dataDir }).catch((error: unknown) => inspect(error))
    expect(failure).toContain('is damaged')
    expect(failure).not.toContain('Y2FuYXJ5')
  })
})

describe('a fingerprint', () => {
  test('tells equal tokens of one installation, and nothing without its key', async () => {
    const [one, two] = [await loadVault({ dataDir: folder() }), await loadVault({ dataDir: folder() })]
    expect(one.fingerprint(token)).toMatch(/^[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}$/)
    expect(one.fingerprint(token)).toBe(one.fingerprint(new Redacted('not-a-real-token')))
    expect(one.fingerprint(token)).not.toBe(one.fingerprint(new Redacted('another-token')))
    expect(one.fingerprint(token)).not.toBe(two.fingerprint(token))
  })
})

describe('a key from the settings', () => {
  test('writes no file; of several versions the highest seals and all open', async () => {
    const dataDir = folder()
    const before = await loadVault({ dataDir, masterKey: new Redacted(keyA) })
    expect(before.file).toBeNull()
    const old = before.seal(token, 'credentials/1')
    const both = await loadVault({ dataDir, masterKey: new Redacted(`2:${keyB}, 1:${keyA}`) })
    expect(both.seal(token, 'credentials/1').keyVersion).toBe(2)
    expect(both.open(old.sealed, 'credentials/1').reveal()).toBe('not-a-real-token')
    expect(() => statSync(join(dataDir, 'keys'))).toThrow('ENOENT')
  })

  test.each(['', 'short', `${keyA},${keyA}`, `0:${keyA}`, `256:${keyA}`, `1:${keyA},`])(
    '%j is refused with a sentence that does not hold it',
    (text) => {
      const refusal = () => parseMasterKey(new Redacted(text))
      expect(refusal).toThrow('must be 32 random bytes')
      if (text.length > 10) expect(refusal).not.toThrow(keyA)
    },
  )
})
