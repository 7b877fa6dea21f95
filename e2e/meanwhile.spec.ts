// What happens while somebody works in the console: other tabs, answers that come late, lists that fail under the fingers; and addresses that
// bring back what was open, wherever it stands in its list.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axeInBothThemes,
  findChromium,
  launchBrowser,
  openProfile,
  PHONE,
  removeDataDir,
  signInToDemo,
  startDemo,
} from './harness.ts'
import { rowWith } from './steps.ts'

interface Named {
  id: string
  name: string
}

describe.skipIf(findChromium() === null)('meanwhile', () => {
  let demo: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  let page: Page
  const errors: string[] = []
  const at = { workspace: '', app: '' }
  let pending: Named[] = []

  const ask = async <T>(path: string, body?: unknown): Promise<T> =>
    page.evaluate(
      async ([url, sent]) => {
        const answer = await fetch(`/api/v1${url}`, {
          ...(sent === null ? {} : { method: 'POST', body: sent }),
          headers: { 'content-type': 'application/json' },
        })
        return answer.json() as Promise<never>
      },
      [path, body === undefined ? null : JSON.stringify(body)] as [string, string | null],
    )

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
    await signInToDemo(page, demo)
    at.workspace = (await ask<{ workspaces: Named[] }>('/me')).workspaces[0]?.id ?? ''
    at.app = (await ask<Named[]>(`/workspaces/${at.workspace}/connections`))[0]?.id ?? ''
    pending = (await ask<{ rows: Named[] }>(`${app()}/partners?status=pending`)).rows
  })
  afterAll(async () => {
    await browser.close()
    await demo.stop()
    removeDataDir(demo)
  })

  const ws = () => `/workspaces/${at.workspace}`
  const app = () => `${ws()}/connections/${at.app}`
  const here = (path: string) => `${demo.url}/w/${at.workspace}/${path}`
  const inApp = (path: string) => here(`apps/${at.app}/${path}`)
  const dialog = (name: string | RegExp) => page.getByRole('dialog', { name })
  const searchOf = (one: Page) => new URL(one.url()).search

  test('seven tabs that were left open behind another one do not keep it from loading', async () => {
    const { page: first, context } = await openBehind()
    const streams: string[] = []
    first.on('request', (request) => {
      if (request.url().endsWith('/events')) streams.push(request.url())
    })
    for (let n = 1; n < 7; n++) await (await context.newPage()).goto(inApp('partners'))
    const eighth = await context.newPage()
    await eighth.addInitScript(`globalThis.__hidden = false`)
    await eighth.goto(inApp('partners'))
    await eighth
      .locator('[role=table][aria-busy=false] [role=row][tabindex]')
      .first()
      .waitFor({ timeout: 15_000 })
    expect(streams).toEqual([])
    // One that is looked at listens.
    await first.evaluate(`globalThis.__hidden = false; document.dispatchEvent(new Event('visibilitychange'))`)
    await expect.poll(() => streams.length).toBe(1)
    await context.close()
  })

  /** A profile whose pages say that nobody sees them: the browser of a test shows all of its pages. */
  async function openBehind() {
    const first = await openProfile(browser, errors)
    const context = first.context()
    await context.addCookies(await page.context().cookies())
    await context.addInitScript(
      `globalThis.__hidden = true
      Object.defineProperty(document, 'hidden', { get: () => globalThis.__hidden })`,
    )
    await first.goto(inApp('partners'))
    await first.getByRole('row').nth(1).waitFor()
    return { page: first, context }
  }

  test('a token that is judged late does not close the dialog of another partner', async () => {
    const [slow, other] = pending
    if (slow === undefined || other === undefined) expect.fail('too few partners are pending')
    let answer: () => void = () => undefined
    const held = new Promise<void>((done) => (answer = done))
    const partner = await ask(`${ws()}/partners/${slow.id}`)
    await page.route(`**/partners/${slow.id}/connect`, async (route) => {
      await held
      const verdict = { outcome: 'good', claims: [] }
      await route.fulfill({ json: { connected: true, needs: null, verdict, partner } })
    })
    await page.goto(inApp(`partners?connect=${slow.id}`))
    await page.getByLabel('Partner token', { exact: true }).fill('EAABslow')
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await dialog('Add your partner token').getByRole('button', { name: 'Cancel' }).click()
    await dialog('Add your partner token').waitFor({ state: 'detached' })
    await rowWith(page, other.name)
      .getByRole('button', { name: /More options/ })
      .click()
    await page.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
    await page.getByLabel('Partner token', { exact: true }).fill('EAABother')
    answer()
    await page.getByText(`${slow.name} is onboarded`).waitFor()
    expect(await page.getByLabel('Partner token', { exact: true }).inputValue()).toBe('EAABother')
    expect(searchOf(page)).toBe(`?connect=${other.id}`)
    await page.unroute(`**/partners/${slow.id}/connect`)
  })

  test('a list that fails keeps its search and the focus in it, and says so beneath', async () => {
    // What fails here is told on its console, and is right.
    const alone = await openProfile(browser, [])
    await alone.context().addCookies(await page.context().cookies())
    let failing = false
    const error = { code: 'invalid', sentence: 'This did not work.', reference: null, fields: {} }
    await alone.route(/\/partners\?/, (route) =>
      failing ? route.fulfill({ status: 400, json: { error } }) : route.continue(),
    )
    await alone.goto(inApp('partners'))
    await alone.getByRole('row').nth(1).waitFor()
    failing = true
    await alone.keyboard.press('/')
    await alone.keyboard.type('a')
    await alone.getByRole('alert').getByText('This did not work.').waitFor()
    await alone.keyboard.type('g')
    const search = alone.getByRole('searchbox')
    expect(await search.inputValue()).toBe('ag')
    expect(await search.evaluate((one) => one.matches(':focus'))).toBe(true)
    expect(await axeInBothThemes(alone)).toEqual([])
    await expect.poll(() => searchOf(alone)).toBe('?search=ag')
    failing = false
    await alone.getByRole('button', { name: 'Try again' }).click()
    await alone.getByRole('alert').waitFor({ state: 'detached' })
    await alone.context().close()
  })

  test('nothing that is typed in a search is lost to the answers that come meanwhile', async () => {
    await page.goto(inApp('members?tab=guests'))
    await page.getByRole('row').nth(1).waitFor()
    const search = page.getByRole('searchbox')
    await search.focus()
    // About as slow as the field waits before it asks.
    await page.keyboard.type('north light media', { delay: 260 })
    expect(await search.inputValue()).toBe('north light media')
    await expect.poll(() => new URLSearchParams(searchOf(page)).get('search')).toBe('north light media')
  })

  test('j and k go to the list and through it, Enter opens a row, and Esc gives the focus back', async () => {
    await page.goto(inApp('partners'))
    await page.locator('[role=row][tabindex]').nth(2).waitFor()
    const focused = () => page.evaluate(`document.activeElement?.getAttribute('aria-rowindex')`)
    await page.keyboard.press('j')
    await expect.poll(focused).toBe('2')
    await page.keyboard.press('j')
    await expect.poll(focused).toBe('3')
    await page.keyboard.press('k')
    await expect.poll(focused).toBe('2')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('First seen').waitFor()
    // Not while something lies over the list.
    await page.keyboard.press('j')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(focused).toBe('2')
    await page.keyboard.press('?')
    await dialog('Keyboard shortcuts').getByLabel('Single-key shortcuts').uncheck()
    await page.keyboard.press('Escape')
    await dialog('Keyboard shortcuts').waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    await page.waitForTimeout(200)
    expect(await focused()).toBe('2')
    await page.evaluate(`localStorage.removeItem('guestlist.keys')`)
  })

  test('a dialog begins with its first field, and the way out comes last', async () => {
    await page.goto(inApp(`partners?request=${pending[0]?.id ?? ''}`))
    const asked = dialog('Request a token')
    await expect.poll(() => asked.getByLabel('How').evaluate((one) => one.matches(':focus'))).toBe(true)
    await page.keyboard.press('Shift+Tab')
    const close = asked.getByRole('button', { name: 'Close' })
    await expect.poll(() => close.evaluate((one) => one.matches(':focus'))).toBe(true)
    await page.keyboard.press('Enter')
    await asked.waitFor({ state: 'detached' })
  })

  test('on a phone a list is turned round', async () => {
    const phone = await openProfile(browser, errors, PHONE)
    await phone.context().addCookies(await page.context().cookies())
    await phone.goto(inApp('partners'))
    const first = phone.locator('[role=row][tabindex]').first()
    await first.waitFor()
    const before = await first.innerText()
    await phone.getByRole('button', { name: 'View options' }).click()
    expect(await phone.getByRole('menuitemradio', { name: 'Partner' }).getAttribute('aria-checked')).toBe(
      'true',
    )
    await phone.getByRole('menuitemradio', { name: 'Descending' }).click()
    await phone.keyboard.press('Escape')
    await expect.poll(() => searchOf(phone)).toBe('?sort=-name')
    await expect.poll(() => first.innerText()).not.toBe(before)
    await phone.context().close()
  })

  describe('an address brings back what was open, also where the list does not show it', () => {
    /** Opened alone from its address; Esc leaves the filters as they were. */
    async function opens(address: string, name: string | RegExp, text: string, filters: string) {
      await page.goto(here(address))
      const drawer = dialog(name)
      await drawer.getByText(text).first().waitFor()
      expect(await axeInBothThemes(page)).toEqual([])
      await page.keyboard.press('Escape')
      await drawer.waitFor({ state: 'detached' })
      expect(searchOf(page)).toBe(filters)
    }

    test('an invitation', async () => {
      const email = 'asked@agency.example'
      const made = await ask<{ invitation: Named }>(`${ws()}/invitations`, { email, role: 'guest' })
      const filters = '?tab=invitations&search=nobody'
      await opens(`members${filters}&member=${made.invitation.id}`, email, 'Waiting', filters)
    })

    test('an API key', async () => {
      const body = { name: 'Nightly export', scopes: ['read'], expiresAt: null }
      const made = await ask<{ key: Named }>(`${ws()}/api-keys`, body)
      const filters = '?state=revoked'
      await opens(
        `settings/keys${filters}&key=${made.key.id}`,
        'Nightly export',
        'No end of its own',
        filters,
      )
      // And a row puts it there.
      await page.goto(here('settings/keys'))
      await rowWith(page, 'Nightly export').getByRole('button', { name: 'Nightly export' }).first().click()
      await page.waitForURL(/key=/)
    })

    test('an event of the activity log', async () => {
      const log = await ask<{ rows: { id: string; at: string }[] }>(`${ws()}/audit?sort=at&limit=1`)
      const filters = '?search=nothing-like-it'
      const id = log.rows[0]?.id ?? ''
      await opens(`activity${filters}&event=${id}`, /./, 'Recorded as', filters)
    })
  })

  test('the activity log turns round, and says so', async () => {
    await page.goto(here('activity'))
    const head = page.getByRole('columnheader', { name: 'When' })
    const first = () => page.getByRole('row').nth(1).getByRole('time').getAttribute('datetime')
    await page.getByRole('row').nth(1).waitFor()
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    const newest = await first()
    await head.getByRole('button').click()
    await expect.poll(first).not.toBe(newest)
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    expect(Date.parse((await first()) ?? '')).toBeLessThan(Date.parse(newest ?? ''))
  })

  test('a number of the overview leads to as many changes', async () => {
    await page.goto(inApp(''))
    const link = page.getByRole('link', { name: /^[\d,]+ added$/ })
    const [count = ''] = (await link.innerText()).split(' ')
    await link.click()
    await page.getByText(`${count} changes`, { exact: true }).waitFor()
    expect(searchOf(page)).toMatch(/^\?kind=added&from=\d{4}-\d\d-\d\d$/)
    expect(await page.getByLabel('From', { exact: true }).inputValue()).toMatch(/^\d{4}-\d\d-\d\d$/)
  })

  test('more partners than can be asked at once are told, and all links are copied together', async () => {
    await page.route(/\/partners\?status=pending&limit=100/, async (route) => {
      const answer = await route.fetch()
      const list = (await answer.json()) as { rows: Named[]; total: number }
      await route.fulfill({ json: { ...list, total: list.rows.length + 1_140 } })
    })
    await page.goto(inApp('partners?request=pending'))
    const asked = dialog('Request tokens')
    await asked.getByText('1,140 more are pending').waitFor()
    await asked.getByRole('button', { name: /^Make \d+ links$/ }).click()
    const made = dialog('The requests are made')
    await made.getByRole('button', { name: /^Copy all \d+ links$/ }).click()
    await made.getByText('Copied', { exact: true }).first().waitFor()
    const copied = String(await page.evaluate('navigator.clipboard.readText()')).split('\n')
    const first = pending[0]?.name ?? expect.fail()
    expect(copied.some((line) => line.startsWith(`${first}: ${demo.url}/request#`))).toBe(true)
    expect(copied.length).toBeGreaterThan(1)
    expect(await axeInBothThemes(page)).toEqual([])
  })

  test('partners that were asked for their tokens are among those that a number of the overview counts', async () => {
    await page.goto(inApp(''))
    const link = page.getByRole('link', { name: /partners that are pending onboarding$/ })
    const count = (await link.innerText()).replace('All ', '')
    expect(count).toBe(String(pending.length))
    await link.click()
    await page.getByText(`${count} partners`, { exact: true }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'Token requested' }).count()).toBe(pending.length)
    expect(await page.getByRole('button', { name: 'Show them' }).count()).toBe(0)
  })

  test('nothing went wrong behind it', () => {
    expect(errors).toEqual([])
  })
})
