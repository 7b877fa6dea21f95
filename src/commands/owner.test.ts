// A command that root starts by hand on the folder of the program's user changes nothing there: a new master key of root's could not be read by
// the program any more.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { holdsKey, loadVault } from '../vault/master-key.ts'
import { dataFolder } from './doctor-machine.ts'
import { strangerTo } from './owner.ts'

const root = join(import.meta.dirname, '..', '..')
const isRoot = process.getuid?.() === 0
/** In every password file that PostgreSQL needs as root. */
const OTHER = 33
const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-owner-'))

beforeAll(() => {
  mkdirSync(join(dataDir, 'keys'), { mode: 0o700 })
  writeFileSync(join(dataDir, 'keys', 'master-key.json'), '{}', { mode: 0o600 })
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

test('a folder of our own, and one in which nothing was made yet, is no stranger’s', () => {
  expect(strangerTo(dataDir)).toBe(null)
  expect(strangerTo(join(dataDir, 'keys'))).toBe(null)
  expect(strangerTo(join(dataDir, 'gone'))).toBe(null)
})

test.skipIf(!isRoot)(
  'another user’s is left as it is by every command, with the way to run it told',
  () => {
    for (const name of ['.', 'keys', 'keys/master-key.json']) chownSync(join(dataDir, name), OTHER, OTHER)
    chmodSync(dataDir, 0o700)
    mkdirSync(join(dataDir, 'postgres-18'))
    const [before, names] = [statSync(dataDir), readdirSync(dataDir)]
    for (const words of [
      ['serve'],
      ['backup'],
      ['rotate-key'],
      ['migrate'],
      ['doctor'],
      ['reset-password', 'a@b.example'],
    ]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src/main.ts'), ...words], {
        encoding: 'utf8',
        env: { ...process.env, GUESTLIST_DATA_DIR: dataDir, PORT: '0' },
      })
      const wanted = `GUESTLIST_DATA_DIR=${dataDir} node scripts/run.mjs src/main.ts ${words.join(' ')}`
      expect({ words, status, said: stdout + stderr }).toEqual({
        words,
        status: 1,
        said: expect.stringContaining(wanted) as string,
      })
      expect(stdout + stderr).toMatch(/runuser -u \S+ -- env/)
    }
    expect(readdirSync(dataDir)).toEqual(names)
    expect(statSync(dataDir).mode).toBe(before.mode)
  },
  60_000,
)

test.skipIf(!isRoot)('a copy that root put back is said to be root’s, and how that is mended', async () => {
  chownSync(dataDir, OTHER, OTHER)
  for (const name of ['keys', 'keys/master-key.json'])
    chownSync(join(dataDir, name), name === 'keys' ? OTHER : 0, 0)
  const key = join(dataDir, 'keys', 'master-key.json')
  process.seteuid?.(OTHER)
  try {
    expect(dataFolder(loadConfig({ GUESTLIST_DATA_DIR: dataDir }))).toMatchObject([
      {
        state: 'problem',
        sentence: `This user may not read ${key}.`,
        fix: `As root: chown --reference=${dataDir} ${key}`,
      },
    ])
    await expect(loadVault({ dataDir })).rejects.toThrow(`${key} is not this user's to read`)
  } finally {
    process.seteuid?.(0)
  }
})

// The doctor ended with the system's words for it and told nothing else; to a start the key was missing.
test.skipIf(!isRoot)('so is a folder that root has made for it', async () => {
  chownSync(join(dataDir, 'keys'), 0, 0)
  // By this one the folder is the user's: who one is really stays root here.
  writeFileSync(join(dataDir, 'auth-secret'), '', { mode: 0o644 })
  process.seteuid?.(OTHER)
  try {
    const keys = join(dataDir, 'keys')
    expect(dataFolder(loadConfig({ GUESTLIST_DATA_DIR: dataDir }))).toMatchObject([
      { state: 'problem', fix: `As root: chown --reference=${dataDir} ${keys}` },
    ])
    expect(() => holdsKey(dataDir)).toThrow(`${keys} is not this user's to open`)
  } finally {
    process.seteuid?.(0)
  }
})
