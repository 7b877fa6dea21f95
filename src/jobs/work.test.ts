import { expect, test } from 'vitest'
import { limiter } from './work.ts'

test('a limiter lets as many through as it has places, in order, and gives a place back after a failure', async () => {
  const through = limiter(2)
  const started: number[] = []
  const ends: (() => void)[] = []
  const run = (n: number) =>
    through(async () => {
      started.push(n)
      await new Promise<void>((end) => ends.push(end))
      if (n === 0) throw new Error('first')
      return n
    })
  const all = [0, 1, 2, 3].map(run)
  const settled = Promise.allSettled(all)
  await Promise.resolve()
  expect(started).toEqual([0, 1])
  ends[0]?.()
  await expect(all[0]).rejects.toThrow('first')
  await Promise.resolve()
  expect(started).toEqual([0, 1, 2])
  ends[1]?.()
  await all[1]
  await Promise.resolve()
  expect(started).toEqual([0, 1, 2, 3])
  ends[2]?.()
  ends[3]?.()
  expect((await settled).map((s) => s.status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
})
