// What the browser loads before somebody can begin, in bytes as they are sent: the sign-in page, and a list that is opened first. And what
// happens where a script that comes later does not come: the server is away, or was renewed since the page was opened.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axeInBothThemes,
  axeViolations,
  findChromium,
  launchBrowser,
  openProfile,
  PHONE,
  removeDataDir,
  signInToDemo,
  startDemo,
} from './harness.ts'

const MOST_BYTES = 150_000

/** Bytes of the scripts that the page has loaded so far, as they were sent. */
async function scriptBytes(page: Page): Promise<number> {
  return page.evaluate(() => {
    interface Entry {
      name: string
      encodedBodySize: number
    }
    const { performance } = globalThis as unknown as {
      performance: { getEntriesByType(type: string): Entry[] }
    }
    const sizes = new Map(
      performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize]),
    )
    return [...sizes].reduce((sum, [name, size]) => (name.endsWith('.js') ? sum + size : sum), 0)
  })
}

describe.skipIf(findChromium() === null)('the first load', () => {
  let demo: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  let page: Page
  let lists: string
  const errors: string[] = []

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
    await signInToDemo(page, demo)
    const get = (path: string): Promise<unknown> =>
      page.evaluate(async (url) => (await fetch(url)).json(), path)
    const me = (await get('/api/v1/me')) as { workspaces: { id: string }[] }
    const workspace = me.workspaces[0]?.id ?? ''
    const apps = (await get(`/api/v1/workspaces/${workspace}/connections`)) as { id: string }[]
    lists = `${demo.url}/w/${workspace}/apps/${apps[0]?.id ?? ''}`
  })
  afterAll(async () => {
    await browser.close()
    await demo.stop()
    removeDataDir(demo)
  })

  /** A page of a signed-in reader that was never open before, at the list of the partners' people. */
  async function openList(
    told: string[] = errors,
    viewport?: { width: number; height: number },
  ): Promise<Page> {
    const fresh = await openProfile(browser, told, viewport)
    await fresh.context().addCookies(await page.context().cookies())
    await fresh.goto(`${lists}/members?tab=guests`)
    await fresh.locator('[role=table][aria-busy=false] [role=row][tabindex]').first().waitFor()
    await fresh.waitForLoadState('networkidle')
    return fresh
  }

  test('sign-in loads no more script than 150 kB', async () => {
    const fresh = await openProfile(browser, errors)
    await fresh.goto(`${demo.url}/sign-in`)
    await fresh.locator('input[type=password]').waitFor()
    await fresh.waitForLoadState('networkidle')
    const bytes = await scriptBytes(fresh)
    expect(bytes).toBeGreaterThan(80_000)
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
    await fresh.context().close()
  })

  test('while the scripts are on their way it says so, and no longer', async () => {
    const fresh = await openProfile(browser, errors)
    let go: () => void = () => undefined
    const held = new Promise<void>((done) => (go = done))
    await fresh.route(/assets\/base-/, (route) => held.then(() => route.continue()))
    await fresh.goto(`${demo.url}/sign-in`, { waitUntil: 'commit' })
    const told = fresh.getByText('Guestlist is loading')
    await told.waitFor()
    go()
    await fresh.locator('input[type=password]').waitFor()
    expect(await told.isVisible()).toBe(false)
    await fresh.context().close()
  })

  test('a list that is opened first loads no more than 150 kB; its drawers and menus come when they are wanted', async () => {
    const fresh = await openList()
    const bytes = await scriptBytes(fresh)
    expect(bytes).toBeGreaterThan(80_000)
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
    // What came too early would be counted: the same count sees what comes now.
    await fresh.getByRole('button', { name: 'View options' }).click()
    await fresh.getByRole('menuitemcheckbox').first().waitFor()
    expect(await axeViolations(fresh)).toEqual([])
    await fresh.keyboard.press('Escape')
    await fresh.getByRole('row').nth(2).click()
    await fresh.getByRole('dialog').getByRole('heading', { name: 'Access' }).waitFor()
    expect(await scriptBytes(fresh)).toBeGreaterThan(MOST_BYTES)
    await fresh.context().close()
  })

  test('a menu that comes late is worked by the keyboard, and gives the focus back', async () => {
    const fresh = await openList()
    const button = fresh.getByRole('button', { name: 'View options' })
    await button.focus()
    await fresh.keyboard.press('ArrowDown')
    await fresh.getByRole('menuitemcheckbox').first().waitFor()
    await fresh.keyboard.press('ArrowDown')
    await fresh.locator('[role=menuitemcheckbox][data-highlighted]').waitFor()
    await fresh.keyboard.press('Escape')
    await fresh.getByRole('menu').waitFor({ state: 'detached' })
    expect(await button.evaluate((one) => one.matches(':focus'))).toBe(true)
    await fresh.context().close()
  })

  test.each([
    ['wide', undefined],
    ['on a phone', PHONE],
  ])('a drawer whose script does not come says so, %s, and Reload brings it', async (_, viewport) => {
    // What does not come is told on the browser's console, and is right.
    const fresh = await openList([], viewport)
    await fresh.route(/person-details/, (route) => route.abort())
    await fresh.getByRole('row').nth(2).click()
    const told = fresh.getByRole('alert')
    await told.getByText('This part of the page could not be loaded').waitFor()
    expect(await axeViolations(fresh)).toEqual([])
    await told.getByRole('button', { name: 'Close' }).click()
    await told.waitFor({ state: 'detached' })
    expect(new URL(fresh.url()).searchParams.get('person')).toBe(null)
    expect(await fresh.getByRole('row').count()).toBeGreaterThan(2)
    await fresh.getByRole('row').nth(2).click()
    await told.waitFor()
    await fresh.unroute(/person-details/)
    await told.getByRole('button', { name: 'Reload' }).click()
    await fresh.getByRole('dialog').getByRole('heading', { name: 'Access' }).waitFor()
    await fresh.context().close()
  })

  test('a screen whose script does not come says so instead of an empty page, while the server is away', async () => {
    const fresh = await openList([])
    await fresh.context().setOffline(true)
    await fresh.getByRole('link', { name: 'Secrets' }).click()
    const told = fresh.getByRole('alert')
    await told.getByRole('heading', { name: 'This page could not be shown' }).waitFor()
    expect(await told.innerText()).toContain('The server cannot be reached')
    expect(await axeViolations(fresh)).toEqual([])
    await fresh.context().setOffline(false)
    await told.getByRole('button', { name: 'Reload' }).click()
    await fresh.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor()
    await fresh.context().close()
  })

  test('what is asked for while the browser says that it is offline is told instead of waited for, and comes by itself', async () => {
    const fresh = await openList([])
    await fresh.context().setOffline(true)
    await fresh.getByRole('searchbox').fill('a')
    const told = fresh.getByRole('alert')
    await told.getByText('The server cannot be reached.').waitFor()
    await fresh.context().setOffline(false)
    await told.waitFor({ state: 'detached' })
    await fresh.locator('[role=table][aria-busy=false]').waitFor()
    await fresh.context().close()
  })

  test('a session that ends under a form: one signs in over it, and what was typed is still there', async () => {
    const fresh = await openList([])
    await fresh.goto(`${lists.replace(/apps.*/, '')}members?invite=new`)
    const form = fresh.getByRole('dialog', { name: 'Invite somebody' })
    await form.getByLabel('E-mail').fill('somebody@agency.example')
    await fresh.context().clearCookies()
    await form.getByRole('button', { name: 'Make invitation' }).click()
    const again = fresh.getByRole('dialog', { name: 'Your session has ended' })
    await again.getByLabel('Password', { exact: true }).fill('not the password')
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.getByText('This e-mail and password do not belong together.').waitFor()
    expect(await axeInBothThemes(fresh)).toEqual([])
    // Neither Esc nor Tab leads past it.
    await fresh.keyboard.press('Escape')
    for (let n = 0; n < 9; n++) await fresh.keyboard.press('Tab')
    expect(await form.locator(':focus').count()).toBe(0)
    await again.getByLabel('Password', { exact: true }).fill(demo.password)
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.waitFor({ state: 'detached' })
    expect(await form.locator(':focus').innerText()).toBe('Make invitation')
    expect(await form.getByLabel('E-mail').inputValue()).toBe('somebody@agency.example')
    await form.getByRole('button', { name: 'Make invitation' }).click()
    await fresh.getByRole('dialog', { name: 'The invitation is made' }).waitFor()
    await fresh.context().close()
  })

  test('a page that was opened before the server was renewed loads its new scripts by itself', async () => {
    const fresh = await openList([])
    let gone = true
    await fresh.route(/assets\/activity-/, (route) =>
      gone ? route.fulfill({ status: 404 }) : route.continue(),
    )
    fresh.once('framenavigated', () => (gone = false))
    await fresh.getByRole('navigation', { name: 'Workspace' }).getByRole('link', { name: 'Activity' }).click()
    await fresh.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
    await fresh.context().close()
  })

  test('signing out while the server is away says that one is still signed in', async () => {
    const fresh = await openProfile(browser, [], PHONE)
    // A session of its own: it ends.
    await signInToDemo(fresh, demo)
    await fresh.getByRole('button', { name: /^Your menu/ }).click()
    await fresh.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    await fresh.context().setOffline(true)
    await fresh.getByRole('menuitem', { name: 'Sign out' }).click()
    const told = fresh.getByRole('alert')
    await told.getByText('You are still signed in').waitFor()
    await told.getByText('The server cannot be reached').waitFor()
    expect(await axeViolations(fresh)).toEqual([])
    await fresh.context().setOffline(false)
    await told.getByRole('button', { name: 'Close' }).click()
    await fresh.getByRole('button', { name: /^Your menu/ }).click()
    await fresh.getByRole('menuitem', { name: 'Sign out' }).click()
    await fresh.waitForURL(/sign-in/)
    await fresh.context().close()
  })

  test('nothing went wrong behind them', () => {
    expect(errors).toEqual([])
  })
})
