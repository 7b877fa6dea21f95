// What the hand tells of a browser that says no: a sentence of ours to the person, the browser's own words to the log.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, launchBrowser } from '../../e2e/harness.ts'
import { createLog } from '../lib/log.ts'
import type { PagesError } from '../model/recipe.ts'
import { told, wordsOf } from './errors.ts'
import { handOn } from './hand.ts'

const recipe = {
  id: 'test',
  version: 1,
  places: { list: '/list' },
  words: {
    en: {},
  },
}

describe.skipIf(findChromium() === null)('a hand', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser.close())

  const handOf = (page: Page) =>
    handOn(page, {
      recipe,
      address: 'http://one.example',
      business: '1',
      patience: 15_000,
      signedOut: [],
      keep: () => Promise.resolve(),
      signal: new AbortController().signal,
    })

  test('keeps what the browser said as the cause, without an address and without a text', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.route('**/*', (route) => route.abort())
    const failed = (await handOf(page)
      .step('Open the page', () => handOf(page).open('list'))
      .catch((error: unknown) => error)) as PagesError
    expect(failed.message).toBe('A page did not load in time.')
    expect((failed.cause as Error).message).toBe('page.goto: net::ERR_FAILED at <address>')
  })
})

test('what the browser said stands in the log, and nothing of what was typed or shown', () => {
  const said = `locator.fill: Error: "canary-text" 'canary-name at https://meta.example/login?token=canary-token gone
Call log:
  - fill("canary-password")`
  const lines: string[] = []
  const error = told(new Error(said), new AbortController().signal)
  createLog('warn', (line) => lines.push(line)).warn('work in a browser broke off', { error })
  expect(lines[0]).toContain('A page changed while it was used.')
  expect(lines[0]).toContain('caused by Error: locator.fill: Error: <text> <text>')
  expect(lines[0]).not.toContain('canary')
  expect(wordsOf(new Error('page.goto: at https://meta.example/login?token=canary gone')).message).toBe(
    'page.goto: at <address> gone',
  )
})
