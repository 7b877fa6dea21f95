// The judge of faults: what it has to find, and the one thing that only looks like a mistake.
import { expect, test } from 'vitest'
import { damage } from './oracle.ts'

const asSet = (...lines: string[]) => new Set(lines)
const live = (...lines: string[]) => ({ live: asSet(...lines), ended: asSet() })

const nora = 'principal 7 300'
const [page, shop] = ['grant 7 page 1 direct  ADVERTISE', 'grant 7 product_catalog 2 direct  MANAGE']

test('what was true and still is may not end, and nothing may be stored that never was', () => {
  expect(damage(asSet(nora, page), asSet(nora, page), live(nora))).toEqual([`wrongly ended: ${page}`])
  expect(damage(asSet(nora, page), asSet(nora, page), live(page))).toEqual([`wrongly ended: ${nora}`])
  expect(damage(asSet(nora), asSet(nora), live(nora, shop))).toEqual([`was never true: ${shop}`])
  expect(damage(asSet(nora, page), asSet(), live())).toEqual([])
})

test("a partner's person who lost all that was known of them ends, though a right that was not read was added", () => {
  expect(damage(asSet(nora, page), asSet(nora, shop), live())).toEqual([])
  const own = 'principal 7 own'
  expect(damage(asSet(own, page), asSet(own, shop), live())).toEqual([`wrongly ended: ${own}`])
})
