// A list as long as nobody has one, pretended to the page: the console's part of it is real.
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** The whole of it is on the screen, and nothing lies over it. */
export async function inSight(target: Locator): Promise<boolean> {
  return target
    .evaluate((one) => {
      interface Box {
        left: number
        right: number
        top: number
        bottom: number
      }
      interface Node {
        getBoundingClientRect(): Box
        contains(other: unknown): boolean
      }
      const { document, innerWidth, innerHeight } = globalThis as unknown as {
        document: { elementFromPoint(x: number, y: number): Node | null }
        innerWidth: number
        innerHeight: number
      }
      const node = one as unknown as Node
      const { left, right, top, bottom } = node.getBoundingClientRect()
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      const isWithin = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
      return isWithin && over !== null && (node.contains(over) || over.contains(node))
    })
    .catch(() => false)
}

/** The list of people as one of so many, each named by their place; what `fails` for an offset is refused. */
export async function pretendPeople(
  page: Page,
  workspace: string,
  count: number,
  fails: (offset: number) => boolean,
): Promise<void> {
  const [sample] = await page
    .evaluate(async (url) => (await fetch(url)).json(), `/api/v1/workspaces/${workspace}/identities?limit=1`)
    .then((list: unknown) => (list as { rows: object[] }).rows)
  await page.route(/\/identities\?/, (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset') ?? 0)
    const error = { code: 'invalid', sentence: 'This did not work.', reference: null, fields: {} }
    if (fails(offset)) return route.fulfill({ status: 400, json: { error } })
    const rows = Array.from({ length: Math.min(100, count - offset) }, (_, n) => ({
      ...sample,
      id: `person-${offset + n + 1}`,
      name: `Person no. ${offset + n + 1}`,
    }))
    return route.fulfill({ json: { rows, total: count, facets: {} } })
  })
}

/** The first row that is whole on the screen: whose it is, and where. */
export async function firstInSight(page: Page): Promise<{ n: number; y: number }> {
  for (const one of await page.getByText(/^Person no\. \d+$/).all())
    if (await inSight(one))
      return { n: Number((await one.innerText()).slice(11)), y: (await one.boundingBox())?.y ?? 0 }
  return expect.fail('no person in sight')
}

/** Puts the scroll bar of the list, on a phone that of the page, to a share of its way. */
export async function scrollPeople(page: Page, share: number): Promise<void> {
  await page.evaluate((share) => {
    interface Scroller {
      clientHeight: number
      scrollHeight: number
      scrollTop: number
    }
    const { document, innerHeight } = globalThis as unknown as {
      innerHeight: number
      document: { scrollingElement: Scroller; querySelector(of: string): Scroller }
    }
    const table = document.querySelector('[role=table]')
    const one = table.clientHeight < innerHeight ? table : document.scrollingElement
    one.scrollTop = one.scrollHeight * share
  }, share)
}
