// What a picture may hold: the labels that the recipe knows and nothing else of the page, whatever stands on it and in its fields.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, launchBrowser } from '../../e2e/harness.ts'
import { drawingOf, pictureOf } from './evidence.ts'

const labels = ['People', 'Log in', 'A < B']
const secrets = ['ada@brand.example', 'EAABcanary', 'JBSWY3DPEHPK3PXP', 'hunter2canary', 'Ada Lovelace']
const [mail, token, seed, password, name] = secrets
const content = `<!doctype html><html lang="en"><title>${name}</title><body>
  <h1>People</h1><h2>A &lt; B</h2><p title="${token}">${mail}</p><p>People of ${name}</p>
  <table aria-label="${name}"><tr><td>${name}</td><td>People</td></tr></table>
  <label>${seed}<input value="${seed}"></label><input type="password" value="${password}">
  <textarea>${token}</textarea><select><option>${mail}</option></select>
  <svg><text>${token}</text></svg><img alt="${mail}"><button aria-label="${password}">Log in</button>
  <div style="display:none">${password}</div>
  <script>document.body.dataset.secret = '${token}'</script></body></html>`

describe.skipIf(findChromium() === null)('a picture of a step', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await launchBrowser()
    page = await (await browser.newContext()).newPage()
    await page.setContent(content)
  }, 60_000)
  afterAll(() => browser.close())

  test('writes the labels that are known, where they stand alone, and no other text of the page', async () => {
    const svg = await drawingOf(page, labels)
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)
    expect(texts.toSorted()).toEqual(['A &#60; B', 'Log in', 'People', 'People'])
    // Without these the drawing holds shapes and numbers alone.
    const rest = svg.replace(/<text [^>]*>[^<]*<\/text>/g, '<text/>')
    expect(rest.replace(/xmlns="[^"]*"/, '')).not.toMatch(/>[^<]*[a-z][^<]*</i)
    for (const secret of secrets) expect(svg).not.toContain(secret)
  })

  test('of a page that does not answer is an empty one, and comes in time', { timeout: 30_000 }, async () => {
    const busy = await (await browser.newContext()).newPage()
    await busy.setContent(content)
    void busy.evaluate('while (true);').catch(() => undefined)
    const png = await pictureOf(busy, labels, 300)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.length).toBeLessThan((await pictureOf(page, labels, 5_000)).length / 2)
    expect(busy.context().pages()).toHaveLength(1)
  })
})
