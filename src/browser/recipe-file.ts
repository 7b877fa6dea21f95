// The recipe in force: the built-in one, or the file <data folder>/recipes/<id>.json that replaces it, checked when the program starts.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Recipe } from '../model/recipe.ts'

/**
 * A file that replaces an earlier version takes what that version did not have from the built-in recipe, so that a new release starts with
 * it. Throws an Error that names the file and everything that is wrong with it.
 */
export function loadRecipe(dataDir: string, own: Recipe): { recipe: Recipe; file: string | null } {
  const file = join(dataDir, 'recipes', `${own.id}.json`)
  if (!existsSync(file)) return { recipe: checked(own, own, `the built-in recipe ${own.id}`), file: null }
  let data: unknown
  try {
    data = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`The recipe ${file} is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  return { recipe: checked(data, own, `the recipe ${file}`), file }
}

function checked(data: unknown, own: Recipe, what: string): Recipe {
  const parsed = Recipe.safeParse(data)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`Something is wrong with ${what}:\n${issues.join('\n')}`)
  }
  const recipe = parsed.data.version < own.version ? completed(parsed.data, own) : parsed.data
  const complaints = [
    ...(recipe.id === own.id ? [] : [`  id: must be ${own.id}`]),
    ...Object.keys(own.places).flatMap((place) =>
      recipe.places[place] === undefined ? [`  places.${place}: is missing`] : [],
    ),
    // Names that a language lacks are taken from English.
    ...Object.keys(own.words['en'] ?? {}).flatMap((name) =>
      recipe.words['en']?.[name] === undefined ? [`  words.en.${name}: is missing`] : [],
    ),
    ...Object.entries(recipe.words).flatMap(([language, words]) =>
      Object.keys(words).flatMap((name) =>
        own.words['en']?.[name] === undefined ? [`  words.${language}.${name}: is not known`] : [],
      ),
    ),
  ]
  if (complaints.length > 0) throw new Error(`Something is wrong with ${what}:\n${complaints.join('\n')}`)
  return recipe
}

function completed(recipe: Recipe, own: Recipe): Recipe {
  const words = Object.fromEntries(
    Object.entries({ ...own.words, ...recipe.words }).map(([language, names]) => [
      language,
      { ...own.words[language], ...names },
    ]),
  )
  return { ...recipe, places: { ...own.places, ...recipe.places }, words }
}
