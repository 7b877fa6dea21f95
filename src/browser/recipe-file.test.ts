// A recipe in the data folder: what is wrong with it is told by name, and one of an earlier version goes on working after a release.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recipe as own } from '../connectors/meta/browser/recipe.ts'
import type { Recipe } from '../model/recipe.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { loadRecipe } from './recipe-file.ts'

function loaded(data: unknown): Recipe {
  const folder = temporaryFolder('recipe')
  mkdirSync(join(folder, 'recipes'), { recursive: true })
  writeFileSync(join(folder, 'recipes', `${own.id}.json`), JSON.stringify(data))
  return loadRecipe(folder, own).recipe
}

test('a file of the present version must be whole, and knows no other names', () => {
  const en = Object.fromEntries(
    Object.entries(own.words['en'] ?? {}).filter(([name]) => name !== 'people.list'),
  )
  const data = {
    ...own,
    places: { requests: '/elsewhere' },
    words: { en, de: { 'people.lists': [{ text: 'x' }] } },
  }
  expect(() => loaded(data)).toThrow(/places\.people: is missing/)
  expect(() => loaded(data)).toThrow(/words\.en\.people\.list: is missing/)
  expect(() => loaded(data)).toThrow(/words\.de\.people\.lists: is not known/)
  expect(() => loaded({ ...own, words: { en: { 'people.list': [{ role: 'button', nam: 'x' }] } } })).toThrow(
    /words\.en\.people\.list/,
  )
})

test('a file of an earlier version keeps its labels, and takes what is new from the built-in one', () => {
  const wave: Recipe['words'] = { en: { 'requests.approve': [{ role: 'button', name: 'Wave through' }] } }
  const found = loaded({ ...own, version: own.version - 1, places: { requests: '/elsewhere' }, words: wave })
  expect(found.places).toEqual({ ...own.places, requests: '/elsewhere' })
  expect(found.words['en']).toEqual({ ...own.words['en'], ...wave['en'] })
  expect(found.words['de']).toEqual(own.words['de'])
  expect(() =>
    loaded({ ...own, version: own.version - 1, words: { en: { approve: [{ text: 'x' }] } } }),
  ).toThrow(/words\.en\.approve: is not known/)
})
