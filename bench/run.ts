// `npm run bench`: every question one after the other, each in a process of its own, or those that are named (`npm run bench -- sync api`);
// other arguments are handed on (`--size S10`, `--no-sdk`).
// With `--keep name` the lines are kept in bench/results/name.jsonl with the machine that gave them.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machine } from './metric.ts'

const all = ['sync', 'starts', 'first-load', 'api', 'console', 'tasks', 'export', 'pages']

const args = process.argv.slice(2)
const named = all.filter((name) => args.includes(name))
const questions = named.length === 0 ? all : named
const keep = args.includes('--keep') ? args[args.indexOf('--keep') + 1] : undefined
const lines: string[] = [JSON.stringify({ machine: machine(), at: new Date().toISOString() })]
let failed = 0
for (const question of questions) {
  const program = [...process.execArgv, join(import.meta.dirname, `${question}.ts`)]
  const child = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    text += chunk.toString()
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  if (code !== 0) failed += 1
  lines.push(...text.split('\n').filter((line) => line.startsWith('{')))
}
if (keep !== undefined && /^[\w-]+$/.test(keep))
  writeFileSync(join(import.meta.dirname, 'results', `${keep}.jsonl`), `${lines.join('\n')}\n`)
const missed = lines.filter((line) => line.includes('"met":false')).length
console.log(`${lines.length - 1} metrics, ${missed} goals missed, ${failed} questions failed`)
process.exit(failed === 0 ? 0 : 1)
