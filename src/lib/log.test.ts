// The log: one line per event whatever is in it, and nothing that hides itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Redacted } from '../model/redacted.ts'
import { createLog, during, jsonLine, logLine, logLevels } from './log.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

describe('a line', () => {
  test('has time, level, message and facts', () => {
    const line = logLine(at, 'info', 'job started', {
      job: 'a-1',
      rows: 3,
      name: 'two words',
      none: undefined,
    })
    expect(line).toBe('2026-01-02T03:04:05.678Z info  job started job=a-1 rows=3 name="two words"')
  })

  test('stays one line, and no name can forge another or colour it', () => {
    const hostile = 'x\n2026-01-02T03:04:05.678Z info  forged\r\u001b[31m\u2028\u202e'
    const line = logLine(at, 'info', hostile, { name: hostile, deep: { name: hostile } })
    expect(line).not.toMatch(/[\u0000-\u001f\u2028\u202e]/)
  })

  test('hides what hides itself, wherever it stands', () => {
    const token = new Redacted('canary')
    const error = new Error('failed', { cause: new Error(`with ${String(token)}`) })
    const line = logLine(at, 'error', 'x', { token, deep: { list: [token] }, error })
    expect(line).not.toContain('canary')
    expect(line.match(/\[redacted\]/g)).toHaveLength(3)
  })

  test('tells an error with its code, its place and its cause', () => {
    const error = Object.assign(new Error('outer', { cause: new TypeError('inner') }), { code: 'E_X' })
    const line = logLine(at, 'error', 'x', { error })
    expect(line).toContain('Error: outer (E_X) at ')
    expect(line).toContain('caused by TypeError: inner')
    expect(line).toContain('log.test.ts')
  })

  test('survives what cannot be printed, and is cut where it is endless', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(logLine(at, 'info', 'x', { circle, big: 1n })).toContain(
      'circle=[cannot be printed] big=[cannot be printed]',
    )
    expect(logLine(at, 'info', 'x', { text: 'y '.repeat(100_000) }).length).toBeLessThan(3_000)
  })
})

test.each(logLevels)('at level %s what is below is not printed', (level) => {
  const lines: string[] = []
  const log = createLog(level, (line) => lines.push(line)).with({ part: 'test' })
  for (const one of ['debug', 'info', 'warn', 'error'] as const) log[one](one)
  expect(lines).toHaveLength(4 - logLevels.indexOf(level))
  for (const line of lines) expect(line).toContain('part=test')
})

test('an error that is its own cause is told, and not for ever', () => {
  const error = new Error('in a circle')
  error.cause = error
  expect(logLine(at, 'error', 'broke', { error })).toContain('Error: in a circle')
})

describe('a line for machines', () => {
  test('is one object, in which no fact covers time, level or message, and hides what hides itself', () => {
    const token = new Redacted('canary')
    const facts = {
      job: 'a-1',
      rows: 3,
      level: 'forged',
      token,
      deep: { list: [token] },
      text: 'a\nb\u2028',
      none: undefined,
    }
    const line = jsonLine(at, 'warn', 'job\nstarted', facts)
    expect(line).not.toMatch(/[\u0000-\u001f\u2028]/)
    expect(line).not.toContain('canary')
    expect(JSON.parse(line)).toEqual({
      at: '2026-01-02T03:04:05.678Z',
      level: 'warn',
      message: 'job\nstarted',
      job: 'a-1',
      rows: 3,
      level_: 'forged',
      token: '"[redacted]"',
      deep: '{"list":["[redacted]"]}',
      text: 'a\nb\u2028',
    })
  })
})

test('what surrounds a call is on each of its lines, whichever log writes them, and on no other', async () => {
  const lines: string[] = []
  const log = createLog('info', (line) => lines.push(line))
  await Promise.all([
    during({ request: 'r1' }, async () => {
      await new Promise((go) => setTimeout(go, 5))
      during({ job: 'j1' }, () => log.info('first'))
    }),
    during({ request: 'r2' }, () => Promise.resolve(log.with({ part: 'x' }).info('second'))),
  ])
  log.info('third')
  const told = lines.map((line) => line.replace(/^\S+ info +/, ''))
  expect(told).toEqual(['second request=r2 part=x', 'first request=r1 job=j1', 'third'])
})

test.skipIf(!existsSync('/dev/full')).each([
  ['a full disk', () => openSync('/dev/full', 'w')],
  ['a reader that went away', () => 'pipe' as const],
])('what cannot be written to %s breaks nothing', async (_, where) => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
    process.once('message', () => {
      let n = 0
      setInterval(() => {
        createLog('info').info('told')
        console.log('said')
        if (++n === 4) process.exit(7)
      }, 25)
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', where(), where(), 'ipc'],
  })
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.send('go')
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(7)
})
