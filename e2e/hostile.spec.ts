// Hostile names on the screens: three hundred strings of markup, scripts, templates, control and direction marks, as the names of people, assets and
// partners. No script runs, the content policy refuses nothing, nothing is fetched, and every name is shown as the text that it is.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { codeOf, connectAll, jobOver, openApi, setUp, startCheck } from '../faults/api.ts'
import { findChromium, launchBrowser, openProfile, removeDataDir, startProgram } from './harness.ts'
import type { Program } from './harness.ts'

const run = 'globalThis.__ran=(globalThis.__ran||0)+1'
const OUT = 'http://hostile.example'

/** What each of them is tried in: alone, and out of the places where a name may stand. */
const around: ((text: string) => string)[] = [
  (text) => text,
  (text) => `">${text}`,
  (text) => `'>${text}`,
  (text) => `</title></textarea></style></script>${text}`,
  (text) => `<!--${text}-->`,
  (text) => `Nora ${text} Case`,
  (text) => text.toUpperCase(),
  (text) => encodeURIComponent(text),
  (text) => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (text) => `‮${text}`,
]

const bare: readonly string[] = [
  `<script>${run}</script>`,
  `<script src="${OUT}/a.js"></script>`,
  `<img src=x onerror="${run}">`,
  `<img src="${OUT}/p.png">`,
  `<svg onload="${run}">`,
  `<svg><script>${run}</script></svg>`,
  `<iframe srcdoc="<script>parent.${run}</script>"></iframe>`,
  `<iframe src="javascript:${run}"></iframe>`,
  `<a href="javascript:${run}" autofocus onfocus="${run}">x</a>`,
  `<input autofocus onfocus="${run}">`,
  `<details open ontoggle="${run}">`,
  `<style>@import "${OUT}/s.css";*{background:url(${OUT}/b)}</style>`,
  `<link rel=stylesheet href="${OUT}/s.css">`,
  `<base href="${OUT}/">`,
  `<meta http-equiv=refresh content="0;url=${OUT}/">`,
  `<form action="${OUT}/"><button>x</button></form>`,
  `javascript:${run}`,
  `data:text/html,<script>${run}</script>`,
  `{{constructor.constructor('${run}')()}}`,
  `\${${run}}`,
  `<%= ${run} %>`,
  `#{${run}}`,
  `x" onmouseover="${run}" y="`,
  `x' onmouseover='${run}' y='`,
  'line one\r\nline two\n\tline three',
  '\u001b[31mred\u001b[0m\u0007',
  'zero\u200bwidth\u200d\ufeff\u2060joined',
  '\u202egnp.elif\u202c \u2066\u0645\u0631\u062d\u0628\u0627\u2069',
  `long ${'w'.repeat(2_000)}`,
  '=HYPERLINK("http://hostile.example","x") 👩‍👩‍👧‍👦 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞',
]

const hostile: readonly string[] = bare.flatMap((text) => around.map((put) => put(text)))

/** The one that turns the direction of what follows. */
const STEERING = hostile.findIndex((name) => name.startsWith('\u202egnp'))

/** What is compared: letters and signs. Marks that only steer or hide a text are dropped on the screen, and piled-up accents are cut. */
const kept = (name: string): string =>
  name
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, '')
    .replaceAll(/(\p{M}{2})\p{M}+/gu, '$1')

describe.skipIf(findChromium() === null)('hostile names', () => {
  let sim: Simulator
  let program: Program
  let browser: Browser
  let page: Page
  let base = ''
  const errors: string[] = []
  const fetched: string[] = []

  beforeAll(async () => {
    sim = await startSimulator({
      world: {
        ownAssets: { ad_account: 1, page: 1, pixel: 1, product_catalog: 0, instagram_asset: 0 },
        ownPeople: 2,
        partners: 1,
        peoplePerPartner: 2,
        sharedPerPartner: 2,
        foreignAssets: 0,
      },
      switches: { callsPerHour: 0 },
    })
    program = await startProgram({ env: { META_GRAPH_URL: sim.url } })
    const api = openApi(program.url)
    const workspace = await setUp(api, await codeOf(program))
    const app = await connectAll(api, workspace, sim)
    const { control, businessId } = sim
    for (const [n, name] of hostile.entries()) {
      const email = `case.${n}@example.test`
      const person = { op: 'add-person', business: businessId, firstName: 'A', lastName: 'B', email } as const
      const user = control.change(person) ?? ''
      control.change({ op: 'rename', id: user, name })
      const asset = control.change({ op: 'add-asset', kind: 'pixel', owner: businessId, name }) ?? ''
      control.change({ op: 'assign', asset, user, tasks: ['ANALYZE'] })
    }
    control.change({ op: 'rename', id: sim.partners[0]?.id ?? '', name: hostile[2] ?? '' })
    // A partner that is not connected, which the overview names.
    const stranger = control.change({ op: 'add-business', name: hostile[STEERING] ?? '' }) ?? ''
    const shared = control.change({ op: 'add-asset', kind: 'pixel', owner: businessId, name: 'Shared' }) ?? ''
    control.change({ op: 'share', asset: shared, partner: stranger, tasks: ['ANALYZE'] })
    await jobOver(api, workspace, await startCheck(api, workspace, app))
    base = `${program.url}/w/${workspace}/apps/${app}`
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
    page.on('dialog', (dialog) => {
      errors.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(program.url)) fetched.push(request.url())
    })
    await page.addInitScript(() => {
      const here = globalThis as unknown as {
        __refused: string[]
        addEventListener(
          name: string,
          fn: (event: { violatedDirective: string; sample: string }) => void,
        ): void
      }
      here.__refused = []
      here.addEventListener('securitypolicyviolation', (event) => {
        here.__refused.push(`${event.violatedDirective} ${event.sample}`)
      })
    })
    await page.goto(program.url)
    await page.getByLabel('E-mail').fill('owner@example.test')
    await page.getByLabel('Password', { exact: true }).fill('a long enough password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(/\/w\//)
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    removeDataDir(program)
    await sim.stop()
  })

  /** Everything that the table of the page tells, from its first row to its last. */
  async function told(): Promise<string> {
    await page.getByRole('table').first().waitFor()
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
    const parts: string[] = []
    for (let at = 0; ;) {
      const [text, step, end] = await page
        .getByRole('table')
        .first()
        .evaluate(async (table, top) => {
          interface Box {
            textContent: string
            getBoundingClientRect(): { top: number; bottom: number }
          }
          const list = table as unknown as Box & {
            scrollTop: number
            scrollHeight: number
            clientHeight: number
            querySelectorAll(what: string): Iterable<Box>
          }
          list.scrollTop = top
          // Rows are asked for as they come into sight: one in sight that has not come has no text, and what stays as it is has come.
          let before = ''
          for (let waits = 0; waits < 300; waits += 1) {
            await new Promise((go) => setTimeout(go, 100))
            const { top: first, bottom: last } = list.getBoundingClientRect()
            const inSight = (row: Box) => {
              const { top: from, bottom: to } = row.getBoundingClientRect()
              return to > first && from < last
            }
            const rows = [...list.querySelectorAll('[role=row]')]
              .filter(inSight)
              .map((row) => row.textContent)
            if (rows.every((row) => row !== '') && rows.join('\n') === before) break
            before = rows.join('\n')
          }
          const { scrollTop, scrollHeight, clientHeight } = list
          return [list.textContent, clientHeight / 2, scrollTop + clientHeight >= scrollHeight - 1] as const
        }, at)
      parts.push(text)
      if (end || at > 60_000) return kept(parts.join('\n'))
      at += step
    }
  }

  async function nothingRan(): Promise<void> {
    const found = await page.evaluate<[number, string[]]>('[globalThis.__ran ?? 0, globalThis.__refused]')
    expect(found).toEqual([0, []])
    // What turns the direction of what follows, or is not seen at all, stands nowhere on the page.
    const steering = await page.evaluate(
      `document.body.textContent.match(/[\\u200b\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff]/g)`,
    )
    expect(steering).toBeNull()
    expect(fetched).toEqual([])
    expect(errors).toEqual([])
  }

  test.each([
    ['people', 'members'],
    ['assets', 'assets'],
  ])('All of them in the list of %s', async (_, list) => {
    await page.goto(`${base}/${list}`)
    const text = await told()
    expect(hostile.filter((name) => !text.includes(kept(name)))).toEqual([])
    await nothingRan()
  })

  test('Some in titles, pages, drawers, the partner and the search', async () => {
    for (const name of hostile.filter((_, n) => n % 37 === 2)) {
      await page.goto(`${base}/assets`)
      await page.getByRole('searchbox').first().fill(name.replaceAll(/\s+/g, ' ').trim().slice(0, 60))
      await page.getByRole('row').nth(1).waitFor()
      await nothingRan()
    }
    await page.getByRole('row').nth(1).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await nothingRan()
    await page.goto(`${base}/partners`)
    expect(await told()).toContain(kept(hostile[2] ?? ''))
    await nothingRan()
  })

  test('Some in the overview, the filters, the palette and the history', async () => {
    const name = kept(hostile[STEERING] ?? '')
    const seen = async () => kept(await page.locator('body').innerText())
    await page.goto(base)
    await page.getByRole('heading', { name: 'Partners not onboarded' }).waitFor()
    await page
      .getByRole('link', { name: /Connect$/ })
      .first()
      .waitFor()
    expect(await seen()).toContain(name)
    await nothingRan()
    await page.goto(`${base}/activity`)
    await page.getByRole('row').nth(1).waitFor()
    await page.getByRole('group', { name: 'Filters' }).getByRole('checkbox').first().waitFor()
    await nothingRan()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('gnp.elif')
    await page.getByRole('option', { name: /gnp/ }).first().waitFor()
    expect(await seen()).toContain(name)
    await nothingRan()
  })

  test('What runs would be seen, and so would what is refused and fetched', async () => {
    await page.evaluate(run)
    await page.evaluate(
      `(() => { const s = document.createElement('img'); s.src = '${OUT}/p.png'; document.body.append(s) })()`,
    )
    await page.waitForFunction('globalThis.__refused.length > 0')
    const found = await page.evaluate<number[]>('[globalThis.__ran, globalThis.__refused.length]')
    expect(found[0]).toBe(1)
    expect(found[1]).toBeGreaterThan(0)
    expect(errors.length + fetched.length).toBeGreaterThan(0)
  })
})
