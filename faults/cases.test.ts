import { expect, test } from 'vitest'
import { asked, runFamily } from './cases.ts'
import type { Case, Only } from './cases.ts'

const green: Case = { name: 'green', run: () => Promise.resolve([]) }
const red: Case = { name: 'red', run: () => Promise.resolve(['a row is missing']) }
const broken: Case = { name: 'broken', run: () => Promise.reject(new Error('it broke')) }

async function told(cases: Case[], planted: Case[], only: Only = null) {
  const lines: string[] = []
  const tally = await runFamily(
    { name: 'test', seed: 5, about: [], cases, planted },
    (l) => lines.push(l),
    only,
  )
  return { tally, lines }
}

test('a red case is told with what is needed to play it again, and the last line counts', async () => {
  const { tally, lines } = await told([green, red, broken], [])
  expect(tally).toEqual({ passed: 1, failed: 2 })
  expect(lines).toContain('RED   case 2, seed 5: red')
  expect(lines.join('\n')).toContain('a row is missing')
  expect(lines.join('\n')).toContain('it broke')
  expect(lines.at(-1)).toBe('1 passed, 2 failed')
})

test('a planted violation that is not found fails the run', async () => {
  expect((await told([green], [red])).tally).toEqual({ passed: 2, failed: 0 })
  expect((await told([green], [green])).tally).toEqual({ passed: 1, failed: 1 })
})

test('one case can be played alone', async () => {
  expect((await told([red, green], [green], 2)).tally).toEqual({ passed: 1, failed: 0 })
})

test('every third case can be played, and the planted violations with them', async () => {
  const { tally, lines } = await told([red, green, red, red, green], [red], { from: 2, step: 3 })
  expect(tally).toEqual({ passed: 3, failed: 0 })
  expect(lines.join('\n')).toContain('every 3. from 2 on: 2 (sampling)')
})

test('the command line names the number of cases, the seed and a single case', () => {
  expect(asked([], 1)).toEqual({ cases: null, seed: 1, only: null })
  expect(asked(['40', '--seed', '9', '--only', '3'], 1)).toEqual({ cases: 40, seed: 9, only: 3 })
  expect(asked(['--only', '2/3'], 1).only).toEqual({ from: 2, step: 3 })
  expect(() => asked(['--only', '0/3'], 1)).toThrow('names no case')
  expect(asked(['all'], 1, true).cases).toBeGreaterThan(1_000_000)
  expect(() => asked(['all'], 1)).toThrow('give their number')
  expect(() => asked(['many'], 1)).toThrow('is not a number')
})
