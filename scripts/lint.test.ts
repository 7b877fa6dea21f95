// Proves that each check of lint.ts can fail: copies of the tree get one violation planted per rule, and each must be caught.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checks, complaint, modulesSeen, type Check } from './lint.ts'

const root = resolve(import.meta.dirname, '..')
/** The whole tree, and a small one with the same settings: whoever looks at each file by itself needs no more of it. */
let copy = ''
let small = ''

/** Rule of the stairs → file → text that breaks it. Names start with `planted` so that an answer can be told apart. */
const planted: Record<string, Record<string, string>> = {
  'floor-lib': { 'src/lib/planted-floor.ts': "import '../model/can.ts'" },
  'floor-model': { 'src/model/planted-floor.ts': "import '../lib/log.ts'" },
  'floor-vault': { 'src/vault/planted-floor.ts': "import '../store/db.ts'" },
  'floor-store': { 'src/store/planted-floor.ts': "import '../vault/envelope.ts'" },
  'floor-connectors': { 'src/connectors/meta/planted-floor.ts': "import '../../store/db.ts'" },
  'floor-sync': { 'src/sync/planted-floor.ts': "import '../jobs/jobs.ts'" },
  'floor-jobs': { 'src/jobs/planted-floor.ts': "import '../api/app.ts'" },
  'floor-api': { 'src/api/planted-floor.ts': "import '../jobs/engine.ts'" },
  'no-circular': {
    'src/store/planted-a.ts': "import type { B } from './planted-b.ts'\nexport type A = B | 1",
    'src/store/planted-b.ts': "import type { A } from './planted-a.ts'\nexport type B = A | 2",
  },
  'no-orphans': { 'src/store/planted-orphan.ts': 'export const alone = 1' },
  'no-unresolvable': { 'src/store/planted-lost.ts': "import './planted-nowhere.ts'" },
  'no-barrels': {
    'src/store/index.ts': "export * from './db.ts'",
    'src/store/planted-barrel.ts': "import './index.ts'",
  },
  'connectors-are-strangers': {
    'src/connectors/other/planted-stranger.ts': "import '../meta/graph.ts'",
  },
  'connectors-see-only-the-contract': {
    'src/connectors/meta/planted-registry.ts': "import '../registry.ts'",
  },
  'the-connector-does-not-know-the-simulator': {
    'src/connectors/meta/planted-simulator.ts': "import './simulator/server.ts'",
  },
  'the-simulator-does-not-know-the-connector': {
    'src/connectors/meta/simulator/planted-connector.ts': "import '../graph.ts'",
  },
  'model-is-pure': { 'src/model/planted-core.ts': "import 'node:fs'" },
  'model-knows-only-zod': { 'src/model/planted-npm.ts': "import 'hono'" },
  'sql-lives-in-store': { 'src/api/planted-sql.ts': "import 'kysely'" },
  'playwright-lives-in-browser': { 'src/jobs/planted-browser.ts': "import 'playwright-core'" },
  'engine-lives-in-jobs': { 'src/jobs/planted-engine.ts': "import '@dbos-inc/dbos-sdk'" },
  'auth-library-lives-in-api-auth': { 'src/api/planted-auth.ts': "import 'better-auth'" },
  'console-sees-model-and-api-types': { 'console/planted-lib.ts': "import '../src/lib/log.ts'" },
  'console-takes-only-types-from-api': { 'console/planted-api.ts': "import '../src/api/app.ts'" },
  'nobody-imports-main-or-config': { 'src/api/planted-config.ts': "import '../config.ts'" },
  'only-main-runs-commands': { 'src/api/planted-command.ts': "import '../commands/serve.ts'" },
  'main-is-a-list-of-commands': { 'src/main.ts': "import './jobs/engine.ts'" },
  'product-code-imports-no-tests': {
    'src/store/planted.test.ts': 'export const inTest = 1',
    'src/store/planted-imports-test.ts': "import './planted.test.ts'",
  },
  'no-dev-deps-in-src': { 'src/api/planted-dev.ts': "import 'axe-core'" },
  'lib-is-shared': {
    'src/lib/planted-single.ts': 'export const one = 1',
    'src/store/planted-user.ts': "import '../lib/planted-single.ts'",
  },
}

/** Lint rule → text that breaks it, in a file of src/store. */
const plantedLint: Record<string, string> = {
  'no-console': "console.log('x')",
  'no-restricted-syntax': 'export const path = process.env.PATH',
  '@typescript-eslint/no-floating-promises': 'async function f() {}\nf()',
  '@typescript-eslint/no-explicit-any': 'export const x: any = 1',
  '@typescript-eslint/no-non-null-assertion': 'export const y = (new Map<string, string>()).get("a")!',
  '@typescript-eslint/consistent-type-imports': "import { Db } from './db.ts'\nexport type X = Db",
}

function plant(file: string, text: string, tree = copy): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true })
  writeFileSync(join(tree, file), text + '\n')
}

/** Puts back what stood there before, or nothing. */
function takeOut(file: string): void {
  rmSync(join(copy, file))
  if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file))
}

function check(name: string, extra: string[] = []): Check {
  const found = checks.find((c) => c.name === name)
  if (found === undefined) throw new Error(`no check is called ${name}`)
  return { ...found, run: [...found.run, ...extra] }
}

function copyOf(tree: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'guestlist-planted-'))
  for (const name of tree) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

beforeAll(() => {
  const settings = [
    'package.json',
    'tsconfig.json',
    'eslint.config.js',
    '.prettierrc.json',
    '.prettierignore',
  ]
  copy = copyOf([
    ...settings,
    'src',
    'console',
    'scripts',
    '.dependency-cruiser.cjs',
    'knip.json',
    'vitest.config.ts',
  ])
  small = copyOf([...settings, 'src/lib', 'src/model', 'console/tsconfig.json'])
})

afterAll(() => {
  for (const folder of [copy, small]) rmSync(folder, { recursive: true, force: true })
})

describe('stairs', () => {
  let said = ''
  beforeAll(async () => {
    for (const files of Object.values(planted))
      for (const [file, text] of Object.entries(files)) plant(file, text)
    said = (await complaint(check('stairs'), copy)) ?? ''
    for (const files of Object.values(planted)) for (const file of Object.keys(files)) takeOut(file)
  }, 120_000)

  test.each(Object.keys(planted))('%s catches its planted violation', (rule) => {
    const files = Object.keys(planted[rule] ?? {})
    const lines = said.split('\n').filter((line) => line.includes(` ${rule}:`))
    expect(lines.some((line) => files.some((file) => line.includes(file)))).toBe(true)
  })

  test('every rule of the stairs has a planted violation', () => {
    const config = readFileSync(join(root, '.dependency-cruiser.cjs'), 'utf8')
    const named = [...config.matchAll(/name: '([a-z-]+)'/g)].map((m) => m[1])
    expect(Object.keys(planted)).toEqual(expect.arrayContaining(named))
  })

  test('sees the whole tree', () => {
    expect(modulesSeen(said)).toBeGreaterThan(150)
  })

  test('a run that saw nothing is a failure', () => {
    expect(
      check('stairs').doubt?.('no dependency violations found (0 modules, 0 dependencies cruised)'),
    ).toMatch(/only 0/)
  })
})

describe('lint', () => {
  let said = ''
  const fileOf = (rule: string) => `src/store/planted-${Object.keys(plantedLint).indexOf(rule)}.ts`
  beforeAll(async () => {
    const files = Object.keys(plantedLint).map(fileOf)
    for (const [rule, text] of Object.entries(plantedLint)) plant(fileOf(rule), text, small)
    said = (await complaint({ ...check('lint'), run: [check('lint').run[0] ?? '', ...files] }, small)) ?? ''
    for (const file of files) rmSync(join(small, file))
  }, 120_000)

  test.each(Object.keys(plantedLint))('catches %s', (rule) => {
    const [, ofFile = ''] = said.split(`${join(small, fileOf(rule))}\n`)
    expect(ofFile.split('\n\n')[0]).toContain(rule)
  })
})

test('types catches a wrong type', async () => {
  plant('src/store/planted-type.ts', "export const n: number = 'text'", small)
  const said = await complaint(check('types'), small)
  expect(said).toContain('planted-type.ts')
}, 60_000)

test('types of the console catches a wrong type', async () => {
  plant('console/planted-type.ts', "export const n: number = 'text'", small)
  const said = await complaint(check('types of the console'), small)
  expect(said).toContain('planted-type.ts')
}, 60_000)

test('format catches an unformatted file', async () => {
  plant('src/store/planted-format.ts', 'export const   x = "1";', small)
  const said = await complaint(check('format'), small)
  expect(said).toContain('planted-format.ts')
}, 60_000)

test('dead code catches an export without a user', async () => {
  plant('src/store/planted-dead.ts', 'export const dead = 1')
  const said = await complaint(check('dead code'), copy)
  rmSync(join(copy, 'src/store/planted-dead.ts'))
  expect(said).toContain('planted-dead.ts')
}, 60_000)

test('schema dump catches a migration that was not dumped', async () => {
  plant('src/store/migrations/9999_planted.sql', 'create table planted (id integer);')
  const said = await complaint(check('schema dump'), copy)
  rmSync(join(copy, 'src/store/migrations/9999_planted.sql'))
  expect(said).not.toBeNull()
}, 60_000)
