// The judge of times: known answers, and no difference where there is none.
import { expect, test } from 'vitest'
import { random } from '../src/connectors/meta/simulator/random.ts'
import { holm, mannWhitney } from './mann-whitney.ts'

test('a worked example: U is 17 of 20, which is p = 0.086 without a correction for continuity', () => {
  const { p, shift } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12])
  expect(p).toBeCloseTo(0.0864, 3)
  expect(shift).toBe(5)
})

test('ties: all equal is no difference, and equal values count for both', () => {
  expect(mannWhitney([5, 5, 5], [5, 5, 5]).p).toBeCloseTo(1, 6)
  expect(mannWhitney([1, 2, 2, 3], [1, 2, 2, 3]).p).toBeCloseTo(1, 6)
})

test('of a thousand pairs without a difference about one in a hundred is below 0.01, and a small shift is found', () => {
  const chance = random(7, 'times')
  const sample = (shift: number) => Array.from({ length: 60 }, () => chance.next() ** 3 + shift)
  const low = Array.from({ length: 1_000 }, () => mannWhitney(sample(0), sample(0)).p).filter((p) => p < 0.01)
  expect(low.length).toBeGreaterThan(2)
  expect(low.length).toBeLessThan(25)
  expect(mannWhitney(sample(0.3), sample(0)).p).toBeLessThan(0.001)
})

test('Holm: the smallest counts as often as there are pairs, and none counts less than a smaller one', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02].map((p) => expect.closeTo(p, 6)))
  expect(holm([0.9, 0.8])).toEqual([1, 1])
})
