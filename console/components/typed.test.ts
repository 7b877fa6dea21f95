// A name from a provider can be typed to confirm, whatever it holds that cannot be typed.
import { expect, test } from 'vitest'
import { sameTyped } from './typed.ts'

test.each([
  ['Ada Lovelace', 'Ada  Lovelace'],
  ['Ada Lovelace', 'Ada\u00a0Lovelace'],
  ['Ada Lovelace', '\u202eAda\u2066 Love\u200blace\u2069'],
  ['Zoë', 'Zoe\u0308'],
  [' Ada ', 'Ada\n'],
])('%j stands for %j', (typed, wanted) => expect(sameTyped(typed, wanted)).toBe(true))

test.each([
  ['', 'Ada'],
  ['ada', 'Ada'],
  ['AdaLovelace', 'Ada Lovelace'],
])('%j does not stand for %j', (typed, wanted) => expect(sameTyped(typed, wanted)).toBe(false))
