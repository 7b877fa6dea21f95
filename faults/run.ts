// `npm run faults`: every family one after the other, each in a process of its own, and a last line with the counts of all of them.
// `npm run faults -- kill 100 --seed 7 --only 12` plays one family with so many cases; the long ones are played by name alone.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

/** File, and what it does to the product. */
const families: Readonly<Record<string, string>> = {
  graph: 'wrong, late and missing answers of the provider',
  paging: 'lists whose pages loop, repeat, come back empty or never end',
  throttle: "the provider's limits",
  malformed: 'rows whose fields are missing, garbled or unknown',
  lies: 'answers that look good and tell less than the truth, or something else',
  slow: 'answers that come late, in part, without end, and connections that break',
  revoked: 'tokens, permissions and shares that end while they are used',
  orders: 'checks, cancels, tokens and people that change at once',
  cut: 'a check that is stopped after each commit and each answer',
  outage: 'the database away, stalled, full of connections, or taking back',
  canary: 'secrets in everything that the server leaves anywhere',
  kill: 'the real server killed and started again',
  clock: 'clocks that jump under the real server and its database',
  browser: 'work on pages while pages, browser, login and people misbehave',
  disk: 'the disk full, failing or read-only under the real server',
  pressure: 'servers that stand still, or are short of processor time, descriptors or memory',
  processes: 'what several servers on one database promise of each other',
  pages: 'work on pages, with its process and its browser killed at every page and step',
}

/** Not among all: half an hour, or a machine that does nothing else. Their number is minutes, or requests. */
const byName: Readonly<Record<string, string>> = {
  soak: 'a day and more of twenty businesses with one answer in a hundred wrong, on a fast clock',
  timing: 'what answers take, where that may tell nothing',
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

let playing: ChildProcess | null = null
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    playing?.kill('SIGTERM')
    process.exit(1)
  })

/** Plays one family and gives its closing counts; a family that ends without them has failed. */
function play(name: string, args: string[]): Promise<Counts> {
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  playing = child
  let last = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    last = (last + chunk.toString()).slice(-200)
  })
  return new Promise((done) => {
    child.once('close', (code) => {
      const found = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(last)
      const counts = {
        passed: Number(found?.[1]),
        failed: Number(found?.[2]),
        skipped: Number(found?.[3] ?? 0),
      }
      if (found === null || (code !== 0 && counts.failed === 0)) done({ passed: 0, failed: 1, skipped: 0 })
      else done(counts)
    })
  })
}

const [first, ...rest] = process.argv.slice(2)
const known = { ...families, ...byName }
const one = first !== undefined && first in known ? first : null
if (first !== undefined && one === null && !/^-|^\d+$/.test(first)) {
  console.error(`There is no family "${first}". There are: ${Object.keys(known).join(', ')}.`)
  process.exit(2)
}
const args = one === null ? process.argv.slice(2) : rest
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
for (const name of one === null ? Object.keys(families) : [one]) {
  const { passed, failed, skipped } = await play(name, args)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
)
process.exit(total.failed === 0 ? 0 : 1)
