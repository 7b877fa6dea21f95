// Cells of Meta's pages as the API would tell them: ids, empty ones, and words turned back into Meta's codes by the recipe.
import { PagesError } from '../../../model/recipe.ts'
import type { Hand } from '../../../model/recipe.ts'
import type { AssetKind } from '../asset-kind.ts'
import { kinds } from '../kinds.ts'
import { recipe } from './recipe.ts'

const mend = 'Look for a newer release, or add the new word to the recipe file.'

/** An id of Meta's. Throws PagesError where the cell holds none. */
export function idIn(cell: string, what: string): string {
  if (!/^(act_)?\d{1,20}$/.test(cell)) throw new PagesError('missing', `${what}: a row has no ID.`, mend)
  return cell
}

/** Kinds of assets that the pages show. */
export const kindsShown = kinds.filter((kind) => recipe.words['en']?.[`type.${kind.type}`] !== undefined)

export const textIn = (cell: string): string | null =>
  cell === '' || cell === '–' || cell === '-' ? null : cell

export type Decode = (word: string, names: readonly string[]) => Promise<string>

/** Meta's own way of writing a code. In small letters only with a line between: "pending" may be any language's word. */
const CODE = /^([A-Z][A-Z0-9_]+|[a-z][a-z0-9]*(_[a-z0-9]+)+)$/

const codeIn = (name: string): string => name.slice(name.indexOf('.') + 1)

/**
 * Turns words into codes: `role.ADMIN` gives ADMIN. A code that the page shows as it is stays so; a word that the recipe does not know
 * throws PagesError, since guessing it could hide a right.
 */
export function decoder(hand: Hand, what: string): Decode {
  const known = new Map<string, string>()
  return async (word, names) => {
    const key = `${word}\n${names.join()}`
    const before = known.get(key)
    if (before !== undefined) return before
    const name = (await hand.meaning(word, names)) ?? names.find((one) => codeIn(one) === word) ?? null
    if (name === null && !CODE.test(word)) {
      const kind = names[0]?.split('.')[0] ?? 'word'
      throw new PagesError(
        'missing',
        `${what}: the recipe does not know a word that stands for a ${kind}.`,
        mend,
      )
    }
    const code = name === null ? word : codeIn(name)
    known.set(key, code)
    return code
  }
}

/** What may be done with an asset, from a cell of words with commas between them; sorted, each once. */
export async function entitlementsIn(cell: string, kind: AssetKind, decode: Decode): Promise<string[]> {
  const known = kind.tasks.map((task) => `task.${task.name}`)
  const told: string[] = []
  for (const word of cell.split(',').map((one) => one.trim()))
    if (word !== '') told.push(await decode(word, known))
  return [...new Set(told)].sort()
}
