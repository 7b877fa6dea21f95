// How a command ends with its launcher, whenever that goes: a process that is started as the launcher starts it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guestlist-end-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

// A server whose launcher was killed in the first second of its start went on without it, and kept the port from the next one.
test.each(['before it listens for that', 'afterwards'])('ends when the launcher is gone %s', async (when) => {
  const late = when !== 'afterwards'
  const program = join(folder, 'program.mjs')
  writeFileSync(
    program,
    `${late ? `await new Promise((gone) => setInterval(() => process.connected || gone(), 20))` : ''}
     const { onEnd } = await import(${JSON.stringify(join(import.meta.dirname, 'end.ts'))})
     setTimeout(() => process.exit(9), 10_000)
     onEnd(() => Promise.resolve())
     ${late ? '' : `process.send('up')`}`,
  )
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  if (late) child.disconnect()
  else child.once('message', () => child.disconnect())
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
})

// Of two that a restore opens one after the other, only the first was let go of.
test('a command that is ended lets go of everything that it has opened, and tells the signal', async () => {
  const program = join(folder, 'program.mjs')
  writeFileSync(
    program,
    `const { letGoWhenEnded } = await import(${JSON.stringify(join(import.meta.dirname, 'end.ts'))})
     const { writeFileSync } = await import('node:fs')
     const letGo = (name, after) => () => new Promise((gone) => setTimeout(() => (writeFileSync(name, ''), gone()), after))
     setTimeout(() => process.exit(9), 10_000)
     letGoWhenEnded(letGo('first', 0))
     letGoWhenEnded(letGo('second', 300))
     letGoWhenEnded(() => Promise.reject(new Error('gone already')))
     process.send('up')`,
  )
  const child = fork(program, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child.once('message', () => child.kill('SIGTERM'))
  const [code] = (await once(child, 'exit')) as [number | null]
  expect([code, existsSync(join(folder, 'first')), existsSync(join(folder, 'second'))]).toEqual([
    143,
    true,
    true,
  ])
})
