import { expect, test } from 'vitest'
import { keysAfter } from './row-keys.ts'

const drawn = (rows: number[]) => keysAfter({ rows: [], keys: [] }, rows)

test('elements of the rows that went stand for the rows of a jump', () => {
  const before = drawn([0, 1, 2, 3])
  expect(keysAfter(before, [50, 51, 52, 53]).keys).toEqual(before.keys)
  expect(keysAfter(before, [50, 51]).keys).toEqual([0, 1])
  expect(keysAfter(before, [50, 51, 52, 53, 54]).keys).toEqual([0, 1, 2, 3, 4])
})

test('while rows stay, every element stays what it is and none changes its place', () => {
  const before = drawn([10, 11, 12, 13])
  expect(keysAfter(before, [12, 13, 14, 15]).keys).toEqual([2, 3, 4, 5])
  expect(keysAfter(before, [8, 9, 10, 11]).keys).toEqual([4, 5, 0, 1])
})

test('the row with the keyboard keeps its element in a jump, and the others are not moved around it', () => {
  const before = drawn([0, 20, 21, 22])
  expect(keysAfter(before, [0, 70, 71, 72]).keys).toEqual([0, 1, 2, 3])
  const middle = drawn([50, 60, 61, 62])
  // It was before the others and comes after them: these are new, or it would be moved.
  expect(keysAfter(middle, [10, 11, 12, 50]).keys).toEqual([4, 5, 6, 0])
})

test('no two rows share an element, whatever comes', () => {
  let now = drawn([])
  for (const [first, count] of [
    [0, 8],
    [3, 9],
    [400, 12],
    [390, 12],
    [0, 4],
    [9_000, 20],
    [8_999, 20],
  ] as const) {
    const rows = Array.from({ length: count }, (_, at) => first + at)
    now = keysAfter(now, first > 100 ? [2, ...rows] : rows)
    expect(new Set(now.keys).size).toBe(now.rows.length)
  }
})
