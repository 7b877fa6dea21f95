// Lists on pages, by a real Chromium: which row is meant, and when all of them have been read.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, launchBrowser } from '../../e2e/harness.ts'
import type { List, Recipe } from '../model/recipe.ts'
import { handOn } from './hand.ts'

const recipe: Recipe = {
  id: 'test',
  version: 1,
  places: { list: '/list' },
  words: {
    en: {
      list: [{ role: 'table', name: 'Requests' }],
      'list.area': [{ role: 'region', name: 'Requests' }],
      none: [{ text: 'None' }],
      next: [{ role: 'link', name: 'Next page' }],
      more: [
        { role: 'button', name: 'Next' },
        { role: 'button', name: 'See more' },
      ],
      count: [{ text: '{number}–{number} of {number}' }],
      approve: [{ role: 'button', name: 'Approve' }],
      sure: [{ role: 'dialog', name: 'Sure?' }],
      name: [{ role: 'columnheader', name: 'Business' }],
      id: [{ role: 'columnheader', name: 'Business ID' }],
    },
  },
}
const columns = { name: 'name', id: 'id' }
const list: List = {
  table: 'list',
  area: 'list.area',
  none: 'none',
  next: 'next',
  more: 'more',
  count: 'count',
}

const rowsOf = (rows: [string, string][]) =>
  rows
    .map(
      ([name, id]) =>
        `<tr><td>${name}</td><td>${id}</td><td><button onclick="document.title='${id}'">Approve</button></td></tr>`,
    )
    .join('')
const pageOf = (rows: [string, string][], around: { above?: string; below?: string } = {}) =>
  `<html lang="en"><section aria-label="Requests">${around.above ?? ''}<table aria-label="Requests"><thead><tr><th>Business</th><th>Business ID</th><th>Actions</th></tr></thead><tbody>${rowsOf(rows)}</tbody></table>${around.below ?? ''}</section></html>`

describe.skipIf(findChromium() === null)('a list', { timeout: 60_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser.close())

  async function on(pages: Record<string, string>) {
    const page = await (await browser.newContext()).newPage()
    await page.route('**/*', (route) => {
      const { pathname, search } = new URL(route.request().url())
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: pages[pathname + search] ?? '' })
    })
    const hand = handOn(page, {
      recipe,
      address: 'http://one.example',
      business: '1',
      patience: 3_000,
      signedOut: [],
      keep: () => Promise.resolve(),
      signal: new AbortController().signal,
    })
    await hand.open('list')
    return { hand, page }
  }

  test('the row of a business is that with its ID, not one of a business that is called so', async () => {
    const next = '<a href="/list?2">Next page</a>'
    const { hand, page } = await on({
      '/list': pageOf([['4711', '6666']], { below: next }),
      '/list?2': pageOf([['Good', '4711']]),
    })
    await hand.press('approve', { list, cells: { id: '4711' } })
    expect(await page.title()).toBe('4711')
  })

  test('a dialog about a longer number is about something else', async () => {
    const { hand } = await on({
      '/list': '<html lang="en"><dialog open aria-label="Sure?">Business 47112 · 815</dialog></html>',
    })
    await hand.confirm('sure', ['47112', '815'])
    await expect(hand.confirm('sure', ['4711', '815'])).rejects.toThrow('about something else')
  })

  test('a count that stands above and below the list counts', async () => {
    const count = '<p>1–1 of 3</p>'
    const { hand } = await on({ '/list': pageOf([['Good', '4711']], { above: count, below: count }) })
    await expect(hand.rows(list, columns)).rejects.toThrow('counts 3 rows')
  })

  test('a list that loads its rows as it is looked at is not read before it has come to rest', async () => {
    const grows = `<script>const add=(n)=>setTimeout(()=>{document.querySelector('tbody').insertAdjacentHTML('beforeend','<tr><td>B'+n+'</td><td>'+n+'</td><td></td></tr>');if(n<6)add(n+1)},200);add(1)</script>`
    const { hand } = await on({ '/list': pageOf([['Good', '4711']], { below: grows }) })
    expect((await hand.rows(list, columns)).rows).toHaveLength(7)
  })

  test('a list that says that it loads is waited for, whatever it shows', async () => {
    const loads = `<script>document.querySelector('table').ariaBusy=true;setTimeout(()=>{document.querySelector('tbody').insertAdjacentHTML('beforeend','<tr><td>B</td><td>1</td><td></td></tr>');document.querySelector('table').ariaBusy=false},2000)</script>`
    const { hand } = await on({ '/list': pageOf([['Good', '4711']], { below: loads }) })
    expect((await hand.rows(list, columns)).rows).toHaveLength(2)
  })

  test('a list that says for a moment that it is empty is not', async () => {
    const whole = pageOf([['Good', '4711']])
    const soon = `<section aria-label="Requests"><p>None</p></section><script>setTimeout(()=>{document.body.innerHTML=${JSON.stringify(whole.replace(/<\/?html[^>]*>/g, ''))}},300)</script>`
    const { hand } = await on({ '/list': `<html lang="en"><body>${soon}</body></html>` })
    expect((await hand.rows(list, columns)).rows).toHaveLength(1)
  })

  test('a list is counted where the page says how many rows it has, or that there is none', async () => {
    const rows: [string, string][] = [['Good', '4711']]
    const counted = async (body: string) => {
      const { hand } = await on({ '/list': body })
      return (await hand.rows(list, columns)).counted
    }
    expect(await counted(pageOf(rows, { above: '<p>1–1 of 1</p>' }))).toBe(true)
    expect(await counted(pageOf(rows))).toBe(false)
    expect(await counted('<html lang="en"><section aria-label="Requests"><p>None</p></section></html>')).toBe(
      true,
    )
    // A table that has heads and no rows says nothing.
    expect(await counted(pageOf([]))).toBe(false)
  })

  test('a list that a button would show more of was not read', async () => {
    const { hand, page } = await on({
      '/list': pageOf([['Good', '4711']], {
        below: '<button disabled>Next</button><button>See more</button>',
      }),
    })
    await expect(hand.rows(list, columns)).rejects.toThrow('a button would show more')
    await page.getByRole('button', { name: 'See more' }).evaluate((button: { disabled: boolean }) => {
      button.disabled = true
    })
    expect((await hand.rows(list, columns)).rows).toHaveLength(1)
  })

  test('a press in a dialog has ended when the dialog has, not before what it sends has arrived', async () => {
    const press = `fetch('/taken').then((told) => told.text()).then(() => this.closest('dialog').remove())`
    const { hand, page } = await on({
      '/list': `<html lang="en"><dialog open aria-label="Sure?"><button onclick="${press}">Approve</button></dialog></html>`,
    })
    const broken: string[] = []
    page.on('requestfailed', (request) => broken.push(new URL(request.url()).pathname))
    await page.route('**/taken', async (route) => {
      await new Promise((go) => setTimeout(go, 800))
      await route.fulfill({ body: 'yes' })
    })
    await hand.press('approve', { dialog: 'sure' })
    await hand.open('list')
    expect(broken).toEqual([])
  })
})
