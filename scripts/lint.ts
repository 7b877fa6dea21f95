// Everything that is checked without running the product: types, lint, format, stairs, dead code, schema dump.
// Prints one line per check and exits 1 if any failed. `npm test` runs it first.
import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'

const node = process.execPath
const bin = (path: string, ...args: string[]) => [node, 'node_modules/' + path, ...args]

/** Fewer modules than this means that the tool saw nothing, which it reports as success. */
export const LEAST_MODULES = 120

const checks: { name: string; command: string[]; proof?: (output: string) => string | null }[] = [
  { name: 'types', command: bin('typescript/bin/tsc', '-p', 'tsconfig.json') },
  { name: 'types of the console', command: bin('typescript/bin/tsc', '-p', 'console/tsconfig.json') },
  { name: 'lint', command: bin('eslint/bin/eslint.js', '--max-warnings', '0', '.') },
  { name: 'format', command: bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.') },
  {
    name: 'stairs',
    command: bin(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'console',
    ),
    proof: (output) => {
      const seen = Number(/\((\d+) modules/.exec(output)?.[1] ?? 0)
      return seen >= LEAST_MODULES
        ? null
        : `only ${seen} modules were seen, at least ${LEAST_MODULES} are there`
    },
  },
  { name: 'dead code', command: bin('knip/bin/knip.js', '--no-progress') },
  { name: 'schema dump', command: [node, 'scripts/dump-schema.ts', '--check'] },
]

/** Runs all checks; returns how many passed and failed. */
export function lint(): { passed: number; failed: number } {
  const result = { passed: 0, failed: 0 }
  for (const check of checks) {
    const started = performance.now()
    const [program = node, ...args] = check.command
    const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
    const output = run.stdout + run.stderr
    const complaint = run.status === 0 ? (check.proof?.(output) ?? null) : output.trim()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (complaint === null) {
      result.passed++
      console.log(`ok    ${check.name} (${seconds} s)`)
    } else {
      result.failed++
      console.log(`FAIL  ${check.name} (${seconds} s)\n${complaint}`)
    }
  }
  return result
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { passed, failed } = lint()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
