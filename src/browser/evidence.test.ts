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

  test(
    'of a page that changes while it is drawn is of the page that comes',
    { timeout: 30_000 },
    async () => {
      const leaving = await (await browser.newContext()).newPage()
      await leaving.route('http://*.example/', (route) =>
        route.fulfill({ contentType: 'text/html', body: content }),
      )
      await leaving.goto('http://one.example/')
      void leaving.evaluate('while (true);').catch(() => undefined)
      const picture = pictureOf(leaving, labels, 15_000)
      const drawn = expect(picture.then(({ length }) => length)).resolves.toBeGreaterThan(
        (await pictureOf(page, labels, 5_000)).length / 2,
      )
      await leaving.goto('http://two.example/')
      await drawn
    },
  )

  test('that a busy browser refuses to take is taken again, and not told as a page that changed', async () => {
    const context = page.context()
    let refusals = 0
    const opened = async () => {
      const sheet = await context.newPage()
      if (refusals++ === 0)
        sheet.screenshot = () =>
          Promise.reject(
            new Error(
              'page.screenshot: Protocol error (Page.captureScreenshot): Unable to capture screenshot',
            ),
          )
      return sheet
    }
    const busy = {
      viewportSize: () => page.viewportSize(),
      evaluate: (script: string) => page.evaluate(script),
      context: () => ({ newPage: opened }),
    } as unknown as Page
    expect((await pictureOf(busy, labels, 5_000)).subarray(1, 4).toString()).toBe('PNG')
    expect(refusals).toBe(2)
    expect(context.pages()).toHaveLength(1)
  })
})
