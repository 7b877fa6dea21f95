// Lists on a page: their rows over all their pages. Where several lists stand on one page, each next page belongs to one of them; which one
// is told by where it stands, and where that cannot be told the read fails instead of ending early.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator as Found, Page } from 'playwright-core'
import { nameOf } from '../model/recipe.ts'
import type { List, Locator, PagesError, Rows } from '../model/recipe.ts'
import { alone } from './patterns.ts'

/** What a hand lends: how it finds, and how it tells that something is missing. */
export interface Finder {
  page: Page
  patience: number
  at(scope: Page | Found, locator: Locator): Found
  now(scope: Page | Found, name: string): Promise<Found | null>
  soon<T>(look: () => Promise<T | null>, name: string): Promise<T>
  alternativesOf(name: string): Promise<Locator[]>
  missing(name: string): Promise<PagesError>
  /** An error of the present step. */
  wrong(sentence: string): PagesError
}

/** Without a new row for so long a list is at rest, where the page does not say how many it shows. */
const REST_MS = 1_500
const POLL_MS = 100
/** A list that is loading may say for a moment that there is nothing. */
const EMPTY_MS = 500
/** A next page that leads on for ever is not followed for ever. */
const MOST_PAGES = 500
const TABLES = 'table, [role=table], [role=grid]'
/** Everything around a table that holds no other one, the widest first. */
const AROUND =
  'xpath=ancestor::*[count(descendant::table | descendant::*[@role="table" or @role="grid"]) = 1]'

/** All rows of a list. */
export async function rowsOf<F extends string>(
  finder: Finder,
  list: List,
  columns: Readonly<Record<F, string>>,
): Promise<Rows<F>> {
  const all: Record<string, string>[] = []
  const counted: number[] = []
  await overPages(finder, list, async (table) => {
    if (table !== null) all.push(...(await cellsOf(finder, table, list.table, columns)))
    // A page that says that there is none counts, too.
    else if (all.length === 0) counted.push(0)
    if (counted.length === 0) counted.push(...(await countsOf(finder, list)).map(({ whole }) => whole))
    return null
  })
  for (const total of counted)
    if (total !== all.length)
      throw finder.wrong(`the page counts ${total} rows of a list, and ${all.length} were read`)
  return { rows: all, counted: counted.length > 0 }
}

/** The row that has these texts in its cells, by the columns' places, on the page where it stands. */
export async function rowWith(
  finder: Finder,
  list: List,
  cells: Readonly<Record<string, string>>,
): Promise<Found> {
  const { page } = finder
  const row = await overPages(finder, list, async (table) => {
    if (table === null) return null
    const heads = await textsIn(table, 'thead th')
    let rows = table.locator('tbody tr')
    for (const [column, text] of Object.entries(cells)) {
      const nth = (await placeOf(finder, heads, column)) + 1
      const cell = page.locator(`td:nth-child(${nth}), th:nth-child(${nth})`)
      rows = rows.filter({ has: cell.filter({ hasText: alone(text) }) })
    }
    const found = await rows.count()
    if (found > 1) throw finder.wrong('the row stands there twice')
    return found === 1 ? rows : null
  })
  if (row === null) throw finder.wrong('the row was not found')
  return row
}

/** Looks at each page of a list, from the present one on, until `look` gives something. Null is a page of a list without rows. */
async function overPages<T>(
  finder: Finder,
  list: List,
  look: (table: Found | null) => Promise<T | null>,
): Promise<T | null> {
  const { page, patience } = finder
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const table = await shown(finder, list)
    if (table !== null) await atRest(finder, table, list)
    const found = await look(table)
    if (found !== null || table === null) return found
    const next = await nextOf(finder, table, list)
    if (next === null) return demandEnd(finder, list)
    const before = page.url()
    await next.click({ timeout: patience })
    await page.waitForLoadState('load', { timeout: patience })
    if (page.url() === before) break
  }
  throw finder.wrong('the list has no end')
}

/** The table, or null where the page says, and goes on to say, that there is nothing; throws where it does neither. */
async function shown(finder: Finder, list: List): Promise<Found | null> {
  const { page, now, soon } = finder
  let emptySince = Infinity
  const found = await soon(async () => {
    const table = await now(page, list.table)
    if (table !== null) return { table }
    const area = await now(page, list.area)
    const isEmpty = area !== null && (await now(area, list.none)) !== null
    emptySince = isEmpty ? Math.min(emptySince, performance.now()) : Infinity
    return performance.now() < emptySince + EMPTY_MS ? null : { table: null }
  }, list.table)
  return found.table
}

/** The way to the next page of this table; null at its end. */
async function nextOf(finder: Finder, table: Found, list: List): Promise<Found | null> {
  const { page } = finder
  const everywhere = await everyOf(finder, page, list.next)
  if (everywhere.length === 0) return null
  let [own, others]: [Found[], number] = [[], 0]
  const around = table.locator(AROUND)
  if ((await around.count()) > 0) own = await everyOf(finder, around.first(), list.next)
  const tables = page.locator(TABLES)
  for (let i = 0; i < (await tables.count()); i++) {
    const area = tables.nth(i).locator(AROUND)
    if ((await area.count()) > 0) others += (await everyOf(finder, area.first(), list.next)).length
  }
  // One that belongs to no table may be this one's.
  if (others < everywhere.length) throw finder.wrong('which list the next page belongs to cannot be told')
  const [first, ...more] = own
  if (first === undefined) return null
  const target = await first.getAttribute('href')
  for (const link of more)
    if (target === null || (await link.getAttribute('href')) !== target)
      throw finder.wrong('a list has several next pages')
  return first
}

/** Throws where a button could be pressed that would show more: only a next page that is a link is followed. */
async function demandEnd(finder: Finder, list: List): Promise<null> {
  const area = await finder.now(finder.page, list.area)
  const alternatives = area === null ? [] : await finder.alternativesOf(list.more)
  for (const locator of alternatives)
    for (const button of area === null ? [] : await finder.at(area, locator).filter({ visible: true }).all())
      if (await button.isEnabled()) throw finder.wrong('a button would show more of a list')
  return null
}

/** Every visible place of the first alternative that has any. */
async function everyOf(finder: Finder, scope: Page | Found, name: string): Promise<Found[]> {
  for (const locator of await finder.alternativesOf(name)) {
    const found = await finder.at(scope, locator).filter({ visible: true }).all()
    if (found.length > 0) return found
  }
  return []
}

/** What the page tells of the number of rows, wherever it does: how many it shows (null where it does not say), and how many there are. */
async function countsOf(finder: Finder, list: List): Promise<{ here: number | null; whole: number }[]> {
  const area = await finder.now(finder.page, list.area)
  if (area === null) return []
  const places = await everyOf(finder, area, list.count)
  const texts = await Promise.all(places.map((place) => place.innerText()))
  return texts.flatMap((text) => {
    const numbers = (text.match(/\d[\d.,\s]*/g) ?? []).map((one) => Number(one.replace(/\D/g, '')))
    const [first, last] = numbers.length < 3 ? [] : numbers.slice(-3)
    const whole = numbers.at(-1)
    const here = first === undefined || last === undefined ? null : last - first + 1
    return whole === undefined ? [] : [{ here, whole }]
  })
}

/**
 * Waits until a list that loads its rows bit by bit, or as it is looked at, gets no more of them: its first ones would be taken for all. One that
 * shows as many as the page says is at rest.
 */
async function atRest(finder: Finder, table: Found, list: List): Promise<void> {
  const { patience } = finder
  const rows = table.locator('tbody tr')
  const busy = table.locator('xpath=ancestor-or-self::*[@aria-busy="true"]')
  let [seen, grew, since] = [-1, 0, performance.now()]
  while (performance.now() < since + Math.min(REST_MS, patience)) {
    const [count, isBusy] = [await rows.count(), (await busy.count()) > 0]
    const told = await countsOf(finder, list)
    if (!isBusy && told.length > 0 && told.every(({ here }) => here === count)) return
    const now = performance.now()
    if (count !== seen) [seen, grew] = [count, now]
    if (grew === now || isBusy) since = now
    if (now > grew + patience) throw finder.wrong('a list does not end to load')
    // One that cannot be scrolled to, as one that is not shown, is not waited for.
    if (count > 0)
      await rows
        .last()
        .scrollIntoViewIfNeeded({ timeout: POLL_MS })
        .catch(() => undefined)
    await sleep(POLL_MS)
  }
}

async function cellsOf(
  finder: Finder,
  table: Found,
  name: string,
  columns: Readonly<Record<string, string>>,
): Promise<Record<string, string>[]> {
  const heads = await textsIn(table, 'thead th')
  const cells = await textsIn(table, 'tbody td, tbody th')
  // Cells that do not fill their rows would be read into wrong columns.
  if (heads.length === 0 || cells.length % heads.length !== 0) throw await finder.missing(name)
  const rows = Array.from({ length: cells.length / heads.length }, (_, row) =>
    cells.slice(row * heads.length, (row + 1) * heads.length),
  )
  const places: [string, number][] = []
  for (const [field, column] of Object.entries(columns))
    places.push([field, await placeOf(finder, heads, column)])
  return rows.map((row) => Object.fromEntries(places.map(([field, place]) => [field, row[place] ?? ''])))
}

const textsIn = async (table: Found, cells: string): Promise<string[]> =>
  (await table.locator(cells).allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim())

/** Which column of a table a place is. */
async function placeOf(finder: Finder, heads: readonly string[], column: string): Promise<number> {
  const names = (await finder.alternativesOf(column)).map(nameOf)
  const place = heads.findIndex((head) => names.includes(head))
  if (place < 0) throw await finder.missing(column)
  return place
}
