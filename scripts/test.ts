// `npm test`: every test, the checks of lint.ts beside them, and a last line `N passed, N failed` (`, N skipped` where there are any).
// Arguments name test files or folders and skip the lint.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVitest } from 'vitest/node'
import { findChromium } from '../e2e/harness.ts'
import { lint } from './lint.ts'

const filters = process.argv.slice(2)
// The program is started many times in a run, and each test file is a process: all but the first find it compiled. Half of a start is that.
const compiled = mkdtempSync(join(tmpdir(), 'guestlist-compiled-'))
process.env.NODE_COMPILE_CACHE ??= compiled
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))
// A test waits more than it computes; the checks only compute.
const linted = filters.length === 0 ? lint({ aside: true }) : { passed: 0, failed: 0 }
let skipped = 0

const vitest = await startVitest(filters, { watch: false, run: true })
const total = await linted
for (const module of vitest.state.getTestModules()) {
  if (module.errors().length > 0) total.failed++
  for (const test of module.children.allTests()) {
    const state = test.result().state
    if (state === 'passed') total.passed++
    else if (state === 'failed') total.failed++
    else skipped++
  }
}
total.failed += vitest.state.getUnhandledErrors().length
await vitest.close()

if (skipped > 0 && findChromium() === null)
  console.log(
    'Tests in a browser were skipped, because Chromium was not found. Install it, or set GUESTLIST_CHROMIUM to its path.',
  )
console.log(`${total.passed} passed, ${total.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
