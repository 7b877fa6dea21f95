// Proves that askTogether() asks less than it is asked, and answers nobody from a look that began before they came.
import { expect, test } from 'vitest'
import { askTogether } from './together.ts'

/** A question whose answers come when they are let. */
function asking() {
  const open: (() => void)[] = []
  let began = 0
  return {
    began: () => began,
    ask: () => {
      const mine = ++began
      return new Promise<number>((done) => open.push(() => done(mine)))
    },
    answer: async () => {
      open.shift()?.()
      await new Promise((go) => setImmediate(go))
    },
  }
}

test('who comes while a question runs shares the next one', async () => {
  const { ask, answer, began } = asking()
  const together = askTogether<number>()
  const first = together('a', ask)
  const others = [together('a', ask), together('a', ask), together('a', ask)]
  expect(began()).toBe(1)
  await answer()
  expect(await first).toBe(1)
  expect(began()).toBe(2)
  // The second has begun: whoever comes now waits for a third.
  const late = together('a', ask)
  await answer()
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  await answer()
  expect(await late).toBe(3)
})

test('keys do not wait for each other, and a failure is told to those who asked alone', async () => {
  const together = askTogether<string>()
  const fails = together('a', () => Promise.reject(new Error('no')))
  const other = together('b', () => Promise.resolve('b'))
  const next = together('a', () => Promise.resolve('again'))
  await expect(fails).rejects.toThrow('no')
  expect(await other).toBe('b')
  expect(await next).toBe('again')
})
