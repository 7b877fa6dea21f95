// Everything that is checked without running the product: types, lint, format, stairs, dead code, schema dump.
// Prints one line per check and exits 1 if any failed. `npm test` runs it beside the tests; lint.test.ts proves that each can fail.
import { spawn } from 'node:child_process'
import { availableParallelism, constants, setPriority } from 'node:os'
import { pathToFileURL } from 'node:url'

export interface Check {
  name: string
  /** Arguments of Node: a program of node_modules or of scripts. */
  run: string[]
  /** Looks at the output of a run that exited 0: a complaint, or null. */
  doubt?: (output: string) => string | null
}

/** Fewer modules than this means that the tool saw nothing, which it reports as success. */
const LEAST_MODULES = 120

/** How many modules dependency-cruiser says that it saw. */
export function modulesSeen(output: string): number {
  return Number(/(\d+) modules/.exec(output)?.[1] ?? 0)
}

/** What a check remembers of files that have not changed: a second run takes seconds. A fresh clone has none of it. */
const cache = (name: string) => `dist/cache/${name}`
const types = (config: string, name: string) => [
  'node_modules/typescript/bin/tsc',
  '-p',
  config,
  '--incremental',
  '--tsBuildInfoFile',
  cache(name),
]

export const checks: Check[] = [
  { name: 'types', run: types('tsconfig.json', 'types.json') },
  { name: 'types of the console', run: types('console/tsconfig.json', 'console-types.json') },
  {
    name: 'lint',
    run: [
      'node_modules/eslint/bin/eslint.js',
      '--max-warnings',
      '0',
      '--cache',
      '--cache-strategy',
      'content',
      '--cache-location',
      cache('eslint'),
      '.',
    ],
  },
  {
    name: 'format',
    run: [
      'node_modules/prettier/bin/prettier.cjs',
      '--check',
      '--log-level',
      'warn',
      '--cache',
      '--cache-location',
      cache('prettier'),
      '.',
    ],
  },
  {
    name: 'stairs',
    run: [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'console',
    ],
    doubt: (output) => {
      const seen = modulesSeen(output)
      return seen >= LEAST_MODULES
        ? null
        : `only ${seen} modules were seen, at least ${LEAST_MODULES} are there`
    },
  },
  { name: 'dead code', run: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'schema dump', run: ['scripts/dump-schema.ts', '--check'] },
]

/** Runs one check in a folder: null when it passes, otherwise what it said. `aside`: only while nothing else wants the processor. */
export async function complaint(check: Check, cwd: string, aside = false): Promise<string | null> {
  const child = spawn(process.execPath, check.run, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  if (aside && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const status = await new Promise<number | null>((done, failed) =>
    child.once('error', failed).once('close', done),
  )
  return status === 0 ? (check.doubt?.(output) ?? null) : output.trim() || `it ended with ${status}`
}

/**
 * Runs all checks and prints a line for each as it ends: as many at a time as there are processors (four at most: each takes memory), or
 * one after the other aside of something else.
 */
export async function lint({ aside = false } = {}): Promise<{ passed: number; failed: number }> {
  const result = { passed: 0, failed: 0 }
  const waiting = [...checks]
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const started = performance.now()
      const said = await complaint(check, process.cwd(), aside)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      if (said === null) {
        result.passed++
        console.log(`ok    ${check.name} (${seconds} s)`)
      } else {
        result.failed++
        console.log(`FAIL  ${check.name} (${seconds} s)\n${said}`)
      }
    }
  }
  await Promise.all(Array.from({ length: aside ? 1 : Math.min(4, availableParallelism()) }, work))
  return result
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { passed, failed } = await lint()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
