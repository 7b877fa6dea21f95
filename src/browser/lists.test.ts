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
      count: [{ text: '{number}–{number} of {number}' }],
      approve: [{ role: 'button', name: 'Approve' }],
      sure: [{ role: 'dialog', name: 'Sure?' }],
      name: [{ role: 'columnheader', name: 'Business' }],
      id: [{ role: 'columnheader', name: 'Business ID' }],
    },
  },
}
const list: List = { table: 'list', area: 'list.area', none: 'none', next: 'next', count: 'count' }

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
})
