// The settings: defaults that work, one sentence for each bad value, and secrets that stay secret.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadConfig, options } from './config.ts'

describe('with nothing set', () => {
  test('everything has a default, on this machine only', () => {
    const config = loadConfig({})
    expect(config).toMatchObject({
      port: 4400,
      host: '127.0.0.1',
      publicUrl: null,
      trustedProxies: [],
      databaseUrl: null,
      masterKey: null,
      metaGraphUrl: 'https://graph.facebook.com',
      metaGraphVersion: 'v26.0',
      logLevel: 'info',
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('an empty variable is not set', () => {
    const empty = Object.fromEntries(Object.values(options).map((entry) => [entry.name, '']))
    expect(loadConfig(empty)).toEqual(loadConfig({}))
  })

  test('the demo has data of its own, per checkout, also inside a folder that was given', () => {
    const [real, demo] = [loadConfig({}).dataDir, loadConfig({}, { demo: true }).dataDir]
    expect(demo).toMatch(new RegExp(`^${real}-demo-[0-9a-f]{8}$`))
    const given = loadConfig({ GUESTLIST_DATA_DIR: '/tmp/x' }, { demo: true }).dataDir
    expect(given).toMatch(/^\/tmp\/x\/demo-[0-9a-f]{8}$/)
  })
})

describe('a value', () => {
  test('is read and made whole', () => {
    const config = loadConfig({
      PORT: '0',
      GUESTLIST_PUBLIC_URL: 'https://guestlist.example/',
      GUESTLIST_TRUSTED_PROXIES: '10.0.0.5, 192.168.0.0/16,::1',
      META_GRAPH_URL: 'http://127.0.0.1:8080/',
      LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      port: 0,
      publicUrl: 'https://guestlist.example',
      trustedProxies: ['10.0.0.5', '192.168.0.0/16', '::1'],
      metaGraphUrl: 'http://127.0.0.1:8080',
      logLevel: 'debug',
    })
  })

  test.each([
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['HOST', 'a b'],
    ['GUESTLIST_PUBLIC_URL', 'guestlist.example'],
    ['GUESTLIST_PUBLIC_URL', 'https://guestlist.example/path'],
    ['GUESTLIST_TRUSTED_PROXIES', '10.0.0.5,proxy'],
    ['GUESTLIST_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['META_GRAPH_URL', 'ftp://example.com'],
    ['META_GRAPH_VERSION', '26'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is refused in one sentence', (name, text) => {
    expect(() => loadConfig({ [name]: text })).toThrow(new RegExp(`^${name} must be [^\\n]+\\.$`))
  })

  test('that is bad hides no other bad one', () => {
    expect(() => loadConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/^PORT [^\n]+\nLOG_LEVEL [^\n]+$/)
  })
})

describe('a secret', () => {
  test('may come from a file, and is not printed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guestlist-config-'))
    const file = join(folder, 'key')
    writeFileSync(file, 'canary-of-the-file\n')
    const config = loadConfig({
      GUESTLIST_MASTER_KEY_FILE: file,
      DATABASE_URL: 'postgres://u:canary-of-the-url@h/d',
    })
    rmSync(folder, { recursive: true })
    expect(config.masterKey?.reveal()).toBe('canary-of-the-file')
    expect(config.databaseUrl?.reveal()).toContain('canary-of-the-url')
    expect(JSON.stringify(config) + inspect(config)).not.toContain('canary')
  })

  test('given twice, or in a file that is not there, is refused', () => {
    const twice = { GUESTLIST_MASTER_KEY: 'canary', GUESTLIST_MASTER_KEY_FILE: '/x' }
    expect(() => loadConfig(twice)).toThrow('GUESTLIST_MASTER_KEY and GUESTLIST_MASTER_KEY_FILE are both set')
    expect(() => loadConfig({ DATABASE_URL_FILE: '/does/not/exist' })).toThrow(
      'DATABASE_URL cannot be read from the file',
    )
  })

  test('that is refused is not in the sentence', () => {
    expect(() => loadConfig({ DATABASE_URL: 'canary' })).not.toThrow('canary')
  })
})

test('what is no secret has no file', () => {
  expect(loadConfig({ PORT_FILE: '/does/not/exist' }).port).toBe(4400)
})
