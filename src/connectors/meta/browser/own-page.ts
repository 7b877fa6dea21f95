// Pages of single people and partners: a list that leaves somebody out may still be followed by their own page.
import type { PagesContext } from '../../connector.ts'

export interface OwnPage {
  /** The place, and what in its address names whose it is. */
  place: string
  value: string
  /** What shows where it is somebody's. */
  shows: readonly string[]
  /** What shows then, too, and alone where there is nobody. */
  alone: string
}

/** Those of these who have a page of their own. */
export function foundOn({ hand }: PagesContext, page: OwnPage, ids: readonly string[]): Promise<string[]> {
  return hand.look('Look for what is missing from the list', async () => {
    const found: string[] = []
    for (const id of ids) {
      await hand.open(page.place, { [page.value]: id })
      if ((await hand.first([...page.shows, page.alone])) !== page.alone) found.push(id)
    }
    return found
  })
}
