import fc from 'fast-check'
import { expect, test } from 'vitest'
import { carried, drawnRows, heightOf, rowAt, startOf } from './row-window.ts'

const shape = { count: 100_000, rowHeight: 44, headings: [0, 3, 90_000], headingHeight: 36 }

test('a row stands beneath the headings of the groups before it', () => {
  expect([0, 1, 3, 4, 90_001].map((at) => startOf(shape, at))).toEqual([0, 80, 168, 248, 3_960_152])
  expect(startOf(shape, shape.count)).toBe(100_000 * 44 + 3 * 36)
})

test('the row at a distance is the one that begins there or before, and ends after', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(499)),
      fc.nat(60_000),
      fc.constantFrom(36, 44, 92),
      (headings, distance, rowHeight) => {
        const any = { count: 500, rowHeight, headings: headings.sort((a, b) => a - b), headingHeight: 36 }
        const at = rowAt(any, distance)
        expect(startOf(any, at)).toBeLessThanOrEqual(distance)
        expect(at === 499 || startOf(any, at + 1) > distance).toBe(true)
      },
    ),
  )
})

test('what is drawn never leaves the list, and holds the row with the keyboard once', () => {
  expect(drawnRows({ ...shape, count: 0 }, 0, 0, 0)).toEqual([])
  expect(drawnRows({ ...shape, count: 3 }, 0, 2, 1)).toEqual([0, 1, 2])
  expect(drawnRows(shape, 50, 51, 0).slice(0, 3)).toEqual([0, 42, 43])
  expect(drawnRows(shape, 99_999, 99_999, 99_998).at(-1)).toBe(99_999)
  expect(drawnRows(shape, 0, 1, 500).at(-1)).toBe(500)
})

test('a list that is too high for a page is drawn lower, every place of it has one there, and both ends are as they are', () => {
  const long = { ...shape, count: 1_200_000 }
  const [full, drawn] = [startOf(long, long.count), heightOf(long)]
  expect(heightOf(shape)).toBe(startOf(shape, shape.count))
  // Beyond this Firefox draws nothing.
  expect(drawn).toBeLessThan(17_000_000)
  expect([0, 44, 500_000].map((place) => carried(place, full, drawn))).toEqual([0, 44, 500_000])
  expect([full - 44, full].map((place) => carried(place, full, drawn))).toEqual([drawn - 44, drawn])
  fc.assert(
    fc.property(fc.nat(full), fc.nat(full), (a, b) => {
      const top = carried(a, full, drawn)
      expect(Math.abs(carried(top, drawn, full) - a)).toBeLessThan(0.01)
      expect(a <= b).toBe(top <= carried(b, full, drawn))
    }),
  )
})
