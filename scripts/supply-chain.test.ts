// What the product is made of: exact versions, a lock file that names no host, licences that are on a list, and few packages at run time.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  license?: string
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
  hasInstallScript?: boolean
  link?: boolean
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T
const manifest = read<Record<string, Record<string, string>>>('package.json')
const locked = Object.entries(
  read<{ packages: Record<string, Locked> }>('package-lock.json').packages,
).filter(([path]) => path !== '')
const atRunTime = locked.filter(
  ([, one]) => one.dev !== true && one.optional !== true && one.devOptional !== true,
)

const MOST_AT_RUN_TIME = 120
const MOST_DIRECT = 24
const licences = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'PostgreSQL',
])

/** True where one of the choices (`A OR B`), or all parts (`A AND B`), are on the list. */
function allowed(licence: string): boolean {
  const plain = licence.replaceAll(/[()]/g, '')
  return plain
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => licences.has(part.trim())))
}

test('every version in package.json is exact', () => {
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'])
    for (const [name, version] of Object.entries(manifest[kind] ?? {}))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
})

test('the lock file names no host, and every package has its checksum, SHA-512', () => {
  for (const [path, one] of locked) {
    expect(one.resolved, path).toBe(undefined)
    expect(one.integrity, path).toMatch(/^sha512-/)
    expect(one.link, path).toBe(undefined)
  }
})

test('few packages run with the product', () => {
  expect(Object.keys(manifest['dependencies'] ?? {}).length).toBeLessThanOrEqual(MOST_DIRECT)
  expect(atRunTime.length).toBeGreaterThan(10)
  expect(atRunTime.length).toBeLessThanOrEqual(MOST_AT_RUN_TIME)
})

test('what runs with the product has a licence that is on the list', () => {
  const others = atRunTime
    .filter(([, { license }]) => !allowed(license ?? 'none'))
    .map(([path, one]) => `${path} ${one.license ?? 'none'}`)
  expect(others).toEqual([])
  expect(allowed('GPL-3.0-only')).toBe(false)
  expect(allowed('(MIT OR GPL-3.0-only)')).toBe(true)
  expect(allowed('MIT AND GPL-3.0-only')).toBe(false)
})

test('nobody’s install script is run', () => {
  const run = readFileSync(join(root, 'scripts', 'run.mjs'), 'utf8')
  expect(run).toContain("'ci', '--ignore-scripts'")
  const docker = readFileSync(join(root, 'Dockerfile'), 'utf8')
  for (const line of docker.split('\n').filter((one) => /npm (ci|prune|install)/.test(one)))
    expect(line).toContain('--ignore-scripts')
})
