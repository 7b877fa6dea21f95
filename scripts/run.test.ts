// The launcher, as a fresh clone sees it: a project of its own in a temporary folder, with an npm that only notes what it was asked.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root = ''
const children: ChildProcess[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'guestlist-run-'))
  mkdirSync(join(root, 'scripts'))
  copyFileSync(join(import.meta.dirname, 'run.mjs'), join(root, 'scripts', 'run.mjs'))
  writeFileSync(join(root, 'package-lock.json'), '{}')
  writeFileSync(
    join(root, 'npm.cjs'),
    `const fs = require('fs')
     fs.appendFileSync(${JSON.stringify(join(root, 'asked'))}, process.argv.slice(2).join(' ') + '\\n')
     setTimeout(() => { fs.mkdirSync('node_modules', { recursive: true }); process.exit(fs.existsSync('broken') ? 1 : 0) }, 300)`,
  )
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true })
})

interface Run {
  child: ChildProcess
  said: () => string
  done: Promise<number | null>
}

/** Starts the launcher on a program with this text. */
function run(program: string, ...args: string[]): Run {
  writeFileSync(join(root, 'program.ts'), program)
  const child = spawn(process.execPath, ['scripts/run.mjs', 'program.ts', ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'npm.cjs') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  child.stderr.on('data', (part: Buffer) => (said += part.toString()))
  return { child, said: () => said, done: once(child, 'close').then(([code]) => code as number | null) }
}

const asked = () =>
  existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8').trim().split('\n') : []

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3_000 && !done(); tries++) await sleep(20)
  expect(done()).toBe(true)
}

const waits = (body: string) => `${body}; setInterval(() => undefined, 1000); console.log('up', process.pid)`
const pidIn = (said: string) => Number(/up (\d+)/.exec(said)?.[1])

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('installs once without scripts, runs TypeScript with its arguments, and gives its code on', async () => {
  const first = run(
    'const a: string[] = process.argv.slice(2); console.log(a.join("+")); process.exit(7)',
    'x',
    'y',
  )
  expect(await first.done).toBe(7)
  expect(first.said()).toContain('x+y')
  expect(asked()).toHaveLength(1)
  expect(asked()[0]).toMatch(/^ci --ignore-scripts --include=dev --include=optional --loglevel=error/)
  expect(await run('process.exit(0)').done).toBe(0)
  expect(asked()).toHaveLength(1)
  writeFileSync(join(root, 'package-lock.json'), '{"changed":true}')
  expect(await run('process.exit(0)').done).toBe(0)
  expect(asked()).toHaveLength(2)
})

test('installs once where several start at the same moment', async () => {
  const all = [1, 2, 3].map(() => run('process.exit(0)'))
  expect(await Promise.all(all.map((one) => one.done))).toEqual([0, 0, 0])
  expect(asked()).toHaveLength(1)
})

test('says so where the packages cannot be installed, and tries again at the next start', async () => {
  writeFileSync(join(root, 'broken'), '')
  const failed = run('console.log("ran")')
  expect(await failed.done).toBe(1)
  expect(failed.said()).toContain('could not be installed')
  expect(failed.said()).not.toContain('ran')
  rmSync(join(root, 'broken'))
  expect(await run('process.exit(0)').done).toBe(0)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on and waits', async (signal) => {
  const one = run(waits(`process.on('${signal}', () => { console.log('bye'); process.exit(3) })`))
  await until(() => one.said().includes('up'))
  one.child.kill(signal)
  expect(await one.done).toBe(3)
  expect(one.said()).toContain('bye')
})

test('kills at the second interrupt what does not end at the first', async () => {
  const one = run(waits(`process.on('SIGINT', () => console.log('not yet'))`))
  await until(() => one.said().includes('up'))
  one.child.kill('SIGINT')
  await until(() => one.said().includes('not yet'))
  one.child.kill('SIGINT')
  expect(await one.done).not.toBe(0)
  await until(() => !alive(pidIn(one.said())))
})

test('lets the program see that the launcher was killed', async () => {
  const one = run(waits(`process.on('disconnect', () => process.exit(0))`))
  await until(() => one.said().includes('up'))
  one.child.kill('SIGKILL')
  await until(() => !alive(pidIn(one.said())))
})

test.skipIf(process.platform === 'win32')('ends the program when its own parent is gone', async () => {
  writeFileSync(join(root, 'program.ts'), waits(''))
  // As npm does it: a shell in between, which passes no signal on.
  const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/run.mjs program.ts; true`], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'npm.cjs') },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(shell)
  let said = ''
  shell.stdout.on('data', (part: Buffer) => (said += part.toString()))
  await until(() => said.includes('up'))
  shell.kill('SIGKILL')
  await until(() => !alive(pidIn(said)))
})

test.skipIf(process.platform !== 'linux')(
  'ends the program when npm is killed and its shell stays',
  async () => {
    writeFileSync(join(root, 'program.ts'), waits(''))
    const script = `"${process.execPath}" scripts/run.mjs program.ts; true`
    const npm = spawn(
      process.execPath,
      ['-e', `require('child_process').spawn('sh', ['-c', ${JSON.stringify(script)}], { stdio: 'inherit' })`],
      {
        cwd: root,
        env: { ...process.env, npm_execpath: join(root, 'npm.cjs'), npm_lifecycle_event: 'start' },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    children.push(npm)
    let said = ''
    npm.stdout.on('data', (part: Buffer) => (said += part.toString()))
    await until(() => said.includes('up'))
    npm.kill('SIGKILL')
    await until(() => !alive(pidIn(said)))
  },
)
