// What is shown while choices are under way: the newest choice stays, whichever of them the server takes or refuses first.
import { expect, test } from 'vitest'
import { makeChoices } from './choices.ts'

interface Values {
  theme: string
  density: string
}
const kept: Values = { theme: 'light', density: 'compact' }
const dark = { theme: 'dark' }
const system = { theme: 'system' }

test('a choice that fails takes back itself, and no newer one', () => {
  const choices = makeChoices<Values>()
  let shown = choices.make(choices.make(kept, dark), system)
  shown = choices.refused(shown, dark)
  expect(shown).toEqual({ theme: 'system', density: 'compact' })
  expect(choices.taken({ ...kept, ...system }, system)).toEqual({ theme: 'system', density: 'compact' })
})

test('where all fail, what the server has is back, and not a choice that it never took', () => {
  const choices = makeChoices<Values>()
  let shown = choices.make(choices.make(kept, dark), system)
  shown = choices.refused(shown, dark)
  expect(choices.refused(shown, system)).toEqual(kept)
})

test('an answer to an older choice does not cover a newer one', () => {
  const choices = makeChoices<Values>()
  choices.make(choices.make(kept, dark), system)
  let shown = choices.taken({ ...kept, ...dark }, dark)
  expect(shown).toEqual({ theme: 'system', density: 'compact' })
  shown = choices.refused(shown, system)
  expect(shown).toEqual({ theme: 'dark', density: 'compact' })
})

test('a choice that fails leaves alone what came of other things meanwhile', () => {
  const choices = makeChoices<Values>()
  const shown = choices.make(kept, dark)
  expect(choices.refused({ ...shown, density: 'comfortable' }, dark)).toEqual({
    theme: 'light',
    density: 'comfortable',
  })
})
