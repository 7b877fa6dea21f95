// How long does a start take, and what does it hold when nobody asks for anything? The real server with its own database, the first time in an
// empty folder and again, until it answers that it is ready; then its memory and that of its database.
import { chmodSync, readFileSync, readdirSync } from 'node:fs'
import { removeDataDir, startProgram } from '../e2e/harness.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { held } from '../src/browser/processes.ts'
import { machine, tell } from './metric.ts'

/** The process in postmaster.pid and those that it started. */
function database(dataDir: string): number[] {
  const main = Number(readFileSync(`${dataDir}/postgres-18/postmaster.pid`, 'utf8').split('\n')[0])
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === main
    } catch {
      return false
    }
  })
  return [main, ...children.map(Number)]
}

console.log(`starts: ${machine()}`)
const dataDir = temporaryFolder('bench')
chmodSync(dataDir, 0o755)
const start = async () => {
  const began = performance.now()
  const program = await startProgram({ dataDir, env: { LOG_LEVEL: 'warn' } })
  return { program, ms: performance.now() - began }
}
const first = await start()
await first.program.stop()
const again = await start()
await new Promise((go) => setTimeout(go, 5_000))
const server = held(again.program.process.pid ?? 0)
const rest = database(dataDir).reduce((sum, pid) => sum + held(pid), 0)
await again.program.stop()
removeDataDir(again.program)
const time = (what: string, ours: number, most: number) =>
  tell({
    id: 'P21',
    what,
    unit: 'ms',
    ours,
    anchor: null,
    goal: `at most ${most.toLocaleString('en-US')}`,
    met: ours <= most,
  })
time('first start, with a database of its own, until it is ready', first.ms, 5_000)
time('start again', again.ms, 2_000)
tell({
  id: 'P21',
  what: `memory at rest: server ${Math.round(server)}, database ${Math.round(rest)}`,
  unit: 'MiB',
  ours: server + rest,
  anchor: null,
  goal: 'at most 400',
  met: server + rest <= 400,
})
