// Every address of the console in the demo's world, as its owner: wide and light, on a phone and dark. A heading of its own, no accessibility
// violation, nothing wider than the screen, no error on the console. And the ways through the lists of a whole workspace.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axeInBothThemes,
  axeViolations,
  findChromium,
  launchBrowser,
  openProfile,
  PHONE,
  pressByKey,
  removeDataDir,
  signInToDemo,
  startDemo,
  tabTo,
  WIDE,
} from './harness.ts'
import { firstInSight, inSight, pretendPeople, scrollPeople } from './long-list.ts'

/** Addresses in a workspace; `:app`, `:person` and `:asset` are of the demo's app. */
const addresses = [
  'apps',
  'apps/new',
  'people',
  'assets',
  'automation',
  'activity',
  'members',
  'secrets',
  'settings',
  'settings/security',
  'settings/notices',
  'settings/keys',
  'settings/workspace',
  'apps/:app',
  'apps/:app/partners',
  'apps/:app/members',
  'apps/:app/members?tab=guests&group=partner',
  'apps/:app/members?tab=system_users',
  'apps/:app/members?tab=invitations',
  'apps/:app/members/:person',
  'apps/:app/assets',
  'apps/:app/assets/:asset',
  'apps/:app/activity',
  'apps/:app/settings',
]
/** Also wide and dark, on a phone and light. */
const inBothThemes = ['people', 'assets']
const outside = ['/sign-in', '/forgotten-password', '/join', '/password', '/request', '/nowhere']

describe.skipIf(findChromium() === null)('every screen', () => {
  let demo: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  const errors: string[] = []
  const pages: { name: string; colorScheme: 'light' | 'dark'; page: Page }[] = []
  const ids = { workspace: '', app: '', person: '', asset: '', assetName: '' }

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchBrowser()
    for (const [name, viewport, colorScheme] of [
      ['wide and light', { width: 1440, height: 900 }, 'light'],
      ['phone and dark', { width: 390, height: 844 }, 'dark'],
    ] as const) {
      const page = await openProfile(browser, errors, viewport)
      await page.emulateMedia({ colorScheme })
      await signInToDemo(page, demo)
      pages.push({ name, colorScheme, page })
    }
    const get = async <T>(path: string) =>
      (await pages[0]?.page.evaluate(async (url) => (await fetch(url)).json(), path)) as T
    const me = await get<{ workspaces: { id: string }[] }>('/api/v1/me')
    ids.workspace = me.workspaces[0]?.id ?? ''
    const ws = `/api/v1/workspaces/${ids.workspace}`
    ids.app = (await get<{ id: string }[]>(`${ws}/connections`))[0]?.id ?? ''
    const first = async (list: string) =>
      (await get<{ rows: { id: string; name: string }[] }>(`${ws}/connections/${ids.app}/${list}`)).rows[0]
    ids.person = (await first('principals?tab=guests&limit=1'))?.id ?? ''
    const asset = await first('resources?limit=1')
    ids.asset = asset?.id ?? ''
    ids.assetName = asset?.name ?? ''
  })
  afterAll(async () => {
    await browser.close()
    await demo.stop()
    removeDataDir(demo)
  })

  async function complaints(page: Page, url: string): Promise<string[]> {
    await page.goto(url)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    // Skeletons are told to readers as busy; what comes after them is what is looked at.
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
    const found = await axeViolations(page)
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    return Number(wider) > 0 ? [...found, `${String(wider)} pixels wider than the screen`] : found
  }

  test.each(addresses)('%s', async (address) => {
    const path = address.replace(':app', ids.app).replace(':person', ids.person).replace(':asset', ids.asset)
    for (const { name, colorScheme, page } of pages) {
      expect(await complaints(page, `${demo.url}/w/${ids.workspace}/${path}`), name).toEqual([])
      if (!inBothThemes.includes(address)) continue
      await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'light' : 'dark' })
      expect(await axeViolations(page), `${name}, and the other way round`).toEqual([])
      await page.emulateMedia({ colorScheme })
    }
  })

  test('a person is found among those of all apps, opened, and linked to', async () => {
    const page = pages[0]?.page ?? expect.fail()
    await page.getByRole('navigation', { name: 'Workspace' }).getByRole('link', { name: 'People' }).click()
    await page.getByRole('row').nth(1).waitFor()
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
    const all = await page.getByRole('table').getAttribute('aria-rowcount')
    await page.getByRole('checkbox', { name: 'System users' }).check()
    await page.waitForURL(/kind=system_user/)
    await page.locator(`[role=table]:not([aria-rowcount="${all ?? ''}"])`).waitFor()
    await page.goto(`${demo.url}/w/${ids.workspace}/people?kind=person&sort=-name&person=${ids.person}`)
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('heading', { name: 'Access' }).waitFor()
    expect(await drawer.getByRole('link', { name: 'Open as a page' }).getAttribute('href')).toBe(
      `/w/${ids.workspace}/apps/${ids.app}/members/${ids.person}`,
    )
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?kind=person&sort=-name')
  })

  test('the palette leads to the assets of all apps, and a row to its page', async () => {
    const page = pages[0]?.page ?? expect.fail()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('go to assets')
    await page.getByRole('option', { name: 'Go to Assets' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Assets' }).waitFor()
    await page.getByRole('row').filter({ hasText: ids.assetName }).first().click()
    await page.waitForURL(new RegExp(`/apps/${ids.app}/assets/`))
    await page.getByRole('heading', { name: 'Who can touch this' }).waitFor()
  })

  test('an arrow at the end of a list takes the focus from nothing that is typed in afterwards', async () => {
    const page = pages[0]?.page ?? expect.fail()
    await page.goto(`${demo.url}/w/${ids.workspace}/apps/${ids.app}/partners`)
    const row = page.locator('[role=row][tabindex="0"]')
    await row.focus()
    await page.keyboard.press('End')
    await expect
      .poll(() => row.evaluate((one) => one.matches(':focus') && one.nextSibling === null))
      .toBe(true)
    await page.keyboard.press('ArrowDown')
    const search = page.getByRole('searchbox')
    await search.focus()
    await page.keyboard.type('quay', { delay: 100 })
    await page.getByText('1 partner', { exact: true }).waitFor()
    expect(await search.inputValue()).toBe('quay')
    expect(await search.evaluate((one) => one.matches(':focus'))).toBe(true)
  })

  test('on a phone the foot has room for five, and More opens the rest', async () => {
    const page = pages[1]?.page ?? expect.fail()
    const foot = page.getByRole('navigation', { name: 'Workspace' })
    expect(await foot.getByRole('link').allInnerTexts()).toEqual(['Apps', 'People', 'Assets', 'Automation'])
    await foot.getByRole('button', { name: 'More' }).click()
    const items = page.getByRole('menuitem')
    await items.first().waitFor()
    expect(await items.allInnerTexts()).toEqual(['Secrets', 'Members', 'Activity', 'Settings'])
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('menuitem', { name: 'Activity' }).click()
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
    expect(await foot.getByRole('button', { name: 'More' }).getAttribute('data-status')).toBe('active')
  })

  test('where neither rows nor apps came, it is said, and Try again mends it', async () => {
    // A profile of its own: what fails here is told on its console, and is right.
    const page = await openProfile(browser, [], { width: 390, height: 844 })
    await signInToDemo(page, demo)
    let failing = true
    const error = {
      code: 'invalid',
      sentence: 'This did not work.',
      reference: 'ref-of-the-test',
      fields: {},
    }
    await page.route(/\/connections$/, (route) =>
      failing ? route.fulfill({ status: 400, json: { error } }) : route.continue(),
    )
    await page.route(/\/(identities|resources)\?/, (route) =>
      route.fulfill({ json: { rows: [], total: 0, facets: {} } }),
    )
    for (const address of ['people', 'assets']) {
      failing = true
      await page.goto(`${demo.url}/w/${ids.workspace}/${address}`)
      const told = page.getByRole('alert')
      await told.getByRole('heading', { name: 'The apps could not be loaded' }).waitFor()
      expect(await told.innerText()).toMatch(/This did not work\.[^]*Reference ref-of-the-test/)
      expect(await axeViolations(page)).toEqual([])
      failing = false
      await told.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('heading', { name: `No ${address} yet` }).waitFor()
    }
    await page.context().close()
  })

  test('what could not be asked is not told as nothing: the search of everything, the vault, a person', async () => {
    const page = await openProfile(browser, [], WIDE)
    await signInToDemo(page, demo)
    let failing = true
    const error = { code: 'invalid', sentence: 'This did not work.', reference: null, fields: {} }
    await page.route(/\/(search\?.*|vault)$/, (route) =>
      failing ? route.fulfill({ status: 400, json: { error } }) : route.continue(),
    )
    const told = page.getByRole('alert')
    const mend = async () => {
      expect(await axeViolations(page)).toEqual([])
      failing = false
      await told.getByRole('button', { name: 'Try again' }).click()
      await told.waitFor({ state: 'detached' })
      failing = true
    }
    await page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(ids.assetName)
    await told.getByText('could not be searched. This did not work.').waitFor()
    await mend()
    await page.getByRole('option', { name: ids.assetName }).first().waitFor()
    // Taken for somebody without a vault, they would write what they could not open.
    await page.goto(`${demo.url}/w/${ids.workspace}/secrets?add=yes`)
    const dialog = page.getByRole('dialog', { name: 'Add secret' })
    await told.getByText('Your vault could not be loaded. This did not work.').waitFor()
    expect(await dialog.getByLabel('Label').count()).toBe(0)
    await mend()
    await dialog.getByLabel('Label').waitFor()
    await page.goto(`${demo.url}/w/${ids.workspace}/apps/${ids.app}/members/${crypto.randomUUID()}`)
    await told.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    expect(await told.getByRole('button').count()).toBe(0)
    await page.context().close()
  })

  test('rows further down that do not come are told, and Try again brings them and keeps the focus in the list', async () => {
    const page = await openProfile(browser, [], WIDE)
    await signInToDemo(page, demo)
    let failing = true
    await pretendPeople(page, ids.workspace, 1000, (offset) => failing && offset === 900)
    await page.goto(`${demo.url}/w/${ids.workspace}/people`)
    await page.getByText('Person no. 1', { exact: true }).waitFor()
    await tabTo(page, page.locator('[role=row][tabindex="0"]'))
    await page.keyboard.press('End')
    const told = page.getByRole('alert')
    await told.getByText('Rows 901 to 1,000 could not be loaded. This did not work.').waitFor()
    expect(await axeInBothThemes(page)).toEqual([])
    failing = false
    await pressByKey(page, page.getByRole('button', { name: 'Try again' }))
    await page.getByText('Person no. 1000', { exact: true }).waitFor()
    expect(await told.count()).toBe(0)
    expect(await page.locator('[role=row]:focus').innerText()).toContain('Person no. 1000')
    await page.context().close()
  })

  test.each([
    ['wide', WIDE],
    ['on a phone', PHONE],
  ])('of 1,200,000 rows each can be reached, %s', async (_, viewport) => {
    const page = await openProfile(browser, errors, viewport)
    await signInToDemo(page, demo)
    await pretendPeople(page, ids.workspace, 1_200_000, () => false)
    await page.goto(`${demo.url}/w/${ids.workspace}/people`)
    const person = (n: number) => page.getByText(`Person no. ${n}`, { exact: true })
    await person(1).waitFor()
    await page.locator('[role=row][tabindex="0"]').focus()
    await page.keyboard.press('End')
    await expect.poll(() => inSight(person(1_200_000))).toBe(true)
    expect(await page.locator('[role=row]:focus').innerText()).toContain('Person no. 1200000')
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => page.locator('[role=row]:focus').innerText()).toContain('Person no. 1199999')
    await page.keyboard.press('Home')
    await expect.poll(() => inSight(person(1))).toBe(true)
    // By the scroll bar, and then by the wheel: row by row, also after the scroll bar was put to where it belongs.
    await scrollPeople(page, 1)
    await expect.poll(() => inSight(person(1_200_000))).toBe(true)
    await scrollPeople(page, 0.4)
    await expect.poll(async () => (await page.getByText(/^Person no\. \d{6}$/).count()) > 5).toBe(true)
    await page.waitForTimeout(400)
    const before = await firstInSight(page)
    const { height = 0 } = (await page.locator('[role=row][tabindex]').last().boundingBox()) ?? {}
    await page.mouse.move(viewport.width / 2, viewport.height / 2)
    await page.mouse.wheel(0, height * 5)
    await expect.poll(async () => (await firstInSight(page)).n).toBe(before.n + 5)
    await page.waitForTimeout(400)
    const after = await firstInSight(page)
    expect(after.n).toBe(before.n + 5)
    expect(Math.abs(after.y - before.y)).toBeLessThan(2)
    // Sorted otherwise it is another list, which begins at its top; on a phone that is done from there.
    if (viewport === WIDE) {
      await page.getByRole('columnheader', { name: 'Person' }).getByRole('button').click()
      await expect.poll(() => inSight(person(1))).toBe(true)
    }
    await page.context().close()
  })

  test('on a phone the chosen tab is in sight', async () => {
    const page = pages[1]?.page ?? expect.fail()
    for (const [address, name] of [
      ['apps/:app/settings', 'Settings'],
      ['apps/:app/members?tab=invitations', 'Pending invitations'],
    ] as const) {
      await page.goto(`${demo.url}/w/${ids.workspace}/${address.replace(':app', ids.app)}`)
      const chosen = page.locator('main :is([aria-current=page], [aria-selected=true])', { hasText: name })
      await expect.poll(() => inSight(chosen)).toBe(true)
    }
  })

  test('where the browser refuses to copy, the text stands selected, and Esc gives the focus back', async () => {
    const page = pages[0]?.page ?? expect.fail()
    await page.goto(`${demo.url}/w/${ids.workspace}/apps/${ids.app}`)
    const button = page.getByRole('button', { name: /^Copy the/ })
    await button.waitFor()
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))')
    await pressByKey(page, button)
    const told = page.getByRole('group', { name: /The browser did not allow copying/ })
    await told.waitFor()
    expect(await axeInBothThemes(page)).toEqual([])
    expect(await page.evaluate('getSelection().toString()')).toMatch(/^\d+$/)
    await page.keyboard.press('Escape')
    await told.waitFor({ state: 'detached' })
    expect(await button.evaluate((one) => one.matches(':focus'))).toBe(true)
  })

  test('nothing went wrong behind them', () => {
    expect(errors).toEqual([])
  })

  test.each(outside)('%s, for somebody who is not signed in', async (path) => {
    // A page that is not there, and links without their secret, are refused: that is told on the console and is right.
    const page = await openProfile(browser, [], { width: 390, height: 844 })
    expect(await complaints(page, `${demo.url}${path}`)).toEqual([])
    await page.context().close()
  })
})
